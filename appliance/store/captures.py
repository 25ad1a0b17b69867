"""Sealed captures: the keys they are sealed to, the nonces used up, the devices that sign.

The first key follows from the box key; later ones are random. Every key opens captures until it is retired,
the newest is the one that clients are given.
"""

import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TypeAlias

from nacl.exceptions import BadSignatureError, CryptoError
from nacl.public import PrivateKey, PublicKey, SealedBox
from nacl.signing import SigningKey, VerifyKey

from appliance.domain import bundle
from appliance.domain.bundle import Header
from appliance.domain.credential import AuditEntry
from appliance.errors import (
    BundleMetadata,
    BundleReplayed,
    BundleUndecryptable,
    Conflict,
    InvalidRequest,
    NotFound,
)
from appliance.store.keys import Keyring, seal, unseal
from appliance.store.transaction import Connection, Transaction

Effect: TypeAlias = Callable[[Transaction], None]
MOST_DEVICES = 10_000


@dataclass(frozen=True, slots=True)
class CaptureKey:
    """A key that captures are sealed to, without its private half.

    Attributes:
        id: 16 hex digits, the BLAKE2b hash of the public key.
        public: X25519, 32 bytes.
        created_at: ISO 8601, UTC.
        retired_at: since when it opens nothing, None while it does.
    """

    id: str
    public: bytes
    created_at: str
    retired_at: str | None = None


@dataclass(frozen=True, slots=True)
class Device:
    """A capture device that signs. `public` is its Ed25519 key."""

    name: str
    public: bytes
    created_at: str
    revoked_at: str | None = None


