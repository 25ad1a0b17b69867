"""What the module of one type of document offers."""

from collections.abc import Iterable, Sequence
from typing import Protocol

from appliance.domain.document import DocumentType, Side
from appliance.vision.documents.anchors import Found, Print
from appliance.vision.documents.values import Situation


class Kind(Protocol):
    """One type of document, as a module.

    A module may also define `number_valid(number: str) -> bool | None`, the document number's own check
    digit, `MUST_HAVE_BACK: tuple[str, ...]` where the back of a card carries other fields than its front, and
    `MAY_HAVE: tuple[str, ...]`, fields so common that a page without them is worth a closer look.
    """

    @property
    def TYPE(self) -> DocumentType:  # noqa: N802  # a constant of the module
        """What documents read by it are."""

    @property
    def COUNTRY(self) -> str:  # noqa: N802  # a constant of the module
        """ISO 3166 alpha-3 code of the issuer; "" where the document itself tells."""

    @property
    def MUST_HAVE(self) -> tuple[str, ...]:  # noqa: N802  # a constant of the module
        """Fields that every such document carries on the side that is read."""

    def weight(self, words: Sequence[str], /) -> int:
        """How strongly the print says that it is this type.

        Args:
            words: `labels.compact` of each line.

        Returns:
            Letters of the longest anchor found, plus 6 for a number whose own check digit holds; 0 where
            nothing says so.
        """

    def read(self, lines: Sequence[Print], situation: Situation, /) -> dict[str, Found]:
        """Its printed fields, by the names of `appliance.domain.document.Document`."""

    def side(self, words: Sequence[str], /) -> Side:
        """Which face of the card the print is on; `words` as for `weight`."""


def longest(words: Sequence[str], anchors: Iterable[str]) -> int:
    """Letters of the longest anchor that any line holds, 0 without one."""
    return max((len(anchor) for anchor in anchors if any(anchor in word for word in words)), default=0)


def number_valid(kind: Kind, number: str) -> bool | None:
    """Whether the number's own check digit holds; None where such numbers have none."""
    check = getattr(kind, "number_valid", None)
    return check(number) if check and number else None


def may_have(kind: Kind) -> tuple[str, ...]:
    """Fields that most such documents carry besides."""
    common: tuple[str, ...] = getattr(kind, "MAY_HAVE", ())
    return common


def must_have(kind: Kind, side: Side) -> tuple[str, ...]:
    """Fields that the side of such a document carries."""
    back: tuple[str, ...] = getattr(kind, "MUST_HAVE_BACK", kind.MUST_HAVE)
    return back if side is Side.BACK else kind.MUST_HAVE
