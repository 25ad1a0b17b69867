"""Frames of a person in motion, made from one photograph: they are not a person, and pages say so.

The photograph is laid on the face mesh as a texture; the head turns by the mesh's depths, lids, mouth and
smile move its points. Hair, ears and neck go along on a ring around the face, and the wall stays. Nothing
here knows how the box measures or judges.
"""

from dataclasses import dataclass

import cv2
import numpy as np

UPPER_LIDS = (246, 161, 160, 159, 158, 157, 173, 466, 388, 387, 386, 385, 384, 398)
LOWER_LIDS = (7, 163, 144, 145, 153, 154, 155, 249, 390, 373, 374, 380, 381, 382)
INNER_UPPER = (78, 191, 80, 81, 82, 13, 312, 311, 310, 415, 308)
INNER_LOWER = (95, 88, 178, 87, 14, 317, 402, 318, 324)
LOWER_LIP = (*INNER_LOWER, 146, 91, 181, 84, 17, 314, 405, 321, 375, 77, 90, 180, 85, 16, 315, 404, 320, 307)
LOWER_LIP_TOO = (96, 89, 179, 86, 15, 316, 403, 319, 325)
OVAL = (10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377)
OVAL_TOO = (152, 148, 176, 149, 150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109)
MOUTH_DARK = (52, 22, 22)


@dataclass(frozen=True)
class Pose:
    """How the person stands in one frame: degrees, shares 0..1; the camera's scale, and shift in pixels."""

    yaw: float = 0.0
    pitch: float = 0.0
    roll: float = 0.0
    lids: float = 0.0
    smile: float = 0.0
    mouth: float = 0.0
    scale: float = 1.0
    shift: tuple[float, float] = (0.0, 0.0)


class Sitter:
    """One photograph and the mesh of its face.

    Args:
        pixels: RGB.
        mesh: 468 x 3 of its face.
    """

    def __init__(self, pixels, mesh):
        self.pixels = np.ascontiguousarray(pixels)
        self.height, self.width = pixels.shape[:2]
        face = mesh.astype(np.float64)
        self.centre = face[[10, 152, 234, 454]].mean(axis=0)
        self.face_width = float(np.linalg.norm(face[454] - face[234]))
        oval = face[list(OVAL + OVAL_TOO)]
        behind = np.array([0.0, 0.0, 0.30 * self.face_width])
        hair = self.centre + (oval - self.centre) * (1.28, 1.32, 1.0) + behind
        far = self.centre + (oval - self.centre) * (1.9, 1.9, 0.0)
        edge = [
            (x * (self.width - 1), y * (self.height - 1), 0.0)
            for x in np.linspace(0, 1, 5)
            for y in np.linspace(0, 1, 5)
            if x in {0, 1} or y in {0, 1}
        ]
        self.points = np.concatenate([face, hair, far, np.array(edge)])
        self.moving = 468 + len(hair)
        self.triangles = self._triangles()

    def frame(self, pose):
        """The photograph as the person would look in that pose, before a camera so rolled and shifted."""
        moved = self.points.copy()
        moved[:468] = self._expressed(moved[:468], pose)
        pivot = self.centre + np.array([0.0, 0.0, 0.45 * self.face_width])
        moved[: self.moving] = (moved[: self.moving] - pivot) @ rotation(pose).T + pivot
        camera = cv2.getRotationMatrix2D(tuple(self.centre[:2]), -pose.roll, pose.scale)
        camera[:, 2] += pose.shift
        flat = moved[:, :2] @ camera[:, :2].T + camera[:, 2]
        label = np.full((self.height, self.width), len(self.triangles), np.int32)
        corners, depth = flat[self.triangles], moved[self.triangles, 2].mean(axis=1)
        first, second = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
        area = first[:, 0] * second[:, 1] - first[:, 1] * second[:, 0]
        maps = np.empty((len(self.triangles) + 1, 2, 3))
        back = cv2.invertAffineTransform(camera)
        maps[:] = back  # beyond the outermost triangles the wall goes on
        for at in np.argsort(-depth):
            if area[at] > 0.02:
                source = self.points[self.triangles[at], :2].astype(np.float32)
                maps[at] = cv2.getAffineTransform(corners[at].astype(np.float32), source)
                cv2.fillConvexPoly(label, np.round(corners[at] * 16).astype(np.int32), int(at), cv2.LINE_8, 4)
        y, x = np.mgrid[0 : self.height, 0 : self.width]
        by_pixel = maps.astype(np.float32)[label]
        to_x = by_pixel[..., 0, 0] * x + by_pixel[..., 0, 1] * y + by_pixel[..., 0, 2]
        to_y = by_pixel[..., 1, 0] * x + by_pixel[..., 1, 1] * y + by_pixel[..., 1, 2]
        picture = cv2.remap(
            self.pixels,
            to_x.astype(np.float32),
            to_y.astype(np.float32),
            cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_REFLECT_101,
        )
        if pose.mouth > 0.05:
            darken(picture, flat[list(INNER_UPPER) + list(INNER_LOWER)[::-1]])
        return picture

    def _triangles(self):
        """Delaunay's, of the points in the photograph, turned one way round."""
        room = 2 * max(self.width, self.height)
        net = cv2.Subdiv2D((-room, -room, 4 * room, 4 * room))
        index = {}
        for at, (x, y) in enumerate(self.points[:, :2].astype(np.float32)):
            index[float(x), float(y)] = at
            net.insert((float(x), float(y)))
        found = []
        for row in net.getTriangleList():
            corners = [index.get((float(row[k]), float(row[k + 1]))) for k in (0, 2, 4)]
            if None not in corners:
                found.append(corners)
        triangles = np.array(found)
        first, second = (self.points[triangles[:, k], :2] - self.points[triangles[:, 0], :2] for k in (1, 2))
        wrong = first[:, 0] * second[:, 1] < first[:, 1] * second[:, 0]
        triangles[wrong] = triangles[wrong][:, ::-1]
        return triangles

    def _expressed(self, mesh, pose):
        moved = mesh.copy()
        down, across = unit(mesh[152] - mesh[10]), unit(mesh[454] - mesh[234])
        mouth = float(np.linalg.norm(mesh[291] - mesh[61]))
        if pose.lids:
            upper, lower = list(UPPER_LIDS), list(LOWER_LIDS)
            moved[upper] += pose.lids * 0.97 * (mesh[lower] - mesh[upper])
        if pose.smile:
            for corner, side in ((61, -1.0), (291, 1.0)):
                away = np.linalg.norm(mesh - mesh[corner], axis=1) / (0.4 * mouth)
                push = across * side * 0.16 * mouth - down * 0.10 * mouth
                moved += np.exp(-(away**2))[:, None] * push * pose.smile
        if pose.mouth:
            middle = (mesh[13] + mesh[14]) / 2
            below = (mesh - middle) @ down / max(float((mesh[152] - middle) @ down), 1.0)
            aside = (mesh - middle) @ across / (0.9 * mouth)
            share = np.clip(below / 0.25, 0, 1) * np.exp(-(aside**2)) * 0.9
            share[list(LOWER_LIP + LOWER_LIP_TOO)] = np.maximum(share[list(LOWER_LIP + LOWER_LIP_TOO)], 0.0)
            inner = list(LOWER_LIP + LOWER_LIP_TOO)
            share[inner] = np.exp(-(aside[inner] ** 2) * 2.0)
            share[[61, 291, 78, 308, 62, 292, 76, 306]] = 0.15
            moved += share[:, None] * down * 0.55 * mouth * pose.mouth
        return moved


