"""Somebody tampers with an exported ledger: all of it is found by whoever kept one earlier checkpoint.

Twice over: by somebody who has the file, and by somebody who has the box with its signing key, makes the tree
anew and signs it. The second can forge what came after the kept checkpoint; nothing before it.
"""

import io
import random
from collections import Counter
from dataclasses import dataclass

import pytest

from appliance.domain import merkle
from appliance.domain.credential import AuditEntry
from appliance.store import ledger
from appliance.store.audit_export import export, header
from appliance.store.checkpoints import Checkpoints
from appliance.store.store import Store
from tests.faults.test_audit_export import verifier  # noqa: F401  a fixture

LEAVES, KEPT = 60, 40


@dataclass(frozen=True)
class Honest:
    """A box's ledger: its bodies, its signer, the sizes it signed, the kept note, the exported file."""

    bodies: list[bytes]
    signer: Checkpoints
    signed: list[int]
    kept: str
    file: bytes


@pytest.fixture(scope="module")
def honest(tmp_path_factory) -> Honest:
    store = Store.open(tmp_path_factory.mktemp("box") / "data", floor_bytes=0, serving=False)
    try:
        kept = ""
        while (size := store.database.read_blocking(ledger.size)) < LEAVES - 1:
            entry = AuditEntry("cred_a", "cred_a", "masking.unmask", object=f"mask_{size}")
            store.database.commit_blocking(entry)
            if size + 1 in {7, 8, 23, KEPT, 51}:
                note = store.checkpoint()
                kept = note if size + 1 == KEPT else kept
        out = io.BytesIO()
        export(store.database, store.checkpoints, out)
        bodies = store.database.read_blocking(lambda c: [body for _, body, _ in ledger.leaves(c, 0, LEAVES)])
        sizes = store.database.read_blocking(
            lambda c: c.rows("SELECT size FROM ledger_checkpoint ORDER BY size")
        )
        return Honest(bodies, store.checkpoints, [int(row[0]) for row in sizes], kept, out.getvalue())
    finally:
        store.close()


def member(name: str, data: bytes) -> bytes:
    return header(name, len(data)) + data + bytes(-len(data) % 512)


def signed_anew(honest: Honest, bodies: list[bytes]) -> bytes:
    """What a box with the key would export of other bodies."""
    nodes: dict[tuple[int, int], bytes] = {}
    tree = merkle.frontier(lambda level, place: nodes[level, place], 0)
    roots = {0: tree.root()}
    for place, body in enumerate(bodies):
        leaf = merkle.leaf_hash(body)
        nodes[0, place] = leaf
        tree, made = tree.append(leaf)
        nodes |= {(node.level, node.position): node.hash for node in made}
        roots[tree.size] = tree.root()
    older = b"".join(
        ledger.canonical(
            {
                "note": honest.signer.sign(size, roots[size]),
                "proof": [
                    part.hex()
                    for part in merkle.consistency_proof(
                        lambda level, place: nodes[level, place], size, tree.size
                    )
                ],
            }
        )
        + b"\n"
        for size in honest.signed
        if size < tree.size
    )
    return (
        member("key.txt", f"{honest.signer.verifier_key}\n".encode())
        + member("checkpoint.txt", honest.signer.sign(tree.size, roots[tree.size]).encode())
        + member("consistency.jsonl", older)
        + member("entries.jsonl", b"".join(body + b"\n" for body in bodies))
        + bytes(1024)
    )


def renumbered(bodies: list[bytes]) -> list[bytes]:
    """A careful forger makes every number fit its place."""
    fits = []
    for place, body in enumerate(bodies):
        head, _, rest = body.partition(b'"seq":')
        fits.append(head + b'"seq":%d,' % place + rest.partition(b",")[2])
    return fits


