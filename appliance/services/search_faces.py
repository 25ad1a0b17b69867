"""Search a collection for the face of a picture."""

from collections.abc import Callable
from dataclasses import dataclass

from appliance.errors import InvalidRequest
from appliance.services.call import Caller
from appliance.services.context import Services
from appliance.services.pictures import Intake, Picture, capture
from appliance.store.transaction import Effect


@dataclass(frozen=True, slots=True)
class SearchFaces:
    """The command.

    Attributes:
        picture: its largest face counts.
        collection: of the caller's tenant.
        limit: hits at most.
        threshold: similarity from which a face is a hit, 0..1 on map S.
        intake: formats and bytes taken.
    """

    picture: Picture
    collection: str
    limit: int
    threshold: float
    intake: Intake


@dataclass(frozen=True, slots=True)
class FacesFound:
    """Record ids with their similarity, best first, and how many records were looked at."""

    hits: tuple[tuple[str, float], ...]
    searched: int


async def search_faces(
    services: Services,
    caller: Caller,
    command: SearchFaces,
    effect_of: Callable[[FacesFound], Effect] | None = None,
) -> FacesFound:
    """Search and leave the audit leaf.

    The caller needs the scopes `face` and `search`.

    Raises:
        NotFound: the tenant has no such collection.
        InvalidRequest: the picture shows no face.
        NotInstalled: the collection's template model is not on this box.
        RequestError: scope, or the picture.
        Busy: the inference pool is full.
    """
    caller.require("face", "search")
    tenant = caller.principal.tenant
    collection = services.collections.get(tenant, command.collection)
    async with services.pool.admit() as slot:
        taken = await capture(services, caller, command.picture, command.intake)
        faces = await slot.run(services.faces.detect, taken.pixels)
        if not faces:
            raise InvalidRequest("no face was found in image", remedy="Send a picture that shows one.")
        probe = await slot.run(services.faces.template, taken.pixels, faces[0], collection.model)
        found = await slot.run(services.collections.search, tenant, command.collection, probe, command.limit)
    maps = services.scores_of(collection.model)
    scored = ((hit.record_id, maps.S(hit.cosine)) for hit in found)
    hits = tuple(one for one in scored if one[1] >= command.threshold)
    result = FacesFound(hits, collection.total_records)
    await services.audit.succeeded(
        caller,
        "face.search",
        effect=effect_of(result) if effect_of else None,
        about=command.collection,
        details={"hits": len(hits), "searched": collection.total_records, "model": collection.model},
    )
    return result
