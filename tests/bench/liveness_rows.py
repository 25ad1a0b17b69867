"""Rows of measured frames for the liveness bench: of made persons, and of what attackers would send.

Attacks that only put frames in another order or together are made of measured frames; the others are made as
pictures and measured.
"""

import hashlib
from dataclasses import replace

import cv2
import numpy as np

from appliance.domain.challenge import drawn
from appliance.domain.liveness import Likeness, judge, to_compare
from appliance.domain.motion import Frame
from appliance.domain.score import ScoreMaps
from appliance.vision.faces.motion import in_motion, view
from tests.specimen.clips import filmed, filmed_paper, performance, taken, unrest, waved_paper
from tests.specimen.motion import Pose, Sitter

LONGER_SIDE = 480
"""Pixels of the made frames."""


class Studio:
    """One person: a photograph, and everything that is made of it."""

    def __init__(self, reader, path, rng):
        self.reader, self.rng, self.name = reader, rng, path.stem
        pixels = cv2.cvtColor(cv2.imread(str(path)), cv2.COLOR_BGR2RGB)
        scale = min(1.0, LONGER_SIDE / max(pixels.shape[:2]))
        pixels = cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        faces = reader.detect(pixels)
        self.usable = len(faces) == 1 and abs(faces[0].pose.yaw) <= 15 and faces[0].quality.score >= 0.4
        if self.usable:
            self.selfie = reader.template(pixels, faces[0])
            self.sitter = Sitter(pixels, faces[0].mesh)

    def draw(self, count=2):
        return drawn(lambda most: int(self.rng.integers(most)), count)

    def measured(self, files):
        """Frames as the service measures them."""
        frames, pictures = [], []
        for index, data in enumerate(files):
            pixels = cv2.cvtColor(
                cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR), cv2.COLOR_BGR2RGB
            )
            faces = self.reader.detect(pixels)
            face = in_motion(pixels, faces[0]) if faces else None
            frames.append(Frame(index, hashlib.sha256(data).hexdigest(), view(pixels), len(faces), face))
            pictures.append((pixels, faces[0] if faces else None))
        for index in to_compare(frames):
            made = self.reader.template(*pictures[index])
            frames[index] = replace(frames[index], face=replace(frames[index].face, template=made))
        return frames

    def person(self, actions, start=None, gain=1.0):
        """The person does what is asked; `start` and `gain` frame and light the recording otherwise."""
        start = start or Pose()
        poses = [
            replace(
                pose,
                scale=pose.scale * start.scale,
                roll=pose.roll + start.roll,
                shift=(pose.shift[0] + start.shift[0], pose.shift[1] + start.shift[1]),
            )
            for pose in performance(actions, self.rng)
        ]
        if gain == 1.0:
            return self.measured(filmed(self.sitter, poses, self.rng))
        pictures = [np.clip(self.sitter.frame(pose) * gain, 0, 255).astype(np.uint8) for pose in poses]
        return self.measured(taken(pictures, self.rng))

    def still(self, count=14):
        """The photograph before a camera on a stand: nothing moves but the noise."""
        return self.measured(taken([self.sitter.pixels] * count, self.rng))

    def held(self, count=14):
        """The photograph in a hand that holds it as still as it can."""
        poses = unrest([Pose()] * count, self.rng, blinks=False)
        return self.measured(filmed_paper(self.sitter.pixels, poses, self.rng))

    def waved(self, bend, count=18):
        """The photograph turned, tilted and brought closer by a hand, flat or bent."""
        return self.measured(filmed_paper(self.sitter.pixels, waved_paper(count, self.rng), self.rng, bend))

    def looped(self, actions, copies=2):
        """A recording of the actions, played again and again and filmed from a screen without its marks."""
        pictures = [self.sitter.frame(pose) for pose in performance(actions, self.rng)]
        return self.measured(taken(pictures * copies, self.rng))


def renumbered(frames):
    return [replace(frame, index=index) for index, frame in enumerate(frames)]


def reversed_time(frames):
    return renumbered(frames[::-1])


def swapped(frames, others):
    """The second half is another person's."""
    return renumbered(frames[: len(frames) // 2] + others[len(others) // 2 :])


def joined(frames, others):
    """Two recordings one after the other."""
    return renumbered(frames + others)


class Judgement:
    """Judges rows as a box with this reader would."""

    def __init__(self, reader):
        calibration = reader.calibration
        loosest = min(point.cosine for point in calibration.table)
        self.likeness = Likeness(ScoreMaps.from_calibration(calibration), loosest)

    def __call__(self, actions, frames, selfie):
        return judge(actions, frames, self.likeness, selfie)
