"""The Merkle tree of RFC 6962, section 2: hashes, growth, inclusion and consistency proofs.

Pure arithmetic. Stored nodes are the roots of complete subtrees: node `(level, position)` covers the
leaves `position << level` up to `(position + 1) << level`; level 0 are the leaf hashes. A tree of n leaves
has fewer than 2n of them, and they never change once made.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

NodeAt: TypeAlias = Callable[[int, int], bytes]
"""Level and position to the 32-byte hash of a complete subtree."""

EMPTY_ROOT = hashlib.sha256(b"").digest()
"""Root of the tree without leaves (RFC 6962, 2.1)."""


class Node(NamedTuple):
    """Root of one complete subtree of `2**level` leaves."""

    level: int
    position: int
    hash: bytes


def leaf_hash(body: bytes) -> bytes:
    """Hash of a leaf: SHA-256 of 0x00 and the body, 32 bytes."""
    return hashlib.sha256(b"\x00" + body).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash of an inner node: SHA-256 of 0x01 and both children, 32 bytes."""
    return hashlib.sha256(b"\x01" + left + right).digest()


@dataclass(frozen=True, slots=True)
class Frontier:
    """All that is needed to let a tree grow: one hash per set bit of its size.

    Attributes:
        size: number of leaves.
        peaks: roots of the complete subtrees that make up the tree, largest (leftmost) first.
    """

    size: int = 0
    peaks: tuple[bytes, ...] = ()

    def append(self, leaf: bytes) -> tuple["Frontier", list[Node]]:
        """Add one leaf hash; returns the grown frontier and the inner nodes that became complete."""
        peaks, made, position, level = list(self.peaks), [], self.size, 0
        top = leaf
        while position & 1:
            top = node_hash(peaks.pop(), top)
            position >>= 1
            level += 1
            made.append(Node(level, position, top))
        return Frontier(self.size + 1, (*peaks, top)), made

    def root(self) -> bytes:
        """Root hash of the whole tree, 32 bytes."""
        if not self.peaks:
            return EMPTY_ROOT
        top = self.peaks[-1]
        for peak in reversed(self.peaks[:-1]):
            top = node_hash(peak, top)
        return top


def frontier(node: NodeAt, size: int) -> Frontier:
    """Read the frontier of the tree of `size` leaves from its stored nodes."""
    peaks, first = [], 0
    for level in reversed(range(size.bit_length())):
        if size >> level & 1:
            peaks.append(node(level, first >> level))
            first += 1 << level
    return Frontier(size, tuple(peaks))


def root(node: NodeAt, size: int) -> bytes:
    """Root hash of the tree of the first `size` leaves."""
    return frontier(node, size).root()


def inclusion_proof(node: NodeAt, index: int, size: int) -> list[bytes]:
    """Audit path of leaf `index` in the tree of `size` leaves, nearest sibling first (RFC 6962, 2.1.1).

    Raises:
        ValueError: the tree of that size has no such leaf.
    """
    if not 0 <= index < size:
        message = f"no leaf {index} in a tree of {size}"
        raise ValueError(message)
    path, first, last = [], 0, size
    while last - first > 1:
        middle = first + _split(last - first)
        if index < middle:
            path.append(_subtree(node, middle, last))
            last = middle
        else:
            path.append(_subtree(node, first, middle))
            first = middle
    return path[::-1]


def consistency_proof(node: NodeAt, old: int, new: int) -> list[bytes]:
    """Proof that the tree of `old` leaves is a prefix of the tree of `new` leaves (RFC 6962, 2.1.2).

    Raises:
        ValueError: not 0 < old <= new.
    """
    if not 0 < old <= new:
        message = f"no consistency proof from {old} to {new} leaves"
        raise ValueError(message)
    path, first, last, whole = [], 0, new, True
    while old != last:
        middle = first + _split(last - first)
        if old <= middle:
            path.append(_subtree(node, middle, last))
            last = middle
        else:
            path.append(_subtree(node, first, middle))
            first, whole = middle, False
    if not whole:
        path.append(_subtree(node, first, last))
    return path[::-1]


def verify_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """Whether `proof` shows that the leaf hash stands at `index` under `root` (RFC 9162, 2.1.3.2)."""
    if not 0 <= index < size:
        return False
    position, last, top = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            return False
        if position & 1 or position == last:
            top = node_hash(sibling, top)
            while position and not position & 1:
                position, last = position >> 1, last >> 1
        else:
            top = node_hash(top, sibling)
        position, last = position >> 1, last >> 1
    return last == 0 and top == root


def verify_consistency(old: int, new: int, proof: Sequence[bytes], old_root: bytes, new_root: bytes) -> bool:
    """Whether `proof` shows that `old_root` is of a prefix of `new_root`'s tree (RFC 9162, 2.1.4.2)."""
    if old == new:
        return not proof and old_root == new_root
    if not 0 < old < new:
        return False
    path = list(proof) if old & (old - 1) else [old_root, *proof]
    if not path:
        return False
    position, last = old - 1, new - 1
    while position & 1:
        position, last = position >> 1, last >> 1
    before = after = path[0]
    for sibling in path[1:]:
        if last == 0:
            return False
        if position & 1 or position == last:
            before, after = node_hash(sibling, before), node_hash(sibling, after)
            while position and not position & 1:
                position, last = position >> 1, last >> 1
        else:
            after = node_hash(after, sibling)
        position, last = position >> 1, last >> 1
    return last == 0 and before == old_root and after == new_root


def _split(count: int) -> int:
    """Return the largest power of two below `count`; `count` is 2 or more."""
    return 1 << ((count - 1).bit_length() - 1)


def _subtree(node: NodeAt, first: int, last: int) -> bytes:
    """Root over the leaves first..last-1, where `first` is a multiple of the power of two below the count."""
    count = last - first
    if not count & (count - 1):
        level = count.bit_length() - 1
        return node(level, first >> level)
    middle = first + _split(count)
    return node_hash(_subtree(node, first, middle), _subtree(node, middle, last))
