"""Evidence packets: one per decision, sealed, signed, and bound to the decision's leaf in the ledger.

A packet is two lines of JSON, each in its one spelling: what is said, and the box's signature over it. Ids
and digests alone are in clear. The content is sealed under a key of its own, which is wrapped (X25519, sealed
box) for the box itself and for the auditor whose public key the settings name: losing the box does not lose
the evidence, and reading it needs one of the two.

The leaf names the packet by its digest, `evidence`, and the packet holds the leaf, its inclusion proof and a
checkpoint over both. Neither can be exchanged without the other. The digest is SHA-256 of `kycbox evidence
v1`, line feed, SHA-256 of the content's key, ciphertext. The key is part of it because the cipher alone does
not commit to one: two keys could open one ciphertext to two texts.
"""

import base64
import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass

import nacl.bindings as sodium
from nacl.exceptions import CryptoError
from nacl.public import PrivateKey, PublicKey, SealedBox

from appliance.domain import merkle
from appliance.errors import ConfigInvalid, Conflict, NotFound, StorageFailed
from appliance.store import ledger
from appliance.store.checkpoints import Checkpoints
from appliance.store.keys import KEY_BYTES, NONCE_BYTES, Keyring
from appliance.store.transaction import Connection, Transaction

PACKET = "kycbox evidence packet v1"
_DIGEST = b"kycbox evidence v1\n"
LARGEST = 256 * 1024
"""Bytes of a sealed content: a hundred times what is usual."""


@dataclass(frozen=True, slots=True)
class Sealed:
    """A sealed content that is not bound to a leaf yet.

    Attributes:
        evidence: its digest, 64 hex digits; goes into the leaf's details as `evidence`.
        content: nonce, ciphertext and tag.
        key_hash: SHA-256 of the content's key.
        recipients: public key and wrapped content key of each.
    """

    evidence: str
    content: bytes
    key_hash: bytes
    recipients: tuple[tuple[bytes, bytes], ...]


