"""The vault: what is kept opens for its owner, nothing else does, and keys come and go without a gap."""

import pysqlite3
import pytest

from appliance.domain.retention import DAY, LAW_DAYS, ClockTrust, Retention, masking_days
from appliance.errors import Conflict, DataFolderUnusable, Forbidden, InvalidRequest, NotFound, StorageFailed
from appliance.store.box_settings import get
from appliance.store.store import Store
from appliance.store.vault_approvals import Approvals, Ask
from appliance.store.vault_upkeep import VaultUpkeep

NOW = 1_790_000_000
VALUES = {"": b'{"pan":"ABXXX1234F"}', "pan": b'"ABCPE1234F"', "a.b": b"[1,2]"}


class Clock:
    """A wall clock and one that never jumps."""

    def __init__(self):
        self.wall, self.up = float(NOW), 0.0

    def pass_(self, seconds):
        self.wall += seconds
        self.up += seconds


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "data"


def opened(folder, clock):
    store = Store.open(folder, floor_bytes=0, ballast_bytes=0)
    store.vault._clock = lambda: clock.wall
    return store


@pytest.fixture
def store(folder, clock):
    store = opened(folder, clock)
    yield store
    store.close()


def put(store, tenant="bank", values=None, days=1, **more):
    effect, identity = store.vault.put(
        tenant,
        values or VALUES,
        more.pop("purpose", "kyc"),
        expires=int(store.vault.now()) + days * DAY,
        **more,
    )
    store.database.write_blocking(effect)
    return identity


def put_many(store, count):
    made = [store.vault.put("bank", VALUES, "kyc", expires=store.vault.now() + DAY) for _ in range(count)]
    store.database.write_blocking(lambda tx: [effect(tx) for effect, _ in made] and None)
    return [identity for _, identity in made]


def read(store, identity, tenant="bank", wanted=None):
    return store.database.read_blocking(lambda c: store.vault.open(c, tenant, identity, wanted))


def upkeep(store, clock):
    return VaultUpkeep(store.database, store.vault, lambda: clock.up)


def leaves(store, action):
    sql = "SELECT body FROM ledger_leaf WHERE body LIKE ? ORDER BY seq"
    return store.database.read_blocking(
        lambda c: [row[0] for row in c.rows(sql, (f'%"action":"{action}"%',))]
    )


def change(folder, sql, *parameters):
    raw = pysqlite3.connect(folder / "kycbox.db")
    raw.execute(sql, parameters)
    raw.commit()
    raw.close()


def test_what_was_put_opens_for_its_owner(store):
    identity = put(store)
    assert read(store, identity) == VALUES
    assert read(store, identity, wanted=lambda _, names: [one for one in names if one == "a.b"]) == {
        "a.b": b"[1,2]"
    }
    for tenant, other in (
        ("other", identity),
        ("bank", "mask_" + "0" * 32),
        ("bank", "x"),
        ("bank", identity.upper()),
    ):
        with pytest.raises(NotFound):
            read(store, other, tenant)


def test_what_the_choice_raises_is_raised_and_nothing_is_opened(store):
    def wanted(_record, _names):
        raise Forbidden("no")

    with pytest.raises(Forbidden):
        read(store, put(store), wanted=wanted)


def test_nothing_is_given_past_its_time(store, clock):
    identity = put(store)
    clock.pass_(DAY - 1)
    assert read(store, identity) == VALUES
    clock.pass_(1)
    with pytest.raises(NotFound):
        read(store, identity)


