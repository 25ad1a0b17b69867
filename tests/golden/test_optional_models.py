"""Models that an operator brings: added from their files, they give what their authors say."""

import os
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageOps

from appliance.config import PROJECT, Engine
from appliance.domain.face import cosine
from appliance.engine import packs
from appliance.engine.runtime import Runtime
from appliance.errors import ModelCorrupt, ModelMissing, NotInstalled
from appliance.vision.attacks import minifasnet
from appliance.vision.faces.reader import FaceReader

MODELS = PROJECT / "models"


@pytest.fixture(scope="module")
def brought() -> Path:
    """Folder of the files; skips where there is none."""
    named = os.environ.get("KYCBOX_PACKS")
    folder = Path(named) if named else PROJECT.parent / "shared" / "packs"
    if not folder.is_dir():
        pytest.skip("skipped: no packs")
    return folder


@pytest.fixture(scope="module")
def installed(brought: Path, installed_models: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A models folder of its own, with everything added."""
    folder = tmp_path_factory.mktemp("packs") / "models"
    shutil.copytree(installed_models, folder)
    added = packs.add_known(brought, MODELS, folder)
    assert {one.name for one in added} == {
        "face-attack-minifasnet-v2",
        "face-attack-minifasnet-v1se",
        "face-template-retail",
    }
    return folder


def loaded(installed: Path) -> Runtime:
    manifests = packs.all_manifests(MODELS, installed)
    runtime = Runtime(manifests, installed, Engine(device="CPU"))
    runtime.load(packs.to_load(manifests, installed, {"face-template-retail"}))
    return runtime


def pixels(path: Path) -> np.ndarray:
    return np.array(ImageOps.exif_transpose(Image.open(path)).convert("RGB"))


def test_minifasnet_tells_its_authors_samples_apart(installed: Path, brought: Path) -> None:
    runtime = loaded(installed)
    reader = FaceReader(runtime, "face-template-dlib")
    scores = {}
    for name in ("F1", "F2", "T1"):
        picture = pixels(brought / "minifasnet" / f"image_{name}.jpg")
        scores[name] = minifasnet.live(runtime, picture, reader.detect(picture)[0])
    assert scores["F1"] < 0.1
    assert scores["F2"] < 0.5
    assert scores["T1"] > 0.95


def test_two_template_models_stand_side_by_side_and_never_meet(installed: Path, portraits: Path) -> None:
    reader = FaceReader(loaded(installed), "face-template-dlib", ["face-template-retail"])
    made = {}
    for name in ("obama.jpg", "obama2.jpg", "biden.jpg"):
        picture = pixels(portraits / name)
        made[name] = reader.template(picture, reader.detect(picture)[0], "face-template-retail")
    point = reader.calibration_of("face-template-retail").decision.cosine
    assert (
        cosine(made["obama.jpg"], made["obama2.jpg"]) > point > cosine(made["obama.jpg"], made["biden.jpg"])
    )
    assert made["biden.jpg"].vector.shape == (256,)
    with pytest.raises(NotInstalled, match="no-such"):
        reader.template(picture, reader.detect(picture)[0], "no-such")


def test_files_that_are_not_those_are_refused(brought: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "models").mkdir()
    with pytest.raises(ModelMissing, match="neither"):
        packs.add_known(tmp_path / "empty", MODELS, tmp_path / "models")
    name = "2.7_80x80_MiniFASNetV2.pth"
    data = bytearray((brought / "minifasnet" / name).read_bytes())
    data[-1] ^= 1
    (tmp_path / "empty" / name).write_bytes(data)
    with pytest.raises((ModelMissing, ModelCorrupt)):
        packs.add_known(tmp_path / "empty", MODELS, tmp_path / "models")
    assert not list((tmp_path / "models").glob("face-*"))
