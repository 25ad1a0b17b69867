"""Screening people against the lists that are imported now.

The lists are made ready in a thread of their own, at the start and whenever another set of them counts;
until the new set is ready the one before answers. Nobody is clear without a list, with one that is too old,
or where the name could not be looked for.
"""

import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Final

from appliance.config import Screening as Limits
from appliance.domain.listed_person import ListedPerson
from appliance.domain.screening import ListSource, ListVersion, Query, Screening, ScreeningState
from appliance.errors import StorageFailed
from appliance.services.screening.matcher import Matcher
from appliance.services.screening.words import words
from appliance.store.screening import ScreeningLists

NO_LIST: Final = "no sanctions list is imported"
LOADING: Final = "the sanctions lists are being loaded"
UNREADABLE: Final = "the sanctions lists cannot be read"
NO_NAME: Final = "the name has no letters that could be looked for"
FIRST_SECONDS: Final = 20.0
"""How long a screening waits for the lists after a start."""
RETRY_SECONDS: Final = 60.0
AHEAD_DAYS: Final = -2
"""A list that is dated later than that many days from today: the box's clock is wrong, or the list."""

_LOG = logging.getLogger(__name__)


class Screener:
    """Screens. Thread-safe; `screen` blocks for about 10 ms, so call it in an executor.

    Args:
        lists: that are imported.
        limits: of their age, and which ones are required.
        today: the date, UTC.
    """

    def __init__(
        self,
        lists: ScreeningLists,
        limits: Limits,
        today: Callable[[], date] = lambda: datetime.now(UTC).date(),
    ) -> None:
        self._lists = lists
        self._limits = limits
        self._today = today
        self._matcher: Matcher | None = None
        self._failed = False
        self._ready = threading.Event()
        self._stopping = False
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Load the lists, and again whenever they change, in a thread that ends with `close`."""
        self._lists.changed.set()
        self._thread = threading.Thread(target=self._keep_loaded, name="kycbox-screening", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Load no more; waits for a load that runs."""
        self._stopping = True
        self._lists.changed.set()
        if self._thread is not None:
            self._thread.join()

    def load(self) -> None:
        """Load the lists now. Blocks for seconds.

        Raises:
            StorageFailed: the database cannot be read, or a list went while it was read.
        """
        matcher = Matcher((version, self._people(version)) for version in self._lists.versions())
        self._matcher, self._failed = matcher, False
        self._ready.set()

    def lists(self) -> tuple[ListVersion, ...]:
        """The lists that answer now, with their age today; empty until they are loaded."""
        return self._aged(self._matcher.lists if self._matcher else ())

    def fingerprint(self) -> str:
        """Names the set of lists that answers now; "" where there is none."""
        return " ".join(version.version for version in self._matcher.lists) if self._matcher else ""

    def screen(self, query: Query) -> Screening:
        """Look for somebody.

        A hit stays one where a list is too old or missing: the reason then says so beside it.
        """
        if not self._ready.wait(FIRST_SECONDS if self._thread else 0):
            return Screening(ScreeningState.UNAVAILABLE, UNREADABLE if self._failed else LOADING, (), ())
        matcher = self._matcher
        assert matcher
        lists = self._aged(matcher.lists)
        reason = obstacle(lists, self._limits)
        if not reason and not _has_letters(query):
            reason = NO_NAME
        matches = matcher.match(query)
        if matches:
            return Screening(ScreeningState.HIT, reason, matches, lists)
        return Screening(ScreeningState.UNAVAILABLE if reason else ScreeningState.CLEAR, reason, (), lists)

    def _people(self, version: ListVersion) -> Iterator[ListedPerson]:
        count = 0
        for person in self._lists.people(version):
            count += 1
            yield person
        if count != version.entities:  # half a list would clear people who stand on the other half
            raise StorageFailed(f"of the list {version.version} only {count} people could be read")

    def _aged(self, lists: Sequence[ListVersion]) -> tuple[ListVersion, ...]:
        today = self._today()
        return tuple(
            replace(one, age_days=(today - date.fromisoformat((one.published or one.imported)[:10])).days)
            for one in lists
        )

    def _keep_loaded(self) -> None:
        while True:
            self._lists.changed.wait(RETRY_SECONDS if self._failed else None)
            if self._stopping:
                return
            self._lists.changed.clear()
            try:
                self.load()
            except Exception:  # noqa: BLE001  a thread that ends would leave the box at these lists for good
                self._failed = True
                _LOG.exception("the sanctions lists could not be loaded; tried again in %g s", RETRY_SECONDS)
            else:
                _LOG.info("sanctions lists loaded: %s", self.fingerprint() or "none")


def obstacle(lists: Sequence[ListVersion], limits: Limits) -> str:
    """Why nobody can be clear under these lists; "" where nothing stands against it."""
    if not lists:
        return NO_LIST
    there = {one.source for one in lists}
    if missing := [name for name in limits.required if ListSource(name) not in there]:
        return f"the sanctions list {', '.join(missing)} is not imported"
    for one in lists:
        if one.age_days > limits.max_age_days:
            allowed = limits.max_age_days
            return f"the sanctions list {one.source} is {one.age_days} days old; {allowed} are allowed"
        if one.age_days < AHEAD_DAYS:
            return f"the sanctions list {one.source} is dated {-one.age_days} days ahead of the box's clock"
    return ""


def _has_letters(query: Query) -> bool:
    spelled = [words(name) for name in (query.name, *query.other_names)]
    return any(
        letter.isalpha() for asked in spelled for word in (*asked.latin, *asked.script) for letter in word
    )
