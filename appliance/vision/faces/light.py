"""What a frame shows of the light on a face: colours of places on the skin, and where each of them faces."""

import cv2
import numpy as np
from numpy.typing import NDArray

from appliance.domain.capture import Pixels
from appliance.domain.face import Face
from appliance.domain.motion import Values
from appliance.domain.screen_light import LightFrame

SKIN = (
    *(10, 151, 9, 8, 67, 109, 338, 297, 103, 332, 69, 299, 104, 333, 108, 337),  # forehead
    *(6, 197, 195, 5, 4, 1, 48, 278, 220, 440),  # nose
    *(50, 280, 101, 330, 117, 346, 118, 347, 123, 352, 187, 411, 205, 425, 206, 426, 207, 427),  # cheeks
    *(116, 345, 227, 447, 137, 366, 177, 401, 215, 435, 138, 367, 135, 364, 147, 376),  # towards the ears
    *(199, 200, 175, 208, 428, 171, 396, 169, 394, 210, 430, 32, 262),  # chin and jaw
)
"""Mesh points on skin that neither lids, brows nor lips cover."""
SPOT = 0.035
"""Radius of a place, widths of the face."""
NEIGHBOURS = 12
"""Mesh points that span the surface at a point."""
AROUND = 0.35
"""The face is widened by this share of itself before what lies outside counts as surroundings."""
WORKING_SIDE = 480


def light_frame(pixels: Pixels, face: Face, time: float) -> LightFrame | None:
    """Measure one frame; None where the face leaves no surroundings. About 5 ms.

    Args:
        pixels: the frame.
        face: found in it.
        time: seconds since the screen began.
    """
    scale = min(1.0, WORKING_SIDE / max(pixels.shape[:2]))
    small = cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    linear = _linear(np.asarray(small, np.uint8))
    mesh = face.mesh.astype(np.float64) * scale
    width = max(float(np.linalg.norm(mesh[454] - mesh[234])), 1e-6)
    around = _surroundings(linear, mesh)
    if around is None:
        return None
    radius = max(1, round(SPOT * width))
    soft = cv2.blur(linear, (2 * radius + 1, 2 * radius + 1))
    seen = mesh[list(SKIN), :2]
    limits = np.array([soft.shape[1] - 1, soft.shape[0] - 1])
    columns, rows = np.clip(np.round(seen), 0, limits).astype(int).T
    return LightFrame(
        time=time,
        around=around,
        face=_inside(linear, mesh),
        places=soft[rows, columns].astype(np.float64),
        normals=normals(mesh)[list(SKIN)],
        positions=(seen - seen.mean(axis=0)) / width,
    )


def normals(mesh: Values) -> Values:
    """Where the surface faces at each point of a mesh, N x 3, towards the camera (z negative).

    The direction in which the nearest points spread least.
    """
    apart = ((mesh[:, None] - mesh[None]) ** 2).sum(axis=-1)
    near = mesh[np.argpartition(apart, NEIGHBOURS, axis=1)[:, : NEIGHBOURS + 1]]
    spread = near - near.mean(axis=1, keepdims=True)
    _, directions = np.linalg.eigh(np.einsum("nki,nkj->nij", spread, spread))
    found = directions[:, :, 0]
    return np.asarray(np.where(found[:, 2:] > 0, -found, found), np.float64)


def _linear(pixels: Pixels) -> NDArray[np.float32]:
    """Linear light 0..1 of sRGB (IEC 61966-2-1)."""
    levels = np.arange(256) / 255.0
    curve = np.where(levels <= 0.04045, levels / 12.92, ((levels + 0.055) / 1.055) ** 2.4)
    return np.asarray(curve.astype(np.float32)[pixels], np.float32)


def _inside(linear: NDArray[np.float32], mesh: Values) -> Values:
    """Mean light of the face."""
    hull = cv2.convexHull(mesh[:, :2].astype(np.float32))
    mask = np.zeros(linear.shape[:2], np.uint8)
    cv2.fillConvexPoly(mask, np.round(hull * 16).astype(np.int32), 255, cv2.LINE_8, 4)
    return np.asarray(cv2.mean(linear, mask)[:3], np.float64)


def _surroundings(linear: NDArray[np.float32], mesh: Values) -> Values | None:
    """Mean light beside and above the head, down to the chin: shoulders take part in the screen's light."""
    height, width = linear.shape[:2]
    (left, top), (right, bottom) = mesh[:, :2].min(axis=0), mesh[:, :2].max(axis=0)
    wide, high = AROUND * (right - left), AROUND * (bottom - top)
    outside = np.ones((height, width), bool)
    outside[max(0, int(bottom)) :] = False
    columns = slice(max(0, int(left - wide)), max(0, int(right + wide)))
    outside[max(0, int(top - 1.5 * high)) :, columns] = False
    if outside.mean() < 0.05:
        return None
    return np.asarray(linear[outside].mean(axis=0), np.float64)
