"""Masked forms, what is recognised and what is not, paths, limits."""

import json
import time
from itertools import product

import pytest

from appliance.domain.ids import verhoeff
from appliance.domain.masking.kinds import Kind, hint_of
from appliance.domain.masking.payload import DEPTH, NODES, mask, restore
from appliance.domain.masking.policy import Role, role_of, visible
from appliance.domain.masking.recognise import found_in
from appliance.domain.masking.shown import is_masked
from appliance.errors import Forbidden, InvalidRequest

AADHAAR = "234567890124"
VID = "2345678901234565"


def test_the_numbers_of_this_file_hold():
    assert verhoeff.holds(AADHAAR)
    assert verhoeff.holds(VID)


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("aadhaar", "2345 6789 0124", "XXXX XXXX 0124"),
        ("aadhaarNumber", AADHAAR, "XXXX XXXX 0124"),
        ("note", 234567890124, "XXXX XXXX 0124"),
        ("uid", "1111 2222 3333", "XXXX XXXX 3333"),
        ("vid", VID, "XXXX XXXX XXXX 4565"),
        ("pan", "ABCPE1234F", "ABXXX1234F"),
        ("panNo", "abcpe1234f", "ABXXX1234F"),
        ("gstin", "27AAPFU0939F1ZV", "27AAXXX0939F1ZV"),
        ("epic_no", "ABC1234567", "XXXXXX4567"),
        ("voter_id", "UP/76/360/0123456", "XX/XX/XXX/XXX3456"),
        ("passport", "J8369854", "XXXX9854"),
        ("passport_number", "C01X00T47", "XXXXX0T47"),
        ("dl_number", "MH12 20150012345", "XXXX XXXXXXX2345"),
        ("mobile", "+91 98765 43210", "+XX XXXXX X3210"),
        ("phone", "022-22334455", "XXX-XXXX4455"),
        ("contact", "09876543210", "XXXXXXX3210"),
        ("email", "priya.sharma@example.com", "p****ma@example.com"),
        ("e_mail", "ab@example.com", "*****@example.com"),
        ("mail", "abcd@example.com", "a****@example.com"),
        ("dob", "1992-03-14", "1992-**-**"),
        ("date_of_birth", "14/03/1992", "**/**/1992"),
        ("birthDate", "14 March 1992", "** ***** 1992"),
        ("dob", "1992-03-14T00:00:00Z", "1992-**-*****:**:***"),
        ("dob", "14/03/92", "****"),
        ("pin_code", "560001", "5600**"),
        ("pincode", 560001, "5600**"),
        ("address", "12 MG Road, Bengaluru 560 001", "12 MG Road, Bengaluru 5600**"),
        ("account_number", "123456789", "XXXXX6789"),
        ("iban", "GB82 WEST 1234 5698 7654 32", "XXXX XXXX XXXX XXXX XX54 32"),
        ("upi_id", "priya@okaxis", "p****@okaxis"),
        ("note", "pay priya.s@ybl now", "pay p****.s@ybl now"),
        ("card_number", "4111 1111 1111 1111", "XXXX XXXX XXXX 1111"),
        ("note", "378282246310005", "XXXXXXXXXXX0005"),
        ("mrz", "L898902C36UTO7408122F1204159ZE184226B<<<<<10", "****"),
        ("line2", "L898902C36UTO7408122F1204159ZE184226B<<<<<10", None),
        ("note", "DOB: 14-03-1992, PIN 560001", "DOB: **-**-1992, PIN 5600**"),
        ("note", f"{AADHAAR} 9876543210", "XXXX XXXX 0124 XXXXXX3210"),
        ("note", "HDFC0001234 acc 000123456789", "HDFC0001234 acc XXXXXXXX6789"),
        ("cvv", "1234", "****"),
    ],
)
def test_masked_forms(name, value, shown):
    masked = mask({"x": {name: value}})
    got = masked.payload["x"][name]
    if shown is None:
        assert "898902" not in got
        assert "740812" not in got
    else:
        assert got == shown
    assert [one.path for one in masked.hidden] == [f"x.{name}"]
    assert mask(masked.payload).payload == masked.payload


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("name", "Priya Sharma"),
        ("created_at", "2026-04-20T14:32:18Z"),
        ("timestamp", 1776695538000),
        ("epoch", 1776695538),
        ("amount", 123456.78),
        ("note", "pi is 3.234567890124"),
        ("note", "234567890123"),
        ("note", "4111 1111 1111 1112"),
        ("note", "invoice 2024/000123 of 31.12.2024"),
        ("passport_expiry", "2031-05-04"),
        ("pan_status", "VALID1234"),
        ("aadhaar_verified", True),
        ("phone", None),
        ("passport", "India"),
        ("ifsc", "HDFC0001234"),
        ("total", "total 1234 a"),
        ("pin_code_type", "urban"),
        ("dob", "1992"),
    ],
)
def test_what_is_left_alone(name, value):
    payload = {"x": {name: value}}
    masked = mask(payload)
    assert masked.payload == payload
    assert masked.hidden == ()