def test_a_record_is_found_by_value_within_its_tenant(store):
    first = put(store, found_by=[("pan", "ABCPE1234F"), ("phone", "9876543210")])
    second = put(store, found_by=[("pan", "ABCPE1234F")])
    put(store, found_by=[("pan", "ABCPE9999F")])

    def find(tenant, kind, value):
        return store.database.read_blocking(lambda c: store.vault.find(c, tenant, kind, value))

    assert find("bank", "pan", "ABCPE1234F") == [first, second]
    assert find("bank", "phone", "9876543210") == [first]
    assert find("bank", "aadhaar", "9876543210") == []
    assert find("other", "pan", "ABCPE1234F") == []
    store.database.write_blocking(store.vault.erase("bank", first))
    assert find("bank", "pan", "ABCPE1234F") == [second]
    rows = store.database.read_blocking(lambda c: c.rows("SELECT digest FROM vault_index"))
    assert {len(row[0]) for row in rows} == {16}


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE vault_record SET purpose = 'other'",
        "UPDATE vault_record SET class = 'law'",
        "UPDATE vault_record SET tenant = 'thief'",
        "UPDATE vault_record SET sealed = substr(sealed, 1, length(sealed) - 1)",
        "UPDATE vault_record SET sealed = CAST(sealed || x'00000000' AS BLOB)",
        "UPDATE vault_record SET sealed = x''",
        "UPDATE vault_data_key SET wrapped = CAST(substr(wrapped, 1, 71) || x'00' AS BLOB)",
        "DELETE FROM vault_data_key",
        "UPDATE vault_record SET sealed = (SELECT sealed FROM vault_record ORDER BY seq DESC LIMIT 1)",
        "UPDATE vault_data_key SET wrapped = (SELECT wrapped FROM vault_data_key WHERE record = 2)",
    ],
)
def test_a_row_changed_by_hand_does_not_open(folder, store, sql):
    identity = put(store)
    put(store)
    change(folder, sql)
    with pytest.raises(StorageFailed):
        read(store, identity, "thief" if "thief" in sql else "bank")


# -- erasing ---------------------------------------------------------------------------------------------


def test_erasing_before_time(store):
    identity = put(store)
    with pytest.raises(NotFound):
        store.database.write_blocking(store.vault.erase("other", identity))
    store.database.write_blocking(store.vault.erase("bank", identity))
    with pytest.raises(NotFound):
        read(store, identity)
    with pytest.raises(NotFound):
        store.database.write_blocking(store.vault.erase("bank", identity))
    for table in ("vault_record", "vault_data_key", "vault_index", "vault_approval"):
        assert store.database.read_blocking(lambda c, t=table: c.rows(f"SELECT * FROM {t}")) == []


def test_a_legal_hold_keeps_a_record_past_its_time_and_against_erasure(store, clock):
    identity = put(store)
    other = put(store)
    store.database.write_blocking(store.vault.hold("bank", identity, "case 7"))
    with pytest.raises(Conflict, match="legal hold"):
        store.database.write_blocking(store.vault.erase("bank", identity))
    with pytest.raises(NotFound):
        store.database.write_blocking(store.vault.hold("other", identity, "x"))
    keeper = upkeep(store, clock)
    assert keeper.purge() == 0
    clock.pass_(DAY)
    assert keeper.purge() == 1
    record = store.database.read_blocking(lambda c: store.vault.about(c, "bank", identity))
    assert record.hold == "case 7"
    with pytest.raises(NotFound):
        store.database.read_blocking(lambda c: store.vault.about(c, "bank", other))
    store.database.write_blocking(store.vault.hold("bank", identity, ""))
    assert keeper.purge() == 1
    assert len(leaves(store, "vault.purge")) == 2
    assert identity.encode() in leaves(store, "vault.purge")[1]


def test_what_the_law_wants_is_not_erased_on_request(store, clock):
    identity = put(store, days=LAW_DAYS, retention=Retention.LAW)
    with pytest.raises(Conflict, match="law"):
        store.database.write_blocking(store.vault.erase("bank", identity))
    longer = int(clock.wall) + 2 * LAW_DAYS * DAY
    store.database.write_blocking(store.vault.keep_until("bank", identity, longer))
    with pytest.raises(Conflict):
        store.database.write_blocking(store.vault.keep_until("bank", identity, longer - 1))
    with pytest.raises(Conflict):
        store.database.write_blocking(store.vault.keep_until("bank", put(store), longer))
    counts = store.database.read_blocking(store.vault.counts)
    assert (counts.records, counts.held, counts.due) == ({Retention.LAW: 1, Retention.MASKING: 1}, 0, 0)
    clock.pass_(2 * LAW_DAYS * DAY)
    assert store.database.read_blocking(store.vault.counts).due == 2
    store.database.write_blocking(store.vault.erase("bank", identity))


