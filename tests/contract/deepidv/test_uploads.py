"""Uploads: addresses in the order of the request, one PUT each, nobody else's."""

import secrets
import time
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest

from tests.contract.deepidv import shapes

JPEG = {"content-type": "image/jpeg"}


def presigned(client, *files):
    wanted = [{"contentType": kind, "byteLength": length} for kind, length in files]
    answer = client.post("/v1/upload/presign", json={"files": wanted})
    assert answer.status_code == 200
    uploads = answer.json()["uploads"]
    assert all(set(one) == {"uploadUrl", "fileKey"} for one in uploads)
    return uploads


def uploaded(client, data):
    (one,) = presigned(client, ("image/jpeg", len(data)))
    assert httpx.put(one["uploadUrl"], content=data, headers=JPEG, timeout=30).status_code == 200
    return one["fileKey"]


def test_order_is_kept_and_addresses_are_absolute(client: httpx.Client, box):
    kinds = [("image/jpeg", 10), ("image/png", 20), ("image/jpeg", 30)]
    uploads = presigned(client, *kinds)
    assert [one["fileKey"].rpartition(".")[2] for one in uploads] == ["jpg", "png", "jpg"]
    for one, (kind, length) in zip(uploads, kinds, strict=True):
        assert one["uploadUrl"].startswith(box.url + "/")
        assert one["fileKey"].startswith("uploads/")
        query = parse_qs(urlsplit(one["uploadUrl"]).query)
        assert (query["type"], query["length"]) == ([kind], [str(length)])
        assert 14 * 60 < int(query["expires"][0]) - time.time() <= 15 * 60


def test_put_needs_no_key_and_works_once(client: httpx.Client, selfie):
    (one,) = presigned(client, ("image/jpeg", len(selfie)))
    assert httpx.put(one["uploadUrl"], content=selfie, headers=JPEG).status_code == 200
    shapes.failure(httpx.put(one["uploadUrl"], content=selfie, headers=JPEG), 403)
    assert client.post("/v1/face/detect", json={"image": one["fileKey"]}).json()["faceDetected"]


@pytest.mark.parametrize("change", ["signature", "expires", "length", "type", "key", "missing", "text"])
def test_a_changed_address_is_403(client: httpx.Client, selfie, change):
    (one,) = presigned(client, ("image/jpeg", len(selfie)))
    split = urlsplit(one["uploadUrl"])
    query = {name: values[0] for name, values in parse_qs(split.query).items()}
    path = split.path
    if change == "signature":
        query["signature"] = secrets.token_hex(32)
    elif change == "expires":
        query["expires"] = str(int(query["expires"]) + 600)
    elif change == "length":
        query["length"] = str(len(selfie) + 1)
    elif change == "type":
        query["type"] = "image/png"
    elif change == "key":
        path = path[:-8] + "0000.jpg"
    elif change == "missing":
        del query["signature"]
    else:
        query["expires"] = "tomorrow"
    url = split._replace(path=path, query=urlencode(query)).geturl()
    shapes.failure(httpx.put(url, content=selfie, headers=JPEG), 403)


def test_other_bytes_than_promised_are_403(client: httpx.Client, selfie):
    for data, kind in (
        (selfie[:-1], "image/jpeg"),
        (selfie + b"x", "image/jpeg"),
        (selfie, "image/png"),
        (selfie, ""),
    ):
        (one,) = presigned(client, ("image/jpeg", len(selfie)))
        shapes.failure(httpx.put(one["uploadUrl"], content=data, headers={"content-type": kind}), 403)
        assert httpx.put(one["uploadUrl"], content=selfie, headers=JPEG).status_code == 200


def test_presign_refuses(client: httpx.Client):
    good = {"contentType": "image/jpeg", "byteLength": 10}
    for files in (
        [good | {"byteLength": 16_000_000}],
        [good | {"byteLength": 0}],
        [good | {"byteLength": -1}],
        [good | {"byteLength": "10"}],
        [good | {"byteLength": 1e300}],
        [good | {"contentType": "application/pdf"}],
        [good, {"contentType": "image/jpeg"}],
        [],
        [good] * 11,
        None,
        "x",
    ):
        shapes.failure(client.post("/v1/upload/presign", json={"files": files}), 400)


def test_another_organizations_key_is_403(client: httpx.Client, new_client, selfie):
    other = new_client()
    for key in (
        uploaded(other, selfie),
        presigned(client, ("image/jpeg", 9))[0]["fileKey"],
        "uploads/nobody/x.jpg",
    ):
        shapes.failure(client.post("/v1/face/detect", json={"image": key}), 403)
    for key in (
        "uploads/../../../etc/passwd",
        "uploads/",
        "uploads/\x00",
        "uploads/%2e%2e/box.key",
        "uploads//etc",
    ):
        shapes.failure(client.post("/v1/face/detect", json={"image": key}), 403)


def test_the_address_names_the_way_the_caller_came(client: httpx.Client, box, selfie):
    key = client.headers["x-api-key"]
    wanted = {"files": [{"contentType": "image/jpeg", "byteLength": len(selfie)}]}
    bare = httpx.post(f"{box.url}/v1/upload/presign", json=wanted, headers={"x-api-key": key}).json()
    url = bare["uploads"][0]["uploadUrl"]
    assert url.startswith(f"{box.url}/v1/")
    assert httpx.put(url, content=selfie, headers=JPEG).status_code == 200
    named = {"x-api-key": key, "host": "api.deepidv.com"}
    url = httpx.post(f"{box.url}/v1/upload/presign", json=wanted, headers=named).json()["uploads"][0][
        "uploadUrl"
    ]
    assert url.startswith("http://api.deepidv.com/v1/")
