"""The routes of this dialect as they are described: a row each, made of the structs that go over the wire."""

from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

import msgspec

from appliance.api.recspace import wire
from appliance.domain.masking.kinds import Kind

Json: TypeAlias = dict[str, Any]
FORM, JSON = "multipart/form-data", "application/json"
FILE: Final[Json] = {"type": "string", "format": "binary"}


@dataclass(frozen=True, slots=True)
class Call:
    """One route as it is described.

    Attributes:
        path, method, name, summary: of the route.
        fields: of the body, JSON schema each.
        needed: names of those that must be there.
        gives: what comes back; None for a file.
        form: media type of the body.
        status: of success.
        parameters: of query, path and headers.
    """

    path: str
    method: str
    name: str
    summary: str
    fields: Json = field(default_factory=dict)
    needed: tuple[str, ...] = ()
    gives: type[msgspec.Struct] | None = None
    form: str = FORM
    status: int = 200
    parameters: tuple[Json, ...] = ()


def flag(default: bool) -> Json:
    """A boolean field."""
    return {"type": "boolean", "default": default}


def number(default: float) -> Json:
    """A share from 0 to 1."""
    return {"type": "number", "minimum": 0, "maximum": 1, "default": default}


CHECKS: Final = (
    Call(
        "/v1/ocr/extract",
        "post",
        "extract",
        "Read a document",
        {
            "document": FILE,
            "type": {"type": "string", "enum": ["aadhaar", "pan", "passport", "dl", "voter_id"]},
            "mask_pii": flag(False),  # noqa: FBT003 - a schema's default
            "return_bbox": flag(False),  # noqa: FBT003
        },
        ("document",),
        wire.Extracted,
    ),
    Call(
        "/v1/face/match",
        "post",
        "matchFaces",
        "Compare two faces; `match` does not depend on `liveness`",
        {
            "id_photo": FILE,
            "selfie": FILE,
            "check_liveness": flag(True),  # noqa: FBT003
            "threshold": number(0.8),
        },
        ("id_photo", "selfie"),
        wire.Matched,
    ),
    Call("/v1/face/liveness", "post", "liveness", "Judge a selfie", {"selfie": FILE}, ("selfie",), wire.Live),
    Call(
        "/v1/face/search",
        "post",
        "searchFaces",
        "Search a collection for the largest face of a picture",
        {
            "image": FILE,
            "collection": {"type": "string", "default": "default"},
            "limit": {"type": "integer", "minimum": 1, "maximum": 100, "default": 5},
            "threshold": number(0.9),
        },
        ("image",),
        wire.Searched,
    ),
)

_HEADERS: Final = tuple(
    {"name": name, "in": "header", "required": needed, "schema": {"type": "string"}, "description": says}
    for name, needed, says in (
        ("X-Role", True, "the role that is acted in; on record"),
        ("X-Reason", True, "why; on record, without personal data"),
        ("X-Approval", False, "where two people are needed: what /v1/masking/approve gave the second"),
    )
)
_WANTED: Final[Json] = {
    "mask_id": {"type": "string"},
    "fields": {"type": "array", "items": {"type": "string"}},
}
MASKING: Final = (
    Call(
        "/v1/masking/apply",
        "post",
        "applyMask",
        "Mask personal data in a JSON object; without mask_fields twelve kinds are found by themselves",
        {
            "payload": {"type": "object", "additionalProperties": True},
            "mask_fields": {
                "type": "array",
                "items": {"type": "string"},
                "description": "dot paths: user.aadhaar, items.0.pan, items.*.pan",
            },
            "mask_mode": {"type": "string", "enum": ["irreversible", "reversible"]},
            "purpose": {"type": "string", "maxLength": 64},
            "retention_days": {"type": "integer", "minimum": 1, "maximum": 365, "default": 90},
        },
        ("payload",),
        wire.Masked,
        JSON,
    ),
    Call(
        "/v1/masking/unmask",
        "post",
        "unmask",
        "Bring masked values back",
        _WANTED,
        ("mask_id",),
        wire.Unmasked,
        JSON,
        parameters=_HEADERS,
    ),
    Call(
        "/v1/masking/approve",
        "post",
        "approveUnmask",
        "Approve another token's unmasking, once",
        _WANTED,
        ("mask_id",),
        wire.Approved,
        JSON,
        parameters=_HEADERS[:2],
    ),
    Call(
        "/v1/masking/image",
        "post",
        "maskImage",
        "Blacken numbers, or the fields named, in a picture; the result is read again to see that they are"
        " gone. With Accept: image/png the answer is the picture itself",
        {
            "document": FILE,
            "mask_fields": {
                "type": "string",
                "description": "parted by commas: document_number, mrz, barcodes, name, dob, address...",
            },
        },
        ("document",),
        wire.MaskedImage,
    ),
)
ERASURE: Final = (
    Call(
        "/v1/masking/erase",
        "post",
        "eraseMask",
        "Erase originals before their time, with their keys; 400 while a legal hold stands",
        {"mask_id": {"type": "string"}},
        ("mask_id",),
        wire.Erased,
        JSON,
    ),
    Call(
        "/v1/masking/find",
        "post",
        "findMasks",
        "Find maskings in which a value was recognised, to answer a person or to erase",
        {
            "kind": {"type": "string", "enum": sorted(set(Kind) - {Kind.OTHER})},
            "value": {"type": "string"},
        },
        ("kind", "value"),
        wire.MaskingsFound,
        JSON,
    ),
    Call(
        "/v1/masking/erasures/{mask}",
        "get",
        "certifyErasure",
        "The certificate of an erasure: all entries about the record with proofs, as JSON lines;"
        " kycbox_audit_verify.py checks them",
        parameters=({"name": "mask", "in": "path", "required": True, "schema": {"type": "string"}},),
    ),
)


