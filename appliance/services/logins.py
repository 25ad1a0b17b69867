"""Whether a user name and a password open an account, and how fast wrong ones may be tried.

Passwords are 256 random bits, so guessing has no hope; a limit keeps it from being a load and a noise. Wrong
log-ins count against the network they come from and against the name they try. A name that has logged in from
a network before is counted for the two together instead: a stranger must not be able to keep it out.
"""

import hashlib
from collections.abc import Callable
from typing import Final, TypeAlias

from appliance.domain import rate
from appliance.domain.credential import Principal
from appliance.errors import RateLimited, Unauthenticated
from appliance.store.credentials import Credentials
from appliance.store.technicians import network_of

PER_NETWORK: Final = rate.Plan(per_second=0.5, burst=30, concurrent=1)
PER_NAME: Final = rate.Plan(per_second=0.1, burst=10, concurrent=1)
"""Wrong log-ins: so many at once after a pause, then one every 2 and every 10 seconds."""
REMEMBERED: Final = 4096
"""Counters, and pairs of network and name, that are kept."""

_Key: TypeAlias = tuple[str, bytes]


class Logins:
    """Checks log-ins. Kept in memory: a restart forgives. For one thread.

    Args:
        credentials: the accounts.
        clock: seconds that never go back.
    """

    def __init__(self, credentials: Credentials, clock: Callable[[], float]) -> None:
        self._credentials = credentials
        self._clock = clock
        self._arrivals: dict[_Key, float] = {}
        self._known: dict[_Key, None] = {}

    def account(self, api: str, username: str, password: str, address: str) -> Principal:
        """Find the account of a user name and a password.

        Args:
            api: the dialect.
            username: as sent.
            password: as sent.
            address: where the call comes from, "" where that is not known.

        Raises:
            RateLimited: too many wrong log-ins; the password was not looked at.
            Unauthenticated: there is no such account, or its password is another. It takes the same time.
        """
        key = network_of(address), _short(username)
        counters = self._counters(key)
        now = self._clock()
        for plan, counter in counters:
            decision = rate.admit(plan, self._arrivals.get(counter), now)
            if not decision.allowed:
                raise RateLimited("too many wrong log-ins", retry_after=decision.retry_after)
        found = self._credentials.authenticate_account(username, password, api)
        if found is None:
            for plan, counter in counters:
                self._arrivals[counter] = rate.admit(plan, self._arrivals.get(counter), now).arrival
            self._forget(now)
            raise Unauthenticated("no account has this user name and password")
        self._known.pop(key, None)
        self._known[key] = None  # the last one used stands last
        if len(self._known) > REMEMBERED:
            del self._known[next(iter(self._known))]
        return found

    def _counters(self, key: _Key) -> tuple[tuple[rate.Plan, _Key], ...]:
        network, name = key
        if key in self._known:
            return ((PER_NAME, key),)
        return (PER_NETWORK, (network, b"")), (PER_NAME, ("*", name))

    def _forget(self, now: float) -> None:
        if len(self._arrivals) > REMEMBERED:
            self._arrivals = {key: at for key, at in self._arrivals.items() if at > now}


def _short(username: str) -> bytes:
    """Stands for a name of any length."""
    return hashlib.blake2b(username.encode("utf-8", "surrogatepass"), digest_size=16).digest()
