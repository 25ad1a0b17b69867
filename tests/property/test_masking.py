"""Masking over random JSON: nothing hidden stays, twice is once, and back is exactly what it was."""

import json
import re
import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.domain.ids import verhoeff
from appliance.domain.masking import checks, paths, recognise
from appliance.domain.masking.kinds import Kind
from appliance.domain.masking.payload import mask, restore
from appliance.errors import InvalidRequest

LETTERS = string.ascii_uppercase


def digits(count, first="0123456789"):
    return st.tuples(
        st.sampled_from(first), st.text("0123456789", min_size=count - 1, max_size=count - 1)
    ).map("".join)


def checked(count):
    return digits(count - 1, "23456789").map(lambda body: body + verhoeff.check_digit(body))


def luhn(body):
    return next(body + last for last in "0123456789" if checks.luhn_holds(body + last))


def in_fours(number, apart):
    return apart.join(number[k : k + 4] for k in range(0, len(number), 4))


APART = st.sampled_from(["", " ", "-"])
AADHAAR = st.builds(in_fours, checked(12), APART)
VID = st.builds(in_fours, checked(16), APART)
CARD = st.builds(in_fours, digits(14).map(lambda body: luhn("4" + body)), APART)
PAN = st.builds(
    "{}{}{}{}{}".format,
    st.text(LETTERS, min_size=3, max_size=3),
    st.sampled_from("ABCFGHJLPT"),
    st.sampled_from(LETTERS.replace("X", "")),
    digits(4),
    st.sampled_from(LETTERS),
)
PHONE = st.builds(
    lambda before, number: before + number, st.sampled_from(["", "+91 ", "0"]), digits(10, "6789")
)
EMAIL = st.builds(
    "{}@{}.{}".format,
    st.text(string.ascii_lowercase + "0123456789.", min_size=3, max_size=20),
    st.text(string.ascii_lowercase, min_size=1, max_size=10),
    st.sampled_from(["com", "in", "co"]),
)
PASSPORT = st.builds(
    "{}{}{}".format, st.sampled_from("ABCDJKLMNPRSTUVWY"), digits(6, "123456789"), digits(1, "123456789")
)
LICENCE = st.builds(
    "{}{}{}{}".format,
    st.sampled_from(["MH", "DL", "KA"]),
    digits(2),
    st.sampled_from(["1999", "2015"]),
    digits(7),
)
ANYWHERE = st.one_of(AADHAAR, VID, CARD, PAN, PHONE, EMAIL, PASSPORT, LICENCE)

NAMES = st.sampled_from(
    [
        "a",
        "name",
        "aadhaar",
        "user",
        "items",
        "dob",
        "pinCode",
        "value",
        "note",
        "mobile_no",
        "x.y",
        "*",
        "",
        "\\",
        "0",
        "bank_account",
        "ifsc",
        "passport_expiry",
        "address",
    ]
) | st.text(max_size=6)
PLAIN = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=30)
    | st.text("0123456789 -X*+", max_size=40)
)
LEAF = PLAIN | ANYWHERE | st.builds("{} {} {}".format, st.text(max_size=8), ANYWHERE, st.text(max_size=8))
JSON = st.recursive(
    LEAF, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=4), max_leaves=12
)
PAYLOAD = st.dictionaries(NAMES, JSON, max_size=5)


def every(value, route=()):
    yield route, value
    members = (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    )
    for name, one in members:
        yield from every(one, (*route, name))


def same(one, other):
    """Equal, types and signs too."""
    return json.dumps(one) == json.dumps(other)


@settings(max_examples=80, deadline=None)
@given(PAYLOAD)
def test_recognised_is_hidden_once_and_comes_back(payload):
    before = json.dumps(payload)
    if any(len(name) >= 8 and recognise.found_in(name) for name in payload):
        with pytest.raises(InvalidRequest, match="a name in the payload"):
            mask(payload)
        return
    masked = mask(payload)
    assert json.dumps(payload) == before, "the payload itself is left alone"
    originals = {one.path: one.original for one in masked.hidden}
    assert len(originals) == len(masked.hidden)
    assert same(restore(masked.payload, originals), payload)
    again = mask(masked.payload)
    assert same(again.payload, masked.payload)
    for one in masked.hidden:
        assert not same(restore(masked.payload, {one.path: one.original}), masked.payload)