@pytest.mark.parametrize("days", [0, -1, 366, 10**9])
def test_a_year_is_the_most(days):
    assert [masking_days(one) for one in (None, 1, 365)] == [90, 1, 365]
    with pytest.raises(InvalidRequest, match="365"):
        masking_days(days)


def test_a_purge_of_many_names_each_in_the_ledger(store, clock):
    identities = [put(store, tenant) for tenant in ("a", "b") for _ in range(150)]
    keeper = upkeep(store, clock)
    keeper.purge()
    clock.pass_(DAY)
    assert keeper.purge() == 300
    text = b"".join(leaves(store, "vault.purge"))
    assert len(leaves(store, "vault.purge")) == 4
    assert all(identity.encode() in text for identity in identities)


# -- clocks ----------------------------------------------------------------------------------------------


def test_a_clock_that_jumped_erases_nothing_for_a_day(store, clock):
    keeper = upkeep(store, clock)
    identity = put(store)
    assert keeper.purge() == 0
    clock.wall += 10 * 365 * DAY
    for _ in range(23):
        assert keeper.purge() == 0
        clock.pass_(3600)
    clock.wall -= 10 * 365 * DAY
    assert keeper.purge() == 0
    assert read(store, identity) == VALUES
    clock.pass_(2 * DAY)
    assert keeper.purge() == 1


def test_a_gap_at_the_start_counts_and_a_person_may_vouch(store, clock):
    upkeep(store, clock).purge()
    put(store)
    clock.wall += 3 * DAY
    keeper = upkeep(store, clock)
    assert keeper.purge() == 0
    assert get_trust(store) is not None
    keeper.believe_clock()
    assert keeper.purge() == 1
    assert len(leaves(store, "vault.believe_clock")) == 1


def get_trust(store):
    return store.database.read_blocking(lambda c: get(c, "vault.clock"))


def test_small_gaps_and_nights_do_not_matter():
    trust = ClockTrust(NOW, NOW)
    for passed, wall in ((600, 600), (None, 14 * 3600), (600, 4200), (600, -3000)):
        trust = trust.looked(trust.last + wall, passed)
        assert trust.believed
    assert not trust.looked(trust.last - 2 * DAY, None).believed


# -- wrapping keys ---------------------------------------------------------------------------------------


def test_rotation_leaves_every_record_open_and_the_old_key_destroyed(folder, store, clock):
    identities = put_many(store, 1200)
    keys = store.vault.wrapping
    old = keys.get(1)
    sealed_before = folder.joinpath("vault.keys").read_bytes()
    assert upkeep(store, clock).rotate() == 1200
    assert keys.current == 2
    assert store.database.read_blocking(store.vault.counts).wrapping == {2: 1200}
    assert all(read(store, one) == VALUES for one in identities[::100])
    with pytest.raises(StorageFailed):
        keys.get(1)
    assert folder.joinpath("vault.keys").read_bytes() != sealed_before
    assert len(leaves(store, "vault.rotate")) == len(leaves(store, "vault.destroy_key")) == 1
    store.close()
    again = opened(folder, clock)
    try:
        assert read(again, identities[7]) == VALUES
        assert again.vault.wrapping.current == 2
        assert old not in again.vault.wrapping._keys.values()
    finally:
        again.close()


def test_a_key_is_replaced_when_it_is_old_enough(store, clock):
    keeper = upkeep(store, clock)
    assert not keeper.rotate_due(30, 24)
    identity = put(store, days=100)
    sql = "SELECT created_at FROM vault_wrapping_key"
    created = store.database.read_blocking(lambda c: c.row(sql))[0]
    clock.wall = float(created + 30 * DAY)
    store.vault._clock = lambda: clock.wall
    assert keeper.rotate_due(30, 24)
    assert not keeper.rotate_due(30, 24)
    assert store.database.read_blocking(lambda c: store.vault.about(c, "bank", identity)).id == identity


