"""Masking a JSON object, and undoing it exactly."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

from appliance.domain.masking import paths, recognise
from appliance.domain.masking.kinds import ADDRESS, Kind, hint_of
from appliance.domain.masking.paths import Place, Route, Trie
from appliance.domain.masking.shown import HIDDEN, is_masked, shown
from appliance.errors import InvalidRequest

Json: TypeAlias = Any
"""None, bool, int, float, str, list of Json, dict from str to Json."""

DEPTH: Final = 64
"""Objects and lists within each other."""
NODES: Final = 200_000
"""Values of a payload, those within others counted too."""
MOST_HIDDEN: Final = 20_000
"""Values hidden in one payload: two hundred thousand held up other callers for three seconds."""
LETTERS: Final = 4 * 1024 * 1024
"""Characters of all texts and names together."""
STEPS: Final = 2_000_000
"""Paths with stars may lead to a value in many ways; so many are followed."""
_BITS: Final = 4096
"""Of a whole number."""
_SHORT: Final = 40
"""A value this long that its field's name claims and no form fits is hidden whole; a longer one is prose."""
_ROUNDS: Final = 4
"""Of hiding in one text; one that still holds something then is hidden whole."""
_DIGITS: Final = 4
"""Fewer are nobody's number."""


@dataclass(frozen=True, slots=True)
class Hidden:
    """One value that was hidden.

    Attributes:
        path: of the one place, without stars.
        kind: of the value, or OTHER.
        original: the value.
    """

    path: str
    kind: Kind
    original: Json


@dataclass(frozen=True, slots=True)
class Masked:
    """A masked payload.

    Attributes:
        payload: a copy, in which values are hidden.
        hidden: what was, in the order of the payload.
        unmatched: paths asked for that lead nowhere, as given.
        entities: what was recognised: kind and normal spelling, for finding a record by it.
    """

    payload: dict[str, Json]
    hidden: tuple[Hidden, ...]
    unmatched: tuple[str, ...] = ()
    entities: frozenset[tuple[Kind, str]] = frozenset()


def mask(payload: Mapping[str, Json], fields: Sequence[str] | None = None) -> Masked:
    """Mask a payload; the payload itself is left as it is.

    Args:
        payload: a JSON object.
        fields: paths of what to hide, each hidden by its kind or altogether; None looks for the twelve kinds.

    Raises:
        InvalidRequest: too deep or too large, a value that JSON does not have, a path that is none, or
            personal data in a name of the outermost object, where nothing around it could be hidden.
    """
    _measure(payload)
    if fields is None:
        work = _Recognition()
        copy = work.object(dict(payload), (), "")
        if not isinstance(copy, dict):
            raise InvalidRequest(
                "a name in the payload is itself personal data",
                remedy="Put it into a value, under a plain name.",
            )
        return Masked(copy, tuple(work.hidden), (), frozenset(work.entities))
    asked = _Asked(fields)
    copy = asked.value(dict(payload), (), "", [paths.trie(fields)], whole=False)
    unmatched = tuple(text for number, text in enumerate(fields) if number not in asked.matched)
    return Masked(copy, tuple(asked.hidden), unmatched, frozenset(asked.entities))


def restore(payload: Mapping[str, Json], originals: Mapping[str, Json]) -> dict[str, Json]:
    """Put originals back into a copy of a masked payload.

    Args:
        payload: as `mask` gave it.
        originals: by path, as in `Masked.hidden`; the other values stay hidden.
    """
    copy: dict[str, Json] = _copied(payload)
    for path, original in originals.items():
        *way, last = paths.names(path)
        here: Json = copy
        for name in way:
            here = here[int(name)] if isinstance(here, list) else here[name]
        here[int(last) if isinstance(here, list) else last] = _copied(original)
    return copy


