"""What a selfie must be like to be judged: codes, limits with their reasons, and the decision.

Limits that come from the vendor's published rules say so; the others were measured, see
docs/face-validation.md.
"""

from dataclasses import dataclass
from enum import StrEnum


class FaceCode(StrEnum):
    """Why a picture of a face is not judged; the first that applies is told, in this order."""

    FACE_NOT_FOUND = "FACE_NOT_FOUND"
    TOO_MANY_FACES = "TOO_MANY_FACES"
    FACE_CROPPED = "FACE_CROPPED"
    FACE_TOO_CLOSE = "FACE_TOO_CLOSE"
    FACE_CLOSE_TO_BORDER = "FACE_CLOSE_TO_BORDER"
    FACE_TOO_SMALL = "FACE_TOO_SMALL"
    FACE_ANGLE_TOO_LARGE = "FACE_ANGLE_TOO_LARGE"
    FACE_IS_OCCLUDED = "FACE_IS_OCCLUDED"
    EYES_CLOSED = "EYES_CLOSED"


@dataclass(frozen=True, slots=True)
class FaceMeasures:
    """Of the largest face of a picture.

    Attributes:
        main_faces: faces that are no small ones of the background, this one included.
        size: longer side of the face mesh, pixels.
        eye_distance: between the pupils, pixels.
        margin: least distance of the mesh from the picture's edge, pixels; negative where it leaves it.
        share: `size` over the picture's shorter side.
        yaw, pitch: degrees.
        covered: 0..1 that nose or mouth are covered, see `vision.faces.occlusion`.
        eyes_open: eye aspect ratio of the more open eye.
    """

    main_faces: int
    size: float
    eye_distance: float
    margin: float
    share: float
    yaw: float
    pitch: float
    covered: float
    eyes_open: float


@dataclass(frozen=True, slots=True)
class FacePolicy:
    """Limits.

    Attributes:
        least_size: pixels; vendor's rule.
        least_eye_distance: pixels; vendor's rule.
        least_margin: pixels; vendor's rule.
        largest_share: of the picture's shorter side; a face nearer to the camera than that is distorted by
            the lens and leaves no surroundings to judge. Largest of 239 portraits .76, of 1,100 press
            photographs .62.
        cropped: share of the face's size by which it may leave the picture: the mesh guesses what it does
            not see to within about that.
        largest_angle: degrees of yaw and pitch; vendor's rule.
        most_covered: 0.5 is where one in a hundred of the press photographs that chose it is flagged.
        least_eyes_open: eye aspect ratio; 8 of 2,242 press photographs are below, three of them with closed
            eyes. Narrow and laughing eyes reach lower than some closed ones: no limit separates them.
        eyes_closed: whether closed eyes are a fault.
    """

    least_size: float = 150.0
    least_eye_distance: float = 50.0
    least_margin: float = 15.0
    largest_share: float = 0.90
    cropped: float = 0.02
    largest_angle: float = 30.0
    most_covered: float = 0.5
    least_eyes_open: float = 0.13
    eyes_closed: bool = False


MAIN_SHARE = 0.25
"""Of the largest face's area, so half its height: smaller faces stand in the background. No portrait of 239
and one of 60 live photographs, of two people, holds two main faces."""


def is_main(area: float, largest: float) -> bool:
    """Whether a face counts beside the largest one."""
    return area >= MAIN_SHARE * largest


def decide(measured: FaceMeasures, policy: FacePolicy) -> FaceCode | None:
    """The first code that applies, in the order of `FaceCode`; None for a face that may be judged."""
    holds = {
        FaceCode.TOO_MANY_FACES: measured.main_faces > 1,
        FaceCode.FACE_CROPPED: measured.margin < -policy.cropped * measured.size,
        FaceCode.FACE_TOO_CLOSE: measured.share > policy.largest_share,
        FaceCode.FACE_CLOSE_TO_BORDER: measured.margin < policy.least_margin,
        FaceCode.FACE_TOO_SMALL: measured.size < policy.least_size
        or measured.eye_distance < policy.least_eye_distance,
        FaceCode.FACE_ANGLE_TOO_LARGE: max(abs(measured.yaw), abs(measured.pitch)) > policy.largest_angle,
        FaceCode.FACE_IS_OCCLUDED: measured.covered > policy.most_covered,
        FaceCode.EYES_CLOSED: policy.eyes_closed and measured.eyes_open < policy.least_eyes_open,
    }
    return next((code for code, held in holds.items() if held), None)