def test_a_key_is_replaced_within_a_day_of_an_erasure_under_it(store, clock):
    keeper = upkeep(store, clock)
    gone, kept = put(store, days=100), put(store, days=100)
    created = store.database.read_blocking(lambda c: c.row("SELECT created_at FROM vault_wrapping_key"))[0]
    clock.wall = float(created + DAY)
    assert not keeper.rotate_due(30, 24), "nothing was erased"
    store.database.write_blocking(store.vault.erase("bank", gone))
    clock.wall = float(created + DAY - 1)
    assert not keeper.rotate_due(30, 24)
    clock.wall = float(created + DAY)
    assert keeper.rotate_due(30, 24)
    clock.wall += 20 * DAY
    assert not keeper.rotate_due(30, 24), "nothing was erased under the new one"
    with pytest.raises(StorageFailed):
        store.vault.wrapping.get(1)
    assert read(store, kept) == VALUES


def test_a_rotation_cut_short_is_finished(store, clock):
    identities = put_many(store, 600)
    keys = store.vault.wrapping
    number = keys.prepare()
    store.database.write_blocking(lambda tx: keys.begin(tx, number, store.vault.now()))
    made = store.database.read_blocking(lambda c: store.vault.rewrapped(c, 100))
    assert store.database.write_blocking(lambda tx: store.vault.store_rewrapped(tx, made)) == 100
    assert store.database.write_blocking(lambda tx: store.vault.store_rewrapped(tx, made)) == 0, (
        "twice is once"
    )
    assert store.database.read_blocking(store.vault.counts).wrapping == {1: 500, 2: 100}
    assert not store.database.write_blocking(lambda tx: keys.retire(tx, 1, NOW)), "it is needed still"
    assert upkeep(store, clock).rotate_due(30, 24)
    assert store.database.read_blocking(store.vault.counts).wrapping == {2: 600}
    assert read(store, identities[0]) == VALUES


def test_a_put_that_overlaps_the_end_of_a_rotation_is_wrapped_by_the_new_key(store, clock):
    effect, identity = store.vault.put("bank", VALUES, "kyc", expires=NOW + DAY)
    upkeep(store, clock).rotate()
    store.database.write_blocking(effect)
    assert read(store, identity) == VALUES
    assert store.database.read_blocking(store.vault.counts).wrapping == {2: 1}


def test_an_erased_record_is_not_brought_back_by_rotation(store):
    identity = put(store)
    keys = store.vault.wrapping
    number = keys.prepare()
    store.database.write_blocking(lambda tx: keys.begin(tx, number, store.vault.now()))
    made = store.database.read_blocking(lambda c: store.vault.rewrapped(c, 100))
    store.database.write_blocking(store.vault.erase("bank", identity))
    assert store.database.write_blocking(lambda tx: store.vault.store_rewrapped(tx, made)) == 0


def test_kills_around_the_file_of_keys(folder, clock):
    store = opened(folder, clock)
    identity = put(store)
    keys = store.vault.wrapping
    number = keys.prepare()
    fresh = keys.get(number)
    store.close()  # the file has the key, the database does not know it
    store = opened(folder, clock)
    keys = store.vault.wrapping
    assert (keys.current, keys.prepare(), keys.get(number)) == (1, 2, fresh)
    upkeep(store, clock).rotate()
    gone = folder.joinpath("vault.keys")
    after = gone.read_bytes()
    store.close()
    store = opened(folder, clock)
    store.database.write_blocking(
        lambda tx: tx.execute("UPDATE vault_wrapping_key SET destroyed_at = NULL WHERE id = 1")
    )
    keys = store.vault.wrapping
    keys._keys = {**keys._keys, 1: bytes(32)}
    keys._write(keys._keys)  # as it was before the destruction, but for the bytes of the key
    store.database.write_blocking(
        lambda tx: tx.execute("UPDATE vault_wrapping_key SET destroyed_at = 5 WHERE id = 1")
    )
    assert len(gone.read_bytes()) > len(after)
    store.close()  # noted as destroyed, still in the file
    store = opened(folder, clock)
    assert set(store.vault.wrapping._keys) == {2}
    assert len(gone.read_bytes()) == len(after)
    assert read(store, identity) == VALUES
    store.close()


