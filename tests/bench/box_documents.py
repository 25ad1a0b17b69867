"""The box's reader of documents as the service builds it, with the key that signs the drawn Aadhaar backs."""

from pathlib import Path

from appliance.config import PROJECT, Engine
from appliance.engine import packs
from appliance.engine.runtime import Runtime
from appliance.store.issuer_keys import read_certificate
from appliance.vision.documents.mrz_reader import MrzReader
from appliance.vision.documents.reader import DocumentReader
from appliance.vision.documents.scripts import ScriptReader
from appliance.vision.documents.segment import OutlineNet
from appliance.vision.documents.text import TextReader
from appliance.vision.faces.reader import FaceReader
from appliance.vision.tesseract import TesseractReader
from tests.specimen import secure_qr
from tests.specimen.aadhaar_back import ISSUER

STREAMS = 2
"""Inferences at a time: the published times are of two."""


def document_reader(models: Path) -> DocumentReader:
    """A reader with all models, warm."""
    manifests = packs.all_manifests(PROJECT / "models", models)
    runtime = Runtime(manifests, models, Engine(device="CPU", streams=STREAMS))
    runtime.load(packs.to_load(manifests, models))
    text = TextReader(runtime, STREAMS)
    text.warm()
    keys = (read_certificate(secure_qr.certificate(ISSUER)),)
    faces = FaceReader(runtime, packs.DEFAULT_TEMPLATE)
    return DocumentReader(
        faces,
        text,
        MrzReader(text, TesseractReader()),
        lambda: keys,
        OutlineNet(runtime),
        scripts=ScriptReader(),
    )
