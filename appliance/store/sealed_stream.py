"""A stream sealed under a passphrase: Argon2id, then XChaCha20-Poly1305 secretstream in chunks.

    magic      16 bytes, `kycbox backup 1` and a line end
    operations  4 bytes, big endian, of Argon2id 1.3
    memory      8 bytes, big endian, in bytes
    salt       16 bytes
    header     24 bytes, of crypto_secretstream_xchacha20poly1305
    chunks     1 MiB of plain bytes each and 17 more; the last one is shorter or as long, and tagged as final

Each chunk is bound to its place, and to all that stands before the first one: bytes that are changed, moved,
doubled, left out or added are found, and so is a stream without its end. Chunks are opened in order and
nothing of a chunk is given out before it is known to be right; memory does not grow with the stream.
"""

import secrets
import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO, Final

import nacl.bindings as sodium
from nacl.exceptions import CryptoError
from nacl.pwhash import argon2id

from appliance.errors import BackupRefused
from appliance.store.audit_export import Sink

MAGIC: Final = b"kycbox backup 1\n"
CHUNK: Final = 1024 * 1024
"""Plain bytes of every chunk but the last."""
RECORD: Final = CHUNK + sodium.crypto_secretstream_xchacha20poly1305_ABYTES
HEAD: Final = struct.Struct(">16sIQ16s24s")

_FINAL: Final = sodium.crypto_secretstream_xchacha20poly1305_TAG_FINAL
_MESSAGE: Final = sodium.crypto_secretstream_xchacha20poly1305_TAG_MESSAGE
_MOST_OPERATIONS: Final = 16
_MOST_MEMORY: Final = 1024 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Cost:
    """What one try of a passphrase costs: passes, and bytes of memory."""

    operations: int
    memory: int


MODERATE: Final = Cost(argon2id.OPSLIMIT_MODERATE, argon2id.MEMLIMIT_MODERATE)
"""libsodium's choice for keys that matter: three passes over 256 MiB, 0.6 s on one core of 2020."""


class SealedWriter:
    """Seals what is written to it. `finish` makes the end, without which the stream does not open.

    Args:
        out: gets the sealed bytes.
        passphrase: that opens it.
        cost: of one try.
        random: source of the salt.
    """

    def __init__(
        self,
        out: Sink,
        passphrase: str,
        cost: Cost = MODERATE,
        random: Callable[[int], bytes] = secrets.token_bytes,
    ) -> None:
        salt = random(argon2id.SALTBYTES)
        self._out = out
        self._rest = bytearray()
        self._state = sodium.crypto_secretstream_xchacha20poly1305_state()
        key = _key(passphrase, salt, cost)
        header = sodium.crypto_secretstream_xchacha20poly1305_init_push(self._state, key)
        self._head = HEAD.pack(MAGIC, cost.operations, cost.memory, salt, header)
        out.write(self._head)

    def write(self, data: bytes, /) -> int:
        """Take all of the bytes."""
        self._rest += data
        while len(self._rest) > CHUNK:  # the end is not known yet, and a last chunk may be a whole one
            self._push(bytes(self._rest[:CHUNK]), _MESSAGE)
            del self._rest[:CHUNK]
        return len(data)

    def finish(self) -> None:
        """Write what is left, and the end. Once."""
        self._push(bytes(self._rest), _FINAL)
        self._rest.clear()

    def _push(self, plain: bytes, tag: int) -> None:
        self._out.write(
            sodium.crypto_secretstream_xchacha20poly1305_push(self._state, plain, self._head, tag)
        )


class SealedReader:
    """Opens a sealed stream from its beginning to its end.

    Args:
        file: open for reading; `read` gives fewer bytes than wanted at the end only.
        passphrase: it was sealed under.

    Raises:
        BackupRefused: no such stream, a newer one, damaged, or another passphrase.
    """

    def __init__(self, file: BinaryIO, passphrase: str) -> None:
        self._file = file
        self._head = file.read(HEAD.size)
        if len(self._head) < HEAD.size or not self._head.startswith(MAGIC):
            raise BackupRefused(
                "the file is no backup of this release",
                remedy="Name a file that `kycbox backup` made; if a newer release did, install that first.",
            )
        _, operations, memory, salt, header = HEAD.unpack(self._head)
        if not (1 <= operations <= _MOST_OPERATIONS and argon2id.MEMLIMIT_MIN <= memory <= _MOST_MEMORY):
            raise BackupRefused("the backup's first bytes are damaged", remedy="Take another copy of it.")
        key = _key(passphrase, salt, Cost(operations, memory))
        self._state = sodium.crypto_secretstream_xchacha20poly1305_state()
        sodium.crypto_secretstream_xchacha20poly1305_init_pull(self._state, header, key)
        self._ahead = file.read(RECORD)
        self._opened = 0
        self._plain = memoryview(self._pull())

    def read(self, size: int) -> bytes:
        """Up to `size` bytes; none at the end, which is known then to be the true one.

        Raises:
            BackupRefused: damaged or cut short.
        """
        if not self._plain and self._ahead:
            self._plain = memoryview(self._pull())
        taken, self._plain = self._plain[:size], self._plain[size:]
        return bytes(taken)

    def _pull(self) -> bytes:
        record, self._ahead = self._ahead, self._file.read(RECORD)
        try:
            plain, tag = sodium.crypto_secretstream_xchacha20poly1305_pull(self._state, record, self._head)
        except (CryptoError, ValueError):  # a wrong tag, or fewer bytes than a tag has
            raise self._refusal() from None
        if (tag == _FINAL) == bool(self._ahead):
            raise BackupRefused("the backup is cut short, or bytes were added", remedy=_OTHER_COPY)
        self._opened += len(record)
        return plain

    def _refusal(self) -> BackupRefused:
        if self._opened:
            place = HEAD.size + self._opened
            return BackupRefused(f"the backup is damaged after its byte {place}", remedy=_OTHER_COPY)
        return BackupRefused(
            "the backup does not open: it was made with another passphrase, or is damaged",
            remedy="Give the passphrase that it was made with; capitals and spaces count.",
        )


_OTHER_COPY: Final = "Take another copy of it, or the backup before."


def _key(passphrase: str, salt: bytes, cost: Cost) -> bytes:
    return argon2id.kdf(
        sodium.crypto_secretstream_xchacha20poly1305_KEYBYTES,
        passphrase.encode("utf-8", "surrogatepass"),
        salt,
        opslimit=cost.operations,
        memlimit=cost.memory,
    )
