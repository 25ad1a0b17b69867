"""Readers of sanctions lists: what each makes of a small list, and what none of them takes."""

import time
import tracemalloc

import pytest

from appliance.domain import listed_person
from appliance.domain.listed_person import ListedName, ListedPerson
from appliance.domain.screening import ListSource, NameKind
from appliance.errors import ListRefused
from appliance.services.screening.lists import list_file
from appliance.services.screening.lists.reading import Reading
from tests.specimen import screening_lists as made

STRONG, WEAK, SCRIPT = NameKind.STRONG, NameKind.WEAK, NameKind.SCRIPT
OFAC = {"sdn.csv": made.OFAC_SDN, "alt.csv": made.OFAC_ALT, "sdn_comments.csv": made.OFAC_COMMENTS}


def written(folder, texts, encoding="utf-8"):
    """Files of these texts; their paths."""
    paths = []
    for name, text in texts.items():
        path = folder / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode(encoding))
        paths.append(path)
    return paths


def read(folder, source, texts, encoding="utf-8") -> tuple[list[ListedPerson], Reading]:
    reading = Reading(ListSource(source), written(folder, texts, encoding))
    return list(reading.parsed.persons), reading


def named(*names: tuple[str, NameKind]) -> tuple[ListedName, ...]:
    return tuple(ListedName(*one) for one in names)


def test_ofac_csv(tmp_path):
    (first, second), reading = read(tmp_path, "ofac", OFAC | {"add.csv": made.OFAC_ADD})
    assert first == ListedPerson(
        "101",
        named(("TESTOVIC, Milorad Bogdan", STRONG), ("TESTOVICH, Milorad", STRONG), ("MILO", WEAK)),
        ("1960-05-17", "1960/1964"),
        ("PRK", "SRB"),
        "M",
        ("BALKANS", "SDGT"),
    )
    assert second.births == ("1958/1962",)  # from the comments, where long remarks go on
    assert second.names[2] == ListedName("ABU DALIL", WEAK)
    assert (reading.parsed.left_out, reading.parsed.published) == (1, "")
    assert len(reading.sha256) == 64


def test_the_order_of_ofacs_files_does_not_matter(tmp_path):
    first, one = read(tmp_path, "ofac", OFAC)
    second, other = read(tmp_path, "ofac", dict(reversed(OFAC.items())))
    assert first == second
    assert one.sha256 == other.sha256


def test_ofac_advanced_xml(tmp_path):
    (person,), reading = read(tmp_path, "ofac", {"sdn_advanced.xml": made.OFAC_XML})
    assert person == ListedPerson(
        "501",
        named(
            ("Layla AL-MISAL", STRONG),
            ("\u0644\u064a\u0644\u0649 \u0627\u0644\u0645\u062b\u0627\u0644", SCRIPT),
            ("Zaza", WEAK),
        ),
        ("1961-02-03",),
        ("IRQ",),
        "F",
    )
    assert (reading.parsed.left_out, reading.parsed.published) == (1, "2026-03-09")


def test_un_xml(tmp_path):
    (person, plain), reading = read(tmp_path, "un", {"consolidated.xml": made.UN_XML})
    assert person.names == named(
        ("FULAN BIN DALIL AL-MITHALI", STRONG),
        (made.FULAN_BIN_DALIL, SCRIPT),
        ("Foulan Dalil", STRONG),
        ("Abu Mithal", WEAK),
    )
    assert person.births == ("1958/1960", "1963/1967", "1959-04-05")
    assert (person.countries, person.sex, person.programmes) == (("IRQ",), "M", ("Testland", "TEi.001"))
    assert plain == ListedPerson("9002", named(("PAK SAM PUL", STRONG)))
    assert (reading.parsed.left_out, reading.parsed.published) == (1, "2026-02-27")


def test_eu_csv(tmp_path):
    (person,), reading = read(tmp_path, "eu", {"eu.csv": made.EU_CSV})
    assert person.id == "13"
    assert person.names == named(
        ("Ivana; Primerova", STRONG),
        ("\u0418\u0432\u0430\u043d\u0430 \u041f\u0440\u0438\u043c\u0435\u0440\u043e\u0432\u0430", SCRIPT),
        ("Vanja P", WEAK),
    )
    assert (person.births, person.countries, person.sex) == (("1971-06-07",), ("RUS",), "F")
    assert (reading.parsed.left_out, reading.parsed.published) == (1, "2026-08-04")


def test_eu_xml(tmp_path):
    (person,), reading = read(tmp_path, "eu", {"eu.xml": made.EU_XML})
    assert person == ListedPerson(
        "13",
        named(("Ivana Primerova", STRONG), ("Vanja P", WEAK)),
        ("1969/1973",),
        ("RUS",),
        "F",
        ("TST",),
    )
    assert (reading.parsed.left_out, reading.parsed.published) == (1, "2026-08-05")


