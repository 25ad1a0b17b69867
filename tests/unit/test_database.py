"""The writer, the readers and the schema: what a caller may rely on."""

import asyncio
import os
import threading
from pathlib import Path

import pysqlite3
import pytest
import sqlite_utils

from appliance.domain.credential import AuditEntry
from appliance.errors import Busy, DataFolderUnusable, NotFound, StorageFailed, StorageFull
from appliance.store import box_settings, faults
from appliance.store.database import Database
from appliance.store.migrations import STEPS
from appliance.store.readers import WAITING
from appliance.store.space import DiskSpace
from appliance.store.transaction import Connection, Transaction

ENTRY = AuditEntry("tester", "tester", "test.write")


def opened(folder: Path, floor: int = 0, **more: object) -> Database:
    space = DiskSpace(folder, floor, folder / "ballast", 4096)
    return Database.open(folder / "box.db", space, **more)


@pytest.fixture
def database(tmp_path):
    database = opened(tmp_path)
    yield database
    database.close()


def put(name: str, value: str = "v"):
    return lambda transaction: box_settings.put(transaction, name, value)


def names(connection: Connection) -> list[str]:
    return [row[0] for row in connection.rows("SELECT name FROM box_setting ORDER BY name")]


def leaves(connection: Connection) -> int:
    return connection.row("SELECT count(*) FROM ledger_leaf")[0]


def test_one_sqlite_library_and_a_safe_one():
    assert sqlite_utils.db.sqlite3 is pysqlite3
    assert pysqlite3.sqlite_version_info >= (3, 51, 3)


def test_an_old_sqlite_library_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(pysqlite3, "sqlite_version_info", (3, 40, 1))
    with pytest.raises(DataFolderUnusable, match=r"3\.51\.3"):
        opened(tmp_path)


def test_the_connection_is_set_up_to_last(database):
    found = database.write_blocking(
        lambda tx: {
            name: tx.row(f"PRAGMA {name}")[0]
            for name in ("journal_mode", "synchronous", "secure_delete", "foreign_keys", "wal_autocheckpoint")
        }
    )
    assert found == {
        "journal_mode": "wal",
        "synchronous": 2,
        "secure_delete": 1,
        "foreign_keys": 1,
        "wal_autocheckpoint": 0,
    }


def test_every_table_is_strict(database):
    found = database.read_blocking(lambda c: c.rows("PRAGMA table_list"))
    ours = {row[1]: row[5] for row in found if not row[1].startswith(("sqlite_", "_sqlite"))}
    assert len(ours) >= 8
    assert all(ours.values())


async def test_a_write_is_seen_by_the_next_read(database):
    for number in range(20):
        await database.write(put(f"n{number:02}"))
        assert len(await database.read(names)) == number + 1


async def test_effect_and_leaf_are_one(database):
    assert await database.commit(ENTRY, lambda tx: put("a")(tx) or 7) == 7

    def failing(transaction: Transaction) -> None:
        put("b")(transaction)
        raise NotFound("no")

    with pytest.raises(NotFound):
        await database.commit(ENTRY, failing)
    assert await database.read(names) == ["a"]
    assert await database.read(leaves) == 1


async def test_a_failing_effect_leaves_its_neighbours_alone(database):
    gate = threading.Event()
    blocked = asyncio.ensure_future(database.write(lambda _: gate.wait(10)))

    def failing(transaction: Transaction) -> None:
        put("bad")(transaction)
        transaction.audit(ENTRY)
        raise NotFound("no")

    def wrong_sql(transaction: Transaction) -> None:
        transaction.execute("INSERT INTO box_setting (name, value) VALUES ('dup', NULL)")

    waiting = [
        asyncio.ensure_future(database.commit(ENTRY, effect))
        for effect in (put("one"), failing, put("two"), wrong_sql, put("three"))
    ]
    await asyncio.sleep(0.05)
    before = database.effects_per_commit
    gate.set()
    results = await asyncio.gather(blocked, *waiting, return_exceptions=True)
    assert isinstance(results[2], NotFound)
    assert isinstance(results[4], StorageFailed)
    assert [results[1], results[3], results[5]] == [None, None, None]
    assert await database.read(names) == ["one", "three", "two"]
    assert await database.read(leaves) == 3
    assert database.effects_per_commit > before  # they really shared a commit


