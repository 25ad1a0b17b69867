"""Fit `calibration.json` of a template model on labelled photographs, and print the table of its card.

Usage: python models/face-template-dlib/fit_calibration.py [--model NAME] [--write]

Takes `lfw/images/<person>/*.jpg` of the datasets folder (`KYCBOX_DATASETS`). A random half of the persons
chooses the cosines, the other half measures the error rates there. Same seed, same photographs: same file.
"""

import argparse
import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray
from PIL import Image

PROJECT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(PROJECT))

from appliance.config import load  # noqa: E402 - the project is found by the line above
from appliance.domain.face import Face  # noqa: E402
from appliance.domain.score import Calibration, Point, Sample  # noqa: E402
from appliance.engine.manifest import load_manifests  # noqa: E402
from appliance.engine.runtime import Runtime  # noqa: E402
from appliance.vision.faces.align import Alignment  # noqa: E402
from appliance.vision.faces.find import FaceFinder  # noqa: E402
from appliance.vision.faces.template import face_template  # noqa: E402

SEED = 20261120
AIMS = (1e-2, 1e-3, 1e-4, 1e-5)
SEARCH_AIM = 1e-5
STRICT_FNMR = 0.05
"""The decision point is the strictest of FMR 1e-3 and 1e-4 that rejects no more genuine pairs than this."""
PER_PERSON = 8
"""Photographs taken of one person at most, so that no one person outweighs the rest."""
RESAMPLES = 2000
ONE_PERSON = {"Hasan_Wirayuda": "Hassan_Wirajuda"}
"""Persons filed under two spellings: with them apart the best "impostor" pair is no impostor."""
POPULATION = (
    "LFW deep-funneled, 250 pixels, the photographs of folds 1 to 3 of the official protocol: press "
    "photographs of adults, mostly frontal, taken around 2002; at most 8 of one person; templates averaged "
    "over the mirror image; cosine. Bounds are 95 %: the wider of Wilson's and of a bootstrap over persons."
)


@dataclass(frozen=True)
class Half:
    """One half of the persons: pairs of photographs as cosines, with the persons they are of."""

    sample: Sample
    genuine: NDArray[np.float32]
    genuine_person: NDArray[np.intp]
    impostor: NDArray[np.float32]
    photographs: NDArray[np.intp]  # per person
    impostor_persons: Callable[[NDArray[np.bool_]], tuple[NDArray[np.intp], NDArray[np.intp]]]


def central(faces: list[Face], width: int, height: int) -> Face:
    """The person a photograph is filed under stands in its middle; others may be larger."""

    def distance(face: Face) -> float:
        x, y = (face.box.left + face.box.right) / 2, (face.box.top + face.box.bottom) / 2
        return float(np.hypot(x - width / 2, y - height / 2)) - 0.3 * face.box.width

    return min(faces, key=distance)


def templates(folder: Path, model: str) -> tuple[NDArray[np.float32], NDArray[np.str_], int]:
    """Unit vectors of all photographs that hold a face, their persons, and how many held none."""
    settings = load()
    runtime = Runtime(load_manifests(PROJECT / "models"), settings.models_folder, settings.engine)
    runtime.load(["face-detection-short", "face-detection-full", "face-mesh", model])
    alignment = Alignment.decode((PROJECT / "models" / model / "alignment.json").read_bytes())
    finder = FaceFinder(runtime, alignment)
    vectors, persons, without = [], [], 0
    for path in sorted(folder.glob("*/*.jpg")):
        pixels = np.array(Image.open(path).convert("RGB"))
        faces = finder.find(pixels)
        if not faces:
            without += 1
            continue
        chip = alignment.chip(pixels, central(faces, pixels.shape[1], pixels.shape[0]).mesh)
        vectors.append(face_template(runtime, model, chip, mirror=alignment.mirror).vector)
        persons.append(ONE_PERSON.get(path.parent.name, path.parent.name))
    return np.array(vectors), np.array(persons), without