def test_uk_csv(tmp_path):
    (person,), reading = read(tmp_path, "uk", {"uk.csv": made.UK_CSV})
    assert person.names == named(
        ("Ivan Petrovich Primerov", STRONG),
        ("Iv Primerov", WEAK),
        ("\u0418\u0432\u0430\u043d \u041f\u0440\u0438\u043c\u0435\u0440\u043e\u0432", SCRIPT),
    )
    assert (person.births, person.countries) == (("1971-06-07", "1972"), ("RUS", "BLR"))
    assert (reading.parsed.left_out, reading.parsed.published) == (1, "2026-10-02")


@pytest.mark.parametrize(
    ("name", "text"),
    [("targets.simple.csv", made.OPENSANCTIONS_CSV), ("entities.ftm.json", made.OPENSANCTIONS_JSON)],
)
def test_opensanctions(tmp_path, name, text):
    (person,), reading = read(tmp_path, "opensanctions", {name: text})
    assert person.names[:2] == named(("Ivana Primerova", STRONG), ("Vanja Primer", STRONG))
    assert person.births[0] == "1971-06-07"
    assert person.countries[0] == "RUS"
    assert (reading.parsed.left_out, reading.parsed.published) == (1, "2026-10-02")


@pytest.mark.parametrize(
    ("text", "date"),
    [
        ("1960", "1960"),
        ("circa 1960", "1958/1962"),
        ("1958 to 1962", "1958/1962"),
        ("1 Jan 1960 to 31 Dec 1960", "1960"),
        ("17 May 1960.", "1960-05-17"),
        ("May 1960", "1960-05"),
        ("31 Jun 1950", "1950-06"),
        ("17/05/1960", "1960-05-17"),
        ("dd/mm/1960", "1960"),
        ("00/00/1960", "1960"),
        ("1960-05-17T00:00:00", "1960-05-17"),
        ("0001", ""),
        ("unknown", ""),
        ("", ""),
    ],
)
def test_birth_dates(text, date):
    assert listed_person.birth(text) == date


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Korea, North", "PRK"),
        ("Congo, Democratic Republic of the", "COD"),
        ("Iran (Islamic Republic of)", "IRN"),
        ("gb", "GBR"),
        ("West Bank", "PSE"),
        ("Freedonia", "Freedonia"),
        ("", ""),
    ],
)
def test_countries(text, code):
    assert listed_person.country(text) == code


def test_a_name_called_weak_once_and_not_elsewhere_counts_in_full():
    found = listed_person.person(
        "1", [("Abu Mithal", WEAK), ("Abu  Mithal", STRONG), ("\u202eX", WEAK), ("12", STRONG)]
    )
    assert found == ListedPerson("1", named(("Abu Mithal", STRONG), ("X", WEAK)))
    assert listed_person.person("1", [("-", STRONG)]) is None


# -- hostile and damaged files -----------------------------------------------------------------------

