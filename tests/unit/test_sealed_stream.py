"""A sealed stream opens whole and unchanged with its passphrase, or not at all."""

import io
import random

import pytest

from appliance.errors import BackupRefused
from appliance.store.sealed_stream import CHUNK, HEAD, MODERATE, RECORD, Cost, SealedReader, SealedWriter

CHEAP = Cost(1, 8192)
WORDS = "correct horse battery"
SIZES = (0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK, 3 * CHUNK + 17)


def sealed(plain: bytes, piece: int = 300_000) -> bytes:
    out = io.BytesIO()
    writer = SealedWriter(out, WORDS, CHEAP)
    for start in range(0, len(plain), piece):
        writer.write(plain[start : start + piece])
    writer.finish()
    return out.getvalue()


def opened(stream: bytes, passphrase: str = WORDS) -> bytes:
    reader = SealedReader(io.BytesIO(stream), passphrase)
    parts = []
    while part := reader.read(100_000):
        parts.append(part)
    return b"".join(parts)


@pytest.mark.parametrize("size", SIZES)
def test_what_was_sealed_comes_back(size: int) -> None:
    plain = random.Random(size).randbytes(size)
    stream = sealed(plain)
    assert opened(stream) == plain
    assert len(stream) == HEAD.size + size + 17 * max(1, -(-size // CHUNK))
    assert size < 8 or plain[:8] not in stream


def test_the_same_bytes_are_sealed_otherwise_each_time() -> None:
    assert sealed(b"x")[HEAD.size :] != sealed(b"x")[HEAD.size :]


def test_every_flipped_bit_is_found() -> None:
    """Each byte of the head, and bytes all over the chunks."""
    stream = sealed(random.Random(1).randbytes(2 * CHUNK + 999))
    chance = random.Random(2)
    places = [*range(HEAD.size), len(stream) - 1, HEAD.size, HEAD.size + RECORD - 1, HEAD.size + RECORD]
    places += [chance.randrange(len(stream)) for _ in range(40)]
    for place in places:
        if 20 <= place < 28:
            continue  # the memory of Argon2id: tried below, some of its values cost a gigabyte
        changed = bytearray(stream)
        changed[place] ^= 1 << chance.randrange(8)
        with pytest.raises(BackupRefused):
            opened(bytes(changed))


@pytest.mark.parametrize(
    ("operations", "memory"), [(1, 16384), (2, 8192), (0, 8192), (17, 8192), (1, 2**31), (1, 0)]
)
def test_another_cost_does_not_open_and_none_is_too_much(operations: int, memory: int) -> None:
    stream = sealed(b"x")
    fields = list(HEAD.unpack(stream[: HEAD.size]))
    fields[1:3] = [operations, memory]
    with pytest.raises(BackupRefused):
        opened(HEAD.pack(*fields) + stream[HEAD.size :])


def test_every_other_length_is_found() -> None:
    """Cut at, before and after every chunk's end, and anywhere; and with something added."""
    stream = sealed(bytes(3 * CHUNK))
    ends = [HEAD.size + number * RECORD for number in range(4)]
    assert ends[-1] == len(stream)
    chance = random.Random(3)
    lengths = {0, 1, HEAD.size - 1, *(chance.randrange(len(stream)) for _ in range(20))}
    lengths |= {end + by for end in ends for by in (-17, -1, 0, 1, 17)} - {len(stream)}
    for length in lengths:
        cut = stream[:length] if length < len(stream) else stream + bytes(length - len(stream))
        with pytest.raises(BackupRefused):
            opened(cut)


@pytest.mark.parametrize(
    "order", [(1, 0, 2), (0, 2, 1), (0, 0, 1, 2), (0, 2), (1, 2), (0, 1, 2, 2), (2,), (0, 1)]
)
def test_chunks_in_another_order_are_found(order: tuple[int, ...]) -> None:
    stream = sealed(bytes(3 * CHUNK))
    head, rest = stream[: HEAD.size], stream[HEAD.size :]
    chunks = [rest[start : start + RECORD] for start in range(0, len(rest), RECORD)]
    with pytest.raises(BackupRefused):
        opened(head + b"".join(chunks[number] for number in order))


def test_chunks_of_another_stream_are_found() -> None:
    one, other = sealed(bytes(2 * CHUNK)), sealed(bytes(2 * CHUNK))
    with pytest.raises(BackupRefused):
        opened(one[: HEAD.size + RECORD] + other[HEAD.size + RECORD :])
    with pytest.raises(BackupRefused):
        opened(one[: HEAD.size] + other[HEAD.size :])


@pytest.mark.parametrize("passphrase", ["", WORDS + " ", WORDS.upper(), "Correct horse battery"])
def test_another_passphrase_is_told(passphrase: str) -> None:
    with pytest.raises(BackupRefused, match="another passphrase") as caught:
        opened(sealed(b"x"), passphrase)
    assert caught.value.remedy


@pytest.mark.parametrize("stream", [b"", b"PK\x03\x04", b"kycbox backup 2\n" + bytes(100), bytes(10_000)])
def test_another_file_is_told(stream: bytes) -> None:
    with pytest.raises(BackupRefused, match="no backup of this release"):
        opened(stream)


def test_a_try_of_a_passphrase_is_dear() -> None:
    assert MODERATE.memory >= 256 * 1024 * 1024
    assert MODERATE.operations >= 3
