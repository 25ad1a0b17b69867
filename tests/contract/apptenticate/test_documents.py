"""`/api/v3/ocr/`: what it takes, what it answers, whose number it is."""

import base64
import io
import json
import re
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pysqlite3
import pytest
from PIL import Image

from appliance.api.apptenticate.parse import Form
from tests.box import Box
from tests.contract.apptenticate.conftest import NewClient
from tests.specimen.sets import Specimen, specimen

OCR = "/api/v3/ocr/"
PASSPORT = {"document_type": "passport"}
NO_IMAGE = ["Upload a valid image. The file you uploaded was either not an image or a corrupted image."]
TOO_LARGE = ["Images sent in jpg format must not exceed 2MB."]
NO_FILE = ["No file was submitted."]
KEYS = {
    "document_number": "document_number",
    "names": "first_name",
    "surnames": "last_name",
    "birth_date": "date_of_birth",
    "sex": "sex",
    "nationality": "nationality",
    "issuing_country": "issuing_country",
    "expiration_date": "expiry_date",
}


def post(client: httpx.Client, data: dict[str, str], path: str = OCR, **files: bytes) -> httpx.Response:
    parts = {name: (f"{name}.jpg", content, "image/jpeg") for name, content in files.items()}
    return client.post(path, data=data, files=parts)


def read(answer: httpx.Response) -> dict[str, Any]:
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    assert body["valid"] is True, body
    return body


@pytest.fixture(scope="module")
def card(portraits: Path) -> tuple[bytes, bytes, dict[str, str]]:
    """Front and back of an identity card, and what is drawn on it."""
    front = specimen("TD1-front", 31, portrait=portraits / "obama.jpg")
    back = specimen("TD1", 31, person=front.person)
    return front.photograph.jpeg, back.photograph.jpeg, dict(back.drawn.fields)


def test_a_passport(client: httpx.Client, passport: Specimen) -> None:
    body = read(post(client, PASSPORT, frontside=passport.photograph.jpeg))
    assert list(body) == ["valid", "document_type", "data"]
    assert body["document_type"] == "passport"
    assert list(body["data"]) == [*KEYS, "mrz"]
    drawn = passport.drawn.fields
    for key, name in KEYS.items():
        assert body["data"][key].casefold() == drawn[name].casefold(), key
    assert re.fullmatch(r"P[A-Z0-9<]{43}\n[A-Z0-9<]{44}", body["data"]["mrz"])


def test_a_card_has_two_sides(client: httpx.Client, card: tuple[bytes, bytes, dict[str, str]]) -> None:
    front, back, drawn = card
    asked = {"document_type": "identification_card"}
    body = read(post(client, asked, frontside=front, backside=back))
    assert body["document_type"] == "identification_card"
    assert body["data"]["surnames"].casefold() == drawn["last_name"].casefold()
    assert body["data"]["mrz"].count("\n") == 2
    answer = post(client, asked, frontside=front)
    assert (answer.status_code, answer.json()) == (400, {"backside": NO_FILE})


@pytest.mark.parametrize(
    "path",
    ["/api/ocr/", "/api/v2/ocr/", "/api/v3.2/ocr/", "/api/v3/ocr", "/api/ocr", "/d/apptenticate/api/v3/ocr/"],
)
def test_every_address_does_the_same_without_a_redirect(client: httpx.Client, path: str) -> None:
    answer = client.post(path, data={"document_type": "x"}, follow_redirects=False)
    assert answer.status_code == 400
    assert answer.json() == {"frontside": NO_FILE, "document_type": ['"x" is not a valid choice.']}


def test_by_its_host_name(client: httpx.Client) -> None:
    answer = client.post("/nothing/", headers={"host": "api.apptenticate.com"})
    assert (answer.status_code, answer.json()) == (404, {"detail": "Not found."})


def test_pictures_in_base64(client: httpx.Client, passport: Specimen, nothing: bytes) -> None:
    text = base64.b64encode(passport.photograph.jpeg).decode()
    fields = {"document_type": "passport_plus", "frontside": text, "return_id": True, "backside": None}
    body = read(client.post(OCR, json={**fields, "other": {"a": 1}}))
    assert body["document_type"] == "passport_plus"
    assert isinstance(body["id"], int)
    text = base64.urlsafe_b64encode(nothing).decode()
    for said in (text, text.rstrip("="), f"data:image/jpeg;base64,{text}"):
        assert client.post(OCR, data={**PASSPORT, "frontside": said}).json()["error_code"] == 819


