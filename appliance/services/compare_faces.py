"""Compare the faces of two pictures."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from appliance.domain.capture import Pixels
from appliance.domain.face import Face, Template, cosine
from appliance.domain.score import ScoreMaps
from appliance.services.call import Caller
from appliance.services.context import Services
from appliance.services.pictures import Intake, Picture, capture
from appliance.services.tokens import Spend
from appliance.vision.faces.reader import FaceReader

MOST_FACES = 5
"""Faces of a reference picture that are tried: documents repeat their portrait once or twice."""


@dataclass(frozen=True, slots=True)
class CompareFaces:
    """The command.

    Attributes:
        reference: usually of a document: its best face counts.
        probe: usually a selfie: its largest face counts.
        intake: formats and bytes taken.
        spend: what the call costs, in the transaction of the leaf.
    """

    reference: Picture
    probe: Picture
    intake: Intake
    spend: Spend | None = None


@dataclass(frozen=True, slots=True)
class Comparison:
    """Whether two pictures show one person.

    Attributes:
        matched: the best similarity reaches the decision point.
        percent: of the best pair, 0..100; 80 is the decision point; 0 where a face is missing.
        reference_found: the reference shows a face.
        probe_found: the probe shows a face.
    """

    matched: bool
    percent: float
    reference_found: bool
    probe_found: bool


def templates(reader: FaceReader, pixels: Pixels, faces: Sequence[Face]) -> list[Template]:
    """Make templates of faces found on these pixels. Blocks, 5 to 20 ms each."""
    return [reader.template(pixels, face) for face in faces]


def found(reader: FaceReader, pixels: Pixels, most: int) -> list[Template]:
    """Make templates of the `most` largest faces. Blocks."""
    return templates(reader, pixels, reader.detect(pixels)[:most])


def best(scores: ScoreMaps, references: Sequence[Template], probes: Sequence[Template]) -> Comparison:
    """Compare every reference with the first probe and keep the best.

    Raises:
        TemplateMismatch: they are of different models.
    """
    if not references or not probes:
        return Comparison(
            matched=False, percent=0.0, reference_found=bool(references), probe_found=bool(probes)
        )
    similarity = max(cosine(probes[0], reference) for reference in references)
    return Comparison(scores.matches(similarity), scores.percent(similarity), True, True)  # noqa: FBT003 - the order of the fields above


async def compare_faces(services: Services, caller: Caller, command: CompareFaces) -> Comparison:
    """Compare the largest face of the probe with all faces of the reference; leave the audit leaf.

    The caller needs the scope `face`.

    Raises:
        RequestError: scope, tokens, or a picture.
        Busy: the inference pool is full.
        ServiceError: decoding, inference or storage failed.
    """
    caller.require("face")
    async with services.pool.admit() as slot:
        first, second = await asyncio.gather(
            capture(services, caller, command.reference, command.intake, "reference"),
            capture(services, caller, command.probe, command.intake, "probe"),
        )
        references, probes = await asyncio.gather(
            slot.run(found, services.faces, first.pixels, MOST_FACES),
            slot.run(found, services.faces, second.pixels, 1),
        )
    result = best(services.scores, references, probes)
    await services.audit.succeeded(
        caller,
        "face.compare",
        effect=command.spend,
        details={
            "matched": result.matched,
            "percent": result.percent,
            "reference_found": result.reference_found,
            "probe_found": result.probe_found,
            "model": services.faces.template_model,
        },
    )
    return result
