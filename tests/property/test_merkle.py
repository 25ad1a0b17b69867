"""The tree against an independent implementation (pymerkle), and its proofs against every small change."""

import hashlib

import pymerkle
import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.domain import merkle


class Tree:
    """A tree in RAM, grown as the store grows it."""

    def __init__(self, bodies=()):
        self.nodes = {}
        self.frontier = merkle.Frontier()
        self.roots = [self.frontier.root()]
        for body in bodies:
            self.append(body)

    def append(self, body):
        leaf = merkle.leaf_hash(body)
        self.nodes[0, self.frontier.size] = leaf
        self.frontier, made = self.frontier.append(leaf)
        self.nodes.update({(node.level, node.position): node.hash for node in made})
        self.roots.append(self.frontier.root())

    def at(self, level, position):
        return self.nodes[level, position]


BODIES = st.lists(st.binary(max_size=20), min_size=1, max_size=70)


@given(BODIES)
def test_roots_are_those_of_an_independent_tree(bodies):
    tree, reference = Tree(), pymerkle.InmemoryTree(algorithm="sha256")
    for body in bodies:
        tree.append(body)
        reference.append_entry(body)
        assert tree.frontier.root() == reference.get_root()
    for size in range(len(bodies) + 1):
        assert merkle.root(tree.at, size) == tree.roots[size]
        assert merkle.frontier(tree.at, size).root() == tree.roots[size]
        if size:
            assert reference.get_root(size) == tree.roots[size]


@given(BODIES, st.data())
def test_the_independent_verifier_takes_our_inclusion_proof(bodies, data):
    size = data.draw(st.integers(1, len(bodies)))
    index = data.draw(st.integers(0, size - 1))
    tree = Tree(bodies)
    proof = merkle.inclusion_proof(tree.at, index, size)
    leaf = merkle.leaf_hash(bodies[index])
    assert merkle.verify_inclusion(leaf, index, size, proof, tree.roots[size])
    reference = pymerkle.InmemoryTree(algorithm="sha256")
    for body in bodies:
        reference.append_entry(body)
    theirs = reference.prove_inclusion(index + 1, size)
    pymerkle.verify_inclusion(leaf, tree.roots[size], theirs)
    assert [leaf, *proof] == theirs.path


@given(BODIES, st.data())
def test_an_inclusion_proof_proves_nothing_else(bodies, data):
    size = len(bodies)
    index = data.draw(st.integers(0, size - 1))
    tree = Tree(bodies)
    proof = merkle.inclusion_proof(tree.at, index, size)
    leaf, root = merkle.leaf_hash(bodies[index]), tree.roots[size]
    assert not merkle.verify_inclusion(merkle.leaf_hash(bodies[index] + b"x"), index, size, proof, root)
    assert not merkle.verify_inclusion(leaf, index, size, proof, hashlib.sha256(root).digest())
    assert not merkle.verify_inclusion(leaf, index, size, [*proof, root], root)
    assert not merkle.verify_inclusion(leaf, size, size, proof, root)
    if proof:
        assert not merkle.verify_inclusion(leaf, index, size, proof[:-1], root)
        at = data.draw(st.integers(0, len(proof) - 1))
        changed = [*proof[:at], hashlib.sha256(proof[at]).digest(), *proof[at + 1 :]]
        assert not merkle.verify_inclusion(leaf, index, size, changed, root)


@given(BODIES, st.data())
def test_consistency(bodies, data):
    new = len(bodies)
    old = data.draw(st.integers(1, new))
    tree = Tree(bodies)
    proof = merkle.consistency_proof(tree.at, old, new)
    before, after = tree.roots[old], tree.roots[new]
    assert merkle.verify_consistency(old, new, proof, before, after)
    assert not merkle.verify_consistency(old, new, proof, hashlib.sha256(before).digest(), after)
    assert not merkle.verify_consistency(old, new, proof, before, hashlib.sha256(after).digest())
    assert not merkle.verify_consistency(old, new, [*proof, after], before, after)
    if proof:
        assert not merkle.verify_consistency(old, new, proof[1:], before, after)
        at = data.draw(st.integers(0, len(proof) - 1))
        changed = [*proof[:at], hashlib.sha256(proof[at]).digest(), *proof[at + 1 :]]
        assert not merkle.verify_consistency(old, new, changed, before, after)


@given(BODIES, st.data())
def test_another_history_is_not_consistent(bodies, data):
    new = len(bodies)
    old = data.draw(st.integers(1, new))
    at = data.draw(st.integers(0, old - 1))
    honest = Tree(bodies)
    forged = Tree([*bodies[:at], bodies[at] + b"x", *bodies[at + 1 :]])
    proof = merkle.consistency_proof(forged.at, old, new)
    assert not merkle.verify_consistency(old, new, proof, honest.roots[old], forged.roots[new])


@pytest.mark.parametrize(
    ("size", "root"),
    [
        # test vectors of RFC 6962's reference implementation (certificate-transparency, merkle_tree_test.cc)
        (1, "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"),
        (2, "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"),
        (3, "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77"),
        (4, "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"),
        (5, "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4"),
        (6, "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef"),
        (7, "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c"),
        (8, "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"),
    ],
)
def test_published_vectors(size, root):
    leaves = [
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    ]
    assert Tree(map(bytes.fromhex, leaves[:size])).frontier.root().hex() == root


def test_proofs_of_what_is_not_there_are_refused():
    tree = Tree([b"a", b"b"])
    for index, size in ((2, 2), (-1, 2)):
        with pytest.raises(ValueError, match="no leaf"):
            merkle.inclusion_proof(tree.at, index, size)
    for old, new in ((0, 2), (3, 2)):
        with pytest.raises(ValueError, match="no consistency"):
            merkle.consistency_proof(tree.at, old, new)
