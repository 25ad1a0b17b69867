"""How long is kept what: two classes of records, legal holds above both, and a ledger that only grows."""

from datetime import UTC, datetime, timedelta

import pytest

from appliance.domain.retention import DAY, LAW_DAYS, Retention
from appliance.errors import Conflict, NotFound, StorageFailed
from appliance.store import ledger
from tests.unit.test_vault import VALUES, clock, folder, put, read, store, upkeep  # noqa: F401  fixtures too

# ruff: noqa: F811  fixtures come in under their own names
MASKING, LAW = (Retention.MASKING, 365), (Retention.LAW, LAW_DAYS)


@pytest.mark.parametrize(
    ("kept", "after_days", "held", "opens", "erasable", "purged"),
    [
        (MASKING, 0, False, True, True, False),
        (MASKING, 0, True, True, False, False),
        (MASKING, 364, False, True, True, False),
        (MASKING, 365, False, False, True, True),
        (MASKING, 365, True, False, False, False),
        (MASKING, LAW_DAYS, True, False, False, False),
        (LAW, 0, False, True, False, False),
        (LAW, 0, True, True, False, False),
        (LAW, 365, False, True, False, False),
        (LAW, LAW_DAYS - 1, False, True, False, False),
        (LAW, LAW_DAYS - 1, True, True, False, False),
        (LAW, LAW_DAYS, False, False, True, True),
        (LAW, LAW_DAYS, True, False, False, False),
    ],
)
def test_who_may_open_erase_and_purge_by_class_age_and_hold(  # noqa: PLR0917  a column of the table each
    store, clock, kept, after_days, held, opens, erasable, purged
):
    retention, days = kept
    identity = put(store, days=days, retention=retention)
    if held:
        store.database.write_blocking(store.vault.hold("bank", identity, "case 7"))
    keeper = upkeep(store, clock)
    assert keeper.purge() == 0
    clock.pass_(after_days * DAY)
    if opens:
        assert read(store, identity) == VALUES
    else:
        with pytest.raises(NotFound):
            read(store, identity)
    twin = put(store, days=days - after_days, retention=retention)
    if held:
        store.database.write_blocking(store.vault.hold("bank", twin, "case 8"))
    erase = store.vault.erase("bank", twin)
    if erasable:
        store.database.write_blocking(erase)
    else:
        with pytest.raises(Conflict):
            store.database.write_blocking(erase)
    assert keeper.purge() == int(purged)


def test_five_years_with_any_leap_days_are_five_years():
    for year in range(2024, 2032):
        begin = datetime(year, 1, 1, tzinfo=UTC)
        assert begin + timedelta(days=LAW_DAYS) >= begin.replace(year=year + 5)


def test_nothing_that_runs_by_itself_shortens_the_ledger(store, clock):
    """Logs are kept for a year at least: the ledger only grows, and the database itself refuses otherwise."""
    identity = put(store)
    store.database.write_blocking(store.vault.erase("bank", identity))
    store.checkpoint()
    before = store.database.read_blocking(ledger.size)
    keeper = upkeep(store, clock)
    for _ in range(3):
        clock.pass_(400 * DAY)
        keeper.purge()
        keeper.rotate_due(30, 24)
    assert store.database.read_blocking(ledger.size) >= before
    store.database.read_blocking(lambda c: store.checkpoints.check(c, deep=True))
    for sql in (
        "DELETE FROM ledger_leaf",
        "UPDATE ledger_leaf SET body = x'00'",
        "DELETE FROM ledger_checkpoint",
    ):
        with pytest.raises(StorageFailed):
            store.database.write_blocking(lambda tx, sql=sql: tx.execute(sql))
