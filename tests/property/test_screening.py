"""What holds for every name, birth date and list. All people are invented."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.domain import listed_person
from appliance.domain.birth_agreement import Agreement, agreement
from appliance.domain.listed_person import ListedPerson, person
from appliance.domain.screening import ListSource, ListVersion, NameKind, Query
from appliance.services.screening import name_score
from appliance.services.screening.bones_score import bones
from appliance.services.screening.matcher import THRESHOLD, Matcher
from appliance.services.screening.skeleton import likeness, skeleton
from appliance.services.screening.words import words

VERSION = ListVersion(ListSource.UN, "un-0", "0" * 64, "2026-11-01", "2026-11-02T00:00:00Z", 1, 3)
SYLLABLES = (
    "mi",
    "lo",
    "rad",
    "tes",
    "to",
    "vic",
    "fu",
    "lan",
    "da",
    "lil",
    "kha",
    "shi",
    "ri",
    "ban",
    "zu",
    "el",
)
WORD = st.lists(st.sampled_from(SYLLABLES), min_size=2, max_size=4).map("".join)
NAME = st.lists(WORD, min_size=2, max_size=5, unique=True)
YEAR = st.integers(1930, 2005)
ANY_TEXT = st.text(max_size=60)


def listed(identity: str, name: str, *births: str) -> ListedPerson:
    found = person(identity, [(name, NameKind.STRONG)], births=births)
    assert found
    return found


@pytest.fixture(scope="module")
def lists() -> Matcher:
    """A list whose people share their words, so that every query finds many who are a little alike."""
    names = (
        f"{one}{two} {three}{one} {two}{three}"
        for one, two, three in zip(SYLLABLES, SYLLABLES[3:], SYLLABLES[7:], strict=False)
    )
    return Matcher([(VERSION, [listed(str(at), name, str(1950 + at)) for at, name in enumerate(names)])])


def score_of(lists: Matcher, query: Query, entity: str) -> float:
    return max((one.score for one in lists.match(query, 0.0) if one.entity == entity), default=0.0)


@settings(max_examples=40)
@given(NAME, NAME, YEAR)
def test_a_right_birth_year_never_lowers_a_match(asked, name, year):
    lists = Matcher([(VERSION, [listed("1", " ".join(name), str(year))])])
    without = score_of(lists, Query(" ".join(asked)), "1")
    for birth in (str(year), f"{year}-05", f"{year}-05-17"):
        assert score_of(lists, Query(" ".join(asked), birth=birth), "1") >= without


@settings(max_examples=40)
@given(NAME, YEAR, YEAR)
def test_a_birth_year_further_off_never_helps(name, year, other):
    lists = Matcher([(VERSION, [listed("1", " ".join(name), str(year))])])
    further = other + (1 if other >= year else -1)
    near, far = (score_of(lists, Query(" ".join(name[:2]), birth=str(one)), "1") for one in (other, further))
    assert far <= near


@settings(max_examples=40)
@given(NAME, st.randoms(use_true_random=False))
def test_the_order_of_words_does_not_matter(name, random):
    shuffled = random.sample(name, len(name))
    assert name_score.score(shuffled, name).blend == pytest.approx(1.0)
    matcher = Matcher([(VERSION, [listed("1", " ".join(name))])])
    assert score_of(matcher, Query(" ".join(shuffled)), "1") == 1.0
    assert score_of(matcher, Query(f"{shuffled[-1]}, {' '.join(shuffled[:-1])}"), "1") == 1.0


@settings(max_examples=40)
@given(NAME)
def test_everybody_is_found_under_their_own_name(name):
    others = [listed(str(at), f"{one} {two}") for at, (one, two) in enumerate(pairwise(name), 2)]
    lists = Matcher([(VERSION, [listed("1", " ".join(name)), *others])])
    for spelled in (" ".join(name), " ".join(name).upper(), "-".join(name), f"  {'  '.join(name)} "):
        assert score_of(lists, Query(spelled), "1") >= THRESHOLD


@given(NAME, NAME)
def test_scores_are_shares_and_the_same_each_time(asked, name):
    first, second = name_score.score(asked, name), name_score.score(asked, name)
    assert first == second
    assert all(0 <= part <= 1 + 1e-9 for part in first)


@settings(max_examples=100)
@given(text=ANY_TEXT, more=ANY_TEXT)
def test_any_text_is_screened_and_a_name_without_letters_matches_nobody(lists, text, more):
    found = lists.match(Query(text, (more,)), 0.0)
    assert all(0 <= one.score <= 1 for one in found)
    apart = [words(text), words(more)]
    if not any(one.latin or one.script for one in apart):
        assert found == ()


@settings(max_examples=100)
@given(ANY_TEXT)
def test_any_text_comes_apart(text):
    found = words(text)
    assert all(word.isascii() and word == word.lower() and word for word in found.latin)
    assert len(found.latin) <= 24
    assert all(bone for bone in bones(found))


@given(WORD, WORD)
def test_skeletons_are_alike_both_ways(one, other):
    first, second = skeleton(one), skeleton(other)
    assert likeness(first, second) == pytest.approx(likeness(second, first))
    assert 0 <= likeness(first, second) <= 1
    assert likeness(first, first) == 1.0


@settings(max_examples=100)
@given(st.text(max_size=30))
def test_any_text_is_read_as_a_date_or_not(text):
    spelled = listed_person.birth(text)
    if spelled:
        first, last = listed_person.years(spelled)
        assert 1848 <= first <= last <= 2102
        assert listed_person.birth(spelled.replace("/", " to ")) == spelled


@given(YEAR, st.lists(YEAR.map(str), max_size=4), YEAR)
def test_another_listed_birth_never_speaks_against_somebody(year, births, more):
    before = agreement(str(year), births)
    after = agreement(str(year), [*births, str(more)])
    assert after >= before or before == Agreement.UNKNOWN
