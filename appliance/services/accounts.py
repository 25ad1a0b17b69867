"""Accounts log in and call: user name and password into tokens, a refresh token into another access token."""

from appliance.services.call import Caller
from appliance.services.context import Services
from appliance.store.account_tokens import TokenPair


async def log_in(  # noqa: PLR0913, PLR0917 - what one log-in consists of
    services: Services, api: str, username: str, password: str, address: str, request_id: str
) -> TokenPair:
    """Give an account its tokens and leave the audit leaf.

    Raises:
        RateLimited: too many wrong log-ins for this name or from there.
        Unauthenticated: there is no such account, or its password is another.
        ServiceError: the leaf cannot be written.
    """
    account = services.logins.account(api, username, password, address)
    await services.audit.succeeded(Caller(account, request_id), "account.login")
    return services.account_tokens.pair(account)


async def refresh(services: Services, api: str, token: str, request_id: str) -> str:
    """Give a new access token for a refresh token and leave the audit leaf.

    Raises:
        Unauthenticated: the token is refused, too old, or of an account that was revoked.
        ServiceError: the leaf cannot be written.
    """
    account, access = services.account_tokens.refreshed(token, api)
    await services.audit.succeeded(Caller(account, request_id), "account.refresh")
    return access