def test_a_field_passes_its_meaning_on_to_the_field_that_carries_the_value():
    payload = {"aadhaar_number": {"value": "1111 2222 3333", "confidence": 0.99, "bbox": [1234, 20, 300, 40]}}
    shown = mask(payload).payload["aadhaar_number"]
    assert shown == {"value": "XXXX XXXX 3333", "confidence": 0.99, "bbox": [1234, 20, 300, 40]}
    assert mask({"phones": [["9876543210", "0222334455"]]}).payload == {
        "phones": [["XXXXXX3210", "XXXXXX4455"]]
    }


def test_a_branch_code_makes_the_number_beside_it_an_account():
    assert mask({"ifsc": "HDFC0001234", "number": "000123456"}).payload["number"] == "XXXXX3456"
    assert mask({"number": "000123456"}).payload["number"] == "000123456"


def test_all_twelve_kinds_are_told():
    payload = {
        "aadhaar": AADHAAR, "vid": VID, "pan": "ABCPE1234F", "epic": "ABC1234567", "passport": "J8369854",
        "dl": "MH1220150012345", "mobile": "9876543210", "email": "priya@example.com", "dob": "1992-03-14",
        "pincode": "560001", "account": "123456789", "card": "4111111111111111",
    }  # fmt: skip
    masked = mask(payload)
    assert {one.kind for one in masked.hidden} == set(Kind) - {Kind.OTHER}
    assert len(set(Kind) - {Kind.OTHER}) == 12
    assert (Kind.PHONE, "9876543210") in masked.entities
    assert mask({"m": "+91 98765 43210"}).entities == {(Kind.PHONE, "9876543210")}, "one spelling per value"


# -- paths -----------------------------------------------------------------------------------------------


PAYLOAD = {
    "user": {"name": "Priya", "pan": "ABCPE1234F", "tags": ["a", 7, None, True]},
    "items": [{"pan": "ABCPE1234F"}, {"pan": "zzz"}, {"other": 1}],
    "a.b": {"*": "secret", "": "x"},
}


@pytest.mark.parametrize(
    ("fields", "paths", "unmatched"),
    [
        (["user.pan"], ["user.pan"], []),
        (["items.0.pan"], ["items.0.pan"], []),
        (["items.*.pan"], ["items.0.pan", "items.1.pan"], []),
        (["*.*.pan"], ["items.0.pan", "items.1.pan"], []),
        (["user"], ["user.name", "user.pan", "user.tags.0", "user.tags.1", "user.tags.2", "user.tags.3"], []),
        (["user", "user.pan", "user.nope"], None, ["user.nope"]),
        ([r"a\.b.\*"], [r"a\.b.\*"], []),
        ([r"a\.b.\e"], [r"a\.b.\e"], []),
        ([r"a\.b.*"], [r"a\.b.\*", r"a\.b.\e"], []),
        (["items.3", "items.-1", "nope", "user.name.x", "user.tags.00"], [], None),
        ([], [], []),
    ],
)
def test_paths(fields, paths, unmatched):
    masked = mask(PAYLOAD, fields)
    if paths is not None:
        assert [one.path for one in masked.hidden] == paths
    assert list(masked.unmatched) == (fields if unmatched is None else unmatched)
    assert restore(masked.payload, {one.path: one.original for one in masked.hidden}) == PAYLOAD


def test_what_is_asked_for_is_hidden_by_its_kind_or_altogether():
    masked = mask(PAYLOAD, ["user", "items.*.pan"])
    assert masked.payload["user"] == {
        "name": "****",
        "pan": "ABXXX1234F",
        "tags": ["****", "****", None, "****"],
    }
    assert masked.payload["items"] == [{"pan": "ABXXX1234F"}, {"pan": "****"}, {"other": 1}]
    assert masked.payload["a.b"] == PAYLOAD["a.b"]


@pytest.mark.parametrize("path", ["", ".", "a.", ".a", "a..b", "a\\", "a*b", "\\q", "x" * 600])
def test_a_path_that_is_none(path):
    with pytest.raises(InvalidRequest, match="path"):
        mask(PAYLOAD, [path])


