"""The box key and what is derived from it. The only file of the store that knows libsodium's key types.

One random 32-byte key lies outside the database; every other key is derived from it by keyed BLAKE2b with a
personalisation of its own, so that no two purposes share a key and none has to be stored.
"""

import hashlib
import secrets
import stat
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import nacl.bindings as sodium
from nacl.exceptions import CryptoError
from nacl.signing import SigningKey

from appliance.errors import DataFolderUnusable, StorageFailed
from appliance.store.folder import write_durably

KEY_BYTES = 32
NONCE_BYTES = 24


class BoxKeySource(Protocol):
    """Where the box key comes from: a file, later a TPM or a passphrase."""

    def read(self) -> bytes:
        """Give the 32 bytes."""


@dataclass(frozen=True, slots=True)
class KeyFile:
    """A box key in a file of mode 0600: the weakest choice, and the one that starts unattended."""

    path: Path

    def exists(self) -> bool:
        """Whether there is one."""
        return self.path.exists()

    def create(self, random: Callable[[int], bytes] = secrets.token_bytes) -> None:
        """Make a new key and put it on disk.

        Raises:
            DataFolderUnusable: it cannot be written.
        """
        try:
            write_durably(self.path, random(KEY_BYTES))
        except OSError as error:
            raise DataFolderUnusable(
                f"the box key {self.path} cannot be written: {error.strerror}",
                remedy="Free room on the disk of the data folder, or name another folder with --data.",
            ) from None

    def read(self) -> bytes:
        """Give the key.

        Raises:
            DataFolderUnusable: missing, of another length, or readable by others. That is not mended here:
                whoever could read the key may have done so, and a person has to decide what follows.
        """
        try:
            mode = self.path.stat().st_mode
            key = self.path.read_bytes()
        except FileNotFoundError:
            raise DataFolderUnusable(
                f"the box key {self.path} is missing; without it the data cannot be opened",
                remedy="Restore a backup: kycbox restore FILE into an empty folder.",
            ) from None
        except OSError as error:
            raise DataFolderUnusable(
                f"the box key {self.path} cannot be read: {error.strerror}",
                remedy="Run the box as the user that owns the data folder.",
            ) from None
        if stat.S_IMODE(mode) & 0o077:
            raise DataFolderUnusable(
                f"the box key {self.path} may be read by other users",
                remedy=f"If nobody else had access, run: chmod 600 {self.path}",
            )
        if len(key) != KEY_BYTES:
            raise DataFolderUnusable(
                f"the box key {self.path} has {len(key)} bytes instead of {KEY_BYTES}",
                remedy="Restore a backup: kycbox restore FILE into an empty folder.",
            )
        return key


class Keyring:
    """Keys of this box, by purpose. Never printed, never logged.

    Attributes:
        fingerprint: 16 hex digits that name the box key without telling it.
        ledger: signs checkpoints (Ed25519).
        credentials: keys the hashes of API secrets.
        uploads: signs upload addresses.
        sessions: hex secret of the screens' sessions.
        accounts: signs the tokens of accounts that log in.
        templates: seals face templates that leave the box.
        collections: wraps the keys of face collections.
        first_capture: private X25519 key of the first capture key.
        captures: wraps the private capture keys.
        memory: keys the hashes of captures seen.
        webhooks: seals the secrets of webhook endpoints.
        idempotency: keys what answers are found and opened by.
        issuers: seals the certificates of authorities.
        vault: seals the file of the vault's wrapping keys.
        vault_index: keys the hashes by which vault records are found.
        kyc_sessions: seals whom a session is about.
        vcip: seals what is known of video-based identifications.
        batches: seals documents that wait to be read, and what was read.
        evidence: private X25519 key that opens evidence packets.
        screening: seals whom of the lists a customer was compared to.
        onboarding: seals what is known of applicants on their journey, and their tokens.
    """

    def __init__(self, source: BoxKeySource) -> None:
        box = source.read()
        self.fingerprint = _derive(box, b"fingerprint").hex()[:16]
        self.ledger = SigningKey(_derive(box, b"ledger"))
        self.credentials = _derive(box, b"credentials")
        self.uploads = _derive(box, b"uploads")
        self.sessions = _derive(box, b"sessions").hex()
        self.accounts = _derive(box, b"accounts")
        self.templates = _derive(box, b"templates")
        self.collections = _derive(box, b"collections")
        self._blobs = _derive(box, b"blobs")
        self.first_capture = _derive(box, b"capture")
        self.captures = _derive(box, b"captures")
        self.memory = _derive(box, b"memory")
        self.webhooks = _derive(box, b"webhooks")
        self.idempotency = _derive(box, b"idempotency")
        self.issuers = _derive(box, b"issuers")
        self.vault = _derive(box, b"vault")
        self.vault_index = _derive(box, b"vault index")
        self.kyc_sessions = _derive(box, b"kyc sessions")
        self.vcip = _derive(box, b"vcip")
        self.batches = _derive(box, b"batches")
        self.evidence = _derive(box, b"evidence")
        self.screening = _derive(box, b"screening")
        self.onboarding = _derive(box, b"onboarding")

    def __repr__(self) -> str:
        return f"Keyring({self.fingerprint})"

    def seal_blob(
        self, data: bytes, context: bytes, random: Callable[[int], bytes] = secrets.token_bytes
    ) -> tuple[bytes, bytes]:
        """Seal a blob under a fresh key of its own (XChaCha20-Poly1305).

        Args:
            data: the plain bytes.
            context: what the blob belongs to; it opens with the same context only.
            random: source of key and nonces.

        Returns:
            The wrapped key, 72 bytes, and the sealed blob. Deleting the wrapped key erases the blob.
        """
        key = random(KEY_BYTES)
        return seal(self._blobs, key, context, random), seal(key, data, context, random)

    def open_blob(self, wrapped: bytes, sealed: bytes, context: bytes) -> bytes:
        """Open a blob.

        Raises:
            StorageFailed: it or its key was changed, or belongs to something else.
        """
        return unseal(unseal(self._blobs, wrapped, context), sealed, context)


def seal(
    key: bytes, data: bytes, context: bytes, random: Callable[[int], bytes] = secrets.token_bytes
) -> bytes:
    """XChaCha20-Poly1305: 24-byte random nonce, then the ciphertext with its 16-byte tag."""
    nonce = random(NONCE_BYTES)
    return nonce + sodium.crypto_aead_xchacha20poly1305_ietf_encrypt(data, context, nonce, key)


def unseal(key: bytes, sealed: bytes, context: bytes) -> bytes:
    """Reverse `seal`.

    Raises:
        StorageFailed: key, context or bytes are not those of the sealing.
    """
    try:
        return sodium.crypto_aead_xchacha20poly1305_ietf_decrypt(
            sealed[NONCE_BYTES:], context, sealed[:NONCE_BYTES], key
        )
    except (CryptoError, ValueError, TypeError):
        raise StorageFailed("a sealed record cannot be opened: it was changed on disk") from None


def _derive(box: bytes, purpose: bytes) -> bytes:
    return hashlib.blake2b(key=box, person=b"kyc:" + purpose, digest_size=KEY_BYTES).digest()
