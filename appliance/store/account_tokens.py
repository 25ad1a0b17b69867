"""Tokens of accounts that log in: JSON Web Tokens (RFC 7519), HMAC SHA-256 with a key of this box.

Claims are those of djangorestframework-simplejwt, whose clients look at them. A token is only a name for an
account: whether that account still exists is asked at every use, so revoking it ends its tokens at once.
"""

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import jwt
from jwt.types import Options

from appliance.domain.credential import Principal
from appliance.errors import AccountClosed, TokenExpired, TokenRefused
from appliance.store.credentials import Credentials

ACCESS, REFRESH = "access", "refresh"
ACCESS_SECONDS: Final = 300
REFRESH_SECONDS: Final = 86_400
ALGORITHM: Final = "HS256"
LONGEST: Final = 2048
"""Characters. Ours have under 400."""
FUTURE_SECONDS: Final = 60
"""A token made later than this from now was made before the clock was set back, and would live too long."""
_CLAIMS: Final = ("token_type", "exp", "iat", "jti", "user_id")


@dataclass(frozen=True, slots=True)
class TokenPair:
    """What a log-in gives."""

    refresh: str
    access: str

    def __repr__(self) -> str:
        return "TokenPair()"


class AccountTokens:
    """Makes and opens the tokens of one dialect's accounts. Costs some 50 microseconds, touches no disk.

    Args:
        key: 32 bytes.
        credentials: the accounts.
        clock: seconds since 1970.
    """

    def __init__(self, key: bytes, credentials: Credentials, clock: Callable[[], float] = time.time) -> None:
        self._key = key
        self._credentials = credentials
        self._clock = clock

    def pair(self, account: Principal) -> TokenPair:
        """Give an account the tokens of a new log-in: 24 hours to refresh with, 5 minutes to call with."""
        refresh = self._made(account, REFRESH, REFRESH_SECONDS)
        return TokenPair(refresh, self._made(account, ACCESS, ACCESS_SECONDS))

    def access(self, token: str, api: str) -> Principal:
        """Open an access token; whose it is.

        Raises:
            TokenExpired: its time is over.
            TokenRefused: not made by this box, changed, or a refresh token.
            AccountClosed: the account was revoked, or is one of another dialect.
        """
        return self._opened(token, ACCESS, api)

    def refreshed(self, token: str, api: str) -> tuple[Principal, str]:
        """Give a new access token for a refresh token, and whose it is. Raises as `access` does."""
        account = self._opened(token, REFRESH, api)
        return account, self._made(account, ACCESS, ACCESS_SECONDS)

    def _made(self, account: Principal, kind: str, seconds: int) -> str:
        now = int(self._clock())
        claims = {
            "token_type": kind,
            "exp": now + seconds,
            "iat": now,
            "jti": secrets.token_hex(16),
            "user_id": account.id,
        }
        return jwt.encode(claims, self._key, ALGORITHM)

    def _opened(self, token: str, kind: str, api: str) -> Principal:
        claims = self._claims(token)
        now = self._clock()
        if type(claims["exp"]) is not int or type(claims["iat"]) is not int:
            raise TokenRefused("the token's times are not whole numbers")
        if claims["exp"] <= now or claims["iat"] > now + FUTURE_SECONDS:
            raise TokenExpired("the token's time is over", remedy="Get a new one.")
        if claims["token_type"] != kind:
            raise TokenRefused("the token is of another kind", remedy=f"Send the {kind} token.")
        account = self._credentials.live(str(claims["user_id"]), api)
        if account is None:
            raise AccountClosed("the token's account is closed")
        return account

    def _claims(self, token: str) -> dict[str, Any]:
        """Claims of a token whose signature holds; its times are held against our own clock."""
        options: Options = {"require": list(_CLAIMS), "verify_exp": False, "verify_iat": False}
        try:
            if len(token) > LONGEST:
                raise TokenRefused("the token is too long")
            claims: dict[str, Any] = jwt.decode(token, self._key, [ALGORITHM], options=options)
        except (jwt.PyJWTError, ValueError):  # letters that no token has are a ValueError
            raise TokenRefused("the token is not one of this box") from None
        return claims