@settings(max_examples=60, deadline=None)
@given(PAYLOAD, st.data())
def test_asked_for_is_hidden_once_and_comes_back(payload, data):
    places = [route for route, _ in every(payload) if route]
    chosen = data.draw(st.lists(st.sampled_from(places), max_size=4)) if places else []
    fields = []
    for route in chosen:
        star = data.draw(st.none() | st.integers(0, len(route) - 1))
        pieces = [paths.spelled((place,)) for place in route]
        if star is not None:
            pieces[star] = "*"
        fields.append(".".join(pieces))
    masked = mask(payload, [*fields, "no.such.place"])
    assert masked.unmatched == ("no.such.place",)
    assert same(restore(masked.payload, {one.path: one.original for one in masked.hidden}), payload)
    assert same(mask(masked.payload, fields).payload, masked.payload)
    shown = dict(every(masked.payload))
    for route in chosen:
        for place, value in every(payload):
            if (
                place[: len(route)] == route
                and isinstance(value, int | float)
                and not isinstance(value, bool)
            ):
                assert not isinstance(shown.get(place), int | float), "a number that was asked for is hidden"


def bare(text):
    return re.sub(r"[^A-Za-z0-9]", "", text).upper()


@settings(max_examples=100, deadline=None)
@given(
    st.sampled_from(
        [(AADHAAR, 4), (VID, 4), (CARD, 4), (PHONE, 4), (PASSPORT, 4), (LICENCE, 4), (PAN, 5)]
    ).flatmap(lambda one: st.tuples(one[0], st.just(one[1]))),
    st.sampled_from(["{}", "no. {}, please", "{} / {}", "a\u00a0{}\nb", "({})"]),
    st.sampled_from(["note", "value", "ref"]),
)
def test_no_more_than_the_published_places_stay(entity, frame, name):
    number, kept = entity
    text = frame.replace("{}", number)
    masked = mask({"x": [{name: text}]})
    after = bare(masked.payload["x"][0][name])
    whole = bare(number)
    assert masked.hidden, text
    for start in range(len(whole) - kept):
        assert whole[start : start + kept + 1] not in after, "a run longer than what may be shown"


@given(AADHAAR, st.sampled_from(["०१२३४५६७८९", "٠١٢٣٤٥٦٧٨٩", "０１２３４５６７８９"]))  # noqa: RUF001  that is the point
def test_digits_of_any_script_count(number, script):
    local = number.translate(str.maketrans("0123456789", script))
    masked = mask({"n": local})
    assert masked.payload["n"] == f"XXXX XXXX {bare(number)[-4:]}"


@given(EMAIL)
def test_an_address_keeps_the_ends_of_its_local_part(address):
    shown = mask({"contact": address}).payload["contact"]
    local, host = address.split("@")
    if shown != address:
        assert shown.endswith("@" + host)
        assert shown.startswith(local[0]) or len(local) <= 2
        assert "****" in shown


@given(st.text(max_size=200), st.sampled_from(["", *Kind]))
def test_what_is_found_lies_in_order_and_apart(text, hint):
    found = recognise.found_in(text, hint)
    ends = [0, *(one.end for one in found)]
    assert all(end <= one.start < one.end <= len(text) for end, one in zip(ends, found, strict=False))


@given(st.lists(st.text(max_size=5) | st.integers(0, 99), min_size=1, max_size=5))
def test_a_path_names_its_place(route):
    spelled = paths.spelled(tuple(route))
    assert paths.names(spelled) == [str(one) for one in route]
    assert paths.covers(spelled, spelled)
    tree = paths.trie([spelled])
    here = [tree]
    for place in route:
        here = [below for one in here for below in one.step(place)]
    assert any(one.paths == [0] for one in here)


@given(st.text("ab.*\\e", max_size=12))
def test_any_text_is_a_path_or_refused(text):
    piece = r"(?:(?:\\[.*\\]|[^.*\\])+|\\e|\*)"
    if re.fullmatch(rf"{piece}(?:\.{piece})*", text, re.DOTALL):
        mask({"a": {"b": 1}}, [text])
    else:
        with pytest.raises(InvalidRequest, match="cannot be read"):
            mask({"a": {"b": 1}}, [text])


@pytest.mark.parametrize(
    "body", ["4111111111111111", "5555555555554444", "378282246310005", "6011111111111117"]
)
def test_published_test_cards(body):
    assert checks.card_holds(body)
    assert not checks.card_holds(body[:-1] + str((int(body[-1]) + 1) % 10))
