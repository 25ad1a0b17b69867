"""Headers of a try: what is signed, by which secret, in which form."""

import base64
import hashlib
import hmac

import pytest

from appliance.domain.webhook_signing import headers, plain_signature, standard_signature

BODY = b'{"event":"kyc.completed","session_id":"kyc_8B3A2F"}'
RAW = bytes(range(32))
SECRET = "whsec_" + base64.b64encode(RAW).decode()


def made(api="recspace", secrets=(SECRET,), attempt=1):
    return headers(api, secrets, BODY, identity="msg_1", attempt=attempt, seconds=1_700_000_000)


def test_the_signature_of_the_specification():
    # standard-webhooks, spec/standard-webhooks.md and its libraries' tests
    secret, identity, seconds = (
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        1614265330,
    )
    expected = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    assert standard_signature(secret, identity, seconds, b'{"test": 2432232314}') == expected


def test_the_bare_signature_is_keyed_by_the_secret_as_written():
    expected = hmac.new(SECRET.encode(), BODY, hashlib.sha256).hexdigest()
    assert made()["X-Recspace-Signature"] == expected == expected.lower()
    assert len(expected) == 64


def test_all_headers_of_the_recspace_dialect():
    assert made(attempt=3) == {
        "Content-Type": "application/json",
        "User-Agent": "kycbox",
        "webhook-id": "msg_1",
        "webhook-timestamp": "1700000000",
        "webhook-signature": standard_signature(SECRET, "msg_1", 1_700_000_000, BODY),
        "X-Recspace-Delivery": "msg_1",
        "X-Recspace-Attempt": "3",
        "X-Recspace-Signature": plain_signature(SECRET, BODY),
    }


def test_all_headers_of_the_onboarder_dialect():
    assert made("onboarder") == {
        "Content-Type": "application/json",
        "User-Agent": "kycbox",
        "webhook-id": "msg_1",
        "webhook-timestamp": "1700000000",
        "webhook-signature": standard_signature(SECRET, "msg_1", 1_700_000_000, BODY),
        "X-Webhook-Timestamp": "1700000000",
        "X-Webhook-Signature": f"sha256={plain_signature(SECRET, BODY)}",
    }


@pytest.mark.parametrize("api", ["recspace", "onboarder"])
def test_without_a_secret_nothing_is_signed(api):
    assert not [name for name in made(api, ()) if "signature" in name.lower()]


def test_while_two_secrets_are_live_each_verifies():
    new, old = "whsec_" + base64.b64encode(b"n" * 32).decode(), SECRET
    by_try = [made(secrets=(new, old), attempt=n)["X-Recspace-Signature"] for n in (1, 2, 3, 4)]
    assert by_try == [plain_signature(s, BODY) for s in (old, new, old, new)]
    both = made(secrets=(new, old))["webhook-signature"].split(" ")
    assert both == [standard_signature(s, "msg_1", 1_700_000_000, BODY) for s in (new, old)]


@pytest.mark.parametrize("secret", ["a plain secret", "whsec_not base64!"])
def test_a_secret_of_the_customer_s_own_is_its_letters(secret):
    signed = b"msg_1.1700000000." + BODY
    expected = base64.b64encode(hmac.digest(secret.encode(), signed, "sha256")).decode()
    assert standard_signature(secret, "msg_1", 1_700_000_000, BODY) == f"v1,{expected}"
