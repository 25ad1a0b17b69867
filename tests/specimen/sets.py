"""Fixed sets of photographed documents for tests and benches."""

import random
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from tests.specimen.draw import Drawn, document
from tests.specimen.people import Person, invent
from tests.specimen.photograph import Ground, Photograph, photograph
from tests.specimen.surfaces import surface
from tests.specimen.table import table

T = TypeVar("T")
R = TypeVar("R")

MRZ_MIX = ("TD3",) * 9 + ("TD1",) * 6 + ("TD2",) * 4
"""Shares of the kinds that carry a machine-readable zone: 36, 24 and 16 of 76."""

ALL_MIX = ("TD3", "TD3", "TD3", "TD2", "TD1", "TD1-front", "TD1-front", "DL-EU", "DL-EU", "DL-US", "DL-US")
"""Shares of the kinds in the set for whole documents."""

STATE_OF = {"FRID": "FRA"}
"""Kinds that one state alone issues."""

CONDITION_MIX = ("clean", "glare", "clean", "blur", "clean", "dark", "clean", "jpeg")
"""Half of all shots are clean. Prime to the lengths of the mixes, so every kind meets every condition."""

LAYOUTS_MIX = (
    *("TD3", "TD2", "TD1-front", "TD1", "FRID", "MRVA", "MRVB", "DL-EU", "DL-US", "DL-US-back", "DL-CA"),
    *("AADHAAR-back", "IN-AADHAAR-FRONT", "IN-PAN", "IN-DL", "IN-VOTER-FRONT"),
)
"""The layouts that published figures are of."""

FAULTS_MIX = (
    *("clean", "glare", "clean", "blur", "clean", "dark", "clean", "jpeg", "near", "cropped"),
    *("clean", "glare", "clean", "blur", "clean", "dark", "clean", "jpeg", "outside", "small"),
    *("clean", "glare", "clean", "blur", "dark", "jpeg", "two", "grey", "near", "cropped"),
    *("clean", "glare", "clean", "blur", "dark", "jpeg", "outside", "small", "two", "grey"),
)
"""Forty pictures of a layout: 12 clean, 4 of each fault of the taking, 2 of each fault of the place."""


@dataclass(frozen=True, slots=True)
class Specimen:
    """A document, its holder and one photograph of it."""

    name: str
    person: Person
    drawn: Drawn
    photograph: Photograph


def specimen(
    kind: str,
    seed: int,
    *,
    condition: str = "clean",
    state: str | None = None,
    portrait: Path | None = None,
    person: Person | None = None,
    ground: Ground = table,
) -> Specimen:
    """One document drawn and photographed; the same arguments give the same document."""
    # A string seeds by its SHA-512, the same in every process.
    rng = random.Random(f"{kind}/{seed}/{condition}/{state}")
    state = state or STATE_OF.get(kind)
    holder = person or invent(rng, state)
    drawn = document(kind, holder, rng, portrait)
    other = document(kind, invent(rng, state), rng, portrait).picture if condition == "two" else None
    shot = photograph(drawn.picture, rng, condition, ground=ground, other=other)
    return Specimen(f"{kind}-{seed}-{condition}", holder, drawn, shot)


def at_once(work: Callable[[T], R], items: Sequence[T]) -> list[R]:
    """`work` of every item, two at a time: drawing and reading leave the interpreter to others for long."""
    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(work, items))


def drawn_set(
    seed: int, count: int = 76, mix: Sequence[str] = MRZ_MIX, portraits: Sequence[Path] = ()
) -> Iterator[Specimen]:
    """`count` photographed documents, one at a time; kinds by `mix`, conditions by `CONDITION_MIX`."""
    rng = random.Random(f"set/{seed}")
    for index in range(count):
        yield specimen(
            mix[index % len(mix)],
            seed * 100_000 + index,
            condition=CONDITION_MIX[index % len(CONDITION_MIX)],
            portrait=rng.choice(portraits) if portraits else None,
        )


def layouts_set(
    seed: int, count: int = 40, mix: Sequence[str] = LAYOUTS_MIX, portraits: Sequence[Path] = ()
) -> Iterator[Specimen]:
    """`count` pictures of each layout, all layouts in turn; half lie on surfaces nothing was tuned on.

    Layouts of one state and one number share their holder: backs belong to fronts.
    """
    for index in range(count):
        rng = random.Random(f"layouts/{seed}/{index}")
        holder, french = invent(rng), invent(rng, "FRA")
        for kind in mix:
            own = random.Random(f"layouts/{seed}/{index}/{kind}")
            yield specimen(
                kind,
                seed * 100_000 + index,
                condition=FAULTS_MIX[index % len(FAULTS_MIX)],
                portrait=own.choice(portraits) if portraits else None,
                person=french if kind in STATE_OF else holder,
                ground=own.choice((table, surface)),
            )


def empty_set(seed: int, count: int) -> Iterator[Photograph]:
    """Photographs of tables without a document."""
    for index in range(count):
        rng = random.Random(f"empty/{seed}/{index}")
        yield photograph(None, rng, CONDITION_MIX[index % len(CONDITION_MIX)])
