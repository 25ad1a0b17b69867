"""The headers that an event travels with: who it is, which try, and signatures over the body. Pure.

Three forms, each where its dialect has it: a bare hexadecimal HMAC-SHA256 of the body, the same behind
`sha256=`, and everywhere the three headers of Standard Webhooks 1.0, whose signature covers id and time too.
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Sequence

PREFIX = "whsec_"
"""Secrets that begin so are base64 behind it, as Standard Webhooks has it."""


def headers(  # noqa: PLR0913  the parts of one message
    api: str, secrets: Sequence[str], body: bytes, *, identity: str, attempt: int, seconds: int
) -> dict[str, str]:
    """Headers of one try.

    While two secrets are live Standard Webhooks carries a signature by each. A bare header has room for one:
    odd tries are signed with the older secret and even ones with the newer, so a receiver that knows only one
    of them accepts an event at its first or second try.

    Args:
        api: dialect, `recspace` or `onboarder`.
        secrets: newest first, at most two; none leaves the signatures out.
        body: exactly what is sent.
        identity: of the event, the same on every try.
        attempt: 1, 2, 3 ...
        seconds: time of this try, Unix.
    """
    made = {
        "Content-Type": "application/json",
        "User-Agent": "kycbox",
        "webhook-id": identity,
        "webhook-timestamp": str(seconds),
    }
    if api == "recspace":
        made |= {"X-Recspace-Delivery": identity, "X-Recspace-Attempt": str(attempt)}
    else:
        made["X-Webhook-Timestamp"] = str(seconds)
    if not secrets:
        return made
    bare = plain_signature(secrets[-1] if attempt % 2 else secrets[0], body)
    if api == "recspace":
        made["X-Recspace-Signature"] = bare
    else:
        made["X-Webhook-Signature"] = f"sha256={bare}"
    made["webhook-signature"] = " ".join(standard_signature(one, identity, seconds, body) for one in secrets)
    return made


def plain_signature(secret: str, body: bytes) -> str:
    """HMAC-SHA256 of the body in lower-case hexadecimal; its key is the secret as it is written, in UTF-8."""
    return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def standard_signature(secret: str, identity: str, seconds: int, body: bytes) -> str:
    """`v1,` and the base64 HMAC-SHA256 of `id.timestamp.body` (Standard Webhooks 1.0)."""
    signed = b".".join((identity.encode(), str(seconds).encode(), body))
    return "v1," + base64.b64encode(hmac.digest(_key(secret), signed, hashlib.sha256)).decode()


def _key(secret: str) -> bytes:
    """The bytes behind `whsec_`; of any other secret its letters, which a receiver then gives as bytes."""
    if not secret.startswith(PREFIX):
        return secret.encode()
    try:
        return base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except binascii.Error:
        return secret.encode()
