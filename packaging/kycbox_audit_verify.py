#!/usr/bin/env python3
"""Verify what a kycbox exports, on any machine: needs Python 3.9 or newer and PyNaCl, nothing else.

    python3 kycbox_audit_verify.py FILE [--key KEY] [--since CHECKPOINT]

FILE is the whole ledger, the lines that a customer of the box got for itself (JSON lines), or the evidence of
one session (packets). Recomputed are the RFC 6962 Merkle tree, or each leaf's inclusion in it, the signed
checkpoint (C2SP tlog-checkpoint, Ed25519), older checkpoints and their consistency proofs, and the chain from
line to line or packet to packet. Every byte that is not what the content demands is refused.

--key KEY           the public key on the label of the box (`kycbox/...+...+...`), or a file with it. Without
                    it the file is checked against the key that it brings itself: whoever rewrote the whole
                    ledger could have brought another. Compare the key that is printed.
--since CHECKPOINT  a checkpoint that you kept, or an earlier export: the ledger must still begin with what
                    was signed then. This is what detects a ledger that was rolled back or rewritten.

Exit status: 0 verified, 1 broken, 2 wrong use.
"""

from __future__ import annotations

import argparse
import base64
import binascii
import hashlib
import json
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from nacl.exceptions import BadSignatureError
from nacl.signing import VerifyKey

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

BLOCK = 512
LONGEST_LINE = 16384
LARGEST_SMALL_MEMBER = 64 * 1024 * 1024
MEMBERS = ("key.txt", "checkpoint.txt", "consistency.jsonl", "entries.jsonl")


class Broken(Exception):
    """The export does not verify; says why."""


@dataclass(frozen=True)
class Key:
    """A public key of the signed-note format."""

    text: str
    name: str
    hash: bytes
    public: bytes


@dataclass(frozen=True)
class Checkpoint:
    """What a verified note says."""

    size: int
    root: bytes


@dataclass(frozen=True)
class Report:
    """What was verified."""

    entries: int
    root: str
    key: str
    first_at: str
    last_at: str
    older: int
    since: int


def verify(path: str | Path, key: str | None = None, since: Sequence[str] = ()) -> Report:
    """Verify an export against the text of a key (None takes its own) and texts of earlier checkpoints.

    Raises:
        Broken: it does not verify. OSError: the file cannot be read.
    """
    with Path(path).open("rb") as file:
        begins = file.peek(len(PACKET_BEGINS))[: len(PACKET_BEGINS)]
        if begins[:1] == b"{":
            if since:
                raise Broken("earlier checkpoints can be compared with the whole ledger only")
            return (verify_packets if begins == PACKET_BEGINS else verify_lines)(file, key)
        archive = Archive(file)
        own = trusted_key(text(archive.small("key.txt")), key, end="\n")
        checkpoint = parse_note(text(archive.small("checkpoint.txt")), own)
        known = parse_older(archive.small("consistency.jsonl"), own, checkpoint)
        older = len(known)
        for note in since:
            earlier = parse_note(note, own)
            if earlier.size > checkpoint.size:
                raise Broken(
                    f"rolled back: {checkpoint.size} entries, an earlier checkpoint has {earlier.size}"
                )
            known.append(earlier)
        first_at, last_at = check_entries(archive.lines("entries.jsonl"), checkpoint, known)
        archive.end()
    root = checkpoint.root.hex()
    return Report(checkpoint.size, root, own.text, first_at, last_at, older, len(tuple(since)))


LONGEST_PROVEN_LINE = 2 * LONGEST_LINE
LONGEST_PACKET = 64 * LONGEST_LINE
NOTE = "note:     the key came with the export; compare it with the label of the box, or use --key\n"
PACKET_BEGINS = b'{"checkpoint":'


