"""A pack is added whole after its hashes and its golden vector; only a template model can be put in use."""

import shutil
from pathlib import Path

import msgspec
import numpy as np
import pytest

from appliance.config import PROJECT, Engine
from appliance.engine import devices, packs
from appliance.engine.archives import sha256_of
from appliance.engine.manifest import load_manifests
from appliance.engine.runtime import Runtime
from appliance.errors import ModelCorrupt, ModelMissing, StartError

MODELS = PROJECT / "models"
OWN = load_manifests(MODELS)
DEFAULT = packs.DEFAULT_TEMPLATE


@pytest.fixture
def pack(tmp_path, installed_models):
    """The default template network under another name, as an OpenVINO IR of two files."""
    folder = tmp_path / "my-templates"
    folder.mkdir()
    own = OWN[DEFAULT]
    for name in ("model.xml", "model.bin"):
        shutil.copyfile(installed_models / DEFAULT / name, folder / name)
    shutil.copyfile(own.golden_path, folder / "golden.npz")
    (folder / "card.md").write_text("# my-templates\n")
    (folder / "calibration.json").write_text("{}")
    write(folder)
    return folder


def write(folder, **changes):
    files = "\n".join(
        f'[[files]]\nname = "{name}"\nsha256 = "{sha256_of(folder / name)}"\n'
        f"bytes = {(folder / name).stat().st_size}\n"
        for name in ("model.xml", "model.bin")
    )
    own = (MODELS / DEFAULT / "manifest.toml").read_text("utf-8")
    parts = own.split("\n\n")
    kept = [part for part in parts if not part.startswith(("[source]", "[[files]]"))]
    head = kept[0].replace(DEFAULT, changes.get("name", "my-templates")).replace('"dlib"', '"ir"')
    rest = "\n\n".join(kept[1:])
    for old, new in changes.get("replace", ()):
        assert old in head + rest
        head, rest = head.replace(old, new), rest.replace(old, new)
    (folder / "manifest.toml").write_text(f"{head}\n\n{files}\n{rest}\n", "utf-8")


@pytest.fixture
def installed(tmp_path, installed_models):
    folder = tmp_path / "installed"
    shutil.copytree(installed_models / DEFAULT, folder / DEFAULT, ignore=shutil.ignore_patterns("blobs"))
    return folder


def test_a_pack_is_added_used_and_makes_templates_under_its_own_name(pack, installed):
    added = packs.add(pack, MODELS, installed)
    assert (added.name, added.job) == ("my-templates", packs.TEMPLATE_JOB)
    assert (Path(added.folder) / "calibration.json").read_text() == "{}"
    shutil.rmtree(pack)
    manifests = packs.all_manifests(MODELS, installed)
    assert set(manifests) == {*OWN, "my-templates"}
    assert packs.template_model(manifests, installed) == DEFAULT
    assert "my-templates" not in packs.to_load(manifests, installed)
    packs.use("my-templates", manifests, installed)
    assert packs.template_model(manifests, installed) == "my-templates"
    wanted = packs.to_load(manifests, installed)
    assert "my-templates" in wanted
    assert DEFAULT not in wanted
    assert "face-mesh" in wanted
    runtime = Runtime(manifests, installed, Engine(device="CPU"))
    runtime.load(["my-templates"])
    manifest = runtime.manifest("my-templates")
    answer = runtime.infer("my-templates", devices.golden_input(manifest))[0]
    with np.load(OWN[DEFAULT].golden_path) as held:
        assert np.abs(answer[0] - held["value_0"]).max() <= 2e-6
    packs.use(DEFAULT, manifests, installed)
    assert packs.template_model(manifests, installed) == DEFAULT


def test_adding_again_replaces(pack, installed):
    packs.add(pack, MODELS, installed)
    write(pack, replace=[("dlib-resnet-v1", "second")])
    packs.add(pack, MODELS, installed)
    assert packs.all_manifests(MODELS, installed)["my-templates"].version == "second"
    assert not [path for path in installed.iterdir() if path.name.startswith(".adding")]


def test_a_changed_file_is_not_taken(pack, installed):
    data = bytearray((pack / "model.bin").read_bytes())
    data[1000] ^= 1
    (pack / "model.bin").write_bytes(data)
    with pytest.raises(ModelCorrupt, match=r"model\.bin"):
        packs.add(pack, MODELS, installed)
    assert not (installed / "my-templates").exists()
    assert set(packs.all_manifests(MODELS, installed)) == set(OWN)


def test_a_network_that_computes_something_else_is_not_taken(pack, installed):
    with np.load(pack / "golden.npz") as held:
        wrong = {"index_0": held["index_0"], "value_0": held["value_0"][::-1]}
    np.savez_compressed(pack / "golden.npz", **wrong)
    with pytest.raises(ModelCorrupt, match="golden vector"):
        packs.add(pack, MODELS, installed)
    assert not (installed / "my-templates").exists()


def test_a_pack_without_golden_vector_is_not_taken(pack, installed):
    (pack / "golden.npz").unlink()
    with pytest.raises(ModelCorrupt, match="golden vector"):
        packs.add(pack, MODELS, installed)


def test_what_is_no_network_is_not_taken(pack, installed):
    (pack / "model.xml").write_text("<net/>")
    write(pack)
    with pytest.raises(ModelCorrupt, match="cannot run it"):
        packs.add(pack, MODELS, installed)


def test_links_and_large_files_beside_are_not_taken(pack, installed):
    (pack / "calibration.json").unlink()
    (pack / "calibration.json").symlink_to("/etc/hostname")
    with pytest.raises(ModelCorrupt, match="plain file"):
        packs.add(pack, MODELS, installed)


def test_the_box_keeps_its_own_names(pack, installed):
    write(pack, name=DEFAULT)
    pack = pack.rename(pack.parent / DEFAULT)
    with pytest.raises(StartError, match="belongs to the box"):
        packs.add(pack, MODELS, installed)


def test_no_pack_there(tmp_path, installed):
    with pytest.raises(ModelMissing):
        packs.add(tmp_path / "nothing", MODELS, installed)


def test_only_an_installed_template_model_can_be_used(installed):
    with pytest.raises(StartError, match="makes no templates") as raised:
        packs.use("face-mesh", OWN, installed)
    assert DEFAULT in raised.value.remedy
    with pytest.raises(ModelMissing):
        packs.use("nothing", OWN, installed)
    shutil.rmtree(installed / DEFAULT)
    with pytest.raises(ModelMissing, match="not installed"):
        packs.use(DEFAULT, OWN, installed)


def test_a_choice_that_is_gone_or_damaged_is_said(installed):
    (installed / "in-use.json").write_bytes(msgspec.json.encode(packs.Choice(template="gone")))
    with pytest.raises(ModelMissing, match="gone"):
        packs.template_model(OWN, installed)
    (installed / "in-use.json").write_text("{")
    with pytest.raises(ModelCorrupt):
        packs.template_model(OWN, installed)
