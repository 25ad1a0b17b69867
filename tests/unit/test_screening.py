"""Lists in the store, the screener over them, customers looked at again, and the commands."""

import argparse
import json
import time
from datetime import UTC, date, datetime

import pytest

from appliance.commands import screening as commands
from appliance.config import Screening as Limits
from appliance.config import Settings
from appliance.control import ControlServer, call
from appliance.domain.listed_person import person
from appliance.domain.screening import ListSource, NameKind, Query, ScreeningState
from appliance.errors import Conflict, InvalidRequest, ListRefused, NotFound, StorageFailed
from appliance.services.screening import screener as screeners
from appliance.services.screening.rescreen import AGAIN_SECONDS, Rescreener
from appliance.services.screening.screener import Screener
from appliance.store import screening as rows
from appliance.store.screening import Arrived
from appliance.store.store import Store
from tests.specimen import screening_lists as made

TODAY = date(2026, 3, 10)
MILORAD, FULAN, JANE = Query("Milorad Testovic", birth="1960"), Query("Foulan Dalil"), Query("Jane Doe")


def opened(folder, **more) -> Store:
    return Store.open(folder, floor_bytes=0, ballast_bytes=4096, **more)


@pytest.fixture(scope="module")
def one_store(tmp_path_factory):
    made = opened(tmp_path_factory.mktemp("screening") / "data", serving=False)
    yield made
    made.close()


@pytest.fixture
def store(one_store):
    """A store without lists."""
    for version in one_store.screening.versions():
        one_store.screening.remove(version.source, "tester")
    one_store.screening.abandon()
    one_store.screened.forget("")
    return one_store


@pytest.fixture
def files(tmp_path):
    """Files of all lists by source."""
    texts = {
        "ofac": {"sdn.csv": made.OFAC_SDN, "alt.csv": made.OFAC_ALT},
        "un": {"un.xml": made.UN_XML},
        "eu": {"eu.csv": made.EU_CSV},
        "uk": {"uk.csv": made.UK_CSV},
        "opensanctions": {"targets.simple.csv": made.OPENSANCTIONS_CSV},
    }
    found = {}
    for source, parts in texts.items():
        folder = tmp_path / source
        folder.mkdir()
        for name, text in parts.items():
            (folder / name).write_text(text, "utf-8", newline="")
        found[source] = sorted(folder.iterdir())
    return found


def people(*names, births=()):
    return [person(str(at), [(name, NameKind.STRONG)], births=births) for at, name in enumerate(names)]


def put(store, source="un", names=("Milorad Testovic",), sha="1", published="2026-03-01", **more):
    """Import a list as the command does, without its files."""
    number = store.screening.begin(ListSource(source))
    store.screening.add(number, 0, people(*names, births=["1960"]))
    arrived = Arrived(sha * 64, published, len(names), 0, "tester", **more)
    return store.screening.finish(number, arrived)


def screener_of(store, today=TODAY, **limits) -> Screener:
    made = Screener(store.screening, Limits(**limits), today=lambda: today)
    made.load()
    return made


def leaves(store, action):
    found = store.database.read_blocking(lambda c: c.rows("SELECT body FROM ledger_leaf ORDER BY seq"))
    return [leaf for (body,) in found if (leaf := json.loads(body))["action"] == action]


def count(store, table):
    return store.database.read_blocking(lambda c: c.row(f"SELECT count(*) FROM {table}"))[0]


# -- the store ---------------------------------------------------------------------------------------