async def test_hooks_run_only_for_what_was_kept(database):
    seen: list[str] = []

    def effect(transaction: Transaction) -> None:
        transaction.on_commit(lambda: seen.append("kept"))

    def failing(transaction: Transaction) -> None:
        transaction.on_commit(lambda: seen.append("lost"))
        raise NotFound("no")

    await database.write(effect)
    assert seen == ["kept"]
    with pytest.raises(NotFound):
        await database.write(failing)
    assert seen == ["kept"]


async def test_a_cancelled_caller_does_not_stop_the_writer(database):
    gate = threading.Event()
    blocked = asyncio.ensure_future(database.write(lambda _: gate.wait(10)))
    await asyncio.sleep(0.05)
    waiting = asyncio.ensure_future(database.write(put("cancelled")))
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    gate.set()
    await blocked
    await database.write(put("later"))
    assert await database.read(names) == ["later"]


def test_readers_cannot_write(database):
    with pytest.raises(StorageFailed):
        database.read_blocking(lambda c: c.rows("INSERT INTO box_setting VALUES ('a', 'b')"))


def test_the_ledger_cannot_be_changed_from_inside(database):
    database.commit_blocking(ENTRY)
    for sql in ("UPDATE ledger_leaf SET body = x'00'", "DELETE FROM ledger_leaf", "DELETE FROM ledger_node"):
        if "node" in sql:
            database.commit_blocking(ENTRY)
        with pytest.raises(StorageFailed, match="only grows"):
            database.write_blocking(lambda tx, sql=sql: tx.execute(sql))


def test_closing_writes_what_is_queued(tmp_path):
    database = opened(tmp_path)
    futures = [database._writer.submit(put(f"n{number}")) for number in range(300)]
    database.close()
    assert all(future.exception() is None for future in futures)
    assert not (tmp_path / "box.db-wal").exists()
    with pytest.raises(StorageFailed, match="closed"):
        database.write_blocking(put("late"))
    again = opened(tmp_path)
    assert len(again.read_blocking(names)) == 300
    again.close()


def test_a_newer_database_is_left_alone(tmp_path):
    opened(tmp_path).close()
    raw = pysqlite3.connect(str(tmp_path / "box.db"))
    raw.execute(
        "INSERT INTO _sqlite_migrations (migration_set, name, applied_at) VALUES (?, 'from_the_future', '')",
        (STEPS.name,),
    )
    raw.commit()
    raw.close()
    before = (tmp_path / "box.db").read_bytes()
    with pytest.raises(DataFolderUnusable, match="newer release") as caught:
        opened(tmp_path)
    assert caught.value.remedy
    assert (tmp_path / "box.db").read_bytes() == before


def test_what_is_no_database_is_refused(tmp_path):
    (tmp_path / "box.db").write_bytes(b"not a database " * 1000)
    with pytest.raises(DataFolderUnusable):
        opened(tmp_path)


def test_below_the_floor_only_urgent_writes_go_through(tmp_path):
    figures = os.statvfs(tmp_path)
    database = opened(tmp_path, floor=figures.f_blocks * figures.f_frsize)
    with pytest.raises(StorageFull) as caught:
        database.write_blocking(put("ordinary"))
    assert caught.value.retry_after
    assert caught.value.remedy
    database.write_blocking(put("urgent"), urgent=True)
    assert database.read_blocking(names) == ["urgent"]
    database.close()


def test_no_room_in_the_file_is_storage_full_and_passes(tmp_path):
    database = opened(tmp_path)
    pages = database.write_blocking(lambda tx: tx.row("PRAGMA page_count")[0])
    database.write_blocking(lambda tx: tx.rows(f"PRAGMA max_page_count = {pages + 4}"))
    with pytest.raises(StorageFull):
        database.write_blocking(put("big", "x" * 100_000))
    assert database.alive
    database.write_blocking(lambda tx: tx.rows("PRAGMA max_page_count = 100000"))
    database.commit_blocking(ENTRY, put("big", "x" * 100_000))
    assert database.read_blocking(names) == ["big"]
    database.close()


class LosingSync(pysqlite3.Connection):
    """A connection whose COMMIT fails with a given code; the real thing is in tests/faults/test_disk.py."""

    code = 0

    def execute(self, sql, parameters=()):
        if sql == "COMMIT" and self.code:
            error = pysqlite3.OperationalError("disk I/O error")
            error.sqlite_errorcode, error.sqlite_errorname = self.code, "SQLITE_X"
            raise error
        return super().execute(sql, parameters)


