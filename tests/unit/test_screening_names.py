"""Names as words, as skeletons, and how alike two of them are. All people are invented."""

import pytest

# ruff: noqa: E501  lists of names in their scripts are easier to read a name a line
from appliance.domain.birth_agreement import Agreement, agreement
from appliance.domain.listed_person import ListedName, ListedPerson, person
from appliance.domain.screening import ListSource, ListVersion, NameKind, Query
from appliance.errors import InvalidRequest
from appliance.services.screening import matcher, name_score
from appliance.services.screening.bones_score import bones
from appliance.services.screening.matcher import THRESHOLD, Matcher
from appliance.services.screening.skeleton import likeness, skeleton
from appliance.services.screening.words import words
from tests.specimen.screening_lists import FULAN_BIN_DALIL

TEST_LIST = ListVersion(
    ListSource.UN, "un-0123456789ab", "0" * 64, "2026-11-01", "2026-11-02T00:00:00Z", 9, 3
)
STRONG, WEAK, SCRIPT = NameKind.STRONG, NameKind.WEAK, NameKind.SCRIPT

CYRILLIC = "\u041f\u0440\u0438\u043c\u0435\u0440\u043e\u0432 \u0418\u0432\u0430\u043d \u041f\u0435\u0442\u0440\u043e\u0432\u0438\u0447"
"""Primerov Ivan Petrovich."""
ABDULRAHMAN = "\u0639\u0628\u062f \u0627\u0644\u0631\u062d\u0645\u0646 \u0642\u0627\u0633\u0645 \u0627\u0644\u0645\u062b\u0627\u0644\u064a"
"""Abd al-Rahman Qasim al-Mithali."""
KIM = "\uae40\uc608\uc2dc\uc6b0"
"""Kim Ye Si U."""


def listed(identity, *names, births=(), countries=(), sex="", kind=STRONG) -> ListedPerson:
    made = [one if isinstance(one, tuple) else (one, kind) for one in names]
    found = person(identity, made, births=births, countries=countries, sex=sex)
    assert found
    return found


PEOPLE = [
    listed("1", "TESTOVIC, Milorad Bogdan", "Testovich Milorad", births=["1960-05-17"], countries=["Serbia"], sex="M"),
    listed("2", "FULAN BIN DALIL AL-MITHALI", births=["1958/1960"], countries=["Iraq"]),
    listed("3", "Ivan Petrovich Primerov", births=["1971-06-07"]),
    listed("4", "Abdulrahman Qassem al-Mithali", births=["1970"]),
    listed("5", "Mohammed Ali", "Mohamad Aly Hassan", births=["1980"]),
    listed("6", ("Fatima Example Zahra", STRONG), ("Zaza", WEAK), ("Umm Dalil", WEAK), births=["1988"], sex="F"),
    listed("7", ("\u0632\u064a\u062f \u0639\u0645\u0631\u0648 \u0627\u0644\u0642\u064a\u0633\u064a", SCRIPT), births=["1979"]),
    listed("8", "Jose Maria de la Muestra Ejemplar", births=["1955"]),
    listed("9", "Wanderer", births=["1966"]),
    listed("10", ("Nobody Atall", STRONG), (FULAN_BIN_DALIL[:4] + " \u0627\u0644\u0646\u0645\u0648\u0630\u062c\u064a", SCRIPT)),
]  # fmt: skip


@pytest.fixture(scope="module")
def lists() -> Matcher:
    return Matcher([(TEST_LIST, PEOPLE)])


def best(lists: Matcher, name: str, **more: str) -> tuple[str, float]:
    """The best match and its score, however low."""
    found = lists.match(Query(name, **more), threshold=0.01)
    return (found[0].entity, found[0].score) if found else ("", 0.0)


@pytest.mark.parametrize(
    ("name", "latin", "script"),
    [
        ("TESTOVIC, Milorad Bogdan", "milorad bogdan testovic", ""),
        ("O'Example, Se\u00e1n", "sean oexample", ""),
        ("Abd al-Rahm\u0101n \u02bfAl\u012b", "abd al rahman ali", ""),
        ("Nguy\u1ec5n V\u0103n M\u1eabu", "nguyen van mau", ""),
        (CYRILLIC, "primerov ivan petrovich", CYRILLIC.lower()),
        (KIM, "gim ye si u", KIM),
        ("  ,  ", "", ""),
        ("12 34", "12 34", ""),
    ],
)
def test_words(name, latin, script):
    found = words(name)
    assert " ".join(found.latin) == latin
    if not script:
        assert found.script == ()
    assert not found.consonants


