"""Collections, records and templates, as this dialect's clients use them."""

import base64
import io
import uuid
from collections.abc import Callable

import httpx
import pytest
from PIL import Image

from tests.box import Box

PLAIN = {"encrypted": "False"}


@pytest.fixture
def collection(client: httpx.Client) -> str:
    name = f"c-{uuid.uuid4()}"
    answer = client.post("/collections", params={"collection": name})
    assert (answer.status_code, answer.content) == (201, b"")
    return name


def failed(answer: httpx.Response, status: int = 400) -> str:
    assert answer.status_code == status, answer.text
    assert set(answer.json()) == {"status", "message"}
    assert answer.json()["status"] == status
    return str(answer.json()["message"])


def made(client: httpx.Client, picture: bytes) -> str:
    answer = client.post("/generate-template", params=PLAIN, content=picture)
    assert answer.status_code == 201
    return str(answer.json()["template"])


def test_a_template_goes_round(client: httpx.Client, selfie: bytes, stranger: bytes, collection: str) -> None:
    template = made(client, selfie)
    for part in (("template", template, "application/octet-stream"), (None, template)):
        files = {"file": ("file", selfie, "application/octet-stream"), "template": part}
        assert client.post("/match-over-template", params=PLAIN, files=files).json()["score"] >= 0.9
        files["file"] = ("file", stranger, "application/octet-stream")
        assert client.post("/match-over-template", params=PLAIN, files=files).json()["score"] < 0.5
    answer = client.post(
        "/add-template", params={"collection": collection}, json={"templates": [template] * 3}
    )
    assert answer.status_code == 201
    assert len(set(answer.json()["record_ids"])) == 3
    described = client.get("/collections", params={"collection": collection}).json()
    assert (described["total_records"], described["needs_reenrolment"]) == (3, False)


def test_one_bad_template_adds_none(client: httpx.Client, selfie: bytes, collection: str) -> None:
    good = made(client, selfie)
    changed = bytearray(base64.b64decode(good))
    changed[-1] ^= 1
    for bad in (base64.b64encode(changed).decode(), "AAAA", "not base64!", ""):
        answer = client.post(
            "/add-template", params={"collection": collection}, json={"templates": [good, bad]}
        )
        failed(answer)
    assert client.get("/collections", params={"collection": collection}).json()["total_records"] == 0


def test_records_are_removed_once(client: httpx.Client, selfie: bytes, collection: str) -> None:
    answer = client.post(
        "/add-image", params={"collection": collection, **PLAIN, "maxFaces": 1}, content=selfie
    )
    (record,) = answer.json()["record_ids"]
    where = {"collection": collection, "recordId": record}
    gone = client.delete("/collections/remove-record", params=where)
    assert (gone.status_code, gone.content) == (204, b"")
    assert "Record does not exist" in failed(client.delete("/collections/remove-record", params=where))


def test_only_force_deletes_what_is_full(client: httpx.Client, selfie: bytes, collection: str) -> None:
    client.post("/add-image", params={"collection": collection, **PLAIN}, content=selfie)
    failed(client.delete("/collections", params={"collection": collection}))
    gone = client.delete("/collections", params={"collection": collection, "force": True})
    assert gone.status_code == 204
    assert "does not exist" in failed(client.delete("/collections", params={"collection": collection}))
    assert "does not exist" in failed(
        client.post("/add-image", params={"collection": collection, **PLAIN}, content=selfie)
    )


def test_a_name_is_taken_once_and_per_key(
    client: httpx.Client, new_client: Callable[..., httpx.Client], collection: str
) -> None:
    assert "already exists" in failed(client.post("/collections", params={"collection": collection}))
    other = new_client()
    assert other.get("/collections").json() == {"collections": []}
    assert "does not exist" in failed(other.get("/collections", params={"collection": collection}))
    assert other.post("/collections", params={"collection": collection}).status_code == 201


@pytest.mark.parametrize(
    ("method", "path", "params"),
    [
        ("POST", "/collections", {}),
        ("POST", "/collections", {"collection": " "}),
        ("POST", "/collections", {"collection": "a/b"}),
        ("DELETE", "/collections", {}),
        ("DELETE", "/collections", {"collection": "x", "force": "maybe"}),
        ("DELETE", "/collections/remove-record", {"collection": "x"}),
        ("POST", "/generate-template", {}),
        ("POST", "/generate-template", {"encrypted": ""}),
        ("POST", "/generate-template", {"encrypted": "perhaps"}),
        ("POST", "/match-over-template", {}),
        ("POST", "/match-over-template", {"encrypted": "false"}),
        ("POST", "/add-template", {}),
        ("POST", "/add-template", {"collection": "x"}),
        ("POST", "/add-image", {"collection": "x", "encrypted": "false", "maxFaces": "0"}),
        ("POST", "/add-image", {"collection": "x", "encrypted": "false", "maxFaces": "\u0661"}),
        ("POST", "/decrypt", {}),
        ("POST", "/check", {}),
    ],
)
def test_a_broken_request_is_400(
    client: httpx.Client, method: str, path: str, params: dict[str, str]
) -> None:
    failed(client.request(method, path, params=params))


