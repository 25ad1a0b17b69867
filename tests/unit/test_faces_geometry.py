"""Decode, alignment and pose on made-up numbers whose answer is known."""

import numpy as np
import pytest

from appliance.domain.face import Box
from appliance.errors import ModelCorrupt
from appliance.vision.faces.align import Alignment, five_points
from appliance.vision.faces.detect import FULL_RANGE, SHORT_RANGE, Detection, FaceDetector, distinct, overlap
from appliance.vision.faces.pose import PITCH_AT_REST, head_pose
from appliance.vision.faces.quality import face_quality
from appliance.vision.faces.warp import apply, inverse, resized, similarity, warped


class OneAnchor:
    """A network that sees one face, at one anchor: the inputs and answers of the real ones."""

    def __init__(self, network, index, numbers, logit=4.0):
        self.network, self.seen = network, []
        self.regressors = np.zeros((1, len(network.anchors), 16), np.float32)
        self.logits = np.full((1, len(network.anchors), 1), -1e4, np.float32)
        self.regressors[0, index], self.logits[0, index] = numbers, logit

    def manifest(self, model):
        assert model == self.network.model
        return self

    def normalise(self, pixels):
        assert pixels.shape == (self.network.side, self.network.side, 3)
        self.seen.append(pixels)
        return pixels[None]

    def infer(self, model, tensor):
        return self.regressors, self.logits


def test_anchors_lie_at_the_cells_centres_row_by_row():
    assert SHORT_RANGE.anchors.shape == (896, 2)
    assert FULL_RANGE.anchors.shape == (2304, 2)
    assert SHORT_RANGE.anchors[[0, 1, 2, 32]] == pytest.approx(
        np.array([[0.5, 0.5], [0.5, 0.5], [1.5, 0.5], [0.5, 1.5]]) / 16
    )
    assert SHORT_RANGE.anchors[512] == pytest.approx(np.array([0.5, 0.5]) / 8)
    assert SHORT_RANGE.anchors[[-1]] == pytest.approx(np.array([[7.5, 7.5]]) / 8)


@pytest.mark.parametrize("network", [SHORT_RANGE, FULL_RANGE])
@pytest.mark.parametrize(("width", "height"), [(640, 480), (480, 640), (100, 100), (31, 17)])
@pytest.mark.parametrize("border", [0.0, 0.4])
def test_an_answer_comes_back_to_the_pixels_of_the_picture(network, width, height, border):
    index = len(network.anchors) // 2
    # a box of half the square, centred 3 pixels right of and 2 below the anchor, the points at the anchor
    numbers = [3, 2, network.side / 2, network.side / 4] + [0.0] * 12
    model = OneAnchor(network, index, numbers)
    picture = np.full((height, width, 3), 255, np.uint8)
    (face,) = FaceDetector(model).look(network, picture, border=border)
    scale = max(width, height) * (1 + 2 * border) / network.side
    middle = np.array([width, height]) / 2
    anchor = middle + (network.anchors[index] - 0.5) * network.side * scale
    tolerance = 1.5 * scale  # the letterbox lies on whole pixels
    assert face.points == pytest.approx(np.tile(anchor, (6, 1)), abs=tolerance)
    centre = anchor + np.array([3, 2]) * scale
    half = np.array([network.side / 4, network.side / 8]) * scale
    assert tuple(face.box) == pytest.approx((*(centre - half), *(centre + half)), abs=tolerance)
    assert face.score == pytest.approx(1 / (1 + np.exp(-4.0)), abs=1e-4)
    square = model.seen[0]
    assert square.max(axis=2).sum() // 255 == pytest.approx(
        width * height / scale**2, rel=0.1, abs=network.side
    )


def test_extreme_logits_do_not_overflow():
    model = OneAnchor(SHORT_RANGE, 5, [0.0] * 16, logit=1e30)
    (face,) = FaceDetector(model).look(SHORT_RANGE, np.zeros((8, 8, 3), np.uint8))
    assert face.score == pytest.approx(1)