def verify_lines(file: BinaryIO, key: str | None) -> Report:
    """Verify a customer's export: chain, inclusion of each leaf, signature of the trailer."""
    before, first_at, last_at, last_seq = hashlib.sha256(b"kycbox audit lines v1").hexdigest(), "", "", -1
    leaves: list[tuple[bytes, int, list[bytes]]] = []
    line = file.readline(LONGEST_PROVEN_LINE)
    while True:
        following = file.readline(LONGEST_PROVEN_LINE)
        one = spelled_line(line, len(leaves))
        if not following:
            break
        if set(one) != {"leaf", "prev", "proof", "seq"} or one["prev"] != before:
            raise Broken(f"line {len(leaves) + 1} does not follow the one before it")
        if not (isinstance(one["seq"], int) and isinstance(one["proof"], list)) or one["seq"] <= last_seq:
            raise Broken(f"line {len(leaves) + 1} is out of order")
        body = str(one["leaf"]).encode()
        last_seq, last_at = one["seq"], time_of(body, one["seq"])
        first_at = first_at or last_at
        leaves.append((body, one["seq"], [decode(str(part)) for part in one["proof"]]))
        before = hashlib.sha256(line[:-1]).hexdigest()
        line = following
    own = check_trailer(one, key, before, len(leaves))
    checkpoint = parse_note(str(one["checkpoint"]), own)
    for body, seq, proof in leaves:
        if not included(hashlib.sha256(b"\0" + body).digest(), seq, checkpoint, proof):
            raise Broken(f"entry {seq} is not a part of the signed ledger")
    return Report(len(leaves), checkpoint.root.hex(), own.text, first_at, last_at, 0, 0)


def verify_packets(file: BinaryIO, key: str | None) -> Report:
    """Verify the evidence of a session: signatures, chain, and that leaves of the ledger name them."""
    before, session, times, root = "", None, [], b""
    while line := file.readline(LONGEST_PACKET):
        number, signature = len(times) + 1, file.readline(LONGEST_LINE)
        one, signed = spelled_line(line, 2 * number - 2), spelled_line(signature, 2 * number - 1)
        try:
            own = trusted_key(one["public_key"], key)
            check_signature(own, b"kycbox evidence packet v1\n" + line[:-1], signed)
            session = one["session"] if session is None else session
            place = (one["packet"], one["number"], one["previous"], one["session"])
            if place != ("kycbox evidence packet v1", number, before, session) or len(signed) != 1:
                raise Broken(f"packet {number} does not follow the one before it")
            before, key = hashlib.sha256(line + signature).hexdigest(), own.text
            hashed = b"kycbox evidence v1\n" + bytes.fromhex(one["key_hash"]) + decode(one["sealed"])
            if len(one["key_hash"]) != 64 or hashlib.sha256(hashed).hexdigest() != one["evidence"]:
                raise Broken(f"the digest of packet {number} is wrong")
            body, seq, checkpoint = one["leaf"].encode(), one["seq"], parse_note(one["checkpoint"], own)
            times.append(time_of(body, seq))
            leaf, root, proof = json.loads(body), checkpoint.root, [decode(part) for part in one["proof"]]
            if (leaf["object"], leaf["details"]["evidence"]) != (session, one["evidence"]):
                raise Broken(f"entry {seq} is not about packet {number}")
            if not included(hashlib.sha256(b"\0" + body).digest(), seq, checkpoint, proof):
                raise Broken(f"entry {seq} is not a part of the signed ledger")
        except (KeyError, TypeError, ValueError, AttributeError):
            raise Broken(f"packet {number} is damaged") from None
    return Report(len(times), root.hex(), key or "", times[0], times[-1], 0, 0)


def trusted_key(line: str, key: str | None, end: str = "") -> Key:
    """Parse the key that a file brings, with this end; it must be the given one, if one is."""
    if not line.endswith(end) or "\n" in line[: len(line) - len(end)]:
        raise Broken("the public key is not one line")
    own = parse_key(line[: len(line) - len(end)])
    if key is not None and own.text != key.strip():
        raise Broken("the export was signed with another key than the one given")
    return own


def check_signature(key: Key, said: bytes, one: dict[str, object]) -> None:
    """Check the signature of lines or a packet."""
    try:
        VerifyKey(key.public).verify(said, decode(str(one["signature"])))
    except (BadSignatureError, ValueError):
        raise Broken("the signature is wrong") from None