def test_faces_are_counted(client: httpx.Client, selfie: bytes, stranger: bytes, collection: str) -> None:
    both = _beside(selfie, stranger)
    one = {"collection": collection, **PLAIN}
    assert "Too many faces detected" in failed(client.post("/add-image", params=one, content=both))
    assert "Too many faces detected" in failed(client.post("/generate-template", params=PLAIN, content=both))
    answer = client.post("/add-image", params={**one, "maxFaces": 2}, content=both)
    left, right = answer.json()["record_ids"]
    blank = _beside(b"", b"")
    assert "Failed to detect face" in failed(client.post("/add-image", params=one, content=blank))
    for picture, record in ((selfie, left), (stranger, right)):
        files = {
            "checkModel": (
                None,
                f'{{"operations":["FACE_MATCH_SEARCH"],"face_search_parameters":{{"collections":["{collection}"]}}}}',
            ),
            "face": ("face", picture),
        }
        body = client.post("/check", params=PLAIN, files=files).json()
        assert body["face_search_result"]["results"][0]["results"][0]["record_id"] == record


def test_a_small_face_in_the_background_is_neither_enrolled_nor_a_reason(
    client: httpx.Client, selfie: bytes, stranger: bytes, collection: str
) -> None:
    before = Image.open(io.BytesIO(selfie)).convert("RGB")
    behind = Image.open(io.BytesIO(stranger)).convert("RGB")
    behind.thumbnail((before.width // 8, before.height // 8))
    before.paste(behind, (0, 0))
    stream = io.BytesIO()
    before.save(stream, "JPEG", quality=95)
    where = {"collection": collection, **PLAIN}
    added = client.post("/add-image", params=where, content=stream.getvalue())
    assert (added.status_code, len(added.json()["record_ids"])) == (201, 1)
    template = made(client, selfie)
    files = {"file": ("f", stream.getvalue()), "template": (None, template)}
    assert client.post("/match-over-template", params=PLAIN, files=files).json()["score"] >= 0.9


def test_who_may(box: Box, new_client: Callable[..., httpx.Client], selfie: bytes) -> None:
    failed(httpx.post(f"{box.url}/collections", params={"collection": "x"}), 401)
    failed(httpx.get(f"{box.url}/collections", headers={"x-api-key": "id_" + "x" * 43}), 401)
    failed(httpx.get(f"{box.url}/collections", headers={"x-api-key": box.key("deepidv")}), 401)
    documents = new_client("--scope", "ocr")
    failed(documents.post("/collections", params={"collection": "x"}), 403)
    faces = new_client("--scope", "face")
    assert faces.post("/generate-template", params=PLAIN, content=selfie).status_code == 201
    failed(faces.get("/collections"), 403)


def test_unknown_paths_and_methods(client: httpx.Client) -> None:
    assert failed(client.get("/no-such-path"), 404) == "Not found"
    answer = client.get("/check")
    failed(answer, 405)
    assert answer.headers["allow"]


def test_version_health_and_documents(client: httpx.Client, box: Box) -> None:
    version = client.get("/api_version").json()
    assert {"product", "version", "defaultPipeline", "availablePipelines"} <= set(version)
    assert httpx.get(f"{box.url}/actuator/health").json() == {"status": "UP"}
    document = httpx.get(f"{box.url}/v3/api-docs").json()
    assert document["openapi"].startswith("3.0")
    assert set(document["paths"]) >= {"/check", "/collections", "/add-template", "/decrypt"}
    page = httpx.get(f"{box.url}/swagger-ui/index.html")
    assert page.status_code == 200
    assert "http://" not in page.text
    assert "https://" not in page.text


def _beside(*pictures: bytes) -> bytes:
    sheet = Image.new("RGB", (800, 400), (200, 200, 200))
    for place, data in enumerate(pictures):
        if data:
            one = Image.open(io.BytesIO(data)).convert("RGB")
            width, height = one.size
            one = one.crop((width // 6, 0, width * 5 // 6, height * 4 // 6)).resize((380, 380))
            sheet.paste(one, (10 + 400 * place, 10))
    stream = io.BytesIO()
    sheet.save(stream, "JPEG", quality=92)
    return stream.getvalue()
