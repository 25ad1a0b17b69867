"""The network of outlines as installed: what it sees of drawn documents, neighbours and bare tables."""

import random

import numpy as np
import pytest

from appliance.config import PROJECT, Engine
from appliance.engine.manifest import load_manifests
from appliance.engine.runtime import Runtime
from appliance.vision.documents import quad as quads
from appliance.vision.documents.locate import locate
from appliance.vision.documents.segment import MODEL, OutlineNet, spots
from tests.specimen.photograph import photograph
from tests.specimen.sets import specimen


@pytest.fixture(scope="module")
def network(installed_models):
    runtime = Runtime(load_manifests(PROJECT / "models"), installed_models, Engine(device="CPU", streams=1))
    runtime.load([MODEL])
    return OutlineNet(runtime)


@pytest.mark.parametrize("kind", ["TD3", "TD1", "DL-EU", "DL-US"])
def test_a_document_is_seen_and_its_sides_are_found(network, kind):
    made = specimen(kind, 911)
    pixels = made.photograph.pixels()
    found = locate(pixels, (), network.mask(pixels))
    assert found is not None
    assert quads.overlap(found.quad, made.photograph.quad) > 0.95


def test_a_mirrored_picture_has_the_mirrored_mask(network):
    pixels = specimen("TD2", 913).photograph.pixels()
    seen, mirrored = (network.mask(p).document for p in (pixels, np.ascontiguousarray(pixels[:, ::-1])))
    assert np.abs(seen - mirrored[:, ::-1]).mean() < 0.002


@pytest.mark.parametrize("kind", ["TD3", "TD1", "DL-EU", "DL-US-back"])
def test_two_documents_are_two_spots(network, kind):
    pixels = specimen(kind, 912, condition="two").photograph.pixels()
    assert len([spot for spot in spots(network.mask(pixels)) if spot.share > 0.1]) == 2


def test_tables_are_no_documents(network):
    flat = np.full((480, 640, 3), 128, np.uint8)
    scenes = [photograph(None, random.Random(f"bare/{k}"), size=(800, 600)).pixels() for k in range(6)]
    assert sum(locate(pixels, (), network.mask(pixels)) is not None for pixels in [flat, *scenes]) <= 1