def test_a_list_counts_from_its_end_on_and_replaces_the_one_before(store):
    number = store.screening.begin(ListSource.UN)
    store.screening.add(number, 0, people("Milorad Testovic"))
    assert store.screening.versions() == ()
    version = store.screening.finish(number, Arrived("a" * 64, "2026-03-01", 1, 5, "tester"))
    assert (version.version, version.published, version.entities) == ("un-aaaaaaaaaaaa", "2026-03-01", 1)
    newer = put(store, names=("Fulan Dalil", "Ivan Primerov"), sha="b", published="2026-03-02")
    assert store.screening.versions() == (newer,)
    assert [one.names[0].text for one in store.screening.people(newer)] == ["Fulan Dalil", "Ivan Primerov"]
    assert list(store.screening.people(version)) == []
    assert (count(store, "screening_list"), count(store, "screening_person")) == (1, 2)
    leaf = leaves(store, "screening.import")[-1]
    assert leaf["object"] == newer.version
    assert leaf["details"] == {
        "entities": 2,
        "left_out": 0,
        "published": "2026-03-02",
        "replaces": version.version,
        "sha256": "b" * 64,
        "user": "tester",
    }


def test_a_list_that_did_not_arrive_whole_changes_nothing(store):
    version = put(store)
    number = store.screening.begin(ListSource.UN)
    store.screening.add(number, 0, people("Fulan Dalil"))
    with pytest.raises(InvalidRequest, match="did not arrive whole"):
        store.screening.finish(number, Arrived("c" * 64, "", 2, 0, "tester"))
    store.screening.drop(number)
    assert store.screening.versions() == (version,)
    assert count(store, "screening_person") == 1
    with pytest.raises(NotFound):
        store.screening.add(number, 1, people("Ivan Primerov"))
    with pytest.raises(NotFound):
        store.screening.finish(number, Arrived("c" * 64, "", 1, 0, "tester"))


def test_a_second_import_of_a_source_ends_the_first_one(store):
    first, other = store.screening.begin(ListSource.UN), store.screening.begin(ListSource.EU)
    second = store.screening.begin(ListSource.UN)
    with pytest.raises(NotFound, match="given up"):
        store.screening.add(first, 0, people("Fulan Dalil"))
    store.screening.add(second, 0, people("Fulan Dalil"))
    store.screening.add(other, 0, people("Fulan Dalil"))


def test_a_place_is_taken_once(store):
    number = store.screening.begin(ListSource.UN)
    store.screening.add(number, 0, people("Fulan Dalil"))
    with pytest.raises(StorageFailed):
        store.screening.add(number, 0, people("Fulan Dalil"))
    with pytest.raises(InvalidRequest, match="not taken"):
        store.screening.add(number, rows.MOST_PEOPLE, people("Fulan Dalil"))


@pytest.mark.parametrize(
    ("more", "says"),
    [({"published": "2026-02-01"}, "older than"), ({"names": ("One Two",)}, "probably cut short")],
)
def test_an_older_or_much_shorter_list_needs_a_word(store, more, says):
    names = tuple(f"Milorad Testovic{'a' * n}" for n in range(5))
    put(store, names=names)
    with pytest.raises(Conflict, match=says):
        put(store, **({"sha": "2", "names": names} | more))
    put(store, **({"sha": "2", "names": names} | more), anyway=True)


def test_the_same_list_again_is_confirmed(store):
    first = put(store, published="")
    time.sleep(0.002)
    again = put(store, published="")
    assert again.version == first.version
    assert again.imported > first.imported
    assert store.screening.versions() == (again,)


def test_imports_that_were_not_finished_go_at_a_start(tmp_path):
    store = opened(tmp_path / "data", serving=False)
    store.screening.add(store.screening.begin(ListSource.UN), 0, people("Fulan Dalil"))
    store.close()
    again = opened(tmp_path / "data")
    try:
        assert (count(again, "screening_list"), count(again, "screening_person")) == (0, 0)
    finally:
        again.close()


# -- the screener ------------------------------------------------------------------------------------


