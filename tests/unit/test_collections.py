"""Collections: what is acknowledged is searched at once and after a restart, and nothing else is."""

import sqlite3
import uuid
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from appliance.domain.face import Template
from appliance.errors import Conflict, InvalidRequest, NotFound, StorageFailed, TemplateRefused
from appliance.store.collections import Effect
from appliance.store.store import Store

MODEL = "face-template-test"


def faces(count: int, seed: int = 1, model: str = MODEL) -> list[Template]:
    drawn = np.random.default_rng(seed).standard_normal((count, 128)).astype(np.float32)
    return [Template(model, row / np.linalg.norm(row)) for row in drawn]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def store(folder: Path) -> Iterator[Store]:
    opened = Store.open(folder, floor_bytes=0, ballast_bytes=0)
    yield opened
    opened.close()


def do(store: Store, effect: Effect) -> None:
    store.database.write_blocking(effect)


def enrol(store: Store, templates: list[Template], name: str = "staff", tenant: str = "a") -> list[str]:
    effect, ids = store.collections.add(tenant, name, templates)
    do(store, effect)
    return ids


@pytest.fixture
def staff(store: Store) -> Store:
    do(store, store.collections.create("a", "staff", MODEL, "key"))
    return store


def test_a_template_is_found_as_soon_as_it_is_acknowledged(staff: Store) -> None:
    people = faces(50)
    ids = enrol(staff, people)
    hits = staff.collections.search("a", "staff", people[7], 3)
    assert hits[0].record_id == ids[7]
    assert hits[0].cosine == pytest.approx(1, abs=1e-5)
    assert len(hits) == 3
    assert [hit.cosine for hit in hits] == sorted((hit.cosine for hit in hits), reverse=True)
    assert staff.collections.get("a", "staff").total_records == 50


def test_a_restart_finds_the_same(staff: Store, folder: Path) -> None:
    people = faces(20)
    ids = enrol(staff, people)
    do(staff, staff.collections.remove("a", "staff", ids[3]))
    before = staff.collections.search("a", "staff", people[5], 20)
    staff.close()
    again = Store.open(folder, floor_bytes=0, ballast_bytes=0)
    try:
        after = again.collections.search("a", "staff", people[5], 20)
        assert [hit.record_id for hit in after] == [hit.record_id for hit in before]
        assert [hit.cosine for hit in after] == pytest.approx([hit.cosine for hit in before], abs=1e-6)
        assert len(before) == 19
    finally:
        again.close()


def test_another_tenant_sees_nothing(staff: Store) -> None:
    enrol(staff, faces(1))
    assert staff.collections.all("b") == []
    with pytest.raises(NotFound):
        staff.collections.search("b", "staff", faces(1)[0], 1)
    do(staff, staff.collections.create("b", "staff", MODEL, "key"))
    assert staff.collections.search("b", "staff", faces(1)[0], 1) == []
    assert len(staff.collections.search("a", "staff", faces(1)[0], 1)) == 1


def test_a_record_of_another_collection_is_not_removed(staff: Store) -> None:
    do(staff, staff.collections.create("b", "staff", MODEL, "key"))
    (record,) = enrol(staff, faces(1))
    for wrong in (record, str(uuid.uuid4()), "not an id", ""):
        with pytest.raises(NotFound):
            do(staff, staff.collections.remove("b", "staff", wrong))
    assert staff.collections.get("a", "staff").total_records == 1


def test_a_template_of_another_model_is_refused_and_nothing_is_added(staff: Store) -> None:
    mixed = [*faces(2), *faces(1, model="another")]
    with pytest.raises(TemplateRefused, match="another"):
        staff.collections.add("a", "staff", mixed)
    assert staff.collections.get("a", "staff").total_records == 0
    with pytest.raises(TemplateRefused):
        staff.collections.search("a", "staff", mixed[-1], 1)


def test_a_name_is_taken_once(staff: Store) -> None:
    with pytest.raises(Conflict):
        do(staff, staff.collections.create("a", "staff", MODEL, "key"))


@pytest.mark.parametrize("name", ["", " ", "a/b", "x" * 129, "tab\t", "null\0", "../x", "line\n", "<b>"])
def test_a_bad_name_is_refused(store: Store, name: str) -> None:
    with pytest.raises(InvalidRequest):
        store.collections.create("a", name, MODEL, "key")