def test_anchors_that_see_one_face_are_averaged_by_score():
    model = OneAnchor(SHORT_RANGE, 200, [0, 0, 40, 40] + [0.0] * 12, logit=2.0)
    model.regressors[0, 201] = [8, 0, 40, 40] + [0.0] * 12  # the second anchor of the same cell
    model.logits[0, 201] = 1.0
    (face,) = FaceDetector(model).look(SHORT_RANGE, np.zeros((128, 128, 3), np.uint8))
    first, second = (1 / (1 + np.exp(-x)) for x in (2.0, 1.0))
    left = SHORT_RANGE.anchors[200, 0] * 128 - 20
    assert face.score == pytest.approx(first, abs=1e-6)
    assert face.box.left == pytest.approx(left + 8 * second / (first + second), abs=1e-3)


def test_overlap_of_boxes():
    box = np.array([0, 0, 2, 2], np.float32)
    others = np.array([[0, 0, 2, 2], [1, 0, 3, 2], [5, 5, 6, 6], [1, 1, 1, 1]], np.float32)
    assert overlap(box, others) == pytest.approx([1, 1 / 3, 0, 0])


def test_of_overlapping_answers_the_best_stays():
    points = np.zeros((6, 2), np.float32)
    boxes = [Box(0, 0, 10, 10), Box(1, 1, 11, 11), Box(50, 50, 60, 60), Box(3, 3, 3, 3), Box(3, 3, 3, 3)]
    answers = [
        Detection(box, score, points) for box, score in zip(boxes, (0.6, 0.9, 0.7, 0.5, 0.5), strict=True)
    ]
    assert [face.score for face in distinct(answers)][:2] == [0.9, 0.7]