def test_hit_clear_and_what_was_looked_at(store):
    version = put(store)
    screener = screener_of(store)
    hit = screener.screen(MILORAD)
    assert (hit.state, hit.reason) == (ScreeningState.HIT, "")
    assert (hit.matches[0].entity, hit.matches[0].version) == ("0", version.version)
    clear = screener.screen(JANE)
    assert (clear.state, clear.reason, clear.matches) == (ScreeningState.CLEAR, "", ())
    assert [one.version for one in clear.lists] == [version.version]
    assert clear.lists[0].age_days == 9
    assert screener.screen(JANE) == clear


def test_without_a_list_nobody_is_clear(store):
    found = screener_of(store).screen(JANE)
    assert (found.state, found.reason) == (ScreeningState.UNAVAILABLE, screeners.NO_LIST)


@pytest.mark.parametrize(
    ("today", "limits", "says"),
    [
        (date(2026, 4, 1), {}, "un is 31 days old; 30 are allowed"),
        (date(2026, 3, 12), {"max_age_days": 10}, "un is 11 days old; 10 are allowed"),
        (date(2026, 2, 20), {}, "un is dated 9 days ahead of the box's clock"),
        (date(1970, 1, 1), {}, "ahead of the box's clock"),
        (date(2026, 3, 2), {"required": ("un", "ofac")}, "ofac is not imported"),
    ],
)
def test_a_list_that_is_stale_or_missing_clears_nobody(store, today, limits, says):
    put(store)
    screener = screener_of(store, today, **limits)
    found = screener.screen(JANE)
    assert found.state == ScreeningState.UNAVAILABLE
    assert says in found.reason
    hit = screener.screen(MILORAD)  # what such a list still shows is shown
    assert hit.state == ScreeningState.HIT
    assert says in hit.reason


def test_the_last_day_still_counts(store):
    put(store)
    assert screener_of(store, date(2026, 3, 31)).screen(JANE).state == ScreeningState.CLEAR


def test_the_age_of_a_list_without_a_date_counts_from_its_import(store):
    put(store, published="")
    screener = screener_of(store, datetime.now(UTC).date())
    assert screener.screen(JANE).state == ScreeningState.CLEAR
    assert screener.lists()[0].age_days == 0


@pytest.mark.parametrize("name", ["", "...", "\u200b", "-", "12 34", "\u0661\u0662"])
def test_a_name_without_letters_is_not_clear(store, name):
    put(store)
    found = screener_of(store).screen(Query(name))
    assert (found.state, found.reason) == (ScreeningState.UNAVAILABLE, screeners.NO_NAME)


def test_a_new_list_is_taken_up_while_the_old_one_answers(store):
    screener = Screener(store.screening, Limits(), today=lambda: TODAY)
    screener.start()
    try:
        assert screener.screen(MILORAD).reason == screeners.NO_LIST
        version = put(store)
        deadline = time.monotonic() + 10
        while screener.fingerprint() != version.version and time.monotonic() < deadline:
            time.sleep(0.01)
        assert screener.screen(MILORAD).state == ScreeningState.HIT
        store.screening.remove(ListSource.UN, "tester")
        while screener.fingerprint() and time.monotonic() < deadline:
            time.sleep(0.01)
        assert screener.screen(MILORAD).state == ScreeningState.UNAVAILABLE
    finally:
        screener.close()


def test_a_screener_that_cannot_read_its_lists_clears_nobody(tmp_path):
    store = opened(tmp_path / "data", serving=False)
    put(store)
    screener = Screener(store.screening, Limits())
    assert screener.screen(JANE).reason == screeners.LOADING
    store.close()
    with pytest.raises(StorageFailed):
        screener.load()
    assert screener.screen(JANE).state == ScreeningState.UNAVAILABLE


def test_a_load_that_failed_is_tried_again(store, monkeypatch, caplog):
    version = put(store)
    right, tries = store.screening.versions, []

    def versions():
        tries.append(1)
        if len(tries) < 3:
            raise StorageFailed("no")
        return right()

    monkeypatch.setattr(store.screening, "versions", versions)
    monkeypatch.setattr(screeners, "RETRY_SECONDS", 0.01)
    screener = Screener(store.screening, Limits(), today=lambda: TODAY)
    screener.start()
    try:
        assert screener.screen(MILORAD).state == ScreeningState.HIT
    finally:
        screener.close()
    assert screener.fingerprint() == version.version
    assert "could not be loaded" in caplog.text