@pytest.mark.parametrize(("code", "trusted"), [(10, False), (11, False), (13, True), (5, True)])
def test_after_a_failed_disk_nothing_is_written_any_more(tmp_path, monkeypatch, code, trusted):
    connect = pysqlite3.connect
    monkeypatch.setattr(pysqlite3, "connect", lambda *a, **k: connect(*a, **{"factory": LosingSync, **k}))
    database = opened(tmp_path)
    database.commit_blocking(ENTRY, put("before"))
    monkeypatch.setattr(LosingSync, "code", code)
    with pytest.raises(StorageFull if code == 13 else StorageFailed):
        database.commit_blocking(ENTRY, put("lost"))
    monkeypatch.setattr(LosingSync, "code", 0)
    if trusted:
        database.commit_blocking(ENTRY, put("after"))
    else:
        with pytest.raises(StorageFailed, match="started again"):
            database.commit_blocking(ENTRY, put("after"))
    assert database.alive is trusted
    assert (database.failure is None) is trusted
    database.close()
    again = opened(tmp_path)
    assert again.read_blocking(names) == (["after", "before"] if trusted else ["before"])
    again.close()


def test_constraint_errors_hold_no_values(database):
    with pytest.raises(StorageFailed) as caught:
        database.write_blocking(
            lambda tx: tx.execute("INSERT INTO box_setting VALUES ('private name', NULL)")
        )
    assert "private" not in str(caught.value)


def test_which_errors_lose_trust():
    def error(code):
        made = pysqlite3.OperationalError("x")
        made.sqlite_errorcode = code
        return made

    io, corrupt, full, busy = 10, 11, 13, 5
    assert all(faults.loses_trust(error(code)) for code in (io, corrupt))
    assert not any(faults.loses_trust(error(code)) for code in (full, busy))
    assert faults.is_full(error(full))


def test_the_write_ahead_log_stays_short(tmp_path):
    database = opened(tmp_path)
    for number in range(60):
        database.write_blocking(put("big", str(number) * 200_000))
    assert (tmp_path / "box.db-wal").stat().st_size < 8 * 1024 * 1024
    database.close()


def test_shredding_empties_the_log(tmp_path):
    database = opened(tmp_path)
    canary = "canary-canary-canary"
    database.write_blocking(put("secret", canary))

    def erase(transaction: Transaction) -> None:
        transaction.execute("DELETE FROM box_setting WHERE name = 'secret'")
        transaction.shred()

    assert any(canary.encode() in path.read_bytes() for path in tmp_path.iterdir())
    database.write_blocking(erase)
    assert not any(canary.encode() in path.read_bytes() for path in tmp_path.iterdir())
    database.close()


def test_the_tick_runs_by_itself(tmp_path):
    ticked = threading.Event()

    def tick(transaction: Transaction) -> None:
        transaction.on_commit(ticked.set)

    database = opened(tmp_path, tick=tick, tick_seconds=0.05)
    assert ticked.wait(5)
    database.close()


async def test_a_fault_that_no_rule_covers_ends_writing_and_hangs_nobody(tmp_path, monkeypatch, caplog):
    database = opened(tmp_path)
    await database.write(put("before"))

    def broken(_wanted: int = 0) -> bool:
        raise OSError(5, "statvfs failed")

    monkeypatch.setattr(database._writer._space, "low", broken)
    results = await asyncio.wait_for(
        asyncio.gather(*(database.write(put(f"n{number}")) for number in range(5)), return_exceptions=True),
        10,
    )
    assert all(isinstance(result, StorageFailed) for result in results)
    assert not database.alive
    assert await database.read(names) == ["before"]
    database.close()
    with pytest.raises(StorageFailed, match="closed"):
        await database.read(names)
    assert "statvfs" in caplog.text


async def test_too_many_waiting_queries_are_refused(database):
    gate = threading.Event()
    waiting = [asyncio.ensure_future(database.read(lambda _: gate.wait(10))) for _ in range(WAITING)]
    await asyncio.sleep(0.05)
    with pytest.raises(Busy) as caught:
        await database.read(names)
    assert caught.value.retry_after
    gate.set()
    await asyncio.gather(*waiting)
    assert await database.read(names) == []