LAUGHS = (
    '<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>'
    "<CONSOLIDATED_LIST>&b;</CONSOLIDATED_LIST>"
)
OUTSIDE = (
    '<?xml version="1.0"?><!DOCTYPE l SYSTEM "file:///etc/hostname"><CONSOLIDATED_LIST></CONSOLIDATED_LIST>'
)
DEEP = "<CONSOLIDATED_LIST>" + "<a>" * 100 + "</a>" * 100 + "</CONSOLIDATED_LIST>"
TWICE = made.UN_XML.replace("9002", "9001")
BAD = [
    ("un", {"a.xml": LAUGHS}, "a.xml, line 1: it declares a document type"),
    ("un", {"a.xml": OUTSIDE}, "document type"),
    ("un", {"a.xml": DEEP}, "over 64 deep"),
    ("un", {"a.xml": TWICE}, "'9001' is missing or comes twice"),
    ("un", {"a.xml": made.UN_XML[: len(made.UN_XML) // 2]}, "not XML, or cut short"),
    ("un", {"a.xml": made.UN_XML.encode("utf-16")[:-40]}, "cut short"),
    ("un", {"a.xml": made.UN_XML.replace("UTF-8", "KLINGON")}, "not XML"),
    ("un", {"a.xml": made.EU_XML}, "the outermost element is 'export'"),
    ("un", {"a.xml": b""}, "the file is empty"),
    ("un", {"a.xml": made.UN_XML, "b.xml": made.UN_XML}, "one file, not 2"),
    ("ofac", {"sdn.csv": made.OFAC_SDN}, "alt.csv is missing"),
    ("ofac", {"alt.csv": made.OFAC_ALT}, "none of the files is sdn.csv"),
    ("ofac", {"x.csv": "1,2,3\n"}, "3 columns in the first row"),
    (
        "ofac",
        OFAC | {"sdn.csv": made.OFAC_SDN[:-1] + "104,cut\r\n"},
        "sdn.csv, line 4: 2 columns instead of 12",
    ),
    ("ofac", OFAC | {"sdn.csv": made.OFAC_SDN[:300]}, "the last line has no end"),
    ("ofac", OFAC | {"sdn.csv": made.OFAC_SDN[:200]}, "not CSV: unexpected end of data"),
    ("ofac", OFAC | {"sdn.csv": made.OFAC_SDN.replace("103", "101")}, "'101' is none, or comes twice"),
    (
        "ofac",
        OFAC | {"alt.csv": made.OFAC_ALT.replace("Foulan", "Fo\u00fclan").encode("latin-1")},
        "alt.csv, line 3: it is not UTF-8",
    ),
    ("ofac", OFAC | {"alt.csv": made.OFAC_ALT.encode("utf-16")}, "alt.csv"),
    (
        "eu",
        {"eu.csv": made.EU_CSV.replace("Entity_LogicalId", "Id")},
        "the column 'Entity_LogicalId' is missing",
    ),
    ("eu", {"eu.csv": made.EU_CSV[:-12]}, "eu.csv, line 5: 5 columns where the header names 10"),
    ("eu", {"eu.csv": "\x00" * 10}, "zero bytes"),
    (
        "uk",
        {"uk.csv": "Last Updated,01/01/2026\r\nName 6,Name 1,Group ID\r\nX,Y,1\r\n"},
        "'Unique ID' is missing",
    ),
    ("uk", {"uk.csv": "Report Date: 02-Oct-2026\r\n"}, "there is no header"),
    (
        "opensanctions",
        {"t.csv": made.OPENSANCTIONS_CSV.replace("NK-2", "NK-1")},
        "'NK-1' is missing or comes twice",
    ),
    ("opensanctions", {"e.json": '{"id": "x", "schema": '}, "e.json, line 1: not an entity as JSON"),
    (
        "opensanctions",
        {"e.json": '{"id":"x","schema":"Person","properties":' + "[" * 5000},
        "not an entity as JSON",
    ),
]


@pytest.mark.parametrize(("source", "texts", "says"), BAD, ids=range(len(BAD)))
def test_a_file_that_is_not_a_whole_list_is_refused(tmp_path, source, texts, says):
    with pytest.raises(ListRefused) as refused:
        read(tmp_path, source, texts)
    assert says in refused.value.message
    assert str(tmp_path) not in refused.value.message


@pytest.mark.parametrize("source", ["un", "ofac", "eu", "uk", "opensanctions"])
def test_a_list_of_another_source_is_refused(tmp_path, source):
    files = {
        "un": {"a.xml": made.UN_XML},
        "ofac": OFAC,
        "eu": {"eu.csv": made.EU_CSV},
        "uk": {"uk.csv": made.UK_CSV},
        "opensanctions": {"t.csv": made.OPENSANCTIONS_CSV},
    }
    for other, texts in files.items():
        if other != source:
            with pytest.raises(ListRefused):
                read(tmp_path, source, texts)


@pytest.mark.parametrize(
    ("source", "name", "start", "filling"),
    [
        ("eu", "one_line.csv", b"", b"A"),
        ("un", "one_tag.xml", b"<CONSOLIDATED_LIST><", b"a"),
        ("un", "one_text.xml", b"<CONSOLIDATED_LIST><INDIVIDUAL><DATAID>", b"7"),
        ("opensanctions", "one_line.json", b'{"id":"', b"x"),
    ],
)
def test_a_file_of_one_endless_line_is_refused_early(tmp_path, source, name, start, filling):
    path = tmp_path / name
    with path.open("wb") as file:
        file.write(start)
        for _ in range(24):
            file.write(filling * 1024 * 1024)
    bytes_read = []
    tracemalloc.start()
    try:
        with pytest.raises(ListRefused):
            list(Reading(ListSource(source), [path], bytes_read.append).parsed.persons)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert sum(bytes_read) < 12 * 1024 * 1024
    assert peak < 40 * 1024 * 1024


def test_many_records_do_not_pile_up(tmp_path):
    path = tmp_path / "many.xml"
    with path.open("w") as file:
        file.write("<CONSOLIDATED_LIST>")
        for number in range(3_000):
            file.write(f"<ENTITY><DATAID>{number}</DATAID><FIRST_NAME>{'x' * 2000}</FIRST_NAME></ENTITY>")
        file.write("</CONSOLIDATED_LIST>")
    reading = Reading(ListSource.UN, [path])
    tracemalloc.start()
    try:
        assert list(reading.parsed.persons) == []
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert reading.parsed.left_out == 3_000
    assert peak < 12 * 1024 * 1024


def test_text_in_many_pieces_is_not_copied_for_each(tmp_path):
    def seconds(between: str) -> float:
        text = f"<ENTITY><DATAID>1</DATAID><FIRST_NAME>{'x' * 4_000_000}{between}</FIRST_NAME></ENTITY>"
        began = time.process_time()
        assert read(tmp_path, "un", {"a.xml": f"<CONSOLIDATED_LIST>{text}</CONSOLIDATED_LIST>"})[0] == []
        return time.process_time() - began

    seconds("")
    assert seconds("<B/>x" * 5_000) < 25 * seconds("<B/>" * 5_000)


def test_a_file_over_the_limit_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(list_file, "MOST_BYTES", 1000)
    with pytest.raises(ListRefused, match="are not read"):
        read(tmp_path, "un", {"a.xml": made.UN_XML})
    reading = Reading(ListSource.UN, [tmp_path / "gone.xml"])
    with pytest.raises(ListRefused, match="cannot read gone"):
        list(reading.parsed.persons)