@pytest.mark.parametrize(
    "name", ["a", "branch 7", "\u092a\u094d\u0930\u093f\u092f", "\u00dcn\u00ef", "x" * 128]
)
def test_names_of_any_script_are_taken(store: Store, name: str) -> None:
    do(store, store.collections.create("a", name, MODEL, "key"))
    assert store.collections.get("a", name).name == name


def test_only_force_deletes_what_is_not_empty(staff: Store) -> None:
    enrol(staff, faces(2))
    with pytest.raises(Conflict):
        do(staff, staff.collections.delete("a", "staff", force=False))
    do(staff, staff.collections.delete("a", "staff", force=True))
    with pytest.raises(NotFound):
        staff.collections.get("a", "staff")


def test_what_was_prepared_for_a_deleted_collection_does_not_reach_its_successor(staff: Store) -> None:
    effect, _ = staff.collections.add("a", "staff", faces(1))
    do(staff, staff.collections.delete("a", "staff", force=True))
    do(staff, staff.collections.create("a", "staff", MODEL, "key"))
    with pytest.raises(NotFound):
        do(staff, effect)
    assert staff.collections.get("a", "staff").total_records == 0


def test_nothing_of_a_deleted_collection_is_left_in_any_file(staff: Store, folder: Path) -> None:
    people = faces(40)
    enrol(staff, people)
    path = folder / "kycbox.db"
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as reader:
        kept = [bytes(row[0]) for row in reader.execute("SELECT sealed FROM face_record")]
        kept += [bytes(row[0]) for row in reader.execute("SELECT wrapped FROM face_collection")]
    reader.close()

    def anywhere(needles: list[bytes]) -> int:
        contents = [file.read_bytes() for file in folder.rglob("*") if file.is_file()]
        return sum(any(needle in content for content in contents) for needle in needles)

    plain = [np.asarray(one.vector, "<f4").tobytes()[:64] for one in people]
    assert anywhere(plain) == 0
    assert anywhere([blob[:64] for blob in kept]) == len(kept) == 41
    do(staff, staff.collections.delete("a", "staff", force=True))
    assert anywhere([blob[:64] for blob in kept]) == 0
    assert anywhere([blob[-64:] for blob in kept]) == 0
    assert anywhere(plain) == 0


def test_a_collection_with_a_damaged_record_is_not_searched(staff: Store, folder: Path) -> None:
    do(staff, staff.collections.create("a", "sound", MODEL, "key"))
    enrol(staff, faces(3))
    enrol(staff, faces(3), name="sound")
    staff.close()
    with sqlite3.connect(folder / "kycbox.db") as raw:
        raw.execute("UPDATE face_record SET sealed = zeroblob(length(sealed)) WHERE seq = 2")
    raw.close()
    again = Store.open(folder, floor_bytes=0, ballast_bytes=0)
    try:
        assert [one.name for one in again.collections.damaged()] == ["staff"]
        with pytest.raises(StorageFailed):
            again.collections.search("a", "staff", faces(1)[0], 1)
        with pytest.raises(StorageFailed):
            again.collections.add("a", "staff", faces(1))
        assert len(again.collections.search("a", "sound", faces(1)[0], 5)) == 3
        do(again, again.collections.delete("a", "staff", force=True))
    finally:
        again.close()


def test_a_template_that_left_the_box_opens_here_and_nowhere_else(store: Store, tmp_path: Path) -> None:
    template = faces(1)[0]
    sealed = store.templates.seal(template)
    opened = store.templates.open(sealed)
    assert opened.model == MODEL
    assert np.array_equal(opened.vector, template.vector)
    assert sealed != store.templates.seal(template)
    assert template.vector.tobytes()[:16] not in sealed
    other = Store.open(tmp_path / "other", floor_bytes=0, ballast_bytes=0)
    try:
        with pytest.raises(TemplateRefused, match="another box"):
            other.templates.open(sealed)
    finally:
        other.close()


def test_any_changed_byte_of_a_template_is_refused(store: Store) -> None:
    sealed = store.templates.seal(faces(1)[0])
    for at in range(len(sealed)):
        changed = bytearray(sealed)
        changed[at] ^= 1
        with pytest.raises(TemplateRefused):
            store.templates.open(bytes(changed))
    for end in range(len(sealed)):
        with pytest.raises(TemplateRefused):
            store.templates.open(sealed[:end])