def test_half_a_list_clears_nobody(store, monkeypatch):
    put(store, names=("Jane Doe", "Milorad Testovic"))
    right = store.screening.people
    monkeypatch.setattr(store.screening, "people", lambda version: list(right(version))[1:])
    screener = Screener(store.screening, Limits(), today=lambda: TODAY)
    with pytest.raises(StorageFailed, match="only 1 people"):
        screener.load()
    assert screener.screen(JANE).state == ScreeningState.UNAVAILABLE


# -- again, when a list arrives ----------------------------------------------------------------------


class Customers:
    """Stored customers, and who was told of."""

    def __init__(self, store, screener, count=30):
        self.known = {f"kyc_{number}": JANE for number in range(count)}
        self.told = []
        self.asked = 0
        self.now = 0.0
        self.fails = False
        self.rescreener = Rescreener(screener, store.screened, self.subjects, self.tell, self.clock)

    def subjects(self):
        for pair in list(self.known.items()):
            self.asked += 1
            yield pair

    def tell(self, subject, screening):
        if self.fails:
            raise Conflict("not now")
        self.told.append((subject, screening.matches[0].entity))

    def clock(self):
        return self.now

    def run(self, seconds=1.0):
        return self.rescreener.piece(seconds)


def test_everybody_is_looked_at_once_for_each_list(store):
    put(store)
    screener = screener_of(store)
    customers = Customers(store, screener)
    customers.known["kyc_7"] = MILORAD
    assert customers.run() == 30
    assert customers.told == [("kyc_7", "0")]
    assert (customers.run(), customers.run()) == (0, 0)
    put(store, names=("Milorad Testovic", "Fulan Dalil"), sha="2", published="2026-03-02")
    screener.load()
    customers.known["kyc_8"] = FULAN
    assert customers.run() == 30
    assert customers.told == [("kyc_7", "0"), ("kyc_8", "1")]  # of the one before, somebody knows
    assert count(store, "screening_subject") == 30


def test_a_round_goes_on_after_a_kill(store):
    put(store)
    screener = screener_of(store)
    customers = Customers(store, screener, 200)
    customers.known["kyc_150"] = MILORAD
    seen = []

    def counted(query):
        seen.append(query)
        if len(seen) == 120:
            raise KeyboardInterrupt
        return Screener.screen(screener, query)

    screener.screen = counted
    with pytest.raises(KeyboardInterrupt):
        customers.run()
    del screener.screen
    again = Customers(store, screener)
    again.known = customers.known
    assert again.run() == 200 - 119
    assert again.told == [("kyc_150", "0")]
    assert again.run() == 0


def test_a_hit_that_cannot_be_told_of_is_told_of_later(store):
    put(store)
    customers = Customers(store, screener_of(store), 3)
    customers.known["kyc_1"] = MILORAD
    customers.fails = True
    assert customers.run() == 3
    customers.fails = False
    assert customers.run() == 0
    customers.now += AGAIN_SECONDS + 1
    assert customers.run() == 1
    assert customers.told == [("kyc_1", "0")]


def test_who_comes_later_is_looked_at_and_who_goes_is_forgotten(store):
    put(store)
    screener = screener_of(store)
    customers = Customers(store, screener, 3)
    customers.run()
    customers.known["kyc_new"] = MILORAD
    del customers.known["kyc_0"]
    customers.now += AGAIN_SECONDS + 1
    assert customers.run() == 1
    put(store, sha="2", published="2026-03-02")
    screener.load()
    customers.run()
    left = store.database.read_blocking(lambda c: c.rows("SELECT subject FROM screening_subject"))
    assert {row[0] for row in left} == {"kyc_1", "kyc_2", "kyc_new"}


