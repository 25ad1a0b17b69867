"""Signed checkpoints of the ledger: a C2SP tlog-checkpoint as a signed note, Ed25519.

Whoever keeps a checkpoint can later demand that the ledger still contains what it contained then. Who
owns the box can forge its future; what was checkpointed and handed out before stays provable.

Formats: https://c2sp.org/tlog-checkpoint and https://c2sp.org/signed-note.
"""

import base64
import hashlib
from collections.abc import Callable
from datetime import UTC, datetime

from nacl.signing import SigningKey

from appliance.domain import merkle
from appliance.store import ledger
from appliance.store.transaction import Connection, Transaction

_ED25519 = b"\x01"


class Checkpoints:
    """Makes and checks the checkpoints of one box.

    Args:
        key: signs; derived from the box key.
        box: id of the box, part of the log's name.
        wall: the time of day, with zone.
    """

    def __init__(
        self, key: SigningKey, box: str, wall: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._key = key
        self._wall = wall
        self.origin = f"kycbox/{box}"

    @property
    def verifier_key(self) -> str:
        """Public key in the note format: `name+hash+base64`. Belongs on the label of the box."""
        return f"{self.origin}+{self._key_id().hex()}+{_base64(_ED25519 + bytes(self._key.verify_key))}"

    def sign(self, size: int, root: bytes) -> str:
        """Spell and sign the checkpoint of a tree. Ed25519 is deterministic: the same tree, the same note."""
        text = f"{self.origin}\n{size}\n{_base64(root)}\n"
        signature = self._key.sign(text.encode()).signature
        return f"{text}\n\N{EM DASH} {self.origin} {_base64(self._key_id() + signature)}\n"

    def sign_lines(self, head: str, count: int) -> str:
        """Sign a customer's export: base64 Ed25519 over its last hash and number of lines."""
        return _base64(self._key.sign(f"kycbox audit lines v1\n{head}\n{count}\n".encode()).signature)

    def sign_packet(self, said: bytes) -> str:
        """Sign an evidence packet: base64 Ed25519 over its first line."""
        return _base64(self._key.sign(b"kycbox evidence packet v1\n" + said).signature)

    def make(self, transaction: Transaction) -> str:
        """Sign the ledger as it stands in this transaction, and keep the note; returns it."""
        frontier = transaction.ledger.frontier
        note = self.sign(frontier.size, frontier.root())
        transaction.execute(
            "INSERT INTO ledger_checkpoint (size, note, made_at) VALUES (?, ?, ?)"
            " ON CONFLICT (size) DO NOTHING",
            (frontier.size, note, self._wall().astimezone(UTC).isoformat(timespec="seconds")),
        )
        return note

    def latest(self, connection: Connection) -> tuple[int, str] | None:
        """Size and note of the newest checkpoint, or None."""
        found = connection.row("SELECT size, note FROM ledger_checkpoint ORDER BY size DESC LIMIT 1")
        return None if found is None else (int(found[0]), str(found[1]))

    def check(self, connection: Connection, *, deep: bool = False) -> None:
        """Check the ledger against its newest checkpoint, and every leaf after that against its hash.

        Args:
            connection: one snapshot.
            deep: hash every leaf and node anew, those under the checkpoint too; seconds per million leaves.

        Raises:
            LedgerBroken: leaves were changed or removed, or the checkpoint was.
        """
        size = ledger.size(connection)
        found = self.latest(connection)
        known, note = found or (0, "")
        if known > size:
            raise ledger.broken(f"it has {size} leaves, a checkpoint was made of {known}")
        nodes = ledger.stored_nodes(connection)
        if found is not None and self.sign(known, merkle.root(nodes, known)) != note:
            raise ledger.broken(f"the tree of {known} leaves is not the one that was signed")
        grown = merkle.frontier(nodes, 0 if deep else known)
        for seq, body, leaf in ledger.leaves(connection, grown.size, size):
            if merkle.leaf_hash(body) != leaf:
                raise ledger.broken(f"leaf {seq} was changed")
            grown, made = grown.append(leaf)
            if any(nodes(node.level, node.position) != node.hash for node in made):
                raise ledger.broken(f"an inner node over leaf {grown.size - 1} was changed")

    def _key_id(self) -> bytes:
        public = bytes(self._key.verify_key)
        return hashlib.sha256(self.origin.encode() + b"\n" + _ED25519 + public).digest()[:4]


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")
