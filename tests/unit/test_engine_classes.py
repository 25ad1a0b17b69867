"""Classes that a manifest leaves out are taken out of the network, and no others are touched."""

import dataclasses

import msgspec
import numpy as np
import pytest

from appliance import engine  # noqa: F401 - before openvino, which would otherwise send usage data
from appliance.config import PROJECT
from appliance.engine.classes import characters, kept, narrowed
from appliance.engine.devices import open_core
from appliance.engine.manifest import Classes, Manifest
from appliance.errors import ModelCorrupt

ov = pytest.importorskip("openvino")
ops = pytest.importorskip("openvino.opset13")

KEEP = Classes(file="characters.txt", ranges=((0x20, 0x7F),), others="\u4eba")
LISTED = ["a", "\u4e2d", "b", "\u4eba", "\u570b"]


@dataclasses.dataclass(frozen=True)
class Made:
    path: object
    weights: np.ndarray
    manifest: Manifest


@pytest.fixture
def made(tmp_path):
    """A softmax over a linear layer of 7 classes: blank, the five listed, space."""
    (tmp_path / "characters.txt").write_text("\n".join(LISTED) + "\n", "utf-8")
    weights = np.random.default_rng(5).normal(size=(3, 7)).astype(np.float32)
    step = ops.parameter([-1, -1, 3], np.float32, name="x")
    linear = ops.add(
        ops.matmul(step, ops.constant(weights), False, False), ops.constant(np.arange(7.0, dtype=np.float32))
    )
    ov.save_model(
        ov.Model([ops.softmax(linear, 2)], [step], "made"), tmp_path / "made.xml", compress_to_fp16=False
    )
    real = Manifest.read(PROJECT / "models" / "text-recognition")
    return Made(tmp_path / "made.xml", weights, msgspec.structs.replace(real, classes=KEEP))


def test_kept_classes_are_blank_space_ranges_and_the_ones_named(made):
    assert kept(made.path.parent, KEEP) == [0, 1, 3, 4, 6]
    assert characters(made.path.parent, KEEP) == ("", "a", "b", "\u4eba", " ")


def test_kept_classes_keep_their_odds(made):
    core, given = open_core(), np.random.default_rng(6).normal(size=(1, 4, 3)).astype(np.float32)
    whole = core.compile_model(str(made.path), "CPU")([given])[0]
    less = core.compile_model(narrowed(core, made.manifest, made.path), "CPU")([given])[0]
    wanted = whole[..., [0, 1, 3, 4, 6]]
    np.testing.assert_allclose(less, wanted / wanted.sum(-1, keepdims=True), rtol=1e-4)


def test_a_list_longer_than_the_layer_is_refused(made):
    (made.path.parent / "characters.txt").write_text("\n".join([*LISTED, "c", "d"]), "utf-8")
    with pytest.raises(ModelCorrupt, match="another number of classes"):
        narrowed(open_core(), made.manifest, made.path)


def test_a_network_that_does_not_end_in_classes_is_refused(made, tmp_path):
    step = ops.parameter([-1, -1, 3], np.float32, name="x")
    ov.save_model(ov.Model([ops.relu(step)], [step], "other"), tmp_path / "other.xml")
    with pytest.raises(ModelCorrupt, match="softmax"):
        narrowed(open_core(), made.manifest, tmp_path / "other.xml")
