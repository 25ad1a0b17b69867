"""A customer's own part of the ledger as lines of JSON, with proofs: verifiable without the box.

Each line holds one leaf as it is stored, its inclusion proof in the tree of the trailer's checkpoint (RFC
6962, 2.1.1), and the SHA-256 of the line before: no line can be changed, dropped or moved. The trailer has
the last line's hash as `chain_head`, signed with the key that signs the ledger, the count, the checkpoint and
the public key. That no leaf of the customer was left out shows only against the whole ledger, which the box's
operator exports.
"""

import base64
import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from appliance.domain import merkle
from appliance.errors import InvalidRequest
from appliance.store import ledger
from appliance.store.checkpoints import Checkpoints
from appliance.store.database import Database
from appliance.store.transaction import Connection

_AT = "json_extract(CAST(body AS TEXT), '$.at')"
MOST_LINES = 100_000
"""More than a customer leaves in a month of steady calls; a longer time is asked for in pieces."""
FIRST = hashlib.sha256(b"kycbox audit lines v1").hexdigest()
"""What the first line names as the one before it."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which leaves.

    Attributes:
        tenant: whose.
        begin, end: from the first time, to before the second: ISO 8601 in UTC; "" is open.
        about: id that they name; "" takes all.
    """

    tenant: str
    begin: str = ""
    end: str = ""
    about: str = ""

    @property
    def condition(self) -> tuple[str, tuple[str | bytes, ...]]:
        """The same in SQL, with its parameters."""
        sql, parameters = "json_extract(CAST(body AS TEXT), '$.tenant') = ?", [self.tenant]
        if self.begin:
            sql, parameters = f"{sql} AND {_AT} >= ?", [*parameters, self.begin]
        if self.end:
            sql, parameters = f"{sql} AND {_AT} < ?", [*parameters, self.end]
        if not self.about:
            return sql, tuple(parameters)
        return f"instr(body, ?) AND {sql}", (self.about.encode(), *parameters)


def export(
    database: Database, checkpoints: Checkpoints, note: tuple[int, str], wanted: Wanted
) -> Iterator[bytes]:
    """Give the lines, the trailer last. Blocks between lines.

    Args:
        database: of the box.
        checkpoints: sign it.
        note: size of the tree and its checkpoint.
        wanted: which leaves.

    Raises:
        InvalidRequest: more than MOST_LINES.
        LedgerBroken: a node that a proof needs is missing.
    """
    size, text = note
    before, count = FIRST, 0
    for first in range(0, size, ledger.BATCH):
        last = min(first + ledger.BATCH, size)
        for seq, body, proof in database.read_blocking(partial(_leaves, first, last, size, wanted)):
            count += 1
            if count > MOST_LINES:
                raise InvalidRequest(
                    f"more than {MOST_LINES} entries", remedy="Ask for a shorter time with from and to."
                )
            line = ledger.canonical(
                {"leaf": body.decode("ascii"), "prev": before, "proof": proof, "seq": seq}
            )
            before = hashlib.sha256(line).hexdigest()
            yield line + b"\n"
    trailer = {
        "chain_head": before,
        "checkpoint": text,
        "count": count,
        "public_key": checkpoints.verifier_key,
        "signature": checkpoints.sign_lines(before, count),
    }
    yield ledger.canonical(trailer) + b"\n"


def moment(text: str, name: str) -> str:
    """A time of a request in the spelling of the ledger, by which times compare as text.

    Raises:
        InvalidRequest: it is none, or has no zone.
    """
    if not text:
        return ""
    try:
        given = datetime.fromisoformat(text)
    except ValueError:
        given = datetime.min  # noqa: DTZ901 - it has no zone, which is what the next line looks at
    if given.tzinfo is None:
        remedy = "Send it as 2026-01-31T00:00:00Z."
        raise InvalidRequest(f"{name} is not a time with a zone", remedy=remedy)
    try:
        return ledger.spelled(given)
    except OverflowError:  # in UTC it is in a year that there is none of
        raise InvalidRequest(f"{name} is too far away", remedy="Leave it out.") from None


def eraser(connection: Connection, identity: str) -> str | None:
    """The tenant whose record of the vault was erased, as the ledger says; None where none was."""
    sql = "SELECT body FROM ledger_leaf WHERE instr(body, ?)"
    leaves = [json.loads(body) for (body,) in connection.rows(sql, (identity.encode(),))]
    return next((str(leaf["tenant"]) for leaf in leaves if _erases(leaf, identity)), None)


def _erases(leaf: dict[str, Any], identity: str) -> bool:
    if leaf["action"] == "masking.erase":
        return bool(leaf["object"] == identity and leaf["outcome"] == "ok")
    return leaf["action"] == "vault.purge" and identity in str(leaf["details"].get("records", "")).split(",")


def _leaves(
    first: int, last: int, size: int, wanted: Wanted, connection: Connection
) -> list[tuple[int, bytes, list[str]]]:
    condition, parameters = wanted.condition
    rows = connection.rows(
        f"SELECT seq, body FROM ledger_leaf WHERE seq >= ? AND seq < ? AND {condition} ORDER BY seq",  # noqa: S608  constants
        (first, last, *parameters),
    )
    node = ledger.stored_nodes(connection)
    return [
        (
            int(seq),
            bytes(body),
            [base64.b64encode(part).decode("ascii") for part in merkle.inclusion_proof(node, int(seq), size)],
        )
        for seq, body in rows
    ]
