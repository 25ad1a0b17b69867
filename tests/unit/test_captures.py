"""Sealed captures: opened by this box, once, by keys in use; anything else is refused by name."""

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from nacl.public import PublicKey, SealedBox
from nacl.signing import SigningKey

from appliance.domain import bundle
from appliance.domain.bundle import Header, key_id
from appliance.errors import (
    BundleMetadata,
    BundleRefused,
    BundleReplayed,
    BundleUndecryptable,
    BundleUnparsable,
    Conflict,
    InvalidRequest,
    NotFound,
)
from appliance.store.captures import seal_capture
from appliance.store.store import Store

PICTURE = b"\xff\xd8\xff" + bytes(range(256)) * 8
TAKEN = datetime(2026, 11, 21, 8, 30, 15, 123000, tzinfo=UTC)


def header(public: bytes, picture: bytes = PICTURE, **changes: object) -> Header:
    digest = hashlib.sha256(picture).digest()
    made = Header(key_id(public), bytes(range(16)), TAKEN, digest, "image/jpeg", "tablet 7")
    return replace(made, **changes)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    opened = Store.open(tmp_path_factory.mktemp("captures") / "data", floor_bytes=0, ballast_bytes=0)
    yield opened
    opened.close()


def sealed(store: Store, **changes: object) -> bytes:
    public = store.captures.current().public
    return seal_capture(public, header(public, **changes), PICTURE)


def test_what_was_sealed_comes_back_whole(store: Store) -> None:
    opened, picture, enrolled = store.captures.open(sealed(store))
    assert (opened, picture, enrolled) == (header(store.captures.current().public), PICTURE, False)
    assert PICTURE[:40] not in sealed(store)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(at=st.floats(0, 1, exclude_max=True), flip=st.integers(1, 255))
def test_any_changed_byte_is_refused(store: Store, at: float, flip: int) -> None:
    data = bytearray(sealed(store))
    data[int(at * len(data))] ^= flip
    with pytest.raises(BundleRefused):
        store.captures.open(bytes(data))


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(inside=st.binary(max_size=400))
def test_what_is_sealed_but_not_a_capture_is_refused(store: Store, inside: bytes) -> None:
    public = store.captures.current().public
    data = bundle.encode_outside(key_id(public), SealedBox(PublicKey(public)).encrypt(inside))
    with pytest.raises(BundleMetadata):
        store.captures.open(data)


@pytest.mark.parametrize("data", [b"", b"KYB1", PICTURE, b"KYB2" + bytes(200), b"KYB1\x02" + bytes(200)])
def test_what_is_no_bundle_is_told_from_what_does_not_open(store: Store, data: bytes) -> None:
    with pytest.raises(BundleUnparsable):
        store.captures.open(data)
    with pytest.raises(BundleUndecryptable):
        store.captures.open(b"KYB1\x01" + bytes(200))
    with pytest.raises(BundleUndecryptable):
        store.captures.open(sealed(store)[:-1])


def test_a_header_of_another_picture_or_key_is_refused(store: Store) -> None:
    for wrong in ({"sha256": bytes(32)}, {"device": "tab\nlet"}, {"nonce": b"short"}):
        if "sha256" in wrong:
            with pytest.raises(BundleMetadata):
                store.captures.open(sealed(store, **wrong))
        else:
            with pytest.raises(ValueError, match=r"name|bytes"):
                sealed(store, **wrong)


def test_a_nonce_is_used_once_and_can_be_given_back(store: Store) -> None:
    write, captures = store.database.write_blocking, store.captures
    write(lambda tx: captures.claim(tx, b"n" * 16, 60))
    with pytest.raises(BundleReplayed):
        write(lambda tx: captures.claim(tx, b"n" * 16, 60))
    write(lambda tx: captures.give_back(tx, b"n" * 16))
    write(lambda tx: captures.claim(tx, b"n" * 16, 60))


def test_old_keys_open_until_they_are_retired(tmp_path: Path) -> None:
    store = Store.open(tmp_path / "data", floor_bytes=0, ballast_bytes=0)
    try:
        old, data = store.captures.current(), sealed(store)
        new = store.database.write_blocking(store.captures.rotate)
        assert store.captures.current().id == new != old.id
        assert store.captures.open(data)[1] == PICTURE
        assert store.captures.open(sealed(store))[1] == PICTURE
        with pytest.raises(Conflict):
            store.database.write_blocking(lambda tx: store.captures.retire(tx, new))
        store.database.write_blocking(lambda tx: store.captures.retire(tx, old.id))
        with pytest.raises(NotFound):
            store.database.write_blocking(lambda tx: store.captures.retire(tx, old.id))
        with pytest.raises(BundleUndecryptable):
            store.captures.open(data)
        fresh = sealed(store)
        store.close()
        store = Store.open(tmp_path / "data", floor_bytes=0, ballast_bytes=0)
        assert store.captures.open(fresh)[1] == PICTURE
        with pytest.raises(BundleUndecryptable):
            store.captures.open(data)
        assert [bool(key.retired_at) for key in store.captures.known()] == [True, False]
    finally:
        store.close()


def test_only_an_enrolled_device_is_believed(store: Store) -> None:
    device, public = SigningKey(bytes(32)), store.captures.current().public

    def signed(by: SigningKey) -> bytes:
        return seal_capture(public, header(public), PICTURE, signing=bytes(by))

    assert store.captures.open(signed(device))[2] is False
    enrol = store.captures.enrol
    store.database.write_blocking(lambda tx: enrol(tx, "tablet 7", bytes(device.verify_key)))
    assert store.captures.open(signed(device))[2] is True
    with pytest.raises(BundleMetadata):
        store.captures.open(signed(SigningKey(b"x" * 32)))
    store.database.write_blocking(lambda tx: store.captures.revoke(tx, "tablet 7"))
    assert store.captures.open(signed(device))[2] is False
    for name, key in (("", bytes(32)), ("a\n", bytes(32)), ("x" * 65, bytes(32)), ("a", b"")):
        with pytest.raises(InvalidRequest):
            store.database.write_blocking(lambda tx, name=name, key=key: enrol(tx, name, key))


def test_the_time_is_kept_to_the_millisecond(store: Store) -> None:
    for taken in (TAKEN, TAKEN + timedelta(milliseconds=1), datetime(1970, 1, 1, tzinfo=UTC)):
        assert store.captures.open(sealed(store, captured_at=taken))[0].captured_at == taken