def test_arabic_letters_that_are_written_alike_are_one():
    assert (
        words("\u0623\u062d\u0645\u062f \u0639\u0644\u0649").script
        == words("\u0627\u062d\u0645\u062f \u0639\u0644\u064a").script
    )
    assert (
        words("\u0645\u064f\u062d\u064e\u0645\u0651\u064e\u062f").script
        == words("\u0645\u062d\u0645\u062f").script
    )
    assert words(ABDULRAHMAN).consonants


@pytest.mark.parametrize(
    ("latin", "arabic"),
    [
        ("mohammed", "\u0645\u062d\u0645\u062f"),
        ("muhamad", "\u0645\u062d\u0645\u062f"),
        ("hussein", "\u062d\u0633\u064a\u0646"),
        ("jalil", "\u062c\u0644\u064a\u0644"),
        ("qasim", "\u0642\u0627\u0633\u0645"),
        ("yusuf", "\u064a\u0648\u0633\u0641"),
        ("rahman", "\u0627\u0644\u0631\u062d\u0645\u0646"),
    ],
)
def test_a_name_and_its_arabic_spelling_share_a_skeleton(latin, arabic):
    assert skeleton(latin) == skeleton(arabic)


def test_skeletons_of_other_names_are_not_alike():
    assert likeness(skeleton("mohammed"), skeleton("\u062d\u0633\u064a\u0646")) < 0.5
    assert likeness("khld", "xld") > likeness("kmld", "xld")
    assert bones(words("Fulan bin Dalil")) == bones(words("Fulan Dalil"))


@pytest.mark.parametrize(
    ("one", "other", "least", "most"),
    [
        ("milorad testovic", "testovic milorad", 1.0, 1.0),
        ("milorad testovic", "milorad bogdan testovic", 0.85, 1.0),
        ("milorad testovic", "milorad testovich", 0.9, 1.0),
        ("abdul rahman dalil", "abdulrahman dalil", 0.75, 1.0),
        ("milorad bogdan", "milorad petar", 0.0, 0.7),
        ("m testovic", "milorad testovic", 0.5, 0.85),
        ("ali hassan", "ali zubair", 0.0, 0.7),
        ("jane doe", "milorad testovic", 0.0, 0.45),
    ],
)
def test_how_alike_names_are(one, other, least, most):
    score = name_score.score(one.split(), other.split()).blend
    assert least <= score <= most


@pytest.mark.parametrize(
    ("name", "more", "who"),
    [
        ("Milorad Testovic", {}, "1"),
        ("TESTOVIC MILORAD BOGDAN", {}, "1"),
        ("Mi1orad Testovic", {"birth": "1960"}, "1"),
        ("Tsetovich Milorda", {"birth": "1960-05-17"}, "1"),
        ("Bogdan Milorad Testovi\u0107", {}, "1"),
        ("Fulan Dalil Mithali", {}, "2"),
        ("Foulan Daleel al Mithaly", {"birth": "1959"}, "2"),
        (FULAN_BIN_DALIL, {"birth": "1959"}, "2"),
        (CYRILLIC, {}, "3"),
        ("Primerow, Iwan Petrowitsch", {"birth": "1971"}, "3"),
        ("Abd al-Rahman Qasim al-Mithali", {"birth": "1970"}, "4"),
        (ABDULRAHMAN, {"birth": "1970"}, "4"),
        ("Umm Dalil", {"birth": "1988"}, "6"),
        ("Zayd Amr al-Qaysi", {"birth": "1979"}, "7"),
        ("\u0632\u064a\u062f \u0639\u0645\u0631\u0648 \u0627\u0644\u0642\u064a\u0633\u064a", {}, "7"),
        ("Jos\u00e9 Mar\u00eda Muestra Ejemplar", {}, "8"),
        ("Ejemplar de la Muestra, Jose", {"birth": "1955"}, "8"),
        ("WANDERER", {}, "9"),
    ],
)
def test_hits(lists, name, more, who):
    found = lists.match(Query(name, **more))
    assert found, best(lists, name, **more)
    assert found[0].entity == who
    assert found[0].score >= THRESHOLD
    assert found[0].version == TEST_LIST.version


