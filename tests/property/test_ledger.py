"""The ledger on disk: one spelling per body, and an independent tree's roots whatever fails between."""

import json
import tempfile
from pathlib import Path

import pymerkle
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.domain import merkle
from appliance.domain.credential import AuditEntry
from appliance.errors import NotFound
from appliance.store import ledger
from appliance.store.database import Database
from appliance.store.space import DiskSpace

VALUES = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
)
DETAILS = st.dictionaries(st.text(), VALUES)


@given(DETAILS, st.randoms())
def test_one_spelling_whatever_the_order(details, chance):
    shuffled = list(details.items())
    chance.shuffle(shuffled)
    body = ledger.canonical(details)
    assert ledger.canonical(dict(shuffled)) == body
    assert json.loads(body) == details
    assert ledger.canonical(json.loads(body)) == body
    assert b"\n" not in body
    assert body.isascii()


@pytest.mark.parametrize("number", [float("nan"), float("inf"), float("-inf")])
def test_what_json_cannot_say_is_refused(number):
    with pytest.raises(ValueError, match="not JSON compliant"):
        ledger.canonical({"x": number})


@settings(max_examples=12, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 3), st.booleans(), st.text(max_size=5)), max_size=25))
def test_failing_effects_leave_no_trace_in_the_tree(work):
    """Each effect writes some leaves and then succeeds or fails; only the first kind may be in the tree."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        database = Database.open(folder / "box.db", DiskSpace(folder, 0, folder / "ballast", 4096))

        def effect(count, fails, text):
            def run(transaction):
                for number in range(count):
                    transaction.audit(AuditEntry("a", text, "b", details={"n": number}))
                if fails:
                    raise NotFound("no")

            return run

        futures = [database._writer.submit(effect(*one)) for one in work]
        for future, (_, fails, _) in zip(futures, work, strict=True):
            assert isinstance(future.exception(), NotFound if fails else type(None))
        expected = [(text, n) for count, fails, text in work if not fails for n in range(count)]

        def look(connection):
            size = ledger.size(connection)
            node = ledger.stored_nodes(connection)
            return list(ledger.leaves(connection, 0, size)), merkle.root(node, size)

        leaves, root = database.read_blocking(look)
        frontier = database._writer._ledger.frontier
        database.close()
        bodies = [json.loads(body) for _, body, _ in leaves]
        assert [(body["tenant"], body["details"]["n"]) for body in bodies] == expected
        assert [body["seq"] for body in bodies] == list(range(len(bodies)))
        reference = pymerkle.InmemoryTree(algorithm="sha256")
        for _, body, _ in leaves:
            reference.append_entry(body)
        assert root == reference.get_root() == frontier.root()