def darken(picture, ring):
    """Paint the inside of an open mouth."""
    mask = np.zeros(picture.shape[:2], np.uint8)
    cv2.fillPoly(mask, [np.round(ring * 8).astype(np.int32)], 255, cv2.LINE_AA, 3)
    soft = cv2.GaussianBlur(mask, (0, 0), 0.8)[..., None] / 255.0
    picture[:] = np.round(picture * (1 - soft) + np.array(MOUTH_DARK) * soft).astype(np.uint8)


def rotation(pose):
    """Yaw turns the face to the picture's right edge, pitch turns it up; z grows away from the camera."""
    yaw, pitch = np.radians([pose.yaw, pose.pitch])
    about_y = np.array([[np.cos(yaw), 0, -np.sin(yaw)], [0, 1, 0], [np.sin(yaw), 0, np.cos(yaw)]])
    about_x = np.array([[1, 0, 0], [0, np.cos(pitch), np.sin(pitch)], [0, -np.sin(pitch), np.cos(pitch)]])
    return about_y @ about_x


def unit(vector):
    return vector / max(float(np.linalg.norm(vector)), 1e-9)


def paper(pixels, pose, bend=0.0, wall=(96, 92, 88)):
    """The photograph as a sheet held before the camera: turned by the pose, bent about its upright axis.

    Args:
        pixels: RGB, the whole of it is the sheet.
        pose: yaw, pitch, roll, scale and shift are of the sheet.
        bend: 0 flat; 1 bends its two halves back by about 35 degrees at the edges.
        wall: colour behind it.
    """
    height, width = pixels.shape[:2]
    focal = 1.6 * max(height, width)
    across, along = np.linspace(-0.5, 0.5, 25) * width, np.linspace(-0.5, 0.5, 25) * height
    x, y = np.meshgrid(across, along)
    turn = bend * 1.2 * x / width
    depth = np.abs(turn) ** 2 * width * 0.35
    around = np.where(np.abs(turn) > 1e-6, np.sin(turn) / np.where(turn == 0, 1, turn), 1.0)
    sheet = np.stack([x * around, y, depth], axis=-1).reshape(-1, 3) @ rotation(pose).T
    camera = cv2.getRotationMatrix2D((0.0, 0.0), -pose.roll, pose.scale)
    flat = sheet[:, :2] * (focal / (focal + sheet[:, 2:])) @ camera[:, :2].T + pose.shift
    flat = (flat + np.array([width / 2, height / 2])).reshape(25, 25, 2)
    to_x, to_y = np.full((height, width), -1.0, np.float32), np.full((height, width), -1.0, np.float32)
    source = np.stack(np.meshgrid(np.linspace(0, width - 1, 25), np.linspace(0, height - 1, 25)), axis=-1)
    label = np.full((height, width), -1, np.int32)
    maps = []
    for row in range(24):
        for column in range(24):
            cell = slice(row, row + 2), slice(column, column + 2)
            corners, texture = flat[cell].reshape(4, 2), source[cell].reshape(4, 2)
            maps.append(cv2.getPerspectiveTransform(corners.astype(np.float32), texture.astype(np.float32)))
            outline = np.round(corners[[0, 1, 3, 2]] * 16).astype(np.int32)
            cv2.fillConvexPoly(label, outline, len(maps) - 1, cv2.LINE_8, 4)
    rows, columns = np.nonzero(label >= 0)
    here = np.stack([columns, rows, np.ones_like(rows)], axis=-1)[..., None].astype(np.float64)
    there = (np.array(maps)[label[rows, columns]] @ here)[..., 0]
    to_x[rows, columns], to_y[rows, columns] = there[:, 0] / there[:, 2], there[:, 1] / there[:, 2]
    return cv2.remap(pixels, to_x, to_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=wall)
