"""Keys of calling software, and the sanctions lists that are searched. For technicians."""

from collections.abc import Iterable
from typing import TypeVar

import msgspec
from litestar import delete, get, patch, post
from litestar.params import FromPath

from appliance.api.admin import wire
from appliance.api.admin.admission import officer, technician
from appliance.api.answers import Answer, AnyRequest, answer
from appliance.api.application import services_of
from appliance.errors import Forbidden, InvalidRequest, NotFound
from appliance.services import review
from appliance.services.context import Services
from appliance.store.credentials import Credential

_Asked = TypeVar("_Asked", bound=msgspec.Struct)


@get("/admin/api/v1/api-keys")
async def listed(request: AnyRequest) -> Answer:
    """List all keys, revoked ones too, without secrets."""
    technician(request)
    services = services_of(request)
    known = await services.database.read(services.credentials.list)
    return answer(wire.Keys([_shown(one) for one in reversed(known)]))


@get("/admin/api/v1/api-keys/{key:str}")
async def show(request: AnyRequest, key: FromPath[str]) -> Answer:
    """Show one key."""
    technician(request)
    return answer(_shown(await _find(services_of(request), key)))


@post("/admin/api/v1/api-keys", status_code=201)
async def create(request: AnyRequest) -> Answer:
    """Make a key; its secret is in this answer and never again."""
    who, services = technician(request), services_of(request)
    asked = _decoded(await request.body(), wire.NewKey)
    _refuse_second_self(services, asked.scopes)
    made = await services.database.write(
        lambda transaction: services.credentials.create(
            transaction, asked.api, asked.name, asked.plan, asked.scopes, tenant=asked.tenant, actor=who
        )
    )
    shown = msgspec.structs.asdict(_shown(await _find(services, made.id)))
    if made.username:
        return answer(wire.MadeKey(**shown, username=made.username, password=made.secret), 201)
    return answer(wire.MadeKey(**shown, secret=made.secret), 201)


@patch("/admin/api/v1/api-keys/{key:str}")
async def change(request: AnyRequest, key: FromPath[str]) -> Answer:
    """Give a key another name, plan or scopes, from the next call on."""
    who, services = technician(request), services_of(request)
    asked = _decoded(await request.body(), wire.KeyChange)
    _refuse_second_self(services, asked.scopes or ())
    await services.database.write(
        lambda transaction: services.credentials.change(
            transaction, key, name=asked.name, plan=asked.plan, scopes=asked.scopes, actor=who
        )
    )
    return answer(_shown(await _find(services, key)))


@delete("/admin/api/v1/api-keys/{key:str}", status_code=200)
async def revoke(request: AnyRequest, key: FromPath[str]) -> Answer:
    """Refuse a key from the next call on."""
    who, services = technician(request), services_of(request)
    await services.database.write(
        lambda transaction: services.credentials.revoke(transaction, key, actor=who), urgent=True
    )
    return answer(_shown(await _find(services, key)))


@get("/admin/api/v1/lists")
async def lists(request: AnyRequest) -> Answer:
    """Show the sanctions lists that are searched, with version, digest and age."""
    officer(request)
    return answer(wire.Lists(services_of(request).screening.lists()))


def _refuse_second_self(services: Services, scopes: Iterable[str]) -> None:
    """Where two persons approve, a technician may not make the key of the second one.

    Raises:
        Forbidden: it is an officer's key.
    """
    if review.SCOPE in scopes and services.settings.risk.two_person:
        reason = "where two persons approve, an officer's key is made on the box itself"
        raise Forbidden(reason, remedy="Run: kycbox key create --api onboarder --scope review")


def _decoded(body: bytes, kind: type[_Asked]) -> _Asked:
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidRequest(f"the body is not as described: {error}") from None


async def _find(services: Services, identity: str) -> Credential:
    known = await services.database.read(services.credentials.list)
    found = next((one for one in known if one.principal.id == identity), None)
    if found is None:
        raise NotFound("there is no such key")
    return found


def _shown(one: Credential) -> wire.Key:
    return wire.Key(
        id=one.principal.id,
        name=one.name,
        api=one.principal.api,
        tenant=one.principal.tenant,
        plan=one.principal.plan,
        scopes=sorted(one.principal.scopes),
        created_at=one.created_at,
        used_on=one.used_on or None,
        revoked_at=one.revoked_at or None,
    )
