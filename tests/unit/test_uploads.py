"""Presigned uploads: one address, one picture, once, for its owner, sealed, for a while."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from appliance.errors import Forbidden, InvalidRequest, NotFound, StorageFailed, StorageFull
from appliance.store.store import Store
from appliance.store.uploads import KEEP_SECONDS, PUT_SECONDS, Uploads

PICTURE = b"\xff\xd8\xff" + b"a passport" * 300
LENGTH = len(PICTURE)


class Clock:
    now = 1_800_000_000.0

    def __call__(self):
        return self.now


@pytest.fixture
def store(tmp_path):
    store = Store.open(tmp_path / "data", floor_bytes=0, ballast_bytes=4096, serving=False)
    store.clock = Clock()
    store.uploads = Uploads(store.database, store.keys, store.folder.uploads, store.space, clock=store.clock)
    yield store
    store.close()


def presigned(store, tenant="bank", media_type="image/jpeg", length=LENGTH):
    return store.database.write_blocking(lambda tx: store.uploads.presign(tx, tenant, media_type, length))


def files(store):
    return sorted(store.folder.uploads.iterdir())


def everything_on_disk(store):
    return b"".join(file.read_bytes() for file in store.folder.path.rglob("*") if file.is_file())


def test_there_and_back(store):
    address = presigned(store)
    assert address.key.startswith("uploads/bank/")
    assert address.key.endswith(".jpg")
    assert presigned(store, media_type="image/png").key.endswith(".png")
    store.uploads.put(address, "image/jpeg", PICTURE)
    for _ in range(2):
        picture = store.uploads.open(address.key, "bank")
        assert (picture.media_type, picture.data) == ("image/jpeg", PICTURE)
    assert b"passport" not in repr(picture).encode()


def test_nothing_of_the_picture_is_on_disk_in_clear(store):
    store.uploads.put(presigned(store), "image/jpeg", PICTURE)
    assert b"a passport" not in everything_on_disk(store)
    assert len(files(store)) == 1
    assert files(store)[0].stat().st_mode & 0o077 == 0


def test_once_only(store):
    address = presigned(store)
    store.uploads.put(address, "image/jpeg", PICTURE)
    with pytest.raises(Forbidden):
        store.uploads.put(address, "image/jpeg", PICTURE)
    assert len(files(store)) == 1


def test_only_as_signed(store):
    address = presigned(store)
    other = presigned(store)
    for wrong in (
        replace(address, key=other.key),
        replace(address, key="uploads/bank/../../box.key"),
        replace(address, media_type="image/png"),
        replace(address, length=address.length + 1),
        replace(address, expires=address.expires + 1),
        replace(address, signature=""),
        replace(address, signature=address.signature[:-1]),
        replace(address, signature="ü" * 64),
        replace(address, signature=other.signature),
    ):
        with pytest.raises(Forbidden):
            store.uploads.put(wrong, wrong.media_type, PICTURE)
    for media_type, data in (("image/png", PICTURE), ("image/jpeg", PICTURE[:-1]), ("image/jpeg", b"")):
        with pytest.raises(Forbidden):
            store.uploads.put(address, media_type, data)
    assert files(store) == []
    store.uploads.put(address, "image/jpeg", PICTURE)


def test_not_after_its_time(store):
    address = presigned(store)
    store.clock.now += PUT_SECONDS - 1
    store.uploads.check(address)
    store.clock.now += 1
    with pytest.raises(Forbidden, match="expired"):
        store.uploads.put(address, "image/jpeg", PICTURE)


@pytest.mark.parametrize(("media_type", "length"), [("image/gif", 5), ("", 5), ("image/jpeg", 0)])
def test_what_is_no_picture_gets_no_address(store, media_type, length):
    with pytest.raises(InvalidRequest):
        presigned(store, media_type=media_type, length=length)


def test_of_another_customer_means_forbidden_whether_it_exists_or_not(store):
    address = presigned(store)
    store.uploads.put(address, "image/jpeg", PICTURE)
    for key in (address.key, "uploads/bank/nothing.jpg", "uploads/ban/x.jpg", "../box.key", ""):
        with pytest.raises(Forbidden):
            store.uploads.open(key, "telecom")
    for key in ("uploads/bank/nothing.jpg", "uploads/bank/../../box.key", presigned(store).key):
        with pytest.raises(NotFound):
            store.uploads.open(key, "bank")


def test_purged_when_due_key_and_all(store):
    used, unused = presigned(store), presigned(store)
    store.uploads.put(used, "image/jpeg", PICTURE)
    store.clock.now += 10
    later = presigned(store)
    store.clock.now += KEEP_SECONDS - 11
    assert store.uploads.purge_due() == 0
    assert store.uploads.open(used.key, "bank")
    wrapped = store.database.read_blocking(
        lambda c: c.row("SELECT wrapped FROM upload WHERE key = ?", (used.key,))
    )[0]
    assert wrapped in everything_on_disk(store)
    store.clock.now += 1
    with pytest.raises(NotFound):
        store.uploads.open(used.key, "bank")
    assert store.uploads.purge_due() == 2
    assert files(store) == []
    assert wrapped not in everything_on_disk(store)
    assert unused.key.encode() not in everything_on_disk(store)
    assert store.database.read_blocking(lambda c: c.rows("SELECT key FROM upload")) == [(later.key,)]
    assert store.uploads.purge_due() == 0


def test_a_changed_or_lost_file_is_told(store):
    first, second = presigned(store), presigned(store)
    store.uploads.put(first, "image/jpeg", PICTURE)
    (one,) = files(store)
    store.uploads.put(second, "image/jpeg", PICTURE)
    (two,) = set(files(store)) - {one}
    one.write_bytes(two.read_bytes())  # sealed, but for another key
    with pytest.raises(StorageFailed):
        store.uploads.open(first.key, "bank")
    one.unlink()
    with pytest.raises(StorageFailed):
        store.uploads.open(first.key, "bank")
    assert store.uploads.open(second.key, "bank")


def test_strays_go_at_the_next_start(store, tmp_path):
    address = presigned(store)
    store.uploads.put(address, "image/jpeg", PICTURE)
    (store.folder.uploads / "0123").write_bytes(b"a crash left this")
    (store.folder.uploads / ".4567.1.part").write_bytes(b"and this")
    assert store.uploads.sweep() == 2
    assert len(files(store)) == 1
    assert store.uploads.open(address.key, "bank")


def test_no_room_leaves_nothing_behind(store):
    address = presigned(store)
    store.space._floor = 2**62
    with pytest.raises(StorageFull):
        store.uploads.put(address, "image/jpeg", PICTURE)
    assert files(store) == []
    store.space._floor = 0
    store.uploads.put(address, "image/jpeg", PICTURE)


def test_of_many_at_once_one_is_taken(store):
    address = presigned(store)

    def put(_: int) -> bool:
        try:
            store.uploads.put(address, "image/jpeg", PICTURE)
        except Forbidden:
            return False
        return True

    with ThreadPoolExecutor(6) as threads:
        assert sorted(threads.map(put, range(6))) == [False] * 5 + [True]
    assert len(files(store)) == 1
    assert store.uploads.open(address.key, "bank").data == PICTURE
