"""The verbs behind `kycbox vault`."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from appliance.domain.credential import AuditEntry
from appliance.domain.masking.recognise import found_in
from appliance.errors import InvalidRequest, NotFound
from appliance.store import audit_lines
from appliance.store.audit_export import Sink
from appliance.store.database import with_leaf
from appliance.store.store import Store
from appliance.store.transaction import Transaction
from appliance.store.vault import is_id

LONGEST: Final = 64
"""Characters of a legal hold's reference."""


def status(store: Store, _given: Mapping[str, Any], _out: Sink) -> dict[str, Any]:
    """Count records, those held and those past their time, and name the key in use."""
    counts = store.database.read_blocking(store.vault.counts)
    return {
        "records": {str(retention): count for retention, count in counts.records.items()},
        "held": counts.held,
        "due": counts.due,
        "key": store.vault.wrapping.current,
        "wrapped_by_older_keys": sum(
            count for number, count in counts.wrapping.items() if number != store.vault.wrapping.current
        ),
    }


def rotate(store: Store, _given: Mapping[str, Any], _out: Sink, *, actor: str = "box") -> dict[str, int]:
    """Replace the key that wraps the records' keys, and destroy the old one."""
    return {"records": store.vault_upkeep.rotate(actor), "key": store.vault.wrapping.current}


def hold(store: Store, given: Mapping[str, Any], _out: Sink) -> dict[str, str]:
    """Put a legal hold on a record, or lift it.

    Raises:
        NotFound: no such record.
        InvalidRequest: a reference that is too long, or personal data.
    """
    identity, reference = _text(given, "id"), _text(given, "reference").strip()
    if len(reference) > LONGEST or found_in(reference):
        raise InvalidRequest(
            f"the reference of a hold has at most {LONGEST} characters and no personal data in it",
            remedy="Give the number of the case.",
        )
    tenant = store.database.read_blocking(lambda connection: store.vault.owner(connection, identity))
    action = "vault.hold" if reference else "vault.release"
    entry = AuditEntry("box", tenant, action, object=identity, details={"reference": reference})
    store.database.write_blocking(
        with_leaf(entry, store.vault.hold(tenant, identity, reference)), urgent=True
    )
    return {"id": identity, "hold": reference}


def erase(store: Store, given: Mapping[str, Any], _out: Sink) -> dict[str, str]:
    """Erase a record before its time.

    Raises:
        NotFound: no such record.
        Conflict: a legal hold stands on it, or the law wants it kept.
    """
    identity = _text(given, "id")
    tenant = store.database.read_blocking(lambda connection: store.vault.owner(connection, identity))
    entry = AuditEntry("box", tenant, "masking.erase", object=identity)
    store.database.write_blocking(with_leaf(entry, store.vault.erase(tenant, identity)), urgent=True)
    return {"id": identity}


def keep(store: Store, given: Mapping[str, Any], _out: Sink) -> dict[str, str]:
    """Keep a record of the law's class longer: five years from the end of the relationship, say.

    Raises:
        NotFound: no such record.
        InvalidRequest: no day of the form 2031-12-31.
        Conflict: a masked record, or an earlier day than it is kept to already.
    """
    identity = _text(given, "id")
    try:
        until = datetime.strptime(_text(given, "until"), "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        raise InvalidRequest("until is no day", remedy="Give it as 2031-12-31.") from None
    tenant = store.database.read_blocking(lambda connection: store.vault.owner(connection, identity))
    details = {"until": until.date().isoformat()}
    entry = AuditEntry("box", tenant, "vault.keep", object=identity, details=details)
    effect = store.vault.keep_until(tenant, identity, int(until.timestamp()))
    store.database.write_blocking(with_leaf(entry, effect), urgent=True)
    return {"id": identity, **details}


def certificate(store: Store, given: Mapping[str, Any], out: Sink) -> dict[str, str]:
    """Write the certificate of an erasure to `out`: every entry about the record, with proofs.

    Raises:
        NotFound: no record of that id was erased.
    """
    identity = _text(given, "id")
    tenant = store.database.read_blocking(lambda connection: audit_lines.eraser(connection, identity))
    if tenant is None or not is_id(identity):
        raise NotFound("no record of that id was erased", remedy="Erase it first.")

    def seal(transaction: Transaction) -> tuple[int, str]:
        transaction.audit(AuditEntry("box", tenant, "audit.certificate", object=identity))
        note = store.checkpoints.make(transaction)
        return transaction.ledger.frontier.size, note

    note = store.database.write_blocking(seal, urgent=True)
    wanted = audit_lines.Wanted(tenant, about=identity)
    for line in audit_lines.export(store.database, store.checkpoints, note, wanted):
        out.write(line)
    return {"id": identity, "key": store.checkpoints.verifier_key}


def believe_clock(store: Store, _given: Mapping[str, Any], _out: Sink) -> dict[str, int]:
    """Take the clock as it is after a jump, and erase what is past its time by it."""
    store.vault_upkeep.believe_clock()
    return {"erased": store.vault_upkeep.purge()}


def _text(given: Mapping[str, Any], name: str) -> str:
    value = given.get(name, "")
    if not isinstance(value, str):
        raise InvalidRequest(f"the argument {name!r} is text")
    return value
