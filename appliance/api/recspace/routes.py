"""Reading and faces: admit, one service call, render."""

import re
from typing import Final

from litestar import post
from msgspec import UNSET

from appliance.api.answers import Answer, AnyRequest, answer
from appliance.api.recspace import wire
from appliance.api.recspace.admission import FACES, INTAKE, Admitted, admitted
from appliance.api.recspace.render import TYPES, Wish, extracted
from appliance.domain.document import Document, DocumentType
from appliance.errors import DocumentUnreadable, InvalidRequest
from appliance.services.match_faces import MatchFaces, match_faces
from appliance.services.passive_liveness import Liveness, PassiveLiveness, passive_liveness
from appliance.services.read_document import ReadDocument, read_document
from appliance.services.search_faces import SearchFaces, search_faces

LEAST_CONFIDENCE: Final = 0.50
"""Under it a document counts as unreadable."""
MATCHES, HITS = 0.80, 0.90
_COLLECTION: Final = re.compile(r".{1,100}", re.DOTALL)


@post("/v1/ocr/extract", status_code=200)
async def extract(request: AnyRequest) -> Answer:
    """Read a document."""
    names = ("document", "type", "mask_pii", "return_bbox")
    async with admitted(request, *names, scopes=("ocr",)) as call:
        command = ReadDocument(call.picture("document"), _hint(call), INTAKE)
        wish = Wish(call.flag("return_bbox"), call.flag("mask_pii"))
        reading = await read_document(call.services, call.caller, command)
        _require_readable(reading.document)
        body = extracted(_id(request), reading.document, wish, call.milliseconds())
    return answer(body)


@post("/v1/face/match", status_code=200)
async def match(request: AnyRequest) -> Answer:
    """Compare two faces."""
    names = ("id_photo", "selfie", "check_liveness", "threshold")
    async with admitted(request, *names, scopes=("face",)) as call:
        command = MatchFaces(
            call.picture("id_photo"),
            call.picture("selfie"),
            call.share("threshold", MATCHES),
            call.flag("check_liveness", default=True),
            FACES,
        )
        found = await match_faces(call.services, call.caller, command)
        liveness = found.liveness
        body = wire.Matched(
            request_id=_id(request),
            match=found.match,
            similarity=round(found.similarity, 4),
            threshold=command.threshold,
            liveness=_liveness(liveness) if isinstance(liveness, Liveness) else None,
            processing_time_ms=call.milliseconds(),
            liveness_error=liveness if isinstance(liveness, str) else UNSET,
        )
    return answer(body)


@post("/v1/face/liveness", status_code=200)
async def liveness(request: AnyRequest) -> Answer:
    """Judge a selfie."""
    async with admitted(request, "selfie", "image", scopes=("face",)) as call:
        command = PassiveLiveness(call.picture("selfie", "image"), FACES)
        found = await passive_liveness(call.services, call.caller, command)
        body = wire.Live(_id(request), found.live, round(found.probability, 4), call.milliseconds())
    return answer(body)


@post("/v1/face/search", status_code=200)
async def search(request: AnyRequest) -> Answer:
    """Search a collection."""
    names = ("image", "selfie", "collection", "limit", "threshold")
    async with admitted(request, *names, scopes=("face", "search")) as call:
        collection = call.text("collection", "default")
        if not _COLLECTION.fullmatch(collection):
            raise InvalidRequest("collection has 1 to 100 characters")
        command = SearchFaces(
            call.picture("image", "selfie"),
            collection,
            call.whole("limit", 5, 1, 100),
            call.share("threshold", HITS),
            FACES,
        )
        found = await search_faces(call.services, call.caller, command)
        hits = [wire.Match(identity, round(score, 4), {}) for identity, score in found.hits]
        body = wire.Searched(_id(request), hits, found.searched, call.milliseconds())
    return answer(body)


def _id(request: AnyRequest) -> str:
    return str(request.scope["state"]["request_id"])


def _hint(call: Admitted) -> DocumentType | None:
    named = call.text("type", "")
    if not named:
        return None
    if named not in TYPES:
        raise InvalidRequest("the type is not known", remedy=f"One of: {', '.join(TYPES)}.")
    return TYPES[named]


def _require_readable(document: Document) -> None:
    if document.confidence < LEAST_CONFIDENCE:
        remedy = "Take the picture again: whole, sharp, without glare."
        raise DocumentUnreadable("too little of the document can be read", remedy=remedy)


def _liveness(found: Liveness) -> wire.Liveness:
    return wire.Liveness(found.live, round(found.probability, 4), [found.attack] if found.attack else [])


ROUTES: Final = [extract, match, liveness, search]
