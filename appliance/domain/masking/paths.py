r"""Dot paths into JSON: `user.aadhaar`, `items.0.pan`, `items.*.pan`.

A piece names a member of an object or, in a list, a place from 0; `*` stands for every member of either. A
backslash makes dot, star and backslash ordinary; `\e` is the empty name.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from appliance.errors import InvalidRequest

Place: TypeAlias = str | int
Route: TypeAlias = tuple[Place, ...]

MOST: Final = 256
"""Paths of one call."""
LONGEST: Final = 512
"""Characters of one path."""
_PIECE: Final = re.compile(r"(?:\\[.*\\]|[^.*\\])+|\\e|\*", re.DOTALL)
_ESCAPED: Final = re.compile(r"\\(.)", re.DOTALL)
_SPECIAL: Final = re.compile(r"[.*\\]")


def spelled(route: Route) -> str:
    """Write one place in a payload as a path."""
    return ".".join(_SPECIAL.sub(r"\\\g<0>", str(piece)) or r"\e" for piece in route)


@dataclass(slots=True)
class Trie:
    """Many paths read as one tree. `paths` are those that end here."""

    below: dict[str, "Trie"] = field(default_factory=dict)
    every: "Trie | None" = None
    paths: list[int] = field(default_factory=list)

    def add(self, number: int, text: str) -> None:
        """Add a path.

        Raises:
            InvalidRequest: it is no path.
        """
        here = self
        if len(text) > LONGEST:
            raise InvalidRequest(f"a path of more than {LONGEST} characters", remedy="Use shorter names.")
        for piece in _pieces(text):
            if piece == "*":
                here.every = here.every or Trie()
                here = here.every
            else:
                here = here.below.setdefault(_name(piece), Trie())
        here.paths.append(number)

    def step(self, place: Place) -> list["Trie"]:
        """Where a member of the payload leads."""
        found = self.below.get(str(place))
        return [one for one in (found, self.every) if one is not None]


def trie(paths: Iterable[str]) -> Trie:
    """Read paths.

    Raises:
        InvalidRequest: too many, or one is no path.
    """
    root = Trie()
    for number, text in enumerate(paths):
        if number >= MOST:
            raise InvalidRequest(f"more than {MOST} paths", remedy="Use * for the members of a list.")
        root.add(number, text)
    return root


def covers(pattern: str, path: str) -> bool:
    """Whether a path with stars takes in a path: that place, or one below it. `*`: every path."""
    wanted, given = _pieces(pattern), _pieces(path)
    if len(wanted) > len(given):
        return False
    return all(one in ("*", other) for one, other in zip(wanted, given, strict=False))


def names(path: str) -> list[str]:
    """Names and places along a path that `spelled` wrote."""
    return [_name(piece) for piece in _pieces(path)]


def _name(piece: str) -> str:
    return "" if piece == r"\e" else _ESCAPED.sub(r"\1", piece)


def _pieces(text: str) -> list[str]:
    found: list[str] = []
    at = 0
    while True:
        piece = _PIECE.match(text, at)
        if piece is None:
            break
        found.append(piece[0])
        at = piece.end()
        if at == len(text):
            return found
        if text[at] != ".":
            break
        at += 1
    raise InvalidRequest(
        "a path of mask_fields cannot be read", remedy="Write names joined by dots, such as user.aadhaar."
    )
