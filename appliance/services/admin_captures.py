"""The verbs behind `kycbox capture`."""

from collections.abc import Mapping
from typing import Any

from appliance.errors import InvalidRequest
from appliance.store.audit_export import Sink
from appliance.store.store import Store


def keys(store: Store, _given: Mapping[str, Any], _out: Sink) -> list[dict[str, Any]]:
    """Show all capture keys, retired ones too."""
    return [
        {
            "id": one.id,
            "public_key": one.public.hex(),
            "created_at": one.created_at,
            "retired_at": one.retired_at,
        }
        for one in store.captures.known()
    ]


def rotate(store: Store, _given: Mapping[str, Any], _out: Sink) -> dict[str, str]:
    """Make a new current key."""
    return {"id": store.database.write_blocking(store.captures.rotate)}


def retire(store: Store, given: Mapping[str, Any], _out: Sink) -> dict[str, str]:
    """Retire a key.

    Raises:
        NotFound, Conflict: see `store.captures`.
    """
    identity = str(given.get("id", ""))
    store.database.write_blocking(lambda tx: store.captures.retire(tx, identity), urgent=True)
    return {"id": identity}


def devices(store: Store, _given: Mapping[str, Any], _out: Sink) -> list[dict[str, Any]]:
    """Show all devices, revoked ones too."""
    return [
        {
            "name": one.name,
            "public_key": one.public.hex(),
            "created_at": one.created_at,
            "revoked_at": one.revoked_at,
        }
        for one in store.captures.devices()
    ]


def enrol(store: Store, given: Mapping[str, Any], _out: Sink) -> dict[str, str]:
    """Enrol a device.

    Raises:
        InvalidRequest: a name or key that is none.
    """
    name = str(given.get("name", ""))
    try:
        public = bytes.fromhex(str(given.get("public_key", "")))
    except ValueError:
        raise InvalidRequest("the key is not hexadecimal") from None
    store.database.write_blocking(lambda tx: store.captures.enrol(tx, name, public))
    return {"name": name}


def revoke(store: Store, given: Mapping[str, Any], _out: Sink) -> dict[str, str]:
    """Revoke a device.

    Raises:
        NotFound: no such device in use.
    """
    name = str(given.get("name", ""))
    store.database.write_blocking(lambda tx: store.captures.revoke(tx, name), urgent=True)
    return {"name": name}
