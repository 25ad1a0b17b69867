"""Looking at stored customers again when a list arrives: in the background, in pieces, each one once per set.

Who was looked at is written down after each piece, so a round goes on after a kill where it was; a hit is
written down by itself, right after it was told of. A kill between the two tells of that hit once more. Of
whom on the lists somebody was told is remembered, sealed: a daily list brings no name back daily.
"""

import logging
import time
from collections.abc import Callable, Iterator
from typing import Final

from appliance.domain.screening import Query, Screening, ScreeningState
from appliance.errors import KycboxError
from appliance.services.screening.screener import Screener
from appliance.store.screened_subjects import ScreenedSubjects

PIECE_SECONDS: Final = 1.0
"""Time that one piece takes; the rest of a tick is everybody else's."""
AGAIN_SECONDS: Final = 3600.0
"""After that long a finished round is run again for who has come since; who was looked at is passed over."""
NOTED_AT_ONCE: Final = 50

_LOG = logging.getLogger(__name__)

Subjects = Callable[[], Iterator[tuple[str, Query]]]
OnHit = Callable[[str, Screening], None]


class Rescreener:
    """Runs the rounds. For one thread at a time.

    Args:
        screener: with the lists.
        screened: remembers who was looked at.
        subjects: everybody to look at, by an id that is no personal data; called for each round.
        on_hit: told of a hit that names somebody new. Has to bear being told twice.
        clock: seconds that never jump.
    """

    def __init__(
        self,
        screener: Screener,
        screened: ScreenedSubjects,
        subjects: Subjects,
        on_hit: OnHit,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._screener = screener
        self._screened = screened
        self._subjects = subjects
        self._on_hit = on_hit
        self._clock = clock
        self._lists = ""
        self._known: set[str] = set()
        self._left: Iterator[tuple[str, Query]] | None = None
        self._ended = 0.0

    def piece(self, seconds: float = PIECE_SECONDS) -> int:
        """Look at some more customers; how many there were. Blocks for about so many seconds.

        Raises:
            KycboxError: the store failed; what was looked at and not written down is looked at again.
        """
        lists = self._screener.fingerprint()
        if not lists:
            return 0
        if lists != self._lists or (self._left is None and self._clock() - self._ended > AGAIN_SECONDS):
            self._lists, self._known = lists, self._screened.under(lists)
            self._left = self._subjects()
        if self._left is None:
            return 0
        return self._some(self._left, self._clock() + seconds)

    def _some(self, left: Iterator[tuple[str, Query]], until: float) -> int:
        seen, lists = 0, self._lists
        fresh: list[str] = []
        try:
            while self._clock() < until:
                subject, query = next(left, ("", None))
                if query is None:
                    self._screened.note(fresh, lists)
                    fresh = []
                    self._screened.forget(lists)
                    self._left, self._ended = None, self._clock()
                    break
                if subject in self._known:
                    continue
                seen += 1
                if self._looked_at(subject, query):
                    fresh.append(subject)
                if len(fresh) >= NOTED_AT_ONCE:
                    self._screened.note(fresh, lists)
                    fresh = []
        except BaseException:
            self._left, self._lists = None, ""  # begin again, and pass over who is written down
            raise
        finally:
            self._screened.note(fresh, lists)
        return seen

    def _looked_at(self, subject: str, query: Query) -> bool:
        """Whether somebody was looked at and still has to be written down."""
        found = self._screener.screen(query)
        if " ".join(one.version for one in found.lists) != self._lists:
            return False  # the lists have changed meanwhile: the next round has everybody
        self._known.add(subject)
        if found.state != ScreeningState.HIT:
            return True
        entities = {f"{match.source} {match.entity}" for match in found.matches}
        try:
            told = self._screened.told(subject)
            if entities - told:
                self._on_hit(subject, found)
        except KycboxError as error:
            self._known.discard(subject)
            _LOG.warning("a hit of %s could not be told of: %s", subject, error.message)
            return False
        self._screened.note_told(subject, self._lists, entities | told)
        return False