def hidden_in(text: str, hint: str = "", *, beside_bank: bool = False) -> tuple[list[tuple[Kind, str]], str]:
    """Hide what is recognised in a text.

    Returns:
        Kinds and normal spellings in the order found, and the text in which nothing more is found.
    """
    every: list[tuple[Kind, str]] = []
    for _ in range(_ROUNDS):  # what is left of one may form another with its neighbours
        found = recognise.found_in(text, hint, beside_bank=beside_bank)
        if not found:
            return every, text
        pieces, end = [], 0
        for one in found:
            piece = text[one.start : one.end]
            every.append((one.kind, recognise.normal(one.kind, piece)))
            pieces += [text[end : one.start], shown(one.kind, recognise.plain(piece))]
            end = one.end
        text = "".join([*pieces, text[end:]])
    return every, HIDDEN


@dataclass(slots=True)
class _Hiding:
    """What has been hidden so far."""

    hidden: list[Hidden] = field(default_factory=list)
    entities: set[tuple[Kind, str]] = field(default_factory=set)
    hints: dict[tuple[str, str], str] = field(default_factory=dict)

    def hint(self, name: Place, above: str) -> str:
        if isinstance(name, int):
            return above
        key = (name, above)
        if key not in self.hints:
            self.hints[key] = hint_of(name, above)
        return self.hints[key]

    def keep(self, route: Route, kind: Kind, original: Json) -> None:
        """Note what is hidden.

        Raises:
            InvalidRequest: too much.
        """
        if len(self.hidden) == MOST_HIDDEN:
            raise InvalidRequest(
                f"more than {MOST_HIDDEN} values to hide", remedy="Mask the payload in several calls."
            )
        self.hidden.append(Hidden(paths.spelled(route), kind, original))

    def by_hint(self, text: str, hint: str) -> tuple[Kind, str] | None:
        """Hide a text that fits what its field's name says."""
        kind = _kind(hint)
        if kind is None or not recognise.fits(kind, text):
            return None
        self.entities.add((kind, recognise.normal(kind, text)))
        return kind, shown(kind, recognise.plain(text.strip()))


class _Recognition(_Hiding):
    """Hides what is recognised."""

    def object(self, value: dict[str, Json], route: Route, hint: str) -> Json:
        """Hide in an object; where a name of it is personal data the whole object is hidden."""
        if any(_tells(name) for name in value):
            if route:
                self.keep(route, Kind.OTHER, value)
            return HIDDEN
        bank = any(isinstance(one, str) and recognise.IFSC.fullmatch(one.strip()) for one in value.values())
        return {
            name: self.value(one, (*route, name), self.hint(name, hint), bank=bank)
            for name, one in value.items()
        }

    def value(self, value: Json, route: Route, hint: str, *, bank: bool) -> Json:
        match value:
            case dict():
                return self.object(value, route, hint)
            case list():
                return [self.value(one, (*route, place), hint, bank=bank) for place, one in enumerate(value)]
            case str():
                text = value
            case bool() | None:
                return value
            case float() if not hint or hint == ADDRESS:
                return value
            case _:
                text = str(value)
        kind, masked = self.text(text, hint, bank=bank)
        if kind is None:
            return value
        self.keep(route, kind, value)
        return masked

    def text(self, text: str, hint: str, *, bank: bool) -> tuple[Kind | None, str]:
        """Hide in a text; None where nothing was found."""
        if is_masked(text.strip()):
            return None, text
        if named := self.by_hint(text, hint):
            return named
        claimed = _kind(hint)
        digits = sum(c.isdecimal() for c in text) if claimed and len(text) <= _SHORT else 0
        if digits >= _DIGITS and not (claimed == Kind.DATE_OF_BIRTH and digits == len(text) == _DIGITS):
            return claimed, HIDDEN
        found, masked = hidden_in(text, hint, beside_bank=bank)
        self.entities.update(found)
        return (found[0][0] if found else None), masked


