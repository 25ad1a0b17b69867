"""What an applicant's browser shows instead of a key: a sealed word that names one session, for a time."""

import base64
import binascii
from typing import Final, NamedTuple

import msgspec

from appliance.errors import StorageFailed
from appliance.store.keys import seal, unseal

PREFIX: Final = "ea_"
_CONTEXT: Final = b"applicant token"
_LONGEST: Final = 1024


class Bound(NamedTuple):
    """What a token is good for: one session of one tenant, until a time in seconds since 1970."""

    session: str
    tenant: str
    expires: int


class ApplicantTokens:
    """Makes and opens tokens. Nothing of them is stored.

    Args:
        key: seals, 32 bytes.
    """

    def __init__(self, key: bytes) -> None:
        self._key = key

    def make(self, bound: Bound) -> str:
        """The token, URL-safe."""
        sealed = seal(self._key, msgspec.msgpack.encode(bound), _CONTEXT)
        return PREFIX + base64.urlsafe_b64encode(sealed).decode().rstrip("=")

    def open(self, token: str, now: int) -> Bound | None:
        """What a token is good for; None where this box did not make it, or its time is over."""
        if not token.startswith(PREFIX) or len(token) > _LONGEST:
            return None
        text = token.removeprefix(PREFIX)
        try:
            sealed = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
            found = msgspec.msgpack.decode(unseal(self._key, sealed, _CONTEXT), type=Bound)
        except (binascii.Error, ValueError, StorageFailed, msgspec.DecodeError):
            return None
        return found if now < found.expires else None
