"""What a selfie must be like to be judged: codes, in the order in which they are looked for, and limits."""

from enum import StrEnum


class FaceCode(StrEnum):
    """Why a picture of a face is not judged; the first that applies is told."""

    FACE_NOT_FOUND = "FACE_NOT_FOUND"
    TOO_MANY_FACES = "TOO_MANY_FACES"
    FACE_CROPPED = "FACE_CROPPED"
    FACE_TOO_CLOSE = "FACE_TOO_CLOSE"
    FACE_CLOSE_TO_BORDER = "FACE_CLOSE_TO_BORDER"
    FACE_TOO_SMALL = "FACE_TOO_SMALL"
    FACE_ANGLE_TOO_LARGE = "FACE_ANGLE_TOO_LARGE"
    FACE_IS_OCCLUDED = "FACE_IS_OCCLUDED"
    EYES_CLOSED = "EYES_CLOSED"
