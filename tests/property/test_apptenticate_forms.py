"""Whatever is sent to the Apptenticate dialect is taken, or refused as a request with messages by field."""

import base64
import json
from collections.abc import Callable
from contextlib import suppress
from urllib.parse import quote_plus

from hypothesis import given
from hypothesis import strategies as st

from appliance.api.apptenticate import body, parse
from appliance.api.apptenticate.errors import FieldsRefused
from appliance.api.forms import Fields, File
from appliance.config import Apptenticate
from appliance.errors import RequestError
from appliance.services.pictures import Sealed, Sent

SETTINGS = Apptenticate()
NAMES = sorted({*parse.DOCUMENT_FIELDS, *parse.LIVENESS_FIELDS, *parse.MATCH_FIELDS})
JPEG = b"\xff\xd8\xff\xe0"
TEXTS = st.one_of(
    st.text(max_size=12),
    st.sampled_from(["", "True", "1", "passport", "identification_card", "profile_image", "PAN", "IOS"]),
    st.sampled_from([base64.b64encode(JPEG).decode(), "data:image/jpeg;base64,/9j/4A==", "!"]),
)
VALUES = st.one_of(TEXTS, st.binary(max_size=8).map(File), st.just(File(JPEG)))
FIELDS = st.dictionaries(st.sampled_from(NAMES), VALUES)
LEAVES = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), TEXTS)
TREES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(NAMES), inner)),
    max_leaves=12,
)


def taken(read: Callable[[Fields], object], fields: Fields) -> tuple[object, dict[str, list[str]]]:
    """What is asked, or what is wrong with which field."""
    try:
        return read(fields), {}
    except FieldsRefused as error:
        return None, error.fields


@given(FIELDS)
def test_any_fields(fields: dict[str, str | File]) -> None:
    for read in (lambda given: parse.document(given, SETTINGS), parse.liveness, parse.match):
        asked, wrong = taken(read, fields)
        assert (asked is None) is bool(wrong)
        assert set(wrong) <= set(NAMES)
        assert all(wrong.values())
        for picture in (getattr(asked, name, None) for name in ("front", "back", "selfie")):
            assert picture is None or isinstance(picture, Sent | Sealed)
            assert picture is None or picture.data
            assert not isinstance(picture, Sent) or picture.data.startswith(JPEG[:3])


@given(st.dictionaries(st.one_of(st.sampled_from(NAMES), st.text(max_size=5)), TREES))
def test_any_json(tree: object) -> None:
    with suppress(RequestError):
        fields = body.read("application/json; charset=utf-8", json.dumps(tree).encode(), NAMES)
        assert set(fields) <= set(NAMES)
        assert all(isinstance(value, str) for value in fields.values())


@given(
    st.sampled_from(["application/json", "application/x-www-form-urlencoded", "text/html", "x;y", ""]),
    st.binary(),
)
def test_any_bytes(kind: str, data: bytes) -> None:
    with suppress(RequestError):
        body.read(kind, data, NAMES)
    with suppress(RequestError):
        body.read("multipart/form-data; boundary=b", b"--b\r\n" + data + b"\r\n--b--\r\n", NAMES)


@given(st.dictionaries(st.sampled_from(NAMES), st.text(max_size=20)))
def test_a_form_gives_what_was_sent(fields: dict[str, str]) -> None:
    sent = {name: text for name, text in fields.items() if text.isprintable()}
    encoded = "&".join(f"{name}={quote_plus(text)}" for name, text in sent.items())
    assert body.read("application/x-www-form-urlencoded", encoded.encode(), NAMES) == sent
    assert body.read("application/json", json.dumps(sent).encode(), NAMES) == sent
