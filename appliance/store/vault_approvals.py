"""A second person's consent to one unmasking: of one record, in one role, of certain fields, once."""

import hashlib
import json
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from appliance.errors import Forbidden
from appliance.store.transaction import Connection, Transaction
from appliance.store.vault import Vault, record_id

PREFIX = "apr_"


@dataclass(frozen=True, slots=True)
class Ask:
    """What is to be approved.

    Attributes:
        tenant: owner of the record.
        mask_id: the record.
        role: that it is to be unmasked in.
        fields: paths, or None for all.
    """

    tenant: str
    mask_id: str
    role: str
    fields: Sequence[str] | None = None

    @property
    def _fields(self) -> str:
        if self.fields is None:
            return ""
        return hashlib.blake2b(json.dumps(sorted(set(self.fields))).encode(), digest_size=16).hexdigest()


class Approvals:
    """Grants and takes approvals. Of a token only its keyed hash is kept.

    Args:
        key: 32 bytes.
        vault: whose records are unmasked.
        random: source of tokens.
    """

    def __init__(
        self, key: bytes, vault: Vault, random: Callable[[int], bytes] = secrets.token_bytes
    ) -> None:
        self._key = key
        self._vault = vault
        self._random = random

    def grant(self, ask: Ask, approver: str, seconds: int) -> tuple[Callable[[Transaction], None], str, int]:
        """Approve; the effect stores it and raises NotFound where there is no such record.

        Returns:
            The effect, the token to hand on, and when it ends in seconds since 1970.
        """
        token = PREFIX + self._random(24).hex()
        expires = self._vault.now() + seconds

        def effect(transaction: Transaction) -> None:
            self._vault.require(transaction, ask.tenant, ask.mask_id)
            transaction.execute("DELETE FROM vault_approval WHERE expires <= ?", (self._vault.now(),))
            transaction.execute(
                "INSERT INTO vault_approval (hash, record, approver, role, fields, expires)"
                " SELECT ?, seq, ?, ?, ?, ? FROM vault_record WHERE id = ?",
                (self._hash(token), approver, ask.role, ask._fields, expires, record_id(ask.mask_id)),
            )

        return effect, token, expires

    def approver(self, connection: Connection, token: str, ask: Ask, caller: str) -> str:
        """Who approved.

        Raises:
            Forbidden: no such approval, or used, over, the caller's own, or of something else.
        """
        found = connection.row(
            "SELECT a.approver, a.role, a.fields FROM vault_approval a"
            " JOIN vault_record r ON r.seq = a.record"
            " WHERE a.hash = ? AND a.expires > ? AND r.id = ? AND r.tenant = ?",
            (self._hash(token), self._vault.now(), record_id(ask.mask_id), ask.tenant),
        )
        if found is None or found[1] != ask.role or found[2] not in ("", ask._fields):
            raise _refused("the approval is not for this, was used, or its time is over")
        if found[0] == caller:
            raise _refused("the approval is the caller's own")
        return str(found[0])

    def take(self, transaction: Transaction, token: str) -> None:
        """Use an approval up.

        Raises:
            Forbidden: it was used in the meantime.
        """
        if not transaction.execute("DELETE FROM vault_approval WHERE hash = ?", (self._hash(token),)):
            raise _refused("the approval was used")

    def _hash(self, token: str) -> bytes:
        message = token.encode("utf-8", "surrogatepass")
        return hashlib.blake2b(message, key=self._key, person=b"kyc:approval", digest_size=32).digest()


def _refused(what: str) -> Forbidden:
    return Forbidden(what, remedy="Have a second key approve this unmasking, and use the approval in time.")