class Captures:
    """Opens sealed captures. Thread-safe.

    Args:
        keys: of the box.
        wall: the time of day, with zone.
        clock: Unix seconds, for nonces.
        random: source of keys.
    """

    def __init__(
        self,
        keys: Keyring,
        *,
        wall: Callable[[], datetime] = lambda: datetime.now(UTC),
        clock: Callable[[], float] = time.time,
        random: Callable[[int], bytes] = secrets.token_bytes,
    ) -> None:
        self._ring = keys
        self._wall = wall
        self._clock = clock
        self._random = random
        self._lock = threading.Lock()
        self._known: dict[str, CaptureKey] = {}
        self._private: dict[str, bytes] = {}
        self._devices: dict[str, Device] = {}

    def first(self, transaction: Transaction) -> None:
        """Have the first key, which follows from the box key: at start, and before any other verb."""
        if transaction.row("SELECT 1 FROM capture_key") is None:
            self._make(transaction, self._ring.first_capture, "box")

    def load(self, connection: Connection) -> None:
        """Read keys and devices into RAM.

        Raises:
            StorageFailed: a key was changed on disk.
        """
        keys = {
            row[0]: (
                CaptureKey(row[0], row[1], row[3], row[4]),
                unseal(self._ring.captures, row[2], _bound(row[0])),
            )
            for row in connection.rows(
                "SELECT id, public, wrapped, created_at, retired_at FROM capture_key ORDER BY number"
            )
        }
        rows = connection.rows("SELECT name, public, created_at, revoked_at FROM capture_device")
        with self._lock:
            self._known = {name: about for name, (about, _) in keys.items()}
            self._private = {name: private for name, (about, private) in keys.items() if not about.retired_at}
            self._devices = {row[0]: Device(*row) for row in rows}

    def known(self) -> list[CaptureKey]:
        """All keys, oldest first, retired ones too."""
        with self._lock:
            return list(self._known.values())

    def current(self) -> CaptureKey:
        """The key that clients seal to."""
        return [key for key in self.known() if not key.retired_at][-1]

    def devices(self) -> list[Device]:
        """All devices by name, revoked ones too."""
        with self._lock:
            return sorted(self._devices.values(), key=lambda one: one.name)

    def rotate(self, transaction: Transaction, actor: str = "box") -> str:
        """Make a new key the current one; the old ones go on opening. Returns its id."""
        return self._make(transaction, self._random(32), actor)

    def retire(self, transaction: Transaction, identity: str, actor: str = "box") -> None:
        """Let a key open nothing any more, and forget its private half.

        Raises:
            NotFound: no such key in use. Conflict: it is the current one.
        """
        if (
            transaction.row("SELECT 1 FROM capture_key WHERE id = ? AND retired_at IS NULL", (identity,))
            is None
        ):
            raise NotFound("there is no capture key of that id in use", remedy="kycbox capture keys")
        newest = transaction.row(
            "SELECT id FROM capture_key WHERE retired_at IS NULL ORDER BY number DESC LIMIT 1"
        )
        if newest and newest[0] == identity:
            remedy = "Make a new one first: kycbox capture rotate."
            raise Conflict("that is the key that clients are given", remedy=remedy)
        # the row stays for the record; without the private half it can never open anything again
        transaction.execute(
            "UPDATE capture_key SET retired_at = ?, wrapped = ? WHERE id = ?",
            (self._now(), seal(self._ring.captures, b"", _bound(identity), self._random), identity),
        )
        transaction.shred()
        transaction.audit(AuditEntry(actor, "box", "capture_key.retire", object=identity))
        self._reload_on_commit(transaction)

    def enrol(self, transaction: Transaction, name: str, public: bytes, actor: str = "box") -> None:
        """Take in a device that signs its captures; an existing name gets the new key.

        Raises:
            InvalidRequest: the name or the key is none. Conflict: too many devices.
        """
        if (
            not name
            or not name.isprintable()
            or len(name.encode()) > bundle.LONGEST_DEVICE
            or name != name.strip()
        ):
            raise InvalidRequest(f"a device's name is 1 to {bundle.LONGEST_DEVICE} printable bytes")
        if len(public) != 32:
            raise InvalidRequest("a device's key is an Ed25519 public key, 32 bytes")
        count = transaction.row("SELECT count(*) FROM capture_device")
        if count and count[0] >= MOST_DEVICES:
            raise Conflict("there are too many devices")
        transaction.execute(
            "INSERT INTO capture_device (name, public, created_at) VALUES (?, ?, ?)"
            " ON CONFLICT (name) DO UPDATE SET public = excluded.public,"
            " created_at = excluded.created_at, revoked_at = NULL",
            (name, public, self._now()),
        )
        transaction.audit(AuditEntry(actor, "box", "capture_device.enrol", object=name))
        self._reload_on_commit(transaction)

    def revoke(self, transaction: Transaction, name: str, actor: str = "box") -> None:
        """Believe a device's signatures no longer.

        Raises:
            NotFound: no such device in use.
        """
        changed = transaction.execute(
            "UPDATE capture_device SET revoked_at = ? WHERE name = ? AND revoked_at IS NULL",
            (self._now(), name),
        )
        if not changed:
            raise NotFound("there is no device of that name in use", remedy="kycbox capture devices")
        transaction.audit(AuditEntry(actor, "box", "capture_device.revoke", object=name))
        self._reload_on_commit(transaction)

    def open(self, data: bytes) -> tuple[Header, bytes, bool]:
        """Open a bundle: header, picture, and whether an enrolled device signed it. Blocks, 11 ms for 2 MB.

        Says nothing about time and nonce.

        Raises:
            BundleUnparsable: not a bundle. BundleUndecryptable: no key here opens it, or it was changed.
            BundleMetadata: its header is damaged, not of this picture, or signed by somebody else.
        """
        key, sealed = bundle.decode_outside(data)
        with self._lock:
            private = self._private.get(key.hex())
        if private is None:
            remedy = "Take the current key from GET /-/capture-key."
            raise BundleUndecryptable(
                "the bundle is sealed to a key that this box does not use", remedy=remedy
            )
        try:
            inside = SealedBox(PrivateKey(private)).decrypt(sealed)
        except (CryptoError, ValueError, TypeError):
            raise BundleUndecryptable("the bundle was changed on its way", remedy="Send it again.") from None
        header, picture = bundle.decode_inside(inside, key)
        return header, picture, self._signed(header)

    def _signed(self, header: Header) -> bool:
        """Whether the signature is an enrolled device's.

        One that does not hold refuses the capture; one of a device unknown here proves nothing.
        """
        if not header.signature:
            return False
        with self._lock:
            device = self._devices.get(header.device)
        if device is None or device.revoked_at:
            return False
        try:
            VerifyKey(device.public).verify(header.signed_part, header.signature)
        except (BadSignatureError, ValueError):
            remedy = "Enrol the device's key anew: kycbox capture enrol NAME --key PUBLIC."
            raise BundleMetadata("the device's signature does not hold", remedy=remedy) from None
        return True

    def claim(self, transaction: Transaction, nonce: bytes, keep_seconds: float) -> None:
        """Use a nonce up.

        Raises:
            BundleReplayed: it was used before.
        """
        now = int(self._clock())
        transaction.execute("DELETE FROM capture_nonce WHERE expires < ?", (now,))
        fresh = transaction.execute(
            "INSERT INTO capture_nonce (nonce, expires) VALUES (?, ?) ON CONFLICT (nonce) DO NOTHING",
            (nonce, now + int(keep_seconds) + 1),
        )
        if not fresh:
            raise BundleReplayed("the bundle was used before", remedy="Take a new picture for each call.")

    @staticmethod
    def give_back(transaction: Transaction, nonce: bytes) -> None:
        """Let a nonce be used after all: its call ended in an error that was not the caller's."""
        transaction.execute("DELETE FROM capture_nonce WHERE nonce = ?", (nonce,))

    def _make(self, transaction: Transaction, private: bytes, actor: str) -> str:
        public = bytes(PrivateKey(private).public_key)
        identity = bundle.key_id(public).hex()
        last = transaction.row("SELECT coalesce(max(number), 0) FROM capture_key")
        transaction.execute(
            "INSERT INTO capture_key (id, number, public, wrapped, created_at) VALUES (?, ?, ?, ?, ?)",
            (
                identity,
                (last[0] if last else 0) + 1,
                public,
                seal(self._ring.captures, private, _bound(identity), self._random),
                self._now(),
            ),
        )
        transaction.audit(AuditEntry(actor, "box", "capture_key.create", object=identity))
        self._reload_on_commit(transaction)
        return identity

    def _reload_on_commit(self, transaction: Transaction) -> None:
        """Other threads see the change once it is on disk: `load` reads it through the same connection."""
        transaction.on_commit(lambda: self.load(transaction))

    def _now(self) -> str:
        return self._wall().astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def seal_capture(
    public: bytes,
    header: Header,
    picture: bytes,
    *,
    signing: bytes = b"",
) -> bytes:
    """Make a bundle, as a client does.

    Args:
        public: the box's capture key, 32 bytes.
        header: of the picture; `key_id` must be that of `public`.
        picture: the bytes.
        signing: Ed25519 seed of the device, 32 bytes; b"" does not sign.

    Raises:
        ValueError: a part does not fit the layout.
    """
    if signing:
        header = replace(header, signature=SigningKey(signing).sign(header.signed_part).signature)
    sealed = SealedBox(PublicKey(public)).encrypt(bundle.encode_inside(header, picture))
    return bundle.encode_outside(header.key_id, sealed)


def _bound(identity: str) -> bytes:
    return b"capture key " + identity.encode()


def signing_public(private: bytes) -> bytes:
    """The public half of a device's signing key: Ed25519, 32 bytes of a 32-byte seed."""
    return bytes(SigningKey(private).verify_key)
