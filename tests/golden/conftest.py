"""One set of models for all tests of this folder that read documents: shapes are prepared once."""

from pathlib import Path

import pytest

from appliance.config import PROJECT, Engine
from appliance.engine import packs
from appliance.engine.runtime import Runtime
from appliance.vision.documents.mrz_reader import MrzReader
from appliance.vision.documents.reader import DocumentReader
from appliance.vision.documents.scripts import ScriptReader
from appliance.vision.documents.segment import OutlineNet
from appliance.vision.documents.text import TextReader
from appliance.vision.faces.reader import FaceReader

NETWORKS = (
    *("face-detection-short", "face-detection-full", "face-mesh", packs.DEFAULT_TEMPLATE),
    *("text-detection", "text-recognition", "document-outline"),
)
STREAMS = 2


@pytest.fixture(scope="session")
def document_networks(installed_models: Path) -> Runtime:
    """The networks that documents are read with."""
    manifests = packs.all_manifests(PROJECT / "models", installed_models)
    runtime = Runtime(manifests, installed_models, Engine(device="CPU", streams=STREAMS))
    runtime.load(NETWORKS)
    return runtime


@pytest.fixture(scope="session")
def text(document_networks: Runtime) -> TextReader:
    """Finds and reads print."""
    return TextReader(document_networks, STREAMS)


@pytest.fixture(scope="session")
def documents(document_networks: Runtime, text: TextReader) -> DocumentReader:
    """The whole reader, as the box has it but for the second reader of zones."""
    faces = FaceReader(document_networks, packs.DEFAULT_TEMPLATE)
    outlines = OutlineNet(document_networks)
    return DocumentReader(faces, text, MrzReader(text, None), outlines=outlines, scripts=ScriptReader())
