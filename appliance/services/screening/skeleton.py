"""Names across scripts without vowels: consonant skeletons of Arabic, Hebrew and Latin spellings.

An Arabic name and its romanisation share their consonants, more or less: vowels are not written, some letters
have several romanisations, and half-vowels come and go. Two words are compared by the letters that are left,
where a pair of letters that romanisations confuse costs less than one that they do not.
"""

import re
from typing import Final

_ARABIC_LETTERS: Final = {
    **dict(zip("\u0628\u067e\u062a\u062b\u062c\u0686\u062d\u062e\u062f\u0630", "bbttjchxdz", strict=True)),
    **dict(zip("\u0631\u0632\u0698\u0633\u0634\u0635\u0636\u0637\u0638\u063a", "rzzsSsdtzg", strict=True)),
    **dict(zip("\u0641\u0642\u0643\u06a9\u06af\u0644\u0645\u0646\u0647\u0648", "fkkkglmnhw", strict=True)),
    **dict(zip("\u064a\u06cc\u0649\u0679\u0688\u0691\u06ba\u06be\u0626\u0624", "yyytdrnhyw", strict=True)),
    **dict(zip("\u069a\u0681\u0685\u0696\u06bc\u06ab\u0693\u067c\u0689", "Szczngrtd", strict=True)),
}
_HEBREW_LETTERS: Final = dict(
    zip(
        "\u05d1\u05d2\u05d3\u05d4\u05d5\u05d6\u05d7\u05d8\u05d9\u05da\u05db\u05dc\u05dd"
        "\u05de\u05df\u05e0\u05e1\u05e3\u05e4\u05e5\u05e6\u05e7\u05e8\u05e9\u05ea",
        "bgdhwzhtykklmmnnsffsskrSt",
        strict=True,
    )
)
_LETTERS: Final = {**_ARABIC_LETTERS, **_HEBREW_LETTERS}
_LATIN: Final = (
    ("sch", "S"),
    ("tch", "c"),
    ("kh", "x"),
    ("gh", "g"),
    ("sh", "S"),
    ("ch", "c"),
    ("th", "t"),
    ("dh", "z"),
    ("zh", "z"),
    ("ph", "f"),
    ("dj", "j"),
    ("ts", "s"),
    ("ck", "k"),
    ("q", "k"),
    ("c", "k"),
    ("v", "w"),
    ("p", "b"),
)
_VOWELS: Final = re.compile("[aeiou]+")
_ARTICLE: Final = re.compile(r"^\u0627\u0644(?=...)")
_ABD: Final = re.compile(r"^abd[aeiou]l?$|^abdur$|^abd$")
_COARSE: Final = str.maketrans({"x": "h", "z": "d", "c": "S", "g": "k", "j": "k"})
_NEAR: Final = frozenset(
    frozenset(pair)
    for pair in (
        "xh",
        "xk",
        "dz",
        "zs",
        "sS",
        "cS",
        "cj",
        "cz",
        "jg",
        "jz",
        "gk",
        "gx",
        "ts",
        "td",
        "bf",
        "fw",
        "wb",
    )
)
_HALF: Final = "wyh"


def skeleton(word: str) -> str:
    """The consonants of a word in Arabic, Hebrew or Latin letters; `w` and `y` only at its beginning."""
    if word and word[0] > "\u024f":
        bare = _ARTICLE.sub("", word)
        letters = "".join(_LETTERS.get(letter, "") for letter in bare)
    else:
        if _ABD.match(word):
            return "bd"
        spelled = word
        for group, letter in _LATIN:
            spelled = spelled.replace(group, letter)
        letters = _VOWELS.sub("a", spelled).removeprefix("a")
    kept = [
        letter
        for place, letter in enumerate(letters)
        if letter != "a" and (place == 0 or (letter not in "wy" and letter != letters[place - 1]))
    ]
    return "".join(kept[:-1] if len(kept) > 1 and kept[-1] == "h" else kept)


def coarse(bones: str) -> str:
    """A key that spellings of one name nearly always share."""
    merged = bones.translate(_COARSE)
    return merged[0] + "".join(letter for letter in merged[1:] if letter != "h") if merged else ""


def likeness(first: str, second: str) -> float:
    """How alike two skeletons are, 0..1: an edit distance where near letters cost 0.4 and half-vowels 0.5."""
    if first == second:
        return 1.0
    if not first or not second:
        return 0.0
    row = [0.0]
    for letter in second:
        row.append(row[-1] + _gap(letter))
    for one in first:
        above, row = row, [row[0] + _gap(one)]
        for place, other in enumerate(second, 1):
            row.append(
                min(
                    above[place] + _gap(one),
                    row[-1] + _gap(other),
                    above[place - 1] + _change(one, other),
                )
            )
    return max(0.0, 1.0 - row[-1] / max(len(first), len(second)))


def _gap(letter: str) -> float:
    return 0.5 if letter in _HALF else 1.0


def _change(one: str, other: str) -> float:
    if one == other:
        return 0.0
    return 0.4 if frozenset((one, other)) in _NEAR else 1.0