class EvidencePackets:
    """Seals, keeps and opens packets.

    Args:
        keys: of the box.
        checkpoints: sign.
        auditor: public key of an auditor, 64 hex digits, or "".

    Raises:
        ConfigInvalid: the auditor's key is none.
    """

    def __init__(self, keys: Keyring, checkpoints: Checkpoints, auditor: str = "") -> None:
        self._own = PrivateKey(keys.evidence)
        self._checkpoints = checkpoints
        self._recipients = [self._own.public_key]
        if auditor:
            self._recipients.append(_public(auditor))

    @property
    def public_key(self) -> bytes:
        """The box's own, 32 bytes."""
        return bytes(self._own.public_key)

    def seal(
        self, session: str, content: bytes, random: Callable[[int], bytes] = secrets.token_bytes
    ) -> Sealed:
        """Seal a content for the session's packet.

        Raises:
            ValueError: it is over LARGEST.
        """
        if len(content) > LARGEST:
            message = f"evidence of {len(content)} bytes; {LARGEST} are allowed"
            raise ValueError(message)
        key, nonce = random(KEY_BYTES), random(NONCE_BYTES)
        aad = _context(session)
        sealed = nonce + sodium.crypto_aead_xchacha20poly1305_ietf_encrypt(content, aad, nonce, key)
        key_hash = hashlib.sha256(key).digest()
        return Sealed(
            evidence=hashlib.sha256(_DIGEST + key_hash + sealed).hexdigest(),
            content=sealed,
            key_hash=key_hash,
            recipients=tuple((bytes(one), SealedBox(one).encrypt(key)) for one in self._recipients),
        )

    def keep(self, transaction: Transaction, session: str, sealed: Sealed, seq: int, now: int) -> None:
        """Bind a sealed content to its leaf and keep the packet with the session.

        Args:
            transaction: in which the leaf was written.
            session: id of the onboarding session.
            sealed: whose `evidence` the leaf names.
            seq: index of the leaf.
            now: seconds since 1970.

        Raises:
            Conflict: the leaf does not name it.
        """
        found = transaction.row("SELECT body FROM ledger_leaf WHERE seq = ?", (seq,))
        body = bytes(found[0]) if found else b""
        if sealed.evidence.encode() not in body:
            raise Conflict("the leaf does not name the evidence")
        frontier = transaction.ledger.frontier
        before = self._rows(transaction, session)
        proof = merkle.inclusion_proof(ledger.stored_nodes(transaction), seq, frontier.size)
        said = ledger.canonical(
            {
                "checkpoint": self._checkpoints.sign(frontier.size, frontier.root()),
                "evidence": sealed.evidence,
                "key_hash": sealed.key_hash.hex(),
                "leaf": body.decode("ascii"),
                "number": len(before) + 1,
                "packet": PACKET,
                "previous": hashlib.sha256(before[-1]).hexdigest() if before else "",
                "proof": [_base64(part) for part in proof],
                "public_key": self._checkpoints.verifier_key,
                "recipients": [
                    {"public": public.hex(), "wrapped": _base64(wrapped)}
                    for public, wrapped in sealed.recipients
                ],
                "sealed": _base64(sealed.content),
                "seq": seq,
                "session": session,
            }
        )
        signature = ledger.canonical({"signature": self._checkpoints.sign_packet(said)})
        transaction.execute(
            "INSERT INTO evidence_packet (session, number, evidence, file, made_at) VALUES (?, ?, ?, ?, ?)",
            (session, len(before) + 1, sealed.evidence, said + b"\n" + signature + b"\n", now),
        )

    def file(self, connection: Connection, session: str) -> bytes:
        """All packets of a session, in the order of its decisions, as one file.

        Raises:
            NotFound: there is none.
        """
        rows = self._rows(connection, session)
        if not rows:
            raise NotFound("there is no evidence of this session", remedy="It is made when it is decided.")
        return b"".join(rows)

    def contents(self, connection: Connection, session: str) -> list[bytes]:
        """Open the packets of a session, in order; empty where there are none.

        Raises:
            StorageFailed: one was changed on disk.
        """
        return [self._open(session, row) for row in self._rows(connection, session)]

    def _open(self, session: str, file: bytes) -> bytes:
        try:
            one = ledger.parsed(file.split(b"\n", 1)[0])
            wrapped = next(
                base64.b64decode(recipient["wrapped"])
                for recipient in one["recipients"]
                if recipient["public"] == self.public_key.hex()
            )
            sealed = base64.b64decode(one["sealed"])
            key = SealedBox(self._own).decrypt(wrapped)
            return sodium.crypto_aead_xchacha20poly1305_ietf_decrypt(
                sealed[NONCE_BYTES:], _context(session), sealed[:NONCE_BYTES], key
            )
        except (CryptoError, ValueError, KeyError, TypeError, StopIteration):
            raise StorageFailed("an evidence packet cannot be opened: it was changed on disk") from None

    @staticmethod
    def _rows(connection: Connection, session: str) -> list[bytes]:
        sql = "SELECT file FROM evidence_packet WHERE session = ? ORDER BY number"
        return [bytes(row[0]) for row in connection.rows(sql, (session,))]


def new_auditor_key() -> tuple[str, str]:
    """Draw an auditor's key pair: private and public half, 64 hex digits each."""
    key = PrivateKey.generate()
    return bytes(key).hex(), bytes(key.public_key).hex()


def _public(text: str) -> PublicKey:
    try:
        key = PublicKey(bytes.fromhex(text))
        SealedBox(key).encrypt(b"")
    except (CryptoError, ValueError, TypeError):
        reason = "key 'risk.auditor_key': it is not a public key"
        raise ConfigInvalid(reason, remedy="Give the public half of: kycbox audit keygen") from None
    return key


def _context(session: str) -> bytes:
    return f"{PACKET}\n{session}\n".encode()


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")
