"""The calls that the dialect's page shows, sent as they stand but for host, key and the bundle's file.

Curl forms go through curl itself; forms for Python's `requests` are sent by httpx with the same parameters,
headers and parts. The last test prints which ran.
"""

import json
import shlex
import shutil
import subprocess
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.box import Box
from tests.contract.idlive.conftest import Seal
from tests.specimen.sets import Specimen

CURL = {
    "check": (
        200,
        (
            "curl -X 'POST' '{host}/check' -H 'accept: application/json'"
            " -H 'Content-Type: multipart/form-data'"
            ' -F \'checkModel={{"operations":["FACE_CHECK","DOC_CHECK","FACE_MATCH_VALIDATION"]}}'
            ";type=application/json' -F 'face=@{face}' -F 'doc=@{doc}'"
        ),
    ),
    "create collection": (201, 'curl -X POST "{host}/collections?collection=collection-name"'),
    "generate template": (
        201,
        (
            'curl -X POST "{host}/generate-template?encrypted=true"'
            ' -H "Content-Type: application/octet-stream" --data-binary "@{face}"'
        ),
    ),
    "match over template": (
        200,
        'curl -X POST "{host}/match-over-template?encrypted=true" -F "file=@{face}" -F "template={template}"',
    ),
    "add template": (
        201,
        (
            'curl -X POST "{host}/add-template?collection=collection-name"'
            ' -H "Content-Type: application/json" -d \'{{"templates":["{template}"]}}\''
        ),
    ),
    "add image": (
        201,
        (
            'curl -X POST "{host}/add-image?collection=collection-name&encrypted=true"'
            ' -H "Content-Type: application/octet-stream" --data-binary "@{face}"'
        ),
    ),
    "remove record": (
        204,
        'curl -X DELETE "{host}/collections/remove-record?collection=collection-name&recordId={record}"',
    ),
    "decrypt": (
        200,
        'curl -X POST "{host}/decrypt" -H "Content-Type: application/octet-stream" --data-binary "@{face}"',
    ),
    "delete collection": (204, 'curl -X DELETE "{host}/collections?collection=collection-name&force=true"'),
}
RAN: list[tuple[str, str, int]] = []


def curl(box: Box, key: str, name: str, **values: object) -> bytes:
    """Send one curl form; gives the body."""
    wanted, line = CURL[name]
    command = shlex.split(line.format(host=box.url, **values))
    command[1:1] = ["-s", "-H", f"x-api-key: {key}", "-w", "\n%{http_code}"]
    done = subprocess.run(command, capture_output=True, check=True, timeout=60)
    body, _, status = done.stdout.rpartition(b"\n")
    RAN.append((name, "curl", int(status)))
    assert int(status) == wanted, body
    return body


@pytest.mark.skipif(shutil.which("curl") is None, reason="skipped: no curl on this machine")
def test_curl_forms(box: Box, tmp_path: Path, seal: Seal, selfie: bytes, passport: Specimen) -> None:
    key = box.key("idlive", "curl")

    def sealed(picture: bytes) -> Path:
        path = tmp_path / "encrypted-image"
        path.write_bytes(seal(picture))
        return path

    document = tmp_path / "doc-encrypted-data"
    document.write_bytes(seal(passport.photograph.jpeg))
    checked = json.loads(curl(box, key, "check", face=sealed(selfie), doc=document))
    assert set(checked) == {"face_result", "doc_result", "face_validation_result"}
    assert curl(box, key, "create collection") == b""
    template = json.loads(curl(box, key, "generate template", face=sealed(selfie)))["template"]
    score = json.loads(curl(box, key, "match over template", face=sealed(selfie), template=template))["score"]
    assert score >= 0.9
    (record,) = json.loads(curl(box, key, "add template", template=template))["record_ids"]
    assert len(json.loads(curl(box, key, "add image", face=sealed(selfie)))["record_ids"]) == 1
    assert curl(box, key, "remove record", record=record) == b""
    assert curl(box, key, "decrypt", face=sealed(selfie)) == selfie
    assert curl(box, key, "delete collection") == b""


def test_python_forms(box: Box, tmp_path: Path, seal: Seal, selfie: bytes, passport: Specimen) -> None:
    headers = {"x-api-key": box.key("idlive", "python")}
    binary = {"Content-Type": "application/octet-stream"}
    name = {"collection": "collection-name"}

    def sent(what: str, method: str, path: str, wanted: int, **given: Any) -> httpx.Response:
        more = given.pop("headers", {})
        answer = httpx.request(method, f"{box.url}{path}", headers=headers | more, timeout=60, **given)
        RAN.append((what, "python", answer.status_code))
        assert answer.status_code == wanted, answer.text
        return answer

    model = {"operations": ["FACE_CHECK", "DOC_CHECK", "FACE_MATCH_VALIDATION"]}
    files: dict[str, Any] = {
        "checkModel": ("checkModel", json.dumps(model), "application/json"),
        "face": ("face", seal(selfie), "application/octet-stream"),
        "doc": ("doc", seal(passport.photograph.jpeg), "application/octet-stream"),
    }
    sent("check", "POST", "/check", 200, headers={"Accept": "application/json"}, files=files)
    sent("create collection", "POST", "/collections", 201, params=name)
    yes = {"encrypted": True}
    made = sent(
        "generate template",
        "POST",
        "/generate-template",
        201,
        params=yes,
        content=seal(selfie),
        headers=binary,
    )
    template = made.json()["template"]
    files = {
        "file": ("file", seal(selfie), "application/octet-stream"),
        "template": ("template", template, "application/octet-stream"),
    }
    sent("match over template", "POST", "/match-over-template", 200, params=yes, files=files)
    data = {"templates": [template]}
    added = sent("add template", "POST", "/add-template", 201, params=name, json=data)
    where = {**name, "maxFaces": 1, "encrypted": True}
    sent("add image", "POST", "/add-image", 201, params=where, content=seal(selfie), headers=binary)
    gone = {**name, "recordId": added.json()["record_ids"][0]}
    sent("remove record", "DELETE", "/collections/remove-record", 204, params=gone)
    opened = sent("decrypt", "POST", "/decrypt", 200, content=seal(selfie), headers=binary)
    (tmp_path / "decrypted-image.jpg").write_bytes(opened.content)
    assert (tmp_path / "decrypted-image.jpg").read_bytes() == selfie
    sent("delete collection", "DELETE", "/collections", 204, params={**name, "force": True})


def test_every_example_was_sent(capsys: pytest.CaptureFixture[str]) -> None:
    with capsys.disabled():
        print("\nexample               form    status")
        for name, form, status in RAN:
            print(f"{name:21} {form:7} {status}")
    forms = {"python", "curl"} if shutil.which("curl") else {"python"}
    assert {(name, form) for name, form, _ in RAN} == {(name, form) for name in CURL for form in forms}
