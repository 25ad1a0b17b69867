"""Bodies become fields in memory: what is sent comes out, and nothing is written to a disk."""

import base64
import builtins
import tempfile
from contextlib import suppress

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.api.deepidv import images
from appliance.api.forms import File, parse
from appliance.errors import InvalidRequest, PictureTooLarge, RequestError
from appliance.services.pictures import Sent, Stored

names = st.text("abcXYZ_", min_size=1, max_size=10)
values = st.one_of(st.binary(max_size=300), st.text(st.characters(exclude_categories=["Cs"]), max_size=100))


@given(st.dictionaries(names, values, min_size=1, max_size=8))
def test_multipart_round_trip(fields):
    files = {name: ("f", v) if isinstance(v, bytes) else (None, v) for name, v in fields.items()}
    request = httpx.Request("POST", "http://x", files=files)
    found = parse(request.headers["content-type"], request.read(), 1000)
    assert found == {name: File(v) if isinstance(v, bytes) else v for name, v in fields.items()}


@given(
    st.binary(max_size=400),
    st.sampled_from(["multipart/form-data; boundary=x", "application/json", "", "a/b"]),
)
def test_any_bytes_are_parsed_or_refused(body, kind):
    with suppress(RequestError):
        parse(kind, body, 100)


def test_large_parts_stay_in_memory(monkeypatch):
    def refuse(*_, **__):
        raise AssertionError("a file was opened")

    data = bytes(range(256)) * 4096 * 12
    request = httpx.Request("POST", "http://x", files={"image": ("f", data)})
    kind, body = request.headers["content-type"], request.read()
    for name in ("TemporaryFile", "NamedTemporaryFile", "SpooledTemporaryFile", "mkstemp"):
        monkeypatch.setattr(tempfile, name, refuse)
    monkeypatch.setattr(builtins, "open", refuse)
    found = parse(kind, body, len(data))
    monkeypatch.undo()
    assert found["image"] == File(data)
    with pytest.raises(PictureTooLarge, match="image"):
        parse(kind, body, len(data) - 1)


@given(st.binary(min_size=1, max_size=300), st.booleans(), st.booleans())
def test_base64_in_every_spelling(data, safe, padded):
    text = (base64.urlsafe_b64encode if safe else base64.b64encode)(data).decode()
    text = text if padded else text.rstrip("=")
    if text.startswith(images.KEY):
        return
    assert images.picture({"image": text}, "image") == Sent(data)


def test_keys_are_told_from_base64():
    assert images.picture({"image": "uploads/t/x.jpg"}, "image") == Stored("uploads/t/x.jpg")
    for text in ("upload/t/x.jpg.", "../uploads/x", "a" * 5):
        with pytest.raises(InvalidRequest):
            images.picture({"image": text}, "image")


@pytest.mark.parametrize("value", ["5", "[]", "{}", "true", "1e400"])
def test_a_known_field_of_another_type_is_refused_and_an_unknown_one_is_not_ours(value):
    body = f'{{"image": "aGk=", "documentType": {value}}}'.encode()
    with pytest.raises(InvalidRequest, match="documentType"):
        parse("application/json", body, 1000, ("image", "documentType"))
    assert parse("application/json", body, 1000, ("image",)) == {"image": "aGk="}
