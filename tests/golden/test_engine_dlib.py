"""The rebuilt network answers what real dlib answers, and a damaged file never gets that far."""

import random
import struct
import tracemalloc

import msgspec
import numpy as np
import pytest

from appliance.config import PROJECT, Engine
from appliance.engine import devices, dlib_graph
from appliance.engine.dlib_weights import PARAMETERS, Convolution, read_layers
from appliance.engine.manifest import load_manifests
from appliance.engine.runtime import Runtime
from appliance.errors import ModelCorrupt
from tests.golden.dlib_chips import chips

NAME = "face-template-dlib"


@pytest.fixture(scope="module")
def manifest():
    return load_manifests(PROJECT / "models")[NAME]


@pytest.fixture(scope="module")
def weights(installed_models, manifest):
    return (installed_models / NAME / manifest.files[0].name).read_bytes()


@pytest.fixture(scope="module")
def runtime(installed_models, manifest):
    made = Runtime({NAME: manifest}, installed_models, Engine(device="CPU"))
    made.load()
    return made


@pytest.fixture(scope="module")
def expected():
    with np.load(PROJECT / "tests" / "golden" / "dlib_vectors.npz") as held:
        return held["vectors"]


def test_descriptors_are_those_of_dlib(runtime, manifest, expected):
    found = np.concatenate([runtime.infer(NAME, manifest.normalise(chip))[0] for chip in chips()])
    assert np.abs(found - expected).max() <= 2e-6
    together = runtime.infer(NAME, chips())[0]
    assert np.abs(together - expected).max() <= 2e-6


def test_swapped_colours_are_noticed(runtime, expected):
    found = runtime.infer(NAME, chips()[..., ::-1])[0]
    for swapped, right in zip(found[:4], expected[:4], strict=True):
        assert np.abs(swapped - right).max() > 1e-3


def test_swapped_colours_fail_the_golden_vector(runtime, manifest):
    wrong = msgspec.structs.replace(
        manifest, inputs=(msgspec.structs.replace(manifest.inputs[0], colour="BGR"),)
    )
    compiled = runtime._loaded[NAME].compiled
    assert devices.golden_error(manifest, compiled) <= manifest.golden.tolerance["f32"]
    assert devices.golden_error(wrong, compiled) > 100 * manifest.golden.tolerance["f32"]


def test_every_parameter_is_read(weights):
    layers = read_layers(weights)
    assert PARAMETERS == 5_614_592
    convolutions = [layer for layer in layers if isinstance(layer, Convolution)]
    assert len(convolutions) == 29
    assert {layer.padding for layer in convolutions if layer.stride == (2, 2)} == {(0, 0)}


@pytest.mark.parametrize("share", [0, 1e-6, 0.001, 0.1, 0.5, 0.9, 0.999, 0.99999])
def test_a_cut_file_is_corrupt(weights, share):
    with pytest.raises(ModelCorrupt) as raised:
        dlib_graph.build(weights[: int(len(weights) * share)])
    assert "kycbox model install" in raised.value.remedy


def test_another_file_is_corrupt():
    for data in (b"\x01\x05con_4" * 1000, b"\x01\x04fc_2" + b"\x88" + b"\xff" * 8, bytes(100_000)):
        with pytest.raises(ModelCorrupt):
            dlib_graph.build(data)
    with pytest.raises(ModelCorrupt, match="more layers"):
        dlib_graph.build(b"\x01\x05relu_" * 8_000_000)
    with pytest.raises(ModelCorrupt, match="64 MiB"):
        read_layers(bytes(64 * 1024 * 1024 + 1))


def test_records_that_claim_the_same_weights_over_and_over_are_corrupt(weights):
    at = weights.find(b"\x01\x05con_4")
    end = weights.find(b"affine_", at)
    tail = weights[at:]
    data = weights[at : at + 60] * 10_000 + tail
    assert end > at
    tracemalloc.start()
    with pytest.raises(ModelCorrupt):
        read_layers(data)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 64 * 1024 * 1024


def test_a_weight_that_is_not_a_number_is_corrupt(weights):
    middle = len(weights) // 2
    data = bytearray(weights)
    data[middle : middle + 4096] = struct.pack("<f", float("nan")) * 1024
    data[middle + 1 : middle + 4001] = struct.pack("<f", float("nan")) * 1000
    with pytest.raises(ModelCorrupt):
        read_layers(bytes(data))


@pytest.mark.parametrize("seed", range(12))
def test_mangled_structure_is_corrupt_or_the_same_network(weights, seed):
    """Bytes changed in the records' heads: the reader refuses, or what it read still fits together."""
    dice = random.Random(seed)
    data = bytearray(weights)
    names = [
        weights.find(name, dice.randrange(len(weights) // 2)) for name in (b"con_4", b"affine_", b"fc_2")
    ]
    for at in names:
        for _ in range(4):
            data[at + dice.randrange(40)] = dice.randrange(256)
    try:
        layers = read_layers(bytes(data))
    except ModelCorrupt:
        return
    sizes = [layer.weights.shape for layer in layers if isinstance(layer, Convolution)]
    assert len(sizes) == 29