def test_a_name_that_is_itself_personal_data():
    inner = {"by_phone": {"9876543210": {"name": "Priya"}, "x": 1}, "ok": 1}
    masked = mask(inner)
    assert masked.payload == {"by_phone": "****", "ok": 1}
    assert restore(masked.payload, {one.path: one.original for one in masked.hidden}) == inner
    with pytest.raises(InvalidRequest, match="a name in the payload"):
        mask({"9876543210": 1})
    asked = mask(inner, ["by_phone", "by_phone.9876543210.name"])
    assert asked.payload == {"by_phone": "****", "ok": 1}
    assert asked.unmatched == ()


# -- limits ----------------------------------------------------------------------------------------------


def nested(levels):
    value = {}
    for _ in range(levels - 1):
        value = {"a": value}
    return value


@pytest.mark.parametrize(
    "payload",
    [
        nested(DEPTH + 1),
        nested(20_000),
        {"a": list(range(NODES + 1))},
        {"a": "x" * 5_000_000},
        {"a": float("nan")},
        {"a": [float("inf")]},
        {"a": 1 << 5000},
        {"a": b"bytes"},
        {1: "a"},
    ],
)
def test_what_is_too_much_or_no_json(payload):
    with pytest.raises(InvalidRequest):
        mask(payload)


def test_the_deepest_that_is_taken():
    assert mask(nested(DEPTH)).payload == nested(DEPTH)


@pytest.mark.parametrize(
    "text",
    [
        "1 " * 70_000, "X" * 100_000, "a@" * 17_000, "a" * 100_000 + "@", "1" * 100_000, "1-" * 17_000,
        "<" * 100_000, "AB12 " * 20_000, "dob " * 25_000, "2345 6789 " * 4_000, ("1" * 19 + " ") * 5_000,
        "GB82 WEST 1234 5698 7654 33 " * 4_000, "a.b@c." * 17_000, "((((1" * 20_000, "+" * 100_000,
    ],
    ids=range(15),
)  # fmt: skip
def test_no_text_takes_long(text):
    start = time.perf_counter()
    for hint in ("", "phone", "address"):
        found_in(text, hint)
    is_masked(text)
    mask({"phone": text}, ["phone"])
    assert time.perf_counter() - start < 10, "some 100 kB, five times over, on a busy machine"


def test_paths_with_stars_are_followed_so_far():
    wide = [1] * 100_000
    for _ in range(8):
        wide = {"a": wide}
    fields = [".".join([*way, "*"]) for way in product("a*", repeat=8)]
    with pytest.raises(InvalidRequest, match="too many places"):
        mask(wide, fields)


# -- names and roles -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "above", "hint"),
    [
        ("aadhaarNumber", "", "aadhaar"),
        ("AADHAAR_NO", "", "aadhaar"),
        ("panCard", "", "pan"),
        ("company", "", ""),
        ("value", "pan", "pan"),
        ("value", "", ""),
        ("number", "passport", "passport"),
        ("country", "passport", ""),
        ("expiry_date", "passport", ""),
        ("e-mail", "", "email"),
        ("pin", "", "pin_code"),
        ("shipping", "", ""),
        ("billingAddress", "", "address"),
        ("", "pan", "pan"),
    ],
)
def test_names_of_fields(name, above, hint):
    assert hint_of(name, above) == hint


ROLES = {"compliance": Role(("kyc",), ("*",)), "support": Role(("*",), ("user.*.phone", "items.0"))}
HIDDEN = ["user.a.phone", "user.a.pan", "items.0.x", "items.1.x"]


def test_roles():
    assert role_of({}, "whoever", "kyc") == Role()
    assert visible(role_of(ROLES, "compliance", "kyc"), HIDDEN, None) == HIDDEN
    support = role_of(ROLES, "support", "anything")
    assert visible(support, HIDDEN, None) == ["user.a.phone", "items.0.x"]
    assert visible(support, HIDDEN, ["items.0"]) == ["items.0.x"]
    assert visible(support, [], None) == []
    for name, purpose in (("compliance", "marketing"), ("nobody", "kyc"), ("", "kyc")):
        with pytest.raises(Forbidden):
            role_of(ROLES, name, purpose)
    with pytest.raises(Forbidden):
        visible(support, HIDDEN, ["items.*.x"])
    with pytest.raises(Forbidden):
        visible(support, ["user.a.pan"], None)
    with pytest.raises(InvalidRequest):
        visible(Role(), HIDDEN, ["items.0", "items.7"])


def test_masking_a_masked_payload_hides_nothing_more_and_json_stays_json():
    payload = {"a": [1.0, 1, -0.0, 1e300, 10**30, "\ud800", {"pan": "ABCPE1234F"}]}
    masked = mask(payload)
    back = restore(masked.payload, {one.path: json.loads(json.dumps(one.original)) for one in masked.hidden})
    assert json.dumps(back) == json.dumps(payload)
