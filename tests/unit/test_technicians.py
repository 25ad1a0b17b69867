"""Technicians of their own: made once each, each with an own password and id."""

from collections.abc import Iterator

import pytest

from appliance.errors import Conflict, InvalidRequest, NotFound, Unauthenticated
from appliance.services import admin
from appliance.store.store import Store
from tests.decisions import leaves


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    opened = Store.open(tmp_path_factory.mktemp("people") / "data", floor_bytes=0, ballast_bytes=0)
    yield opened
    opened.close()


def test_each_has_a_password_and_an_id_of_its_own(store: Store):
    made = admin.run(store, "technician.add", {"name": "anna.k"}, None)
    anna = store.technicians.login("anna.k", made["password"])
    first = store.technicians.login("technician", store.first_password)
    assert anna.id != first.id
    assert store.technicians.named(anna.id) == anna
    with pytest.raises(Unauthenticated):
        store.technicians.login("anna.k", store.first_password)
    with pytest.raises(Unauthenticated):
        store.technicians.login("technician", made["password"])
    store.technicians.change_password(anna, made["password"], "another password")
    assert store.technicians.login("anna.k", "another password") == anna
    assert store.technicians.login("technician", store.first_password) == first
    assert [one["object"] for one in leaves(store, "technician.create")][:2] == [first.id, anna.id]


def test_a_name_is_taken_once(store: Store):
    store.technicians.create("anna")
    for name in ("technician", "anna"):
        with pytest.raises(Conflict):
            store.technicians.create(name)


@pytest.mark.parametrize("name", ["", "Anna", "-anna", "anna k", "a" * 33, "anna\n", "\u0430nna"])
def test_a_name_that_is_none_is_refused(store: Store, name: str):
    before = len(leaves(store, "technician.create"))
    with pytest.raises(InvalidRequest):
        store.technicians.create(name)
    assert len(leaves(store, "technician.create")) == before


def test_nobody_is_nobody(store: Store):
    with pytest.raises(NotFound):
        store.technicians.named("tech_gone")


def test_who_is_removed_does_not_get_in_and_what_is_open_ends(store: Store):
    told: list[str] = []
    store.technicians.locked_out.append(told.append)
    password = store.technicians.create("leaver")
    leaver = store.technicians.login("leaver", password)
    names = [one["name"] for one in admin.run(store, "technician.list", {}, None)]
    assert "leaver" in names
    assert names == sorted(names)
    admin.run(store, "technician.reset", {"name": "leaver"}, None)
    admin.run(store, "technician.remove", {"name": "leaver"}, None)
    assert told == [leaver.id, leaver.id]
    assert [one["object"] for one in leaves(store, "technician.remove")] == [leaver.id]
    with pytest.raises(Unauthenticated):
        store.technicians.login("leaver", password)
    with pytest.raises(NotFound):
        store.technicians.named(leaver.id)
    with pytest.raises(NotFound):
        store.technicians.remove("leaver")


def test_the_last_one_stays(tmp_path):
    alone = Store.open(tmp_path / "data", floor_bytes=0, ballast_bytes=0)
    try:
        with pytest.raises(Conflict):
            alone.technicians.remove("technician")
        assert [one.name for one in alone.technicians.known()] == ["technician"]
        alone.technicians.create("anna")
        alone.technicians.remove("technician")
        assert alone.technicians.first_start() is None
    finally:
        alone.close()