@pytest.mark.parametrize(
    ("name", "more"),
    [
        ("Jane Doe", {}),
        ("Milorad", {}),  # one word of a name of three
        ("Mohammed Omar", {}),  # the commonest of names, and another
        ("Ali Hassan Khalid Zubair", {"birth": "1981"}),
        ("Milorad Tostivec", {"birth": "1999"}),  # somebody else of a name like that
        ("Semyon Ivanov", {"birth": "1971"}),
        ("Zaza", {}),  # a weak nickname that thousands have
        ("Nobody Else", {}),
        (ABDULRAHMAN, {"birth": "1999"}),
        ("M. B. T.", {}),
    ],
)
def test_no_hits(lists, name, more):
    assert lists.match(Query(name, **more)) == ()


def test_a_match_says_why(lists):
    (match,) = lists.match(Query("Testovic Milorad", birth="1960", country="RUS", sex="F"))
    assert match.name in ("Testovich Milorad", "TESTOVIC, Milorad Bogdan")
    assert set(match.parts) == {
        "aligned",
        "best_pairs",
        "token_sort",
        "name",
        "birth",
        "country",
        "sex",
        "alias",
    }
    assert match.parts["country"] < 0
    assert match.parts["sex"] < 0
    assert match.parts["birth"] > 0
    whole = match.parts["name"] + sum(match.parts[part] for part in ("birth", "country", "sex", "alias"))
    assert match.score == pytest.approx(min(1.0, whole), abs=2e-4)
    assert (match.birth, match.countries) == ("1960-05-17", ("SRB",))
    (across,) = lists.match(Query(ABDULRAHMAN, birth="1970"))
    assert "skeleton" in across.parts


def test_a_weak_alias_counts_less():
    strong = Matcher([(TEST_LIST, [listed("1", "Abu Mithal")])])
    weak = Matcher([(TEST_LIST, [listed("1", "Abu Mithal", kind=WEAK)])])
    assert best(weak, "Abu Mithal")[1] < best(strong, "Abu Mithal")[1]


def test_the_best_of_several_names_counts(lists):
    alone = best(lists, "Somebody Unknown")[1]
    both = best(lists, "Somebody Unknown", other_names=("Ivan Petrovich Primerov",))
    assert both == ("3", 1.0)
    assert alone < THRESHOLD


def test_everybody_who_fits_is_given_best_first():
    twins = [listed(str(number), "Milorad Testovic", births=[str(1950 + number)]) for number in range(30)]
    found = Matcher([(TEST_LIST, twins)]).match(Query("Milorad Testovic", birth="1960"))
    assert len(found) == matcher.MOST_MATCHES
    assert found[0].entity == "10"  # though more than one is at 1.0
    assert [one.score for one in found] == sorted((one.score for one in found), reverse=True)


def test_no_list_and_no_name_give_nothing(lists):
    assert Matcher([]).match(Query("Milorad Testovic")) == ()
    assert Matcher([(TEST_LIST, [])]).match(Query(CYRILLIC)) == ()
    assert lists.match(Query("...")) == ()


@pytest.mark.parametrize(
    ("asked", "given", "how"),
    [
        ("1960", ["1960-05-17"], Agreement.SAME),
        ("1960-05-17", ["1960-05-17"], Agreement.SAME),
        ("1960-05-17", ["1960"], Agreement.SAME),
        ("1960-05-07", ["1960-07-05"], Agreement.SAME),
        ("1960-05-17", ["1960-08-09"], Agreement.NEAR),
        ("1960-06", ["1960-05"], Agreement.NEAR),
        ("1961", ["1960"], Agreement.NEAR),
        ("1963", ["1960"], Agreement.APART),
        ("1964", ["1960"], Agreement.FAR),
        ("1964", ["1960", "1962/1966"], Agreement.SAME),
        ("1964-01-01", ["1962/1966"], Agreement.SAME),
        ("", ["1960"], Agreement.UNKNOWN),
        ("1960", [], Agreement.UNKNOWN),
    ],
)
def test_birth_dates_agree(asked, given, how):
    assert agreement(asked, given) == how


@pytest.mark.parametrize("birth", ["60", "1960-5", "17.05.1960", "1960-05-17 ", "x"])
def test_a_query_of_another_form_is_refused(birth):
    with pytest.raises(InvalidRequest):
        Query("Jane Doe", birth=birth)
    with pytest.raises(InvalidRequest):
        Query("x" * 401)


def test_a_query_and_a_match_do_not_show_people(lists):
    query = Query("Milorad Testovic", birth="1960")
    assert "Milorad" not in repr(query)
    assert "TESTOVIC" not in repr(lists.match(query)).upper()
    assert ListedName("x", STRONG).text == "x"
