"""What whoever has a shell on the box may ask for: the verbs behind `kycbox key` and `kycbox audit`.

Each verb takes the opened store and plain arguments and answers with plain values, so that it runs the same
in the command's own process and inside a running box, over its control socket.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

from appliance.domain.credential import AuditEntry
from appliance.errors import InvalidRequest
from appliance.services import (
    admin_backup,
    admin_captures,
    admin_issuers,
    admin_screening,
    admin_vault,
    admin_webhooks,
)
from appliance.store.audit_export import Sink, export
from appliance.store.evidence_packets import EvidencePackets
from appliance.store.store import Store
from appliance.store.transaction import Transaction

Arguments: TypeAlias = Mapping[str, Any]
Verb: TypeAlias = Callable[[Store, Arguments, Sink], Any]


def key_create(store: Store, given: Arguments, _out: Sink) -> dict[str, str]:
    """Make a credential: `{"id","api","secret"}`, or `{"id","api","username","password"}`.

    Raises:
        InvalidRequest: unknown dialect, plan or scope, or a bad name.
    """
    api, name, plan = _text(given, "api"), _text(given, "name"), _text(given, "plan", "enterprise")
    scopes, tenant = _texts(given, "scopes"), _text(given, "tenant", "")
    new = store.database.write_blocking(
        lambda transaction: store.credentials.create(transaction, api, name, plan, scopes, tenant=tenant)
    )
    if new.username:
        return {"id": new.id, "api": new.api, "username": new.username, "password": new.secret}
    return {"id": new.id, "api": new.api, "secret": new.secret}


def key_list(store: Store, _given: Arguments, _out: Sink) -> list[dict[str, Any]]:
    """Show all credentials, revoked ones too, without secrets."""
    return [
        {
            "id": one.principal.id,
            "api": one.principal.api,
            "name": one.name,
            "plan": one.principal.plan,
            "scopes": sorted(one.principal.scopes),
            "tenant": one.principal.tenant,
            "username": one.username,
            "created_at": one.created_at,
            "used_on": one.used_on,
            "revoked_at": one.revoked_at,
        }
        for one in store.database.read_blocking(store.credentials.list)
    ]


def key_revoke(store: Store, given: Arguments, _out: Sink) -> dict[str, str]:
    """End a credential.

    Raises:
        NotFound: no live credential of that id.
    """
    identity = _text(given, "id")
    store.database.write_blocking(
        lambda transaction: store.credentials.revoke(transaction, identity), urgent=True
    )
    return {"id": identity}


def key_rotate(store: Store, given: Arguments, _out: Sink) -> dict[str, str]:
    """Give a credential another secret; the old one is good for a day more.

    Raises:
        NotFound: no live credential of that id.
    """
    identity = _text(given, "id")
    new = store.database.write_blocking(lambda transaction: store.credentials.rotate(transaction, identity))
    if new.username:
        return {"id": new.id, "api": new.api, "username": new.username, "password": new.secret}
    return {"id": new.id, "api": new.api, "secret": new.secret}


def audit_export(store: Store, _given: Arguments, out: Sink) -> dict[str, Any]:
    """Write the whole ledger to `out`."""
    entries = export(store.database, store.checkpoints, out)
    return {"entries": entries, "key": store.checkpoints.verifier_key}


def audit_packet(store: Store, given: Arguments, out: Sink) -> dict[str, Any]:
    """Write the evidence of a session's decisions to `out`.

    Raises:
        NotFound: there is none.
    """
    session = _text(given, "session")
    packets = EvidencePackets(store.keys, store.checkpoints)

    def leave(transaction: Transaction) -> bytes:
        file = packets.file(transaction, session)
        transaction.audit(AuditEntry("box", "box", "audit.packet", object=session))
        return file

    file = store.database.write_blocking(leave, urgent=True)
    out.write(file)
    return {"packets": file.count(b"\n") // 2, "key": store.checkpoints.verifier_key}


def audit_checkpoint(store: Store, _given: Arguments, _out: Sink) -> dict[str, str]:
    """Sign the ledger as it stands."""
    return {"checkpoint": store.checkpoint(), "key": store.checkpoints.verifier_key}


def audit_check(store: Store, _given: Arguments, _out: Sink) -> dict[str, bool]:
    """Hash the whole ledger anew and compare it with what is stored and signed.

    Raises:
        LedgerBroken: naming the leaf or node.
    """
    store.database.read_blocking(lambda connection: store.checkpoints.check(connection, deep=True))
    return {"right": True}


def technician_add(store: Store, given: Arguments, _out: Sink) -> dict[str, str]:
    """Make a technician.

    Raises:
        InvalidRequest: a name that is none. Conflict: there is one of that name.
    """
    name = _text(given, "name")
    return {"name": name, "password": store.technicians.create(name)}


def technician_reset(store: Store, given: Arguments, _out: Sink) -> dict[str, str]:
    """Give a technician a new password.

    Raises:
        NotFound: no technician of that name.
    """
    name = _text(given, "name", "technician")
    return {"name": name, "password": store.technicians.reset(name)}


def technician_list(store: Store, _given: Arguments, _out: Sink) -> list[dict[str, str]]:
    """Everybody who may open the console."""
    return [{"name": one.name, "changed_on": one.changed_on} for one in store.technicians.known()]


def technician_remove(store: Store, given: Arguments, _out: Sink) -> dict[str, str]:
    """Let a technician in no more.

    Raises:
        NotFound: no technician of that name. Conflict: the last one.
    """
    name = _text(given, "name")
    store.technicians.remove(name)
    return {"name": name}


VERBS: Mapping[str, Verb] = {
    "key.create": key_create,
    "key.list": key_list,
    "key.revoke": key_revoke,
    "key.rotate": key_rotate,
    "audit.export": audit_export,
    "audit.packet": audit_packet,
    "audit.checkpoint": audit_checkpoint,
    "audit.check": audit_check,
    "box.backup": admin_backup.write,
    "capture.keys": admin_captures.keys,
    "capture.rotate": admin_captures.rotate,
    "capture.retire": admin_captures.retire,
    "capture.devices": admin_captures.devices,
    "capture.enrol": admin_captures.enrol,
    "capture.revoke": admin_captures.revoke,
    "issuer.add": admin_issuers.add,
    "issuer.list": admin_issuers.show,
    "issuer.remove": admin_issuers.remove,
    "screening.begin": admin_screening.begin,
    "screening.add": admin_screening.add,
    "screening.finish": admin_screening.finish,
    "screening.drop": admin_screening.drop,
    "screening.list": admin_screening.show,
    "screening.remove": admin_screening.remove,
    "screening.check": admin_screening.check,
    "technician.add": technician_add,
    "technician.list": technician_list,
    "technician.remove": technician_remove,
    "technician.reset": technician_reset,
    "vault.believe_clock": admin_vault.believe_clock,
    "vault.certificate": admin_vault.certificate,
    "vault.erase": admin_vault.erase,
    "vault.hold": admin_vault.hold,
    "vault.keep": admin_vault.keep,
    "vault.rotate": admin_vault.rotate,
    "vault.status": admin_vault.status,
    "webhook.set": admin_webhooks.put,
    "webhook.rotate": admin_webhooks.rotate,
    "webhook.list": admin_webhooks.show,
    "webhook.allow": admin_webhooks.allow,
    "webhook.disallow": admin_webhooks.disallow,
    "webhook.dead": admin_webhooks.dead,
    "webhook.resend": admin_webhooks.resend,
}


def run(store: Store, verb: str, given: Arguments, out: Sink) -> Any:
    """Run a verb by name.

    Raises:
        InvalidRequest: no such verb, or arguments of a wrong type.
    """
    function = VERBS.get(verb)
    if function is None:
        raise InvalidRequest(f"unknown verb {verb!r}", remedy="The command and the box are of two releases.")
    return function(store, given, out)


def _text(given: Arguments, name: str, otherwise: str | None = None) -> str:
    value = given.get(name, otherwise)
    if not isinstance(value, str):
        raise InvalidRequest(f"the argument {name!r} is text")
    return value


def _texts(given: Arguments, name: str) -> Sequence[str]:
    value = given.get(name, ())
    if not isinstance(value, list | tuple) or not all(isinstance(one, str) for one in value):
        raise InvalidRequest(f"the argument {name!r} is a list of texts")
    return value