def halves(vectors: NDArray[np.float32], persons: NDArray[np.str_]) -> Iterator[Half]:
    """Split at random by person, then make all pairs within each half."""
    names, person = np.unique(persons, return_inverse=True)
    turn = np.array([np.count_nonzero(person[:i] == person[i]) for i in range(len(person))])
    fitting = np.zeros(len(names), bool)
    fitting[np.random.default_rng(SEED).permutation(len(names))[: len(names) // 2]] = True
    for side in (True, False):
        chosen = np.flatnonzero((fitting[person] == side) & (turn < PER_PERSON))
        _, who = np.unique(person[chosen], return_inverse=True)
        first, second = np.triu_indices(len(chosen), 1)
        cosines = (vectors[chosen] @ vectors[chosen].T)[first, second]
        same = who[first] == who[second]

        def persons_of(
            hits: NDArray[np.bool_], pairs: Any = (who[first[~same]], who[second[~same]])
        ) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
            return pairs[0][hits], pairs[1][hits]

        counts = np.bincount(who)
        sample = Sample(len(counts), len(chosen), int(same.sum()), int((~same).sum()))
        yield Half(sample, cosines[same], who[first[same]], cosines[~same], counts, persons_of)


def wilson(hits: int, total: int) -> tuple[float, float]:
    """95 % score interval of a share."""
    z2, share = 1.959964**2, hits / total
    centre = (share + z2 / (2 * total)) / (1 + z2 / total)
    reach = np.sqrt(z2 * (share * (1 - share) / total + z2 / (4 * total * total))) / (1 + z2 / total)
    return max(0.0, float(centre - reach)), min(1.0, float(centre + reach))


def measure(half: Half, cosine: float, aim: float, resamples: NDArray[np.int64]) -> Point:
    """Error rates of one half at one cosine. Pairs of one person are no independent trials: hence the
    bootstrap, which draws persons, not pairs.
    """
    accepted, rejected = half.impostor >= cosine, half.genuine < cosine
    a, b = half.impostor_persons(accepted)
    weighted = resamples @ half.photographs
    pairs = (weighted**2 - (resamples**2) @ (half.photographs**2)) / 2  # of two persons, as drawn
    false_match = (resamples[:, a] * resamples[:, b]).sum(axis=1) / pairs
    persons = len(half.photographs)
    misses = np.bincount(half.genuine_person[rejected], minlength=persons)
    trials = np.bincount(half.genuine_person, minlength=persons)
    false_non_match = (resamples @ misses) / (resamples @ trials)
    return Point(
        cosine=round(cosine, 5),
        fmr_aimed_at=aim,
        fmr=rounded(accepted.mean()),
        fmr_bounds=wider(false_match, wilson(int(accepted.sum()), accepted.size)),
        fnmr=rounded(rejected.mean()),
        fnmr_bounds=wider(false_non_match, wilson(int(rejected.sum()), rejected.size)),
    )


def wider(drawn: NDArray[np.float64], interval: tuple[float, float]) -> tuple[float, float]:
    low, high = np.quantile(drawn, [0.025, 0.975])
    return rounded(min(low, interval[0])), rounded(max(high, interval[1]))


def rounded(share: float) -> float:
    return float(f"{share:.3g}")


def fit(vectors: NDArray[np.float32], persons: NDArray[np.str_], model: str) -> Calibration:
    """Choose cosines on one half, measure them on the other, and pick the two points."""
    fitting, measuring = halves(vectors, persons)
    strangers = np.sort(fitting.impostor)[::-1]
    count = measuring.sample.persons
    draws = np.random.default_rng(SEED).multinomial(count, np.full(count, 1 / count), RESAMPLES)
    table = []
    for aim in AIMS:
        accepted = int(aim * len(strangers))
        if accepted < 1:
            break
        cosine = round(float(strangers[accepted - 1] + strangers[accepted]) / 2, 5)
        table.append(measure(measuring, cosine, aim, draws))
    at = {point.fmr_aimed_at: point for point in table}
    decision = at[1e-4] if at[1e-4].fnmr <= STRICT_FNMR else at[1e-3]
    return Calibration(
        model=model,
        population=POPULATION,
        seed=SEED,
        fitted_on=fitting.sample,
        measured_on=measuring.sample,
        decision=decision,
        search=at[SEARCH_AIM],
        table=tuple(table),
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", default="face-template-dlib")
    parser.add_argument("--write", action="store_true", help="replace the model's calibration.json")
    asked = parser.parse_args()
    folder = Path(os.environ.get("KYCBOX_DATASETS", PROJECT.parent / "shared" / "data")) / "lfw" / "images"
    if not folder.is_dir():
        sys.exit(f"no photographs in {folder}: set KYCBOX_DATASETS")
    vectors, persons, without = templates(folder, asked.model)
    print(
        f"{len(vectors)} templates of {len(np.unique(persons))} persons, {without} photographs without a face"
    )
    calibration = fit(vectors, persons, asked.model)
    print("fitted on  ", calibration.fitted_on)
    print("measured on", calibration.measured_on)
    print("\n| FMR aimed at | cosine | FMR measured (95 %) | FNMR measured (95 %) |\n|---|---|---|---|")
    for p in calibration.table:
        fmr = f"{p.fmr:.2e} ({p.fmr_bounds[0]:.1e} to {p.fmr_bounds[1]:.1e})"
        fnmr = f"{p.fnmr:.1%} ({p.fnmr_bounds[0]:.1%} to {p.fnmr_bounds[1]:.1%})"
        print(f"| {p.fmr_aimed_at:.0e} | {p.cosine:.4f} | {fmr} | {fnmr} |")
    if asked.write:
        path = PROJECT / "models" / asked.model / "calibration.json"
        path.write_bytes(msgspec.json.format(msgspec.json.encode(calibration), indent=2) + b"\n")
        print(f"\nwrote {path}")


if __name__ == "__main__":
    main()