def check_trailer(one: dict[str, object], key: str | None, head: str, count: int) -> Key:
    """Check what the last line says of those before it, and its signature; gives the key."""
    if set(one) != {"chain_head", "checkpoint", "count", "public_key", "signature"}:
        raise Broken("the file ends without its trailer")
    own = trusted_key(str(one["public_key"]), key)
    if one["chain_head"] != head or one["count"] != count:
        raise Broken("the trailer does not belong to these lines")
    check_signature(own, f"kycbox audit lines v1\n{head}\n{count}\n".encode(), one)
    return own


def spelled_line(line: bytes, number: int) -> dict[str, object]:
    """Parse one line; it has one spelling only."""
    try:
        one = json.loads(line)
        json.dumps(one, ensure_ascii=False).encode()  # half a surrogate pair is no text
        spelled = json.dumps(one, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()
    except (ValueError, RecursionError):
        raise Broken(f"line {number + 1} is damaged") from None
    if not isinstance(one, dict) or spelled + b"\n" != line:
        raise Broken(f"line {number + 1} is damaged")
    return one


def included(leaf: bytes, index: int, checkpoint: Checkpoint, proof: list[bytes]) -> bool:
    """Whether a leaf is in the tree (RFC 9162, 2.1.3.2)."""
    if index >= checkpoint.size:
        return False
    place, last, found = index, checkpoint.size - 1, leaf
    for part in proof:
        if last == 0:
            return False
        if place & 1 or place == last:
            found = hashlib.sha256(b"\1" + part + found).digest()
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            found = hashlib.sha256(b"\1" + found + part).digest()
        place, last = place >> 1, last >> 1
    return last == 0 and found == checkpoint.root


def check_entries(lines: Iterable[bytes], checkpoint: Checkpoint, known: list[Checkpoint]) -> tuple[str, str]:
    """Recompute the tree over all lines, compare it with every known root; first and last time."""
    at: dict[int, bytes] = {}
    for one in (*known, checkpoint):
        if at.setdefault(one.size, one.root) != one.root:
            raise Broken(f"two checkpoints of {one.size} entries differ")
    peaks: list[bytes] = []
    size, first_at, last_at = 0, "", ""
    if root_of(peaks) != at.get(0, root_of(peaks)):
        raise Broken("the checkpoint of the empty ledger is wrong")
    for line in lines:
        last_at = time_of(line, size)
        first_at = first_at or last_at
        grow(peaks, size, hashlib.sha256(b"\x00" + line).digest())
        size += 1
        if size in at and root_of(peaks) != at[size]:
            raise Broken(f"the first {size} entries are not those that were signed")
    if size != checkpoint.size:
        raise Broken(f"{size} entries, the checkpoint says {checkpoint.size}")
    return first_at, last_at


def time_of(line: bytes, index: int) -> str:
    """Time of one entry, whose number must be its place."""
    try:
        entry = json.loads(line)
    except (ValueError, RecursionError):
        raise Broken(f"entry {index} is not JSON") from None
    at = entry.get("at") if isinstance(entry, dict) and entry.get("seq") == index else None
    if not isinstance(at, str):
        raise Broken(f"entry {index} is missing or out of order")
    return at


def grow(peaks: list[bytes], size: int, leaf: bytes) -> None:
    """Add a leaf hash to the peaks of a tree of `size` leaves."""
    while size & 1:
        leaf = hashlib.sha256(b"\x01" + peaks.pop() + leaf).digest()
        size >>= 1
    peaks.append(leaf)


def root_of(peaks: list[bytes]) -> bytes:
    """Root of the tree with these peaks."""
    if not peaks:
        return hashlib.sha256(b"").digest()
    top = peaks[-1]
    for peak in reversed(peaks[:-1]):
        top = hashlib.sha256(b"\x01" + peak + top).digest()
    return top


def parse_key(line: str) -> Key:
    """Parse `name+hash+base64`: only the one spelling, only Ed25519."""
    name, mark, rest = line.partition("+")
    hashed, other, encoded = rest.partition("+")
    blob = decode(encoded)
    if not (mark and other and name) or len(blob) != 33 or blob[0] != 1:
        raise Broken("the public key is not one of a signed note")
    digest = hashlib.sha256(name.encode() + b"\n" + blob).digest()[:4]
    if hashed != digest.hex():
        raise Broken("the public key does not match its hash")
    return Key(line, name, digest, blob[1:])


def parse_note(note: str, key: Key) -> Checkpoint:
    """Check the signature and every byte of a checkpoint note."""
    body, mark, signature = note.partition("\n\n")
    lines = body.split("\n")
    start = f"\N{EM DASH} {key.name} "
    if not mark or len(lines) != 3 or not signature.startswith(start) or not signature.endswith("\n"):
        raise Broken("a checkpoint is not a note of this box")
    origin, size, root = lines[0], lines[1], decode(lines[2])
    blob = decode(signature[len(start) : -1])
    if origin != key.name or re.fullmatch(r"0|[1-9][0-9]{0,17}", size) is None:
        raise Broken("a checkpoint is not a note of this box")
    if len(root) != 32 or len(blob) != 68:
        raise Broken("a checkpoint has a root or a signature of a wrong length")
    if blob[:4] != key.hash:
        raise Broken("a checkpoint was signed with another key")
    try:
        VerifyKey(key.public).verify(f"{body}\n".encode(), blob[4:])
    except BadSignatureError:
        raise Broken("the signature of a checkpoint is wrong") from None
    return Checkpoint(int(size), root)


def parse_older(data: bytes, key: Key, newest: Checkpoint) -> list[Checkpoint]:
    """Parse older checkpoints: each signed, smaller than the next, and proven to be a part of the newest."""
    found: list[Checkpoint] = []
    for line in data.splitlines(keepends=True):
        try:
            one = json.loads(line)
            note, proof = str(one["note"]), [bytes.fromhex(part) for part in one["proof"]]
        except (ValueError, KeyError, TypeError, RecursionError):
            raise Broken("the older checkpoints are damaged") from None
        spelled = {"note": note, "proof": [part.hex() for part in proof]}
        if json.dumps(spelled, sort_keys=True, separators=(",", ":")).encode() + b"\n" != line:
            raise Broken("the older checkpoints are damaged")
        old = parse_note(note, key)
        if found and found[-1].size >= old.size:
            raise Broken("the older checkpoints are out of order")
        if old.size and not consistent(old, newest, proof):
            raise Broken(f"the checkpoint of {old.size} entries is not a part of the newest")
        found.append(old)
    return found


def consistent(old: Checkpoint, new: Checkpoint, proof: list[bytes]) -> bool:
    """Check a consistency proof (RFC 9162, 2.1.4.2)."""
    if not 0 < old.size < new.size:
        return False
    path = list(proof) if old.size & (old.size - 1) else [old.root, *proof]
    if not path:
        return False
    position, last = old.size - 1, new.size - 1
    while position & 1:
        position, last = position >> 1, last >> 1
    before = after = path[0]
    for sibling in path[1:]:
        if last == 0:
            return False
        if position & 1 or position == last:
            before = hashlib.sha256(b"\x01" + sibling + before).digest()
            after = hashlib.sha256(b"\x01" + sibling + after).digest()
            while position and not position & 1:
                position, last = position >> 1, last >> 1
        else:
            after = hashlib.sha256(b"\x01" + after + sibling).digest()
        position, last = position >> 1, last >> 1
    return last == 0 and before == old.root and after == new.root


def decode(encoded: str) -> bytes:
    """Decode base64, in its one canonical spelling."""
    try:
        data = base64.b64decode(encoded.encode("ascii"), validate=True)
    except (binascii.Error, UnicodeEncodeError):
        raise Broken("a checkpoint or key is not base64") from None
    if base64.b64encode(data).decode("ascii") != encoded:
        raise Broken("a checkpoint or key is not in canonical base64")
    return data


def text(data: bytes) -> str:
    """Decode UTF-8."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        raise Broken("a member is not UTF-8 text") from None


class Archive:
    """A tar file of exactly MEMBERS, in order, every byte of headers and padding as it must be."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def small(self, name: str) -> bytes:
        """Whole content of a member."""
        length = self._open(name)
        if length > LARGEST_SMALL_MEMBER:
            raise Broken(f"{name} is too large")
        data = self._exactly(length)
        self._pad(length)
        return data

    def lines(self, name: str) -> Iterator[bytes]:
        """Lines of a member, without their ends."""
        left = length = self._open(name)
        while left:
            line = self._file.readline(min(left, LONGEST_LINE))
            left -= len(line)
            if not line.endswith(b"\n"):
                raise Broken(f"{name} is cut off or holds a line that is too long")
            yield line[:-1]
        self._pad(length)

    def end(self) -> None:
        """Two empty blocks and nothing more."""
        if self._exactly(2 * BLOCK) != bytes(2 * BLOCK) or self._file.read(1):
            raise Broken("the file does not end where it must")

    def _open(self, name: str) -> int:
        found = self._exactly(BLOCK)
        try:
            length = int(found[124:135], 8)
        except ValueError:
            raise Broken("this is not an audit export, or it is damaged") from None
        if length < 0 or found != header(name, length):
            raise Broken(f"this is not an audit export, or the header of {name} is damaged")
        return length

    def _pad(self, length: int) -> None:
        if any(self._exactly(-length % BLOCK)):
            raise Broken("the padding of a member is damaged")

    def _exactly(self, length: int) -> bytes:
        data = self._file.read(length)
        if len(data) != length:
            raise Broken("the file is cut off")
        return data


def header(name: str, length: int) -> bytes:
    """Build the one ustar header that this member may have."""
    fields = (
        name.encode("ascii").ljust(100, b"\0")
        + b"0000444\0"
        + b"0000000\0" * 2
        + b"%011o\0" % length
        + b"00000000000\0"
        + b"        "
        + b"0".ljust(101, b"\0")
        + b"ustar\x0000".ljust(8 + 32 + 32, b"\0")
        + b"0000000\0" * 2
    ).ljust(BLOCK, b"\0")
    return fields[:148] + b"%06o\0 " % sum(fields) + fields[156:]


def note_in(path: str) -> str:
    """Read the checkpoint in a file: a note, or an earlier export."""
    with Path(path).open("rb") as file:
        if file.read(len(MEMBERS[0])) != MEMBERS[0].encode():
            file.seek(0)
            return text(file.read(LONGEST_LINE))
        file.seek(0)
        archive = Archive(file)
        archive.small("key.txt")
        return text(archive.small("checkpoint.txt"))


def describe(report: Report, *, trusted: bool) -> str:
    """Say in a few lines what was verified."""
    return (
        f"verified: {report.entries} entries, {report.first_at} to {report.last_at}\n"
        f"root:     {report.root}\nkey:      {report.key}\n"
        f"older:    {report.older} checkpoints inside the export, {report.since} given, all consistent\n"
        + ("" if trusted else NOTE)
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Run as a command; the exit status."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("export", metavar="EXPORT")
    parser.add_argument("--key", metavar="KEY")
    parser.add_argument("--since", metavar="CHECKPOINT", action="append", default=[])
    given = parser.parse_args(arguments)
    try:
        key = given.key  # as text, or the name of a file with it
        if key and not ("+" in key and key.startswith("kycbox/")):
            key = Path(key).read_text("utf-8").strip()
        report = verify(given.export, key, [note_in(path) for path in given.since])
    except Broken as error:
        sys.stderr.write(f"BROKEN: {error}\n")
        return 1
    except OSError as error:
        sys.stderr.write(f"cannot read {error.filename}: {error.strerror}\n")
        return 2
    sys.stdout.write(describe(report, trusted=key is not None))
    return 0


if __name__ == "__main__":
    sys.exit(main())
