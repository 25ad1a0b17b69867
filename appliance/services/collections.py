"""Collections of faces: make, list, delete, remove a record."""

from dataclasses import dataclass

from appliance.domain.gallery import Collection
from appliance.services.call import Caller
from appliance.services.context import Services


@dataclass(frozen=True, slots=True)
class Described:
    """A collection, and whether it was made by another template model than the one in use.

    Such a collection goes on answering with its own model; new ones are made with the one in use.
    """

    collection: Collection
    needs_reenrolment: bool


async def create_collection(services: Services, caller: Caller, name: str) -> None:
    """Make an empty collection for templates of the model in use. The caller needs the scope `face`.

    Raises:
        InvalidRequest: not a name for a collection.
        Conflict: the name is taken.
    """
    caller.require("face")
    tenant, by = caller.principal.tenant, caller.principal.id
    effect = services.collections.create(tenant, name, services.faces.template_model, by)
    await services.audit.succeeded(caller, "collection.create", effect=effect, about=name)


async def delete_collection(services: Services, caller: Caller, name: str, *, force: bool) -> None:
    """Delete a collection; with `force` also one that holds records. The caller needs the scope `face`.

    Raises:
        NotFound: the tenant has none of that name.
        Conflict: it holds records, and `force` was not given.
    """
    caller.require("face")
    records = services.collections.get(caller.principal.tenant, name).total_records
    effect = services.collections.delete(caller.principal.tenant, name, force=force)
    await services.audit.succeeded(
        caller, "collection.delete", effect=effect, about=name, details={"records": records, "force": force}
    )


async def remove_record(services: Services, caller: Caller, name: str, record_id: str) -> None:
    """Remove one record. The caller needs the scope `face`.

    Raises:
        NotFound: no such collection, or no such record in it.
    """
    caller.require("face")
    effect = services.collections.remove(caller.principal.tenant, name, record_id)
    await services.audit.succeeded(
        caller, "collection.remove", effect=effect, about=name, details={"record": record_id}
    )


async def list_collections(services: Services, caller: Caller) -> list[Described]:
    """Give the tenant's collections by name. The caller needs the scopes `face` and `search`."""
    caller.require("face", "search")
    known = services.collections.all(caller.principal.tenant)
    await services.audit.succeeded(caller, "collection.list", details={"collections": len(known)})
    return [_described(services, one) for one in known]


async def describe_collection(services: Services, caller: Caller, name: str) -> Described:
    """Give one collection. The caller needs the scopes `face` and `search`.

    Raises:
        NotFound: the tenant has none of that name.
    """
    caller.require("face", "search")
    found = services.collections.get(caller.principal.tenant, name)
    await services.audit.succeeded(caller, "collection.describe", about=name)
    return _described(services, found)


def _described(services: Services, collection: Collection) -> Described:
    return Described(collection, collection.model != services.faces.template_model)