def by_the_file(honest: Honest, chance: random.Random):
    data = honest.file
    for at in range(0, len(data), 17):
        yield "flip", data[:at] + bytes([data[at] ^ (1 << chance.randrange(8))]) + data[at + 1 :]
    for length in range(0, len(data), 97):
        yield "truncate", data[:length]
    lines = b"".join(body + b"\n" for body in honest.bodies)
    start = data.index(lines) - 512

    def other(bodies: list[bytes]) -> bytes:
        changed = b"".join(body + b"\n" for body in bodies)
        return data[:start] + member("entries.jsonl", changed) + bytes(1024)

    assert other(honest.bodies) == data
    for place in range(LEAVES):
        rest = honest.bodies[:place] + honest.bodies[place + 1 :]
        yield "drop", other(rest)
        yield "drop", other(renumbered(rest))
        yield "truncate", other(honest.bodies[:place])
        yield "double", other([*honest.bodies[: place + 1], *honest.bodies[place:]])
    for place in range(LEAVES - 1):
        moved = list(honest.bodies)
        moved[place], moved[place + 1] = moved[place + 1], moved[place]
        yield "reorder", other(moved)
        yield "reorder", other(renumbered(moved))


def by_the_box(honest: Honest, chance: random.Random):
    """All of it before the kept checkpoint, signed anew with the box's own key."""
    bodies = honest.bodies
    for place in range(KEPT):
        changed = list(bodies)
        changed[place] = changed[place].replace(b'"outcome":"ok"', b'"outcome":"forbidden"')
        assert changed != bodies
        yield "signed anew: flip", signed_anew(honest, changed)
        yield "signed anew: drop", signed_anew(honest, renumbered(bodies[:place] + bodies[place + 1 :]))
        yield (
            "signed anew: insert",
            signed_anew(honest, renumbered([*bodies[:place], bodies[0], *bodies[place:]])),
        )
        yield "roll back", signed_anew(honest, bodies[:place])
        forked = [body.replace(b"cred_a", b"cred_b") for body in bodies[place:]]
        if forked != bodies[place:]:
            yield "fork", signed_anew(honest, bodies[:place] + forked)
    for _ in range(60):
        one, two = sorted(chance.sample(range(KEPT), 2))
        moved = list(bodies)
        moved[one], moved[two] = moved[two], moved[one]
        yield "signed anew: reorder", signed_anew(honest, renumbered(moved))


def found(verifier, folder, data: bytes, kept: str, key: str) -> bool:  # noqa: F811
    file = folder / "export.tar"
    file.write_bytes(data)
    try:
        verifier.verify(file, key, [kept])
    except verifier.Broken:
        return True
    return False


def test_every_tampering_is_found(verifier, honest, tmp_path):  # noqa: F811
    key, chance = honest.signer.verifier_key, random.Random(5)
    assert not found(verifier, tmp_path, honest.file, honest.kept, key)
    assert signed_anew(honest, honest.bodies) == honest.file, "the forger makes the box's own files"
    tried, missed = Counter(), Counter()
    for make in (by_the_file, by_the_box):
        for kind, data in make(honest, chance):
            tried[kind] += 1
            missed[kind] += not found(verifier, tmp_path, data, honest.kept, key)
    told = ", ".join(f"{kind} {count}" for kind, count in sorted(tried.items()))
    print(f"\n{tried.total()} tamperings ({told}), {missed.total()} not found")
    assert missed.total() == 0, missed


def test_what_the_keys_owner_changes_after_the_kept_checkpoint_is_not_found(verifier, honest, tmp_path):  # noqa: F811
    """The limit of it, for the record: this is why checkpoints are kept elsewhere, and often."""
    changed = [*honest.bodies[:-1], honest.bodies[-1].replace(b'"outcome":"ok"', b'"outcome":"x"')]
    data = signed_anew(honest, changed)
    assert not found(verifier, tmp_path, data, honest.kept, honest.signer.verifier_key)
    newer = honest.signer.sign(LEAVES, tree_root(honest.bodies))
    assert found(verifier, tmp_path, data, newer, honest.signer.verifier_key)


def tree_root(bodies: list[bytes]) -> bytes:
    tree = merkle.frontier(lambda _level, _place: b"", 0)
    for body in bodies:
        tree, _ = tree.append(merkle.leaf_hash(body))
    return tree.root()