def test_a_piece_ends_with_its_time_and_nothing_runs_without_a_list(store):
    screener = screener_of(store)
    customers = Customers(store, screener, 10)
    assert customers.run() == 0
    put(store)
    screener.load()
    assert customers.run(seconds=0.0) == 0
    assert customers.run() == 10


# -- the commands ------------------------------------------------------------------------------------


def given(**arguments):
    return argparse.Namespace(**({"anyway": False, "json": True} | arguments))


@pytest.fixture(params=["running", "stopped"])
def settings(request, tmp_path):
    """A box that runs, and one that does not."""
    settings = Settings(data=str(tmp_path / "data"), screening=Limits(max_age_days=3650))
    if request.param == "stopped":
        yield settings
        return
    store = opened(settings.data_folder, serving=False)
    server = ControlServer(store)
    yield settings
    server.close()
    store.close()


def test_lists_are_imported_shown_used_and_removed(settings, files, capsys, monkeypatch):
    monkeypatch.setattr(commands, "PIECE_BYTES", 10)  # a piece for each person
    for source, paths in files.items():
        assert commands.import_list(settings, given(source=source, files=paths)) == 0
    assert "un-" in capsys.readouterr().out
    assert commands.show(settings, given()) == 0
    shown = json.loads(capsys.readouterr().out)
    assert {one["source"]: one["entities"] for one in shown} == {
        "eu": 1,
        "ofac": 2,
        "opensanctions": 1,
        "uk": 1,
        "un": 2,
    }
    asked = given(names=["Milorad Testovic"], birth="1960-05-17", country="", sex="")
    assert commands.check(settings, asked) == 3
    found = json.loads(capsys.readouterr().out)
    assert (found["state"], found["matches"][0]["entity"]) == ("hit", "101")
    assert commands.check(settings, given(**(vars(asked) | {"names": ["Jane Doe"]}))) == 0
    assert commands.remove(settings, given(source="ofac")) == 0
    with pytest.raises(NotFound):
        commands.remove(settings, given(source="ofac"))
    capsys.readouterr()
    assert commands.check(settings, given(**(vars(asked) | {"json": False}))) == 0
    assert capsys.readouterr().out == "clear\n"
    leaf = call(settings, "audit.checkpoint", {})
    assert leaf["checkpoint"]


def test_a_damaged_file_leaves_the_list_before_it(settings, files, capsys):
    commands.import_list(settings, given(source="un", files=files["un"]))
    text = files["un"][0].read_text("utf-8")
    files["un"][0].write_text(text[: -len("</CONSOLIDATED_LIST>\n")], "utf-8")
    with pytest.raises(ListRefused, match="not XML, or cut short"):
        commands.import_list(settings, given(source="un", files=files["un"]))
    capsys.readouterr()
    commands.show(settings, given())
    assert [one["entities"] for one in json.loads(capsys.readouterr().out)] == [2]
    with pytest.raises(InvalidRequest, match="lists are of"):
        call(settings, "screening.begin", {"source": "moon"})
    with pytest.raises(InvalidRequest, match="two releases"):
        call(settings, "screening.add", {"number": 1})
    with pytest.raises(InvalidRequest, match="no name"):
        call(settings, "screening.check", {"names": []})


def test_what_is_asked_for_is_kept_nowhere(settings, files, capsys, caplog):
    commands.import_list(settings, given(source="un", files=files["un"]))
    secret = "Xaverius Quillfeather"
    commands.check(settings, given(names=[secret, "Foulan Dalil"], birth="1959", country="", sex=""))
    call(settings, "audit.checkpoint", {})
    for file in settings.data_folder.rglob("*"):
        if file.is_file() and not file.is_socket():
            assert b"Quillfeather" not in file.read_bytes()
    assert "Quillfeather" not in caplog.text