@pytest.mark.parametrize(
    ("said", "means"),
    [("True", True), ("true", True), ("1", True), ("on", True), ("False", False), ("0", False), ("", False)],
)
def test_truth_values_are_read_as_django_does(said: str, means: bool) -> None:
    assert Form({"return_id": said}).flag("return_id") is means


@pytest.fixture(scope="module")
def nothing() -> bytes:
    """A picture of nothing: the quickest to be judged."""
    out = io.BytesIO()
    Image.new("RGB", (640, 480), (200, 190, 160)).save(out, "JPEG", quality=90)
    return out.getvalue()


def test_numbers_are_a_tenants_own_and_increase(box: Box, new_client: NewClient, nothing: bytes) -> None:
    numbers = []
    for client in (new_client(), new_client()):
        for call in range(3):
            asked = {**PASSPORT, **({"return_id": "True"} if call != 1 else {})}
            headers = {"x-request-id": f"numbered-{len(numbers)}-{call}"}
            files = {"frontside": ("x.jpg", nothing)}
            numbers.append(client.post(OCR, data=asked, files=files, headers=headers).json().get("id"))
        client.post(OCR, data={"return_id": "True"})  # refused before it is a transaction
    assert numbers == [1, None, 3, 1, None, 3]
    uri = f"file:{next(box.data.glob('*.db'))}?mode=ro"
    with closing(pysqlite3.connect(uri, uri=True)) as connection:
        rows = connection.execute(
            "SELECT tenant, number, request_id FROM transaction_number WHERE request_id LIKE 'numbered-%'"
        ).fetchall()
        leaves = [json.loads(body) for (body,) in connection.execute("SELECT body FROM ledger_leaf")]
    assert sorted(number for _, number, _ in rows) == [1, 1, 2, 2, 3, 3]
    for tenant, _, request_id in rows:
        (leaf,) = [leaf for leaf in leaves if leaf["request_id"] == request_id]
        assert (leaf["tenant"], leaf["action"], leaf["outcome"]) == (tenant, "document.judge", "ok")


def test_calls_at_the_same_time_have_numbers_of_their_own(new_client: NewClient, nothing: bytes) -> None:
    client = new_client()
    asked = {**PASSPORT, "return_id": "True"}
    with ThreadPoolExecutor(6) as threads:
        answers = list(threads.map(lambda _: post(client, asked, frontside=nothing), range(12)))
    assert sorted(answer.json()["id"] for answer in answers) == list(range(1, 13))


def test_all_that_is_wrong_is_told_at_once(client: httpx.Client) -> None:
    answer = client.post(
        OCR,
        data={
            "document_type": "identification_card",
            "document_id": "ATLANTIS",
            "device": "TOASTER",
            "return_id": "maybe",
            "frontside": "*",
        },
    )
    assert answer.status_code == 400
    assert answer.json() == {
        "frontside": ["The submitted data was not a file. Check the encoding type on the form."],
        "backside": NO_FILE,
        "document_id": ["This document is not in the library."],
        "device": ['"TOASTER" is not a valid choice.'],
        "return_id": ["Must be a valid boolean."],
    }
    assert client.post(OCR, json={"document_type": ""}).json() == {
        "document_type": ["This field may not be blank."],
        "frontside": NO_FILE,
    }


def test_a_code_of_the_library_is_of_its_kind(client: httpx.Client, nothing: bytes) -> None:
    asked = {"document_type": "identification_card", "document_id": "PAN"}
    answer = post(client, asked, frontside=nothing, backside=nothing)
    assert answer.json() == {"document_id": ["This document is of another type than document_type."]}
    asked = {**PASSPORT, "document_id": "PAN", "device": "IOS"}
    assert post(client, asked, frontside=nothing).json()["error_code"] == 819


def padded(jpeg: bytes, length: int) -> bytes:
    """The same picture, as long a file as is wanted: what follows the end of a JPEG is not looked at."""
    return jpeg + b"\x00" * (length - len(jpeg))


def test_two_megabytes_and_no_more(client: httpx.Client, nothing: bytes) -> None:
    most = 2 * 1024 * 1024
    assert post(client, PASSPORT, frontside=padded(nothing, most)).status_code == 200
    for sent in (most + 1, 5 * 1024 * 1024):
        answer = post(client, PASSPORT, frontside=padded(nothing, sent))
        assert (answer.status_code, answer.json()) == (400, {"frontside": TOO_LARGE})
    text = base64.b64encode(padded(nothing, most + 1)).decode()
    answer = client.post(OCR, json={**PASSPORT, "frontside": text})
    assert (answer.status_code, answer.json()) == (400, {"frontside": TOO_LARGE})
    answer = post(client, PASSPORT, frontside=padded(nothing, 17 * 1024 * 1024))
    assert answer.status_code == 400
    assert answer.json() == {"detail": f"The request is too large. {TOO_LARGE[0]}"}


