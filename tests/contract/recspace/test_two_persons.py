"""Where two persons are wanted, nobody unmasks alone, and the ledger names both."""

import json
from collections.abc import Iterator

import httpx
import pytest

from tests import box as boxes
from tests.box import Box
from tests.contract.recspace.shapes import answered, refused

ON_RECORD = {"X-Role": "compliance", "X-Reason": "customer asked"}
PAYLOAD = {"pan": "ABCPE1234F"}


@pytest.fixture(scope="module")
def careful(tmp_path_factory) -> Iterator[Box]:
    """A box that wants a second person."""
    folder = tmp_path_factory.mktemp("two") / "data"
    folder.mkdir()
    (folder / "kycbox.toml").write_text("[masking]\ntwo_person = true\n")
    with boxes.running(folder) as running:
        yield running


def token(box: Box, name: str) -> httpx.Client:
    headers = {"Authorization": f"Bearer {box.key('recspace', name, '--tenant', 'bank')}"} | ON_RECORD
    return httpx.Client(base_url=box.url, headers=headers, timeout=60)


def test_the_second_person_is_another_one_and_counts_once(careful: Box):
    with token(careful, "first") as first, token(careful, "second") as second:
        masked = answered(
            first.post("/v1/masking/apply", json={"payload": PAYLOAD, "mask_mode": "reversible"})
        )
        body = {"mask_id": masked["mask_id"]}

        def unmask(approval: str = "") -> httpx.Response:
            headers = {"X-Approval": approval} if approval else {}
            return first.post("/v1/masking/unmask", json=body, headers=headers)

        refused(unmask(), 403, "forbidden")
        own = answered(first.post("/v1/masking/approve", json=body))
        refused(unmask(own["approval"]), 403, "forbidden")
        refused(unmask("made-up"), 403, "forbidden")
        given = answered(second.post("/v1/masking/approve", json=body))
        assert answered(unmask(given["approval"]))["payload"] == PAYLOAD
        refused(unmask(given["approval"]), 403, "forbidden")
        export = first.get("/v1/audit/export").content.splitlines()[:-1]
    told = [json.loads(json.loads(line)["leaf"]) for line in export]
    (seen,) = [one for one in told if one["action"] == "masking.unmask" and one["outcome"] == "ok"]
    approvers = [one["actor"] for one in told if one["action"] == "masking.approve"]
    assert seen["details"]["approver"] == approvers[-1] != seen["actor"] == approvers[0]
    assert given["approval"] not in json.dumps(told)
