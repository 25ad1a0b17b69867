"""Accents of names and places, which are what is misread most.

The recogniser knows all languages at once and some of their letters badly. The issuing state's alphabet says
which letters to expect: a faint Ł on a Polish card is one, an Ñ there is an Ń.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from appliance.vision.documents.alphabets import ACCENTED, UNSEEN, base, is_below
from appliance.vision.documents.anchors import Found, Print
from appliance.vision.documents.letter_families import Others
from appliance.vision.documents.values import Situation, normalised

_RARE: Final = 12.0
"""How much likelier letters are on documents of a state that writes them than in all text, where few
languages have them; threshold and factor chosen on 132 drawn documents."""
_COMMON: Final = 3.0
_WIDESPREAD: Final = frozenset("ÁÀÂÉÈÊÍÌÎÓÒÔÚÙÛÖÜ")
"""Letters of many languages."""
_CERTAIN: Final = 0.9
"""Certainty of a foreign letter from which it stays: holders may come from elsewhere."""
_OWN: Final = 0.04
"""Probability of a letter of the alphabet from which it is preferred to a foreign one that is not certain."""
_RESPELLED: Final = 0.85
"""Certainty given to a letter that the alphabet decided."""
_LOOKS: Final = {"Č": "Ğ", "Ú": "Ń"}
"""Foreign letters that stand for one with another base (measured on drawn words)."""
_SPELLED: Final = frozenset({"last_name", "first_name", "full_name", "place_of_birth", "address"})
_PAIRS: Final = {"AE": "ÄÆ", "OE": "ÖØ", "UE": "Ü", "AA": "Å"}
"""How zones write letters (Doc 9303 part 3 section 6)."""


def respelled(name: str, found: Found, situation: Situation) -> Found:
    """A printed name or place in the letters of the issuing state."""
    alphabet = ACCENTED.get(situation.issuer, "")
    if name not in _SPELLED or not alphabet:
        return found
    printed = spelled(found.print, alphabet)
    if printed is found.print:
        return found
    value = normalised(name, printed.text, situation)
    return replace(found, value=value, print=printed) if value else found


def spelled(line: Print, alphabet: str) -> Print:
    """A line in an alphabet's letters, where the reading leaves room for them.

    Args:
        line: as read.
        alphabet: accented capitals of a state.
    """
    others = line.others if len(line.others) == len(line.text) else ((),) * len(line.text)
    text: list[str] = []
    sure: list[float] = []
    for character, chance, alternatives in zip(line.text, line.sure, others, strict=True):
        chosen = _letter(character, chance, alternatives, alphabet)
        text.append(chosen)
        sure.append(min(chance, _RESPELLED) if chosen != character else chance)
    if "".join(text) == line.text:
        return line
    return replace(line, text="".join(text), sure=tuple(sure))


def _letter(read: str, chance: float, others: Others, alphabet: str) -> str:
    capital = read.upper()
    if not read.isalpha() or len(capital) != 1 or capital in alphabet:
        return read
    own: dict[str, float] = {}
    for letter, probability in others:
        own[letter.upper()] = max(own.get(letter.upper(), 0.0), probability)
    here = [letter for letter in alphabet if base(letter) == base(capital)]
    if capital.isascii():
        chosen = _faint(own, here, chance)
    else:
        chosen = _domestic(capital, chance, own, here)
        if not chosen and _LOOKS.get(capital, "") in alphabet:
            chosen = _LOOKS.get(capital, "")
    if not chosen:
        return read
    return chosen if read.isupper() else chosen.lower()


def _faint(own: dict[str, float], here: Sequence[str], chance: float) -> str:
    """The accented letter that a plain one is likely to be, "" where it is plain.

    Foreign accents count for the alphabet's: what they show is that there is a mark.
    """
    if not here:
        return ""
    marked = sum(probability for letter, probability in own.items() if not letter.isascii())
    best = max(here, key=lambda letter: own.get(letter, 0.0))
    if not own.get(best):
        return ""
    factor = _COMMON if best in _WIDESPREAD else _RARE
    return best if marked * factor > chance else ""


def _domestic(capital: str, chance: float, own: dict[str, float], here: Sequence[str]) -> str:
    """The letter of the alphabet that a foreign accented one stands for, "" where it stays."""
    alike = [letter for letter in here if is_below(letter) == is_below(capital)]
    if not alike:
        return ""
    best = max(alike, key=lambda letter: (own.get(letter, 0.0), letter in UNSEEN))
    if chance < _CERTAIN and (own.get(best, 0.0) >= _OWN or len(alike) == 1):
        return best
    return best if best in UNSEEN else ""


def restored(printed: str, zone: str, alphabet: str) -> str:
    """A printed name with the letters that only the zone shows: GOTZ and GOETZ make GÖTZ.

    Args:
        printed: as read.
        zone: the same name in capitals A to Z.
        alphabet: accented capitals of the issuing state, "" where unknown.

    Returns:
        `printed` with letters replaced; "" where the zone does not say the same.
    """
    letters = zone.replace(" ", "")
    text: list[str] = []
    at = 0
    for character in printed:
        if not character.isalpha():
            text.append(character)
            continue
        pair = letters[at : at + 2]
        if letters[at : at + 1] != base(character):
            return ""
        rest = printed[len(text) + 1 :]
        following = next((base(c) for c in rest if c.isalpha()), "")
        if pair in _PAIRS and pair[1] != following:
            known = [letter for letter in _PAIRS[pair] if letter in alphabet] or [_PAIRS[pair][0]]
            text.append(known[0] if character.isupper() else known[0].lower())
            at += 2
        else:
            text.append(character)
            at += 1
    return "".join(text) if at == len(letters) else ""
