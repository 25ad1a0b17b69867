"""Manifests say what a network takes; a wrong one is refused with its reason."""

import numpy as np
import pytest

from appliance.config import PROJECT
from appliance.engine.golden import golden_pixels
from appliance.engine.manifest import Manifest, load_manifests
from appliance.errors import ModelCorrupt, ModelMissing

MANIFESTS = load_manifests(PROJECT / "models")
TEXT = (PROJECT / "models" / "face-mesh" / "manifest.toml").read_text("utf-8")


@pytest.fixture
def written(tmp_path):
    def write(text: str, name: str = "face-mesh"):
        folder = tmp_path / name
        folder.mkdir()
        (folder / "manifest.toml").write_text(text, "utf-8")
        return folder

    return write


def test_the_models_of_the_box():
    assert {
        "face-detection-short",
        "face-detection-full",
        "face-mesh",
        "face-template-dlib",
        "text-detection",
        "text-recognition",
    } <= set(MANIFESTS)


@pytest.mark.parametrize("name", sorted(MANIFESTS))
def test_each_has_a_golden_vector_of_all_its_outputs(name):
    manifest = MANIFESTS[name]
    with np.load(manifest.golden_path) as held:
        for number in range(len(manifest.outputs)):
            assert held[f"index_{number}"].size == held[f"value_{number}"].size > 0


@pytest.mark.parametrize("name", sorted(MANIFESTS))
def test_each_card_says_what_a_reader_needs(name):
    card = MANIFESTS[name].card_path.read_text("utf-8")
    assert MANIFESTS[name].licence in card
    for heading in ("## Source", "## Licence", "## Input", "## Output", "## Limits"):
        assert heading in card


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('name = "face-mesh"', 'name = "face-mask"', "folder"),
        ("face_landmark.tflite", "../face_landmark.tflite", "path"),
        ("1055cb9d", "1055CB9D", "SHA-256"),
        ("f32 = 1e-4, ", "", "f32"),
        ('layout = "NHWC"', 'layout = "NWHC"', "layout"),
        ("bytes = 1242398", 'bytes = "many"', "bytes"),
        ('format = "tflite"', 'format = "tflite"\nsurprise = 1', "surprise"),
        ('format = "tflite"', 'format = "tflite', "not a manifest"),
    ],
)
def test_a_wrong_manifest_is_refused(written, old, new, said):
    assert old in TEXT
    with pytest.raises(ModelCorrupt, match=said):
        Manifest.read(written(TEXT.replace(old, new)))


def test_no_manifest(tmp_path):
    with pytest.raises(ModelMissing, match=r"manifest\.toml"):
        Manifest.read(tmp_path)
    with pytest.raises(ModelMissing):
        load_manifests(tmp_path / "none")


def test_normalising_as_each_network_takes_it():
    pixels = golden_pixels(128, 128)
    short = MANIFESTS["face-detection-short"].normalise(pixels)
    assert short.shape == (1, 128, 128, 3)
    assert short.dtype == np.float32
    assert np.array_equal(short[0], (pixels.astype(np.float32) - np.float32(127.5)) / np.float32(127.5))
    square = golden_pixels(192, 192)
    mesh = MANIFESTS["face-mesh"].normalise(square)
    assert np.array_equal(mesh[0], square.astype(np.float32) / np.float32(255))
    line = golden_pixels(48, 200)
    text = MANIFESTS["text-recognition"].normalise(line)
    assert text.shape == (1, 3, 48, 200)
    assert text.flags.c_contiguous
    assert text[0, 0, 7, 9] == pytest.approx(int(line[7, 9, 2]) / 127.5 - 1, abs=1e-6)  # blue comes first
    assert text[0, 2, 7, 9] == pytest.approx(int(line[7, 9, 0]) / 127.5 - 1, abs=1e-6)
    chip = golden_pixels(150, 150)
    raw = MANIFESTS["face-template-dlib"].normalise(chip)
    assert raw.dtype == np.uint8
    assert np.array_equal(raw[0], chip)


@pytest.mark.parametrize(
    "pixels",
    [
        np.zeros((128, 127, 3), np.uint8),
        np.zeros((128, 128), np.uint8),
        np.zeros((128, 128, 4), np.uint8),
        np.zeros((128, 128, 3), np.float32),
    ],
)
def test_other_pixels_are_refused(pixels):
    with pytest.raises(ValueError, match="face-detection-short"):
        MANIFESTS["face-detection-short"].normalise(pixels)


def test_the_fixed_picture_is_fixed():
    pixels = golden_pixels(60, 80)
    assert pixels.shape == (60, 80, 3)
    assert int(pixels.astype(np.int64).sum()) == 1_822_485
    assert not np.array_equal(pixels, pixels[..., ::-1])