@pytest.mark.parametrize("harm", ["missing", "cut", "other"])
def test_a_box_does_not_start_without_its_keys(folder, tmp_path, clock, harm):
    opened(folder, clock).close()
    file = folder / "vault.keys"
    if harm == "missing":
        file.unlink()
    elif harm == "cut":
        file.write_bytes(file.read_bytes()[:-1])
    else:
        opened(tmp_path / "other", clock).close()
        (tmp_path / "other" / "box.key").write_bytes((folder / "box.key").read_bytes())
        file.write_bytes((tmp_path / "other" / "vault.keys").read_bytes())
    with pytest.raises(DataFolderUnusable) as caught:
        opened(folder, clock)
    assert "vault.keys" in caught.value.remedy


def test_the_file_of_keys_is_for_its_owner_only_and_tells_nothing(folder, store):
    file = folder / "vault.keys"
    assert file.stat().st_mode & 0o777 == 0o600
    assert store.vault.wrapping.get(1) not in file.read_bytes()


# -- approvals -------------------------------------------------------------------------------------------


@pytest.fixture
def approvals(store):
    return Approvals(store.keys.vault_index, store.vault)


def test_an_approval_is_good_once_for_what_it_is_of(store, approvals, clock):
    identity = put(store, days=5)
    ask = Ask("bank", identity, "compliance", ["pan"])
    effect, token, expires = approvals.grant(ask, "second", 600)
    store.database.write_blocking(effect)
    assert expires == int(clock.wall) + 600

    def approver(ask, caller="first", given=token):
        return store.database.read_blocking(lambda c: approvals.approver(c, given, ask, caller))

    assert approver(ask) == "second"
    assert approver(Ask("bank", identity, "compliance", ["pan", "pan"])) == "second"
    for other, caller, given in (
        (ask, "second", token),
        (ask, "first", token + "0"),
        (ask, "first", ""),
        (Ask("bank", put(store), "compliance", ["pan"]), "first", token),
        (Ask("bank", identity, "support", ["pan"]), "first", token),
        (Ask("bank", identity, "compliance", ["a.b"]), "first", token),
        (Ask("bank", identity, "compliance", None), "first", token),
        (Ask("other", identity, "compliance", ["pan"]), "first", token),
    ):
        with pytest.raises(Forbidden):
            approver(other, caller, given)
    rows = store.database.read_blocking(lambda c: c.rows("SELECT * FROM vault_approval"))
    assert token not in repr(rows)
    store.database.write_blocking(lambda tx: approvals.take(tx, token))
    with pytest.raises(Forbidden):
        store.database.write_blocking(lambda tx: approvals.take(tx, token))
    with pytest.raises(Forbidden):
        approver(ask)


def test_an_approval_of_all_fields_covers_some_and_ends(store, approvals, clock):
    identity = put(store)
    effect, token, _ = approvals.grant(Ask("bank", identity, "compliance"), "second", 600)
    store.database.write_blocking(effect)
    some = Ask("bank", identity, "compliance", ["pan"])
    assert store.database.read_blocking(lambda c: approvals.approver(c, token, some, "first")) == "second"
    clock.pass_(600)
    with pytest.raises(Forbidden):
        store.database.read_blocking(lambda c: approvals.approver(c, token, some, "first"))
    store.database.write_blocking(approvals.grant(some, "second", 600)[0])
    assert store.database.read_blocking(lambda c: c.row("SELECT count(*) FROM vault_approval")) == (1,)
    store.database.write_blocking(store.vault.erase("bank", identity))
    with pytest.raises(NotFound):
        store.database.write_blocking(approvals.grant(some, "second", 600)[0])
