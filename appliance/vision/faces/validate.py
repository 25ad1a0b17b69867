"""Measures a selfie against the policy."""

from collections.abc import Sequence

from appliance.domain.capture import Pixels
from appliance.domain.face import Face
from appliance.domain.face_policy import FaceCode, FaceMeasures, FacePolicy, decide, is_main
from appliance.vision.faces.eyes import openness
from appliance.vision.faces.occlusion import covered


def validate(faces: Sequence[Face], pixels: Pixels, policy: FacePolicy) -> FaceCode | None:
    """The first code that applies to the largest face, None where it may be judged. Blocks about 2 ms.

    Args:
        faces: of the picture, largest first.
        pixels: the picture.
        policy: limits.
    """
    if not faces:
        return FaceCode.FACE_NOT_FOUND
    return decide(measured(faces, pixels), policy)


def measured(faces: Sequence[Face], pixels: Pixels) -> FaceMeasures:
    """What the policy looks at, of the largest face."""
    face = faces[0]
    height, width = pixels.shape[:2]
    outline = face.mesh[:, :2]
    (left, top), (right, bottom) = outline.min(0), outline.max(0)
    size = float(max(right - left, bottom - top))
    margins = (float(left), float(top), float(width - right), float(height - bottom))
    return FaceMeasures(
        main_faces=sum(is_main(other.box.area, face.box.area) for other in faces),
        size=size,
        eye_distance=face.quality.eye_distance,
        margin=min(margins),
        share=size / min(width, height),
        yaw=face.pose.yaw,
        pitch=face.pose.pitch,
        covered=covered(pixels, face),
        eyes_open=openness(face),
    )
