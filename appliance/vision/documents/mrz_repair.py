"""Correction of a decoded zone: the end of the names, and characters that the check digits prove wrong."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Final

import numpy as np

from appliance.domain.mrz_layout import ALPHABET, CLASSES, FILLER, KINDS, checks
from appliance.domain.states import is_known
from appliance.vision.documents.ctc import Floats

_INDEX: Final = {character: i for i, character in enumerate(ALPHABET)}
_FILLER_BONUS: Final = 2.0
"""Nats per place: how much likelier a filler is after the last name than what the network saw there."""
_STATE: Final = "TTT"
_BLURRED_AS: Final = "CEKS"
_BLURRED: Final = [_INDEX[letter] for letter in _BLURRED_AS]
_BLURRED_SEEN: Final = 3
_MOST_COST: Final = 12.0
_UNLIKELY_SWAP: Final = 3.0
_VOTE_FOR: Final = 5.0
_VOTE_AGAINST: Final = 2.0
_BUDGET: Final = {1: 13.0, 2: 10.0}
"""Nats that so many exchanges may cost: among hundreds of pairs some satisfy a check digit by chance.

Measured on 166 drawn zones: 15 right corrections cost 12.3 at most, 3 wrong ones 13.3 at least.
"""
_OPEN_ENDED: Final = frozenset({"MRVA", "MRVB"})
"""Kinds whose second line ends with optional data and no check digit."""
_STRAY: Final = re.compile(r"(?<=<{4})[^<]$")
_SINGLES: Final = 60
_FOR_PAIRS: Final = 30

_CONFUSED: Final = dict(
    re.findall(
        "(.)([^ ]+)",
        "0ODQ O0DQC D0OB Q0O 1I7L I1L L1I 2Z Z27 5S S5 8B3 B8D 6G G6C 71Z 4A A4 38 94 UV VU CG< K< <KC EF FE "
        "MN NM",
    )
)
"""Character -> those it is taken for."""


@dataclass(frozen=True, eq=False, slots=True)
class Repaired:
    """A zone after correction.

    Attributes:
        lines: as corrected, or as they were where no correction makes every check digit hold.
        changed: how many characters were exchanged.
        cost: nats that the correction loses against what was decoded; 0 where nothing was changed.
        margin: nats by which the correction is cheaper than the next one that would hold too; inf if none.
    """

    lines: tuple[str, ...]
    changed: int
    cost: float
    margin: float


def close_names(line: str, posterior: Floats, first: int, end: int) -> str:
    """Fill a name field up from where names most likely end: `<<<A<CCC` noise becomes fillers.

    Args:
        line: as decoded.
        posterior: places x 37, log probabilities.
        first: column where the names begin; at least three characters are kept.
        end: column after the last of the field.
    """
    kept = np.array([posterior[at, _INDEX[line[at]]] for at in range(first, end)])
    bonus = np.array([_FILLER_BONUS * (line[at] != FILLER) for at in range(first, end)])
    filled = posterior[first:end, _INDEX[FILLER]] + bonus
    # total[k]: keep the first k columns, fill the others
    total = np.concatenate([[0.0], np.cumsum(kept)]) + np.concatenate([np.cumsum(filled[::-1])[::-1], [0.0]])
    width = end - first
    ends = [k for k in range(3, width + 1) if k == width or line[first + k - 1] != FILLER]
    cut = max(ends, key=lambda k: (float(total[k]), -k))
    return line[: first + cut] + FILLER * (width - cut) + line[end:]


def numeric_states(kind: str, lines: Sequence[str], posteriors: Sequence[Floats]) -> list[str]:
    """Let a state code be digits where the network saw three and the letters make no known code.

    The standard wants letters and the decoder forces them; some cards print the numeric code: Romania, 132.
    """
    texts = list(lines)
    for line, mask in enumerate(KINDS[kind].masks):
        at = mask.find(_STATE)
        if at < 0 or is_known(texts[line][at : at + 3]):
            continue
        seen = "".join(ALPHABET[i] for i in posteriors[line][at : at + 3].argmax(axis=1))
        if seen.isdecimal():
            texts[line] = texts[line][:at] + seen + texts[line][at + 3 :]
    return texts


def clear_blurred_fillers(line: str, posterior: Floats, first: int, end: int) -> str:
    """Turn letters back into fillers where a blurred `<` is read as a letter, mostly C.

    What the network says where fillers surely stand, after the last name, tells how it sees fillers in this
    line: a letter inside the names is a filler if it is no surer than those were.

    Args:
        line: after `close_names`.
        posterior: places x 37, log probabilities.
        first: column where the names begin.
        end: column after the last of the field.
    """
    names = len(line[first:end].rstrip(FILLER))
    tail = posterior[first + names : end]
    lead = tail[:, _BLURRED] - tail[:, [_INDEX[FILLER]]]
    text = list(line)
    for letter, leads in zip(_BLURRED_AS, lead.T, strict=True):
        if (leads > 0).sum() < _BLURRED_SEEN:
            continue
        for at in range(first, first + names):
            own = posterior[at, _INDEX[letter]] - posterior[at, _INDEX[FILLER]]
            if text[at] == letter and own <= leads.max():
                text[at] = FILLER
    return "".join(text)


def clear_stray(kind: str, line: str) -> str:
    """Fill up the last column of a visa's second line where a character stands alone behind many fillers.

    States fill these columns from the left; what stands at the end of the box is a mark of the paper.
    """
    return _STRAY.sub(FILLER, line) if kind in _OPEN_ENDED else line


@dataclass(frozen=True, slots=True, order=True)
class _Swap:
    cost: float
    line: int
    column: int
    character: str


def repair(
    kind: str,
    lines: Sequence[str],
    posteriors: Sequence[Floats],
    second: Sequence[str | None] | None = None,
) -> Repaired:
    """Exchange one or two characters so that every check digit holds, at the least cost.

    The cost of an exchange is the loss of log probability, less where a second reader saw the new character.
    Only characters that a check digit covers are touched.

    Args:
        kind: of the zone.
        lines: as decoded.
        posteriors: per line places x 37, log probabilities.
        second: another reader's lines of exact length, None where it has none.
    """
    if all(checks(kind, lines).values()):
        return Repaired(tuple(lines), 0, 0.0, float("inf"))
    swaps = _swaps(kind, lines, posteriors, second)
    held = [
        (sum(swap.cost for swap in chosen), len(chosen), candidate)
        for chosen in (*combinations(swaps[:_SINGLES], 1), *_pairs(swaps[:_FOR_PAIRS]))
        if sum(swap.cost for swap in chosen) <= _BUDGET[len(chosen)]
        and all(checks(kind, candidate := _apply(lines, chosen)).values())
    ]
    if not held:
        return Repaired(tuple(lines), 0, 0.0, float("inf"))
    held.sort(key=lambda entry: entry[:2])
    margin = held[1][0] - held[0][0] if len(held) > 1 else float("inf")
    return Repaired(held[0][2], held[0][1], held[0][0], margin)


def _pairs(swaps: Sequence[_Swap]) -> list[tuple[_Swap, ...]]:
    return [
        (one, other)
        for one, other in combinations(swaps, 2)
        if (one.line, one.column) != (other.line, other.column)
    ]


def _swaps(
    kind: str, lines: Sequence[str], posteriors: Sequence[Floats], second: Sequence[str | None] | None
) -> list[_Swap]:
    """Every exchange worth trying, cheapest first."""
    found = []
    for line, column in sorted(_covered(kind)):
        was = lines[line][column]
        scores = posteriors[line][column]
        likely = {ALPHABET[i] for i in np.argsort(-scores)[:3]}
        seen = second[line] if second else None
        for character in sorted((likely | set(_CONFUSED.get(was, ""))) - {was}):
            if character not in CLASSES[KINDS[kind].masks[line][column]]:
                continue
            cost = min(float(scores[_INDEX[was]] - scores[_INDEX[character]]), _MOST_COST)
            cost += 0.0 if character in _CONFUSED.get(was, "") else _UNLIKELY_SWAP
            if seen:
                cost += _VOTE_AGAINST * (seen[column] == was) - _VOTE_FOR * (seen[column] == character)
            found.append(_Swap(cost, line, column, character))
    return sorted(found)


def _covered(kind: str) -> set[tuple[int, int]]:
    """Places under a check digit, but not the names: FRID's composite covers them too."""
    layout = KINDS[kind]
    places = {
        (line, column)
        for check in layout.checks
        for line, first, end in (*check.spans, (*check.at, check.at[1] + 1))
        for column in range(first, end)
    }
    line, first, end = layout.names
    return places - {(line, column) for column in range(first, end)}


def _apply(lines: Sequence[str], swaps: Sequence[_Swap]) -> tuple[str, ...]:
    changed = list(lines)
    for swap in swaps:
        text = changed[swap.line]
        changed[swap.line] = text[: swap.column] + swap.character + text[swap.column + 1 :]
    return tuple(changed)
