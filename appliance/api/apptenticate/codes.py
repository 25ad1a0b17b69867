"""Why a document is refused: the codes of the vendor's page, letter by letter, and which goes first."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from appliance.config import Apptenticate
from appliance.domain.attack import Attack
from appliance.domain.document import DocumentFault as Fault
from appliance.domain.face_policy import FaceCode


@dataclass(frozen=True, slots=True)
class Refusal:
    """`error_code` and `error` of a failure body."""

    code: int
    text: str


NOT_ACCEPTABLE: Final = Refusal(818, "Image quality for document liveness not acceptable.")
NOT_DETECTED: Final = Refusal(819, "The document is not detected in the image.")

# The double full stop of 827 and the missing one of 829 are the page's: clients compare texts.
REFUSALS: Final[dict[Fault, Refusal]] = {
    Fault.DOCUMENT_NOT_FOUND: NOT_DETECTED,
    Fault.MULTIPLE_DOCUMENTS_IN_FRAME: Refusal(824, "There is more than one document in the photo frame."),
    Fault.DOCUMENT_CROPPED: Refusal(
        821, "The document is cropped, part of the document is not present in the image."
    ),
    Fault.DOCUMENT_BORDERS_OUTSIDE_OF_FRAME: Refusal(
        823, "The document borders are outside of the photo frame."
    ),
    Fault.DOCUMENT_PHOTO_NOT_FOUND: Refusal(820, "The document photo is not detected in the image."),
    Fault.RELATIVE_DOCUMENT_SIZE_LOWER_THAN_10_PERCENT: Refusal(
        822, "The size of the document is lower than 10 % of the size of the image."
    ),
    Fault.DOCUMENT_TOO_CLOSE_TO_BORDER: Refusal(825, "The document is near of the edges of the photo frame."),
    Fault.IMAGE_TOO_BLURRY: Refusal(826, "The document is too blurry."),
    Fault.IMAGE_IS_TOO_COMPRESSED: Refusal(827, "The document is overly compressed.."),
    Fault.POOR_IMAGE_EXPOSURE: Refusal(828, "The document is either too bright or too dark."),
    Fault.GLARE_ON_IMAGE: Refusal(829, "The document has reflections"),
    Fault.DOCUMENT_IS_COLORLESS: NOT_ACCEPTABLE,
}
"""From hard to soft: of several faults the first is told. A picture without colours has no code of its own:
it leaves nothing to judge the document's genuineness by."""

FACES: Final[dict[FaceCode, str]] = {
    FaceCode.FACE_NOT_FOUND: "The face is not detected in the image.",
    FaceCode.TOO_MANY_FACES: "There is more than one face in the image.",
    FaceCode.FACE_CROPPED: "The face is cropped, part of the face is not present in the image.",
    FaceCode.FACE_TOO_CLOSE: "The face is too close to the camera.",
    FaceCode.FACE_CLOSE_TO_BORDER: "The face is near the edges of the image.",
    FaceCode.FACE_TOO_SMALL: "The face is too small.",
    FaceCode.FACE_ANGLE_TOO_LARGE: "The face is turned away from the camera.",
    FaceCode.FACE_IS_OCCLUDED: "The face is covered.",
    FaceCode.EYES_CLOSED: "The eyes are closed.",
}
"""Why a selfie is refused. The vendor has no public texts for it."""


def of_faults(faults: Collection[Fault]) -> Refusal:
    """The refusal for faults, of which there is at least one."""
    return next(refusal for fault, refusal in REFUSALS.items() if fault in faults)


def of_attack(attack: Attack, settings: Apptenticate) -> Refusal:
    """The refusal for an attack that was looked for, by the operator's table."""
    texts = {str(name): text for name, text in settings.spoof_errors.items()}
    code = next(code for name, code in settings.spoof_codes.items() if name == attack.value)
    return Refusal(code, texts.get(attack.value, NOT_ACCEPTABLE.text))


def looked_for(settings: Apptenticate) -> tuple[Attack, ...]:
    """The attacks that the proof of life looks for: those with a code."""
    return tuple(attack for attack in Attack if any(attack.value == name for name in settings.spoof_codes))
