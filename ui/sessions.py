"""Who is logged in at the console: random tokens in RAM, nothing on disk.

A restart logs everybody out, on purpose. The browser keeps the token in an HttpOnly, SameSite=Strict cookie;
the box keeps its hash only, so that a memory dump of the table does not open the console.
"""

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass

COOKIE = "kycbox_console"
IDLE_SECONDS = 30 * 60.0
LONGEST_SECONDS = 10 * 3600.0  # one working day
MOST_SESSIONS = 32


@dataclass(slots=True)
class _Session:
    technician: str
    started: float
    seen: float


class Sessions:
    """The table of open console sessions.

    Args:
        clock: seconds, monotonic: a change of the wall clock neither extends nor ends a session.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._open: dict[str, _Session] = {}

    def start(self, technician: str) -> str:
        """Open a session and return its token, 256 random bits; the longest idle one makes room."""
        self._forget_ended()
        if len(self._open) >= MOST_SESSIONS:
            del self._open[min(self._open, key=lambda k: self._open[k].seen)]
        token = secrets.token_urlsafe(32)
        now = self._clock()
        self._open[_key(token)] = _Session(technician, now, now)
        return token

    def technician(self, token: str | None, *, touch: bool = True) -> str | None:
        """Id of the technician behind a token, None for a token that is unknown or ended.

        Args:
            token: as the cookie gives it.
            touch: whether this counts as activity; a page's own timer must not keep a session alive.
        """
        found = self._open.get(_key(token)) if token else None
        if token is None or found is None:
            return None
        now = self._clock()
        if self._ended(found, now):
            del self._open[_key(token)]
            return None
        if touch:
            found.seen = now
        return found.technician

    def end(self, token: str | None) -> None:
        """Log out; an unknown token is no error."""
        if token:
            self._open.pop(_key(token), None)

    def end_others(self, technician: str, token: str | None) -> None:
        """Log a technician out everywhere but here: after a change of password. On any thread."""
        keep = _key(token) if token else ""
        for key, session in list(self._open.items()):
            if session.technician == technician and key != keep:
                self._open.pop(key, None)

    @staticmethod
    def _ended(session: _Session, now: float) -> bool:
        return now - session.seen > IDLE_SECONDS or now - session.started > LONGEST_SECONDS

    def _forget_ended(self) -> None:
        now = self._clock()
        for key in [k for k, s in self._open.items() if self._ended(s, now)]:
            del self._open[key]


def _key(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).hexdigest()