def test_windows_cover_every_pixel():
    for width, height in ((640, 480), (480, 640), (333, 1000), (7, 3)):
        network = OneAnchor(SHORT_RANGE, 0, [0.0] * 16, logit=-1e4)
        ramp = np.arange(1, width * height + 1, dtype=np.uint32).reshape(height, width)
        covered = set()

        class Spy(FaceDetector):
            def look(self, which, pixels, border=0.0, seen=covered):
                seen.update(pixels.astype(np.uint32).view(Marked).values())
                return []

        class Marked(np.ndarray):
            def values(self):
                return (self[..., 0] + 256 * self[..., 1] + 65536 * self[..., 2]).ravel().tolist()

        marked = np.stack([ramp % 256, ramp // 256 % 256, ramp // 65536], axis=2).astype(np.uint8)
        assert Spy(network).windows(marked) == []
        assert covered == set(ramp.ravel().tolist())


def test_similarity_recovers_turn_scale_and_shift():
    random = np.random.default_rng(2)
    source = random.normal(size=(5, 2)).astype(np.float32)
    angle, scale, shift = 0.7, 3.2, np.array([5.0, -8.0])
    turn = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    found = similarity(source, (source @ turn.T + shift).astype(np.float32))
    assert found == pytest.approx(np.column_stack([turn, shift]), abs=1e-4)
    assert apply(inverse(found), apply(found, source)) == pytest.approx(source, abs=1e-5)


def test_similarity_never_mirrors():
    source = np.array([[0, 0], [1, 0], [0, 1], [1, 2]], np.float32)
    found = similarity(source, source * [-1, 1])
    assert np.linalg.det(found[:, :2]) > 0


@pytest.mark.parametrize("axis", [0, 1])
@pytest.mark.parametrize("scale", [0.11, 0.25, 0.5, 0.9, 1.0, 2.5])
@pytest.mark.parametrize("turn", [0.0, 0.5, -2.0])
def test_a_warped_part_shows_what_lay_there(axis, scale, turn):
    """Colours of a slope tell the place: each pixel must hold the colour of the point it came from."""
    middle, slope = np.array([510, 390]), 0.45
    places = np.stack(np.meshgrid(np.arange(1000), np.arange(800)), axis=2)
    picture = np.full((800, 1000, 3), 90, np.uint8)
    picture[:, :, 0] = np.clip(np.round((places - middle)[:, :, axis] * slope + 128), 0, 255)
    picture[:, :, 1] = 255 - picture[:, :, 0]  # so that rounding up, which shrinking does, cancels
    matrix = scale * np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    side = 40
    transform = np.column_stack([matrix, side / 2 - matrix @ middle])
    square = warped(picture, transform, side, extend=False).reshape(-1, 3).astype(float)
    grid = np.stack(np.meshgrid(np.arange(side), np.arange(side)), axis=2).reshape(-1, 2)
    came_from = apply(inverse(transform), grid)[:, axis]
    error = ((square[:, 0] - square[:, 1] - 1) / 2 / slope + middle[axis] - came_from) * min(scale, 1)
    assert abs(error.mean()) < 0.05  # pixels of the square, or of the picture
    assert np.abs(error).max() * slope < 1  # levels of colour
    assert (square[:, 2] == 90).all()


def test_outside_of_the_picture_is_black_or_the_edge():
    picture = np.full((50, 50, 3), 200, np.uint8)
    far = np.array([[1.0, 0, 30], [0, 1.0, 30]])
    assert warped(picture, far, 20, extend=False).max() == 0
    assert warped(picture, far, 20, extend=True).min() == 200


def test_shrinking_averages_and_never_vanishes():
    stripes = np.zeros((64, 640, 3), np.uint8)
    stripes[:, ::2] = 255
    assert np.abs(resized(stripes, 0.1).astype(int) - 128).max() <= 1
    assert resized(stripes, 0.001).shape == (1, 1, 3)


def head(yaw, pitch, roll):
    """A mesh whose four pose points are those of a turned head; the others are nowhere."""
    yaw, pitch, roll = np.radians([yaw, pitch, roll])
    about_y = np.array([[np.cos(yaw), 0, -np.sin(yaw)], [0, 1, 0], [np.sin(yaw), 0, np.cos(yaw)]])
    about_x = np.array([[1, 0, 0], [0, np.cos(pitch), np.sin(pitch)], [0, -np.sin(pitch), np.cos(pitch)]])
    about_z = np.array([[np.cos(roll), -np.sin(roll), 0], [np.sin(roll), np.cos(roll), 0], [0, 0, 1]])
    mesh = np.zeros((468, 3))
    mesh[33], mesh[263], mesh[10], mesh[152] = [-1, 0, 0], [1, 0, 0], [0, -2, 0], [0, 2, 0]
    return (mesh @ (about_z @ about_y @ about_x).T * 40 + [300, 200, 0]).astype(np.float32)


@pytest.mark.parametrize("yaw", [-50, 0, 30])
def test_yaw_of_an_upright_head(yaw):
    assert tuple(head_pose(head(yaw, 0, 0))) == pytest.approx((yaw, -PITCH_AT_REST, 0), abs=0.1)


@pytest.mark.parametrize("pitch", [-30, 20])
def test_pitch_of_an_upright_head(pitch):
    assert tuple(head_pose(head(0, pitch, 0))) == pytest.approx((0, pitch - PITCH_AT_REST, 0), abs=0.1)


@pytest.mark.parametrize("roll", [-100, -20, 45])
def test_roll(roll):
    assert tuple(head_pose(head(0, 0, roll))) == pytest.approx((0, -PITCH_AT_REST, roll), abs=0.1)


def test_the_five_points_are_those_of_their_vertices():
    mesh = np.zeros((468, 3), np.float32)
    mesh[[33, 133, 159, 145]] = [[0, 10, 0], [4, 10, 0], [2, 9, 0], [2, 11, 0]]
    mesh[1], mesh[61], mesh[291] = [5, 15, 0], [3, 20, 0], [8, 21, 0]
    assert five_points(mesh).tolist() == [[2, 10], [0, 0], [5, 15], [3, 20], [8, 21]]


def test_quality_is_that_of_the_worst_measure():
    random = np.random.default_rng(3)
    good = random.integers(60, 200, (150, 150, 3), dtype=np.uint8)
    points = np.array([[0, 0], [60, 0], [30, 30], [10, 50], [50, 50]], np.float32)
    assert face_quality(good, points).score == 1
    assert face_quality(good, points * 0.2).score == 0
    assert face_quality(good // 12, points).score == 0
    assert face_quality(np.full_like(good, 128), points).score == 0
    glare = good.copy()
    glare[:, 75:] = 255
    assert face_quality(glare, points).score < 0.5
    assert face_quality(glare, points).clipped == pytest.approx(0.5, abs=0.02)


@pytest.mark.parametrize(
    "text", [b"", b"[]", b'{"side": 150, "vertices": [[1]], "positions": [], "mirror": true, "source": ""}']
)
def test_a_damaged_alignment_is_refused(text):
    with pytest.raises(ModelCorrupt):
        Alignment.decode(text)
