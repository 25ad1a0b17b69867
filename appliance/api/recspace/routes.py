"""Reading and faces: admit, one service call, render."""

import re
from typing import Final

from litestar import post
from msgspec import UNSET

from appliance.api.answers import Answer, AnyRequest
from appliance.api.recspace import wire
from appliance.api.recspace.admission import FACES, INTAKE, Admitted, once
from appliance.api.recspace.errors import LEAST_CONFIDENCE
from appliance.api.recspace.render import TYPES, Wish, extracted
from appliance.domain.document import Document, DocumentType
from appliance.errors import DocumentUnreadable, InvalidRequest
from appliance.services.match_faces import FacesMatched, MatchFaces, match_faces
from appliance.services.passive_liveness import Liveness, PassiveLiveness, passive_liveness
from appliance.services.read_document import ReadDocument, Reading, read_document
from appliance.services.search_faces import FacesFound, SearchFaces, search_faces

MATCHES, HITS = 0.80, 0.90
_COLLECTION: Final = re.compile(r".{1,100}", re.DOTALL)


@post("/v1/ocr/extract", status_code=200)
async def extract(request: AnyRequest) -> Answer:
    """Read a document."""

    async def act(call: Admitted) -> None:
        command = ReadDocument(call.picture("document"), _hint(call), INTAKE)
        wish = Wish(
            call.flag("return_bbox"), call.flag("mask_pii", default=call.services.settings.dpdp.enabled)
        )

        def render(reading: Reading) -> wire.Extracted:
            return extracted(call.id, _readable(reading.document), wish, call.milliseconds())

        await read_document(call.services, call.caller, command, call.rendered(render))

    return await once(
        request, act, "document", "type", "mask_pii", "return_bbox", scopes=("ocr",), personal=True
    )


@post("/v1/face/match", status_code=200)
async def match(request: AnyRequest) -> Answer:
    """Compare two faces."""

    async def act(call: Admitted) -> None:
        command = MatchFaces(
            call.picture("id_photo"),
            call.picture("selfie"),
            call.share("threshold", MATCHES),
            call.flag("check_liveness", default=True),
            FACES,
        )

        def render(found: FacesMatched) -> wire.Matched:
            judged = found.liveness
            return wire.Matched(
                request_id=call.id,
                match=found.match,
                similarity=round(found.similarity, 4),
                threshold=command.threshold,
                liveness=_liveness(judged) if isinstance(judged, Liveness) else None,
                processing_time_ms=call.milliseconds(),
                liveness_error=judged if isinstance(judged, str) else UNSET,
            )

        await match_faces(call.services, call.caller, command, call.rendered(render))

    names = ("id_photo", "selfie", "check_liveness", "threshold")
    return await once(request, act, *names, scopes=("face",), personal=True)


@post("/v1/face/liveness", status_code=200)
async def liveness(request: AnyRequest) -> Answer:
    """Judge a selfie."""

    async def act(call: Admitted) -> None:
        command = PassiveLiveness(call.picture("selfie", "image"), FACES)

        def render(found: Liveness) -> wire.Live:
            return wire.Live(call.id, found.live, round(found.probability, 4), call.milliseconds())

        await passive_liveness(call.services, call.caller, command, call.rendered(render))

    return await once(request, act, "selfie", "image", scopes=("face",), personal=True)


@post("/v1/face/search", status_code=200)
async def search(request: AnyRequest) -> Answer:
    """Search a collection."""

    async def act(call: Admitted) -> None:
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

        def render(found: FacesFound) -> wire.Searched:
            hits = [wire.Match(identity, round(score, 4), {}) for identity, score in found.hits]
            return wire.Searched(call.id, hits, found.searched, call.milliseconds())

        await search_faces(call.services, call.caller, command, call.rendered(render))

    names = ("image", "selfie", "collection", "limit", "threshold")
    return await once(request, act, *names, scopes=("face", "search"), personal=True)


def _hint(call: Admitted) -> DocumentType | None:
    named = call.text("type", "")
    if not named:
        return None
    if named not in TYPES:
        raise InvalidRequest("the type is not known", remedy=f"One of: {', '.join(TYPES)}.")
    return TYPES[named]


def _readable(document: Document) -> Document:
    if document.confidence < LEAST_CONFIDENCE:
        remedy = "Take the picture again: whole, sharp, without glare."
        raise DocumentUnreadable("too little of the document can be read", remedy=remedy)
    return document


def _liveness(found: Liveness) -> wire.Liveness:
    return wire.Liveness(found.live, round(found.probability, 4), [found.attack] if found.attack else [])


ROUTES: Final = [extract, match, liveness, search]
