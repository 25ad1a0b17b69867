"""The named pipelines of the box: which there are, which of them this box can run, and running one.

A pipeline is here because callers may name it. One whose model is not installed gives no number but the
reason. To add a net: a manifest whose `job` is the pipeline's in `NETS`, its card, its golden vector, and the
pipeline's `models/<name>/calibration.json`; then a function here that turns a picture into its raw score.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from appliance.domain.attack import Attack, Calibration, Domain, Finding, Pipeline, Strictness
from appliance.domain.capture import Capture, Pixels
from appliance.domain.document import FoundDocument
from appliance.domain.face import Box, Face
from appliance.engine.runtime import Runtime
from appliance.errors import InvalidRequest, ModelMissing
from appliance.vision.attacks import minifasnet
from appliance.vision.documents.quality import chroma, inner

SOFT, REGULAR, HARD = Strictness.SOFT, Strictness.REGULAR, Strictness.HARD
EVERY: Final = frozenset(Strictness)

PIPELINES: Final = (
    Pipeline("pad-r-1", Attack.PRESENTATION_ATTACK, EVERY, pack="face-attack-minifasnet"),
    Pipeline("dfd-1", Attack.DEEPFAKE_ATTACK, EVERY),
    Pipeline("", Attack.INJECTION_ATTACK, EVERY),  # it has no map to move: each strictness is the same
    Pipeline("default-sr", Attack.SCREEN_REPLAY_ATTACK, EVERY),
    Pipeline("default-pc", Attack.PRINTED_COPY_ATTACK, frozenset({SOFT, REGULAR})),
    Pipeline("default-ps", Attack.PORTRAIT_SUBSTITUTION_ATTACK, frozenset({REGULAR, HARD})),
    Pipeline("default-dm", Attack.DIGITAL_MANIPULATION_ATTACK, EVERY),
)
"""The first of a kind is its default."""
NO_MODEL: Final = "no model for this check is installed"


@dataclass(frozen=True, slots=True)
class Status:
    """A pipeline as an operator sees it: `says` is how it was measured, or what would enable it."""

    pipeline: Pipeline
    ready: bool
    says: str


class AttackChecks:
    """Runs pipelines. Blocking; safe to call from several threads.

    Args:
        runtime: with the models that are installed.
        models: folder with the pipelines' calibrations.
    """

    def __init__(self, runtime: Runtime, models: Path) -> None:
        self._runtime = runtime
        installed = {status.name for status in runtime.status()}
        self._face: dict[str, Callable[[Pixels, Face], float]] = {}
        self._document: dict[str, Callable[[FoundDocument], float]] = {"default-pc": copy_score}
        if set(minifasnet.NETS) <= installed:
            self._face["pad-r-1"] = lambda pixels, face: minifasnet.live(runtime, pixels, face)
        self._calibrations = {
            name: _calibration(models / name / "calibration.json") for name in (*self._face, *self._document)
        }

    def resolve(self, attack: Attack, name: str | None, strictness: Strictness | None) -> Pipeline:
        """Choose the pipeline that is asked for.

        Raises:
            InvalidRequest: no such pipeline, or it has no such strictness.
        """
        of_kind = [one for one in PIPELINES if one.attack is attack]
        chosen = next((one for one in of_kind if name in (None, "", one.name)), None)
        if chosen is None:
            known = ", ".join(one.name for one in of_kind if one.name) or "none by name"
            raise InvalidRequest(f"there is no such pipeline for {attack}", remedy=f"There is: {known}.")
        if (strictness or REGULAR) not in chosen.strictnesses:
            known = ", ".join(one for one in Strictness if one in chosen.strictnesses)
            reason = f"the pipeline {chosen.name} has no calibration {strictness}"
            raise InvalidRequest(reason, remedy=f"It has: {known}.")
        return chosen

    def face(
        self, pipeline: Pipeline, pixels: Pixels, face: Face, strictness: Strictness, _domain: Domain
    ) -> Finding:
        """Check a selfie. No pipeline has a tuning of its own for a domain yet."""
        score = self._face.get(pipeline.name)
        if score is None:
            return Finding(pipeline, strictness, reason=_missing(pipeline))
        raw = score(pixels, face)
        probability = self._calibrations[pipeline.name].probability(raw, strictness)
        return Finding(pipeline, strictness, probability, raw, quality=face.quality.score)

    def document(
        self, pipeline: Pipeline, _capture: Capture, found: FoundDocument, strictness: Strictness
    ) -> Finding:
        """Check a document."""
        score = self._document.get(pipeline.name)
        if score is None:
            return Finding(pipeline, strictness, reason=_missing(pipeline))
        raw = score(found)
        return Finding(
            pipeline, strictness, self._calibrations[pipeline.name].probability(raw, strictness), raw
        )

    def status(self) -> list[Status]:
        """All pipelines, in the order of `PIPELINES`."""
        return [self._status(one) for one in PIPELINES]

    def _status(self, pipeline: Pipeline) -> Status:
        if pipeline.attack is Attack.INJECTION_ATTACK:
            return Status(pipeline, ready=True, says="way of the capture, memory of captures, file marks")
        if pipeline.name not in self._calibrations:
            return Status(pipeline, ready=False, says=_missing(pipeline))
        rate = self._calibrations[pipeline.name].rates[REGULAR]
        worst, apcer = max(rate.apcer.items(), key=lambda one: one[1])
        bpcer = max(rate.bpcer.values())
        says = f"lets {apcer:.1%} of the worst attack ({worst}) pass, stops up to {bpcer:.1%} of genuine ones"
        return Status(pipeline, ready=True, says=says)


def copy_score(found: FoundDocument) -> float:
    """Raw score of the printed-copy check: how much colour the document has of its own. 5 ms.

    Where no outline was seen, what lies around may be a colourful table: then the part around the portrait
    counts, which belongs to the document in every layout, or else the part that holds print.
    """
    if not found.fills:
        return chroma(inner(found.page))
    if not found.portraits:
        corners = found.print_boxes.reshape(-1, 2)
        return chroma(_part(found.page, Box(*corners.min(0), *corners.max(0))))
    face = found.portraits[0].box
    middle, level, wide = (face.left + face.right) / 2, (face.top + face.bottom) / 2, face.width
    around = Box(middle - 2.5 * wide, level - 1.8 * wide, middle + 2.5 * wide, level + 2.2 * wide)
    return chroma(_part(found.page, around))


def _part(pixels: Pixels, box: Box) -> Pixels:
    """What of the box lies in the picture, at least 16 pixels wide and high."""
    height, width = pixels.shape[:2]
    left, top = int(min(max(box.left, 0), width - 16)), int(min(max(box.top, 0), height - 16))
    right, bottom = int(min(box.right, width)), int(min(box.bottom, height))
    return pixels[top : max(bottom, top + 16), left : max(right, left + 16)]


def _missing(pipeline: Pipeline) -> str:
    if pipeline.pack:
        return f"{NO_MODEL}: add the pack {pipeline.pack} (kycbox model add PATH)"
    return f"{NO_MODEL}: {pipeline.name} needs a pack that is not published yet"


def _calibration(path: Path) -> Calibration:
    try:
        return Calibration.decode(path.read_bytes())
    except OSError as error:
        reason = f"cannot read {path}: {error.strerror}"
        raise ModelMissing(reason, remedy="Take the model's folder again from the release.") from None