def _query(name: str, says: str) -> Json:
    return {"name": name, "in": "query", "schema": {"type": "string"}, "description": says}


AUDIT: Final = (
    Call(
        "/v1/audit/export",
        "get",
        "exportAudit",
        "The caller's own audit entries with proofs, as JSON lines; kycbox_audit_verify.py checks them",
        parameters=(
            _query("from", "first time, ISO 8601 with a zone"),
            _query("to", "before this time"),
            _query("format", "jsonl"),
        ),
    ),
)

_SESSION: Final[Json] = {"name": "session", "in": "path", "required": True, "schema": {"type": "string"}}
SESSIONS: Final = (
    Call(
        "/v1/kyc/sessions",
        "post",
        "createSession",
        "Open a customer's check; it ends within 24 hours",
        {
            "customer_id": {"type": "string", "maxLength": 100},
            "metadata": {"type": "object", "additionalProperties": True},
        },
        ("customer_id",),
        wire.Session,
        JSON,
    ),
    Call(
        "/v1/kyc/sessions/{session}",
        "get",
        "getSession",
        "Look at a session",
        gives=wire.Session,
        parameters=(_SESSION,),
    ),
    Call(
        "/v1/kyc/sessions/{session}/complete",
        "post",
        "completeSession",
        "Decide a session; pictures that cannot be judged leave it open. Sends kyc.completed or kyc.failed",
        {"document": FILE, "selfie": FILE},
        ("document", "selfie"),
        wire.Session,
        parameters=(_SESSION,),
    ),
)
_WORD: Final[Json] = {"type": "string", "maxLength": 64}
_STEPS: Final[tuple[tuple[str, str, str, Json, tuple[str, ...], str], ...]] = (
    (
        "consent",
        "consentVcip",
        "Put the customer's consent on record",
        {"reference": {"type": "string"}},
        ("reference",),
        JSON,
    ),
    (
        "location",
        "locateVcip",
        "Say where the customer is, live",
        {
            "latitude": {"type": "number"},
            "longitude": {"type": "number"},
            "accuracy": {"type": "number", "description": "metres"},
            "at": {"type": "string", "format": "date-time"},
        },
        ("latitude", "longitude", "at"),
        JSON,
    ),
    (
        "evidence",
        "proveVcip",
        "Compare the document's face with the video's, judge its liveness, keep the questions",
        {
            "id_photo": FILE,
            "selfie": FILE,
            "questions": {
                "type": "string",
                "description": 'JSON: [{"asked": "...", "right": true, "prompted": false}]',
            },
            "official_saw_live": flag(False),  # noqa: FBT003 - a schema's default
        },
        ("id_photo", "selfie", "questions"),
        FORM,
    ),
    (
        "recording",
        "recordVcip",
        "Store the recording, MP4 or WebM; it is not replaced and kept for five years",
        {"recording": FILE},
        ("recording",),
        FORM,
    ),
    ("complete", "completeVcip", "End it with nothing missing; sends vcip.recorded", {}, (), JSON),
    (
        "audit",
        "auditVcip",
        "Note the concurrent audit, by another token than the one that opened it",
        {"auditor_id": _WORD, "result": {"type": "string", "enum": ["approved", "rejected"]}},
        ("auditor_id", "result"),
        JSON,
    ),
    ("abort", "abortVcip", "End a disrupted session", {"reason": {"type": "string"}}, ("reason",), JSON),
)
VCIP: Final = (
    Call(
        "/v1/vcip/sessions",
        "post",
        "createVcip",
        "Open a video identification; it ends within 24 hours",
        {
            "customer_id": {"type": "string", "maxLength": 100},
            "official_id": _WORD,
            "metadata": {"type": "object", "additionalProperties": True},
        },
        ("customer_id", "official_id"),
        wire.Vcip,
        JSON,
        status=201,
    ),
    Call(
        "/v1/vcip/sessions/{session}",
        "get",
        "getVcip",
        "Look at a video identification",
        gives=wire.Vcip,
        parameters=(_SESSION,),
    ),
    *(
        Call(
            f"/v1/vcip/sessions/{{session}}/{step}",
            "post",
            name,
            summary,
            fields,
            needed,
            wire.Vcip,
            form,
            parameters=(_SESSION,),
        )
        for step, name, summary, fields, needed, form in _STEPS
    ),
    Call(
        "/v1/vcip/sessions/{session}/recording",
        "get",
        "watchVcip",
        "The recording, on record",
        parameters=(_SESSION, *_HEADERS[:2]),
    ),
)
BATCH: Final = (
    Call(
        "/v1/ocr/batch",
        "post",
        "takeBatch",
        "Read up to 15 documents; ocr.batch.completed tells when all are read. Readings are kept for a day",
        {
            "documents": {"type": "array", "items": FILE},
            "mask_pii": flag(False),  # noqa: FBT003 - a schema's default
            "return_bbox": flag(False),  # noqa: FBT003
        },
        ("documents",),
        wire.BatchTaken,
        status=202,
    ),
    Call(
        "/v1/ocr/batch/{batch}",
        "get",
        "getBatch",
        "Look at a batch; a document that cannot be read has an error in place of its reading",
        gives=wire.BatchRead,
        parameters=({"name": "batch", "in": "path", "required": True, "schema": {"type": "string"}},),
    ),
)
CALLS: Final = (*CHECKS, *VCIP, *BATCH, *MASKING, *ERASURE, *AUDIT, *SESSIONS)
