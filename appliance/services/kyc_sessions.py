"""Sessions of customers' checks: open one, look at it, decide it, end it when its time is over."""

import asyncio
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, TypeAlias

from appliance.domain.credential import AuditEntry
from appliance.domain.document import Document
from appliance.domain.kyc_session import KycSession, Step
from appliance.domain.verdict import FaceEvidence, MatchEvidence, Verdict, decide
from appliance.errors import DocumentUnreadable, InvalidRequest
from appliance.services.call import Caller
from appliance.services.compare_faces import MOST_FACES, best, templates
from appliance.services.context import Services
from appliance.services.parts import both
from appliance.services.passive_liveness import Liveness, judged
from appliance.services.pictures import Intake, Picture, capture
from appliance.services.read_document import read
from appliance.services.verify_identity import document_evidence
from appliance.store.transaction import Effect, Transaction

API: Final = "recspace"
MOST_METADATA: Final = 4096
"""Bytes of metadata as JSON."""
Join: TypeAlias = Callable[[Callable[[Transaction], KycSession], str], Effect]
"""Keeps the answer with the change that it tells of."""


@dataclass(frozen=True, slots=True)
class Pictures:
    """What a session is decided by: document and selfie, formats and bytes taken of each."""

    document: Picture
    selfie: Picture
    documents: Intake
    selfies: Intake


async def create_session(
    services: Services, caller: Caller, customer_id: str, metadata: Mapping[str, Any], join: Join
) -> None:
    """Open a session. The caller needs the scope `sessions`.

    Raises:
        InvalidRequest: no customer id, or metadata that is too long.
        Forbidden: scope.
    """
    caller.require("sessions")
    require_customer(customer_id, metadata)
    tenant = caller.principal.tenant

    def effect(transaction: Transaction) -> KycSession:
        return services.kyc_sessions.create(transaction, tenant, customer_id, metadata, int(time.time()))

    await services.audit.succeeded(caller, "kyc.create", effect=join(effect, ""))


def require_customer(customer_id: str, metadata: Mapping[str, Any]) -> None:
    """Take what a caller says of its customer.

    Raises:
        InvalidRequest: no customer id, or metadata that is too long.
    """
    if not 1 <= len(customer_id) <= 100 or not customer_id.isprintable():
        raise InvalidRequest("customer_id has 1 to 100 printable characters")
    if len(json.dumps(metadata)) > MOST_METADATA:
        raise InvalidRequest(f"metadata is longer than {MOST_METADATA} bytes", remedy="Send less of it.")


async def get_session(services: Services, caller: Caller, identity: str) -> KycSession:
    """Look at a session. The caller needs the scope `sessions`.

    Raises:
        NotFound: the tenant has none of that id. Forbidden: scope.
    """
    caller.require("sessions")
    tenant = caller.principal.tenant
    found = await services.database.read(
        lambda connection: services.kyc_sessions.get(connection, tenant, identity)
    )
    await services.audit.succeeded(caller, "kyc.read", about=found.id)
    return found


async def decide_session(
    services: Services, caller: Caller, identity: str, pictures: Pictures, join: Join
) -> None:
    """Read the document, compare the faces, judge the selfie, and end the session with the verdict.

    The caller needs the scopes `sessions`, `ocr` and `face`.

    Raises:
        NotFound: no such session. InvalidRequest: it has ended, or a picture shows no face to judge.
        DocumentUnreadable: the session stays open for a better picture.
        Busy: the inference pool is full.
    """
    caller.require("sessions", "ocr", "face")
    tenant = caller.principal.tenant
    session = await services.database.read(
        lambda connection: services.kyc_sessions.get(connection, tenant, identity)
    )
    if session.completed_at is not None:
        raise InvalidRequest(
            f"the session is {session.state.value} already", remedy="Create another session."
        )
    verdict, document, liveness = await _judge(services, caller, pictures)
    reasons = list(verdict.reasons)
    if isinstance(liveness, Liveness) and not liveness.live:
        reasons.append("liveness_failed")
    step = Step.REJECT if reasons else Step.VERIFY

    def effect(transaction: Transaction) -> KycSession:
        return _end(
            services,
            transaction,
            tenant,
            identity,
            step,
            round(verdict.confidence / 100, 4),
            ",".join(reasons),
        )

    await services.audit.succeeded(
        caller,
        "kyc.decide",
        effect=join(effect, identity),
        about=identity,
        details={
            "result": step.value,
            "reasons": ",".join(reasons),
            "confidence": verdict.confidence,
            "type": document.type.value,
            "liveness": round(liveness.probability, 4) if isinstance(liveness, Liveness) else "not installed",
        },
    )


async def expire_sessions(services: Services) -> int:
    """End sessions whose time is over; returns how many. Each is a transaction of its own."""
    now = int(time.time())
    due = await services.database.read(lambda connection: services.kyc_sessions.due(connection, now))
    for tenant, session in due:

        def effect(transaction: Transaction, tenant: str = tenant, identity: str = session.id) -> None:
            _end(services, transaction, tenant, identity, Step.EXPIRE, 0.0, "expired")

        entry = AuditEntry("box", tenant, "kyc.expire", object=session.id)
        await services.database.commit(entry, effect)
    await services.database.write(lambda transaction: services.kyc_sessions.forget(transaction, now))
    return len(due)


async def _judge(
    services: Services, caller: Caller, pictures: Pictures
) -> tuple[Verdict, Document, Liveness | str]:
    async with services.pool.admit() as slot:
        page, selfie = await both(
            capture(services, caller, pictures.document, pictures.documents),
            capture(services, caller, pictures.selfie, pictures.selfies),
        )
        reading, faces = await asyncio.gather(
            slot.run(read, services.documents, page, None), slot.run(services.faces.detect, selfie.pixels)
        )
        document = reading.document
        evidence = document_evidence(document)
        if not evidence.readable:
            remedy = "Take the picture again: whole, sharp, without glare."
            raise DocumentUnreadable("too little of the document can be read", remedy=remedy)
        liveness = await judged(services, slot, selfie, faces)
        references, probes = await asyncio.gather(
            slot.run(templates, services.faces, document.page, document.portraits[:MOST_FACES]),
            slot.run(templates, services.faces, selfie.pixels, faces[:1]),
        )
    comparison = best(services.scores, references, probes)
    verdict = decide(
        evidence,
        FaceEvidence(detected=bool(faces), confidence=100 * faces[0].score if faces else 0.0),
        MatchEvidence(comparison.matched, comparison.percent),
        today=services.today(),
        refuse_expired=True,
    )
    return verdict, document, liveness


def _end(  # noqa: PLR0913, PLR0917 - the fields of one decision
    services: Services,
    transaction: Transaction,
    tenant: str,
    identity: str,
    step: Step,
    confidence: float,
    reason: str,
) -> KycSession:
    """End a session and tell of it, in one transaction."""
    now = int(time.time())
    ended = services.kyc_sessions.end(
        transaction, tenant, identity, step, confidence=confidence, reason=reason, now=now
    )
    moment = datetime.fromtimestamp(now, UTC)
    body: dict[str, Any] = {
        "event": "kyc.completed" if step is Step.VERIFY else "kyc.failed",
        "session_id": ended.id,
        "customer_id": ended.customer_id,
        "completed_at": moment.isoformat(timespec="seconds").replace("+00:00", "Z"),
        "result": ended.result,
        "confidence": confidence,
    }
    if reason:
        body["reason"] = reason
    services.webhooks.tell(transaction, API, tenant, stream=ended.id, body=body, now=moment)
    return ended