def test_only_jpeg(client: httpx.Client, nothing: bytes) -> None:
    out = io.BytesIO()
    Image.new("RGB", (64, 48)).save(out, "PNG")
    broken = nothing[: len(nothing) // 3]
    both = {"document_type": "identification_card"}
    for front, back, wrong in (
        (out.getvalue(), nothing, "frontside"),
        (b"%PDF-1.7", nothing, "frontside"),
        (nothing, b"GIF89a", "backside"),
        (b"\xff\xd8\xff\xe0nothing", nothing, "frontside"),
        (nothing, b"\xff\xd8\xff\xe0nothing", "backside"),
        (nothing, broken, "backside"),
    ):
        answer = post(client, both, frontside=front, backside=back)
        assert (answer.status_code, answer.json()) == (400, {wrong: NO_IMAGE})
    answer = post(client, PASSPORT, frontside=b"")
    assert answer.json() == {"frontside": ["The submitted file is empty."]}


@pytest.mark.parametrize(
    ("kind", "content", "status"),
    [
        ("text/plain", b"x", 415),
        ("", b"x", 415),
        ("application/json", b"{", 400),
        ("application/json", b"[" * 100_000, 400),
        ("application/json", b'{"frontside": [1]}', 400),
        ("application/json", b'{"document_type": "\\ud800"}', 400),
        ("application/x-www-form-urlencoded", b"a=%ff\xff", 400),
        ("application/x-www-form-urlencoded", b"a=1&" * 40, 400),
        ("application/x-www-form-urlencoded", b"frontside=1&frontside=2", 400),
        ("multipart/form-data", b"x", 400),
        ("multipart/form-data; boundary=x", b"--x\r\n", 400),
    ],
)
def test_bodies_of_another_form(client: httpx.Client, kind: str, content: bytes, status: int) -> None:
    answer = client.post(OCR, content=content, headers={"Content-Type": kind})
    assert answer.status_code == status
    body = answer.json()
    assert set(body) == {"detail"} or all(isinstance(said, list) for said in body.values())


def test_paths_and_methods_that_are_not(client: httpx.Client) -> None:
    for path in ("/api/", "/api/v4/ocr/", "/api/v3/ocr/x/"):
        answer = client.post(path)
        assert (answer.status_code, answer.json()) == (404, {"detail": "Not found."})
    answer = client.get(OCR)
    assert (answer.status_code, answer.json()) == (405, {"detail": 'Method "GET" not allowed.'})
    assert "POST" in answer.headers["allow"]


def test_leaves_and_log_hold_no_personal_data(box: Box, client: httpx.Client, passport: Specimen) -> None:
    files = {"frontside": ("hawthorne.jpg", passport.photograph.jpeg)}
    asked = {**PASSPORT, "document_id": "PAN"}
    client.post(OCR, data=asked, files=files, headers={"x-request-id": "privacy-003"})
    uri = f"file:{next(box.data.glob('*.db'))}?mode=ro"
    with closing(pysqlite3.connect(uri, uri=True)) as connection:
        bodies = [body.decode() for (body,) in connection.execute("SELECT body FROM ledger_leaf")]
    (leaf,) = [body for body in bodies if "privacy-003" in body]
    assert json.loads(leaf)["details"]["state_agrees"] is False  # it is of Utopia
    drawn = passport.drawn.fields
    for text in (leaf, box.printed()):
        for name in ("document_number", "last_name", "date_of_birth"):
            assert drawn[name].casefold() not in text.casefold()


def test_an_aadhaar_number_is_whole_for_who_may_see_it(new_client: NewClient, portraits: Path) -> None:
    front = specimen("IN-AADHAAR-FRONT", 3, portrait=portraits / "obama.jpg")
    back = specimen("IN-AADHAAR-BACK", 3, person=front.person)
    number = front.drawn.fields["document_number"].replace(" ", "")
    asked = {"document_type": "identification_card"}
    for scopes, shown in ((("ocr",), f"XXXXXXXX{number[-4:]}"), (("ocr", "pii:raw"), number)):
        client = new_client(*(part for scope in scopes for part in ("--scope", scope)))
        answer = post(client, asked, frontside=front.photograph.jpeg, backside=back.photograph.jpeg)
        said = read(answer)["data"]["document_number"].replace(" ", "")
        assert said == shown
        assert (number in re.sub(r"[ -]", "", answer.text)) is ("pii:raw" in scopes)
