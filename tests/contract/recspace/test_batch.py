"""Many documents in one call: taken at once, read in order, each with its own outcome."""

import time

import pytest

from tests.contract.recspace.shapes import answered, refused

PATH = "/v1/ocr/batch"


def send(client, *documents: bytes, **fields: str):
    return client.post(PATH, files=[("documents", ("x", data)) for data in documents], data=fields)


def done(client, batch: str) -> dict:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        body = answered(client.get(f"{PATH}/{batch}"), prefix="ocr_")
        if body["status"] == "completed":
            return body
        assert body["completed"] < body["documents"]
        time.sleep(0.3)
    raise AssertionError("not read in time")


def test_every_document_has_its_own_outcome(client, passport, aadhaar, blank):
    taken = answered(send(client, passport.photograph.jpeg, blank, b"GIF89a", aadhaar.photograph.jpeg), 202)
    assert taken["documents"] == 4
    assert taken["status"] == "accepted"
    body = done(client, taken["batch_id"])
    first, second, third, fourth = body["results"]
    assert first["fields"]["passport_number"]["value"] == passport.drawn.fields["document_number"]
    assert second["code"] == "document_unreadable"
    assert third["code"] == "bad_request"
    assert fourth["document_type"] == "aadhaar_front"
    assert fourth["fields"]["aadhaar_number"]["value"].startswith("XXXX XXXX ")


def test_another_customers_batch_does_not_exist(client, new_client, blank):
    batch = answered(send(client, blank), 202)["batch_id"]
    refused(new_client().get(f"{PATH}/{batch}"), 404, "not_found")
    refused(client.get(f"{PATH}/batch_0"), 404, "not_found")


def test_masking_holds_for_the_batch(client, passport):
    batch = answered(send(client, passport.photograph.jpeg, mask_pii="true"), 202)["batch_id"]
    assert passport.drawn.fields["last_name"] not in str(done(client, batch)["results"])


@pytest.mark.parametrize("count", [0, 16])
def test_how_many(client, blank, count):
    refused(send(client, *[blank] * count, mask_pii="false"), 400, "bad_request")


def test_nothing_of_it_is_on_disk_in_clear(client, box, passport):
    batch = answered(send(client, passport.photograph.jpeg), 202)["batch_id"]
    done(client, batch)
    pieces = (passport.photograph.jpeg[2000:2040], passport.drawn.fields["document_number"].encode())
    for file in box.data.rglob("*"):
        if file.is_file():
            held = file.read_bytes()
            assert not any(piece in held for piece in pieces), file.name
