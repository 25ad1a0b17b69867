"""Whether the frames that came for a challenge show a living person doing what it asks."""

from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from dataclasses import replace
from typing import Final

from appliance.domain.attack import Attack, Domain, Strictness
from appliance.domain.capture import Capture, Pixels
from appliance.domain.challenge import Challenge
from appliance.domain.face import Face, Template
from appliance.domain.face_policy import is_main
from appliance.domain.liveness import (
    LOST_RUN,
    MOST_LOST,
    Likeness,
    LivenessVerdict,
    best_frames,
    judge,
    to_compare,
)
from appliance.domain.motion import Frame
from appliance.domain.score import ScoreMaps
from appliance.errors import InvalidRequest, RequestError, UnsupportedFormat
from appliance.vision.attacks.registry import AttackChecks
from appliance.vision.decode import Decoder
from appliance.vision.faces.motion import in_motion, view
from appliance.vision.faces.reader import FaceReader
from appliance.vision.faces.warp import resized
from appliance.vision.picture_header import JPEG, PNG

__all__ = ["ActiveLiveness", "LivenessVerdict"]

FORMATS: Final = frozenset({JPEG, PNG})
FEWEST, MOST = 3, 60
"""Frames of a call. More than the fewest are needed to pass, see `domain.liveness`."""
FRAME_BYTES: Final = 4_000_000
WORKING_SIDE: Final = 640
"""Frames are measured at this longer side: a face of 100 pixels shows every movement that counts."""
TEXTURE_FRAMES: Final = 3
"""Frames that the passive check sees, at their full size: its verdict is their median."""
_AHEAD: Final = 3
"""Frames that are decoded ahead: a row at full size would take hundreds of megabytes."""
_CLIPS: Final = ((4, b"ftyp"), (0, b"\x1a\x45\xdf\xa3"), (8, b"AVI "), (0, b"OggS"), (0, b"\x00\x00\x01\xba"))


class ActiveLiveness:
    """Measures frames and judges them. Blocking, up to seconds: run it in a slot of the inference pool.

    Args:
        decoder: started.
        faces: finds faces and makes templates.
        attacks: the passive check is one of them, where its model is installed.
    """

    def __init__(self, decoder: Decoder, faces: FaceReader, attacks: AttackChecks) -> None:
        self._decoder = decoder
        self._faces = faces
        self._attacks = attacks

    def judge(
        self, challenge: Challenge, frames: Sequence[bytes], selfie: Template | None
    ) -> LivenessVerdict:
        """Judge the frames that came for a challenge. Whether it may be answered still is the store's word.

        Args:
            challenge: what was asked for.
            frames: 3 to 60 JPEG or PNG files in the order they were taken, not mirrored, 5 or more a second.
            selfie: of the session, made by any template model of this box; None skips the comparison.

        Raises:
            InvalidRequest: too few or too many frames.
            UnsupportedFormat: a clip, or no JPEG or PNG. PictureUnreadable, PictureTooLarge: a damaged or
                too large one. Each names the frame in its `part`.
            NotInstalled: the selfie's template model is no longer on this box.
            DecoderFailed: the decoding process died over a frame.
        """
        _require_count(frames)
        model = selfie.model if selfie else self._faces.template_model
        calibration = self._faces.calibration_of(model)
        maps = ScoreMaps.from_calibration(calibration)
        loosest = min(point.cosine for point in calibration.table)
        measured, pictures = self._measured(frames)
        for index in to_compare(measured):
            measured[index] = self._with_template(measured[index], *pictures[index], model)
        pictures.clear()
        genuine = self._texture(frames, best_frames(measured, TEXTURE_FRAMES))
        return judge(challenge.actions, measured, Likeness(maps, loosest), selfie, genuine)

    def _measured(self, files: Sequence[bytes]) -> tuple[list[Frame], dict[int, tuple[Pixels, Face]]]:
        """Measures of all frames; the pictures of those with a face. Ends where the face is lost for good.

        Looking for a face that is not there costs 15 times as much as finding one.
        """
        measured: list[Frame] = []
        pictures: dict[int, tuple[Pixels, Face]] = {}
        lost = run = 0
        for index, taken in enumerate(self._decoded(files)):
            longer = max(taken.pixels.shape[:2])
            pixels = resized(taken.pixels, WORKING_SIDE / longer) if longer > WORKING_SIDE else taken.pixels
            faces = self._faces.detect(pixels)
            main = sum(is_main(face.box.area, faces[0].box.area) for face in faces)
            moving = in_motion(pixels, faces[0]) if faces else None
            measured.append(Frame(index, taken.sha256, view(pixels), main, moving))
            if faces:
                pictures[index] = pixels, faces[0]
            run = 0 if faces else run + 1
            lost += not faces
            if run >= LOST_RUN or lost > MOST_LOST * len(files):
                break
        return measured, pictures

    def _decoded(self, files: Sequence[bytes]) -> Iterator[Capture]:
        """The pictures in order, a few decoded ahead."""
        waiting: deque[tuple[int, Future[Capture]]] = deque()
        rest = iter(enumerate(files))
        try:
            while True:
                while len(waiting) < _AHEAD and (upcoming := next(rest, None)):
                    waiting.append((upcoming[0], self._submitted(*upcoming)))
                if not waiting:
                    return
                index, future = waiting.popleft()
                try:
                    taken = future.result()
                except RequestError as error:
                    error.part = f"files[{index}]"
                    raise
                yield taken
        finally:
            for _, future in waiting:
                future.cancel()

    def _submitted(self, index: int, data: bytes) -> Future[Capture]:
        if any(data[at : at + len(mark)] == mark for at, mark in _CLIPS):
            refusal: RequestError = UnsupportedFormat(
                "clips are not taken", remedy="Send the frames as JPEG files, 5 or more a second."
            )
            refusal.part = f"files[{index}]"
            raise refusal
        try:
            return self._decoder.submit(data, formats=FORMATS, max_bytes=FRAME_BYTES)
        except RequestError as error:
            error.part = f"files[{index}]"
            raise

    def _with_template(self, frame: Frame, pixels: Pixels, face: Face, model: str) -> Frame:
        if frame.face is None:
            return frame
        template = self._faces.template(pixels, face, model)
        return replace(frame, face=replace(frame.face, template=template))

    def _texture(self, files: Sequence[bytes], chosen: Sequence[int]) -> list[float]:
        """What the passive check says of the chosen frames; nothing where it is not installed."""
        pipeline = self._attacks.resolve(Attack.PRESENTATION_ATTACK, None, None)
        said: list[float] = []
        for taken in self._decoded([files[index] for index in chosen]):
            faces = self._faces.detect(taken.pixels)
            if not faces:
                continue
            finding = self._attacks.face(pipeline, taken.pixels, faces[0], Strictness.REGULAR, Domain.GENERAL)
            if finding.probability is None:
                return []
            said.append(finding.probability)
        return said


def _require_count(frames: Sequence[bytes]) -> None:
    if not FEWEST <= len(frames) <= MOST:
        reason = f"a challenge is answered by {FEWEST} to {MOST} frames"
        raise InvalidRequest(reason, remedy="Send 30 frames, 5 or more a second.")