class _Asked(_Hiding):
    """Hides what the paths name."""

    def __init__(self, fields: Sequence[str]) -> None:
        super().__init__()
        self.matched: set[int] = set()
        self._steps = STEPS
        self._fields = fields

    def value(self, value: Json, route: Route, hint: str, tries: list[Trie], *, whole: bool) -> Json:
        self._steps -= 1 + len(tries)
        if self._steps < 0:
            raise InvalidRequest("the paths lead to too many places", remedy="Name fewer fields.")
        for one in tries:
            self.matched.update(one.paths)
            whole = whole or bool(one.paths)
        if not whole and not tries:
            return _copied(value)

        def member(place: Place, one: Json) -> Json:
            below = [branch for each in tries for branch in each.step(place)]
            return self.value(one, (*route, place), self.hint(place, hint), below, whole=whole)

        match value:
            case dict() if whole and route and any(_tells(name) for name in value):
                self._reach(value, tries)
            case dict():
                return {name: member(name, one) for name, one in value.items()}
            case list():
                return [member(place, one) for place, one in enumerate(value)]
            case _ if not whole:
                return value
        kind, masked = self._hide(value, hint)
        self.keep(route, kind, value)
        return masked

    def _reach(self, value: Json, tries: list[Trie]) -> None:
        """Count the paths that lead into something that is hidden whole as matched, where they do."""
        members: list[tuple[Place, Json]] = (
            list(value.items())
            if isinstance(value, dict)
            else list(enumerate(value))
            if isinstance(value, list)
            else []
        )
        for place, one in members:
            below = [branch for each in tries for branch in each.step(place)]
            self._steps -= 1 + len(below)
            if below and self._steps > 0:
                for branch in below:
                    self.matched.update(branch.paths)
                self._reach(one, below)

    def _hide(self, value: Json, hint: str) -> tuple[Kind, Json]:
        if value is None or isinstance(value, dict):
            return Kind.OTHER, None if value is None else HIDDEN
        text = value if isinstance(value, str) else str(value)
        if is_masked(text.strip()):
            return _kind(hint) or Kind.OTHER, value
        if not isinstance(value, bool):
            if named := self.by_hint(text, hint):
                return named
            found = recognise.found_in(text, hint)
            if len(found) == 1 and not (text[: found[0].start] + text[found[0].end :]).strip():
                kind = found[0].kind
                self.entities.add((kind, recognise.normal(kind, text)))
                return kind, shown(kind, recognise.plain(text.strip()))
        return Kind.OTHER, HIDDEN


def _kind(hint: str) -> Kind | None:
    return Kind(hint) if hint and hint != ADDRESS else None


def _tells(name: str) -> bool:
    """Whether a field's name is itself personal data."""
    return len(name) >= 8 and bool(recognise.found_in(name))


def _copied(value: Json) -> Json:
    if isinstance(value, dict):
        return {name: _copied(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_copied(one) for one in value]
    return value


def _measure(payload: Mapping[str, Json]) -> None:
    """Refuse what is too large before anything is done with it.

    Raises:
        InvalidRequest: saying which limit.
    """
    nodes, letters = 0, 0
    level: list[Json] = [dict(payload)]
    for _ in range(DEPTH):
        below: list[Json] = []
        for value in level:
            nodes += len(value)
            if isinstance(value, dict):
                letters += sum(map(_name, value))
                value = value.values()  # noqa: PLW2901  the names are done with
            for one in value:
                if isinstance(one, dict | list):
                    below.append(one)
                else:
                    letters += _weight(one)
            if nodes > NODES or letters > LETTERS:
                raise InvalidRequest(
                    f"a payload of more than {NODES} values or {LETTERS} characters",
                    remedy="Mask it in several calls.",
                )
        if not below:
            return
        level = below
    raise InvalidRequest(f"a payload of more than {DEPTH} levels", remedy="Mask its parts by themselves.")


def _name(name: object) -> int:
    if not isinstance(name, str):
        raise InvalidRequest("names in JSON are texts")
    return len(name)


def _weight(value: object) -> int:
    match value:
        case str():
            return len(value)
        case None | bool():
            return 0
        case int() if value.bit_length() <= _BITS:
            return value.bit_length() // 3
        case float() if math.isfinite(value):
            return 8
    raise InvalidRequest("a value in the payload is none that JSON has", remedy="Send finite numbers.")
