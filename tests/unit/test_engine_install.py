"""A model is installed whole or not at all, and doing it again does nothing or mends it."""

import hashlib
import io
import zipfile

import msgspec
import pytest

from appliance.engine.install import ARCHIVES, install
from appliance.engine.installed import is_installed, verify
from appliance.engine.manifest import Derived, File, Golden, Input, Manifest, Output, Source
from appliance.errors import ModelCorrupt, ModelMissing

WEIGHTS = bytes(range(256)) * 40


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def onnx(texts: dict[str, str]) -> bytes:
    """A file with the outer form of ONNX: a version, weights, metadata pairs."""

    def field(number: int, payload: bytes) -> bytes:
        length, size = b"", len(payload)
        while size > 0x7F:
            length += bytes([size & 0x7F | 0x80])
            size >>= 7
        return bytes([number << 3 | 2]) + length + bytes([size]) + payload

    pairs = b"".join(field(14, field(1, k.encode()) + field(2, v.encode())) for k, v in texts.items())
    return b"\x08\x07" + field(7, WEIGHTS) + pairs


def wheel(name: str, members: dict[str, bytes]) -> bytes:
    made = io.BytesIO()
    info = f"{name}-1.0.dist-info"
    with zipfile.ZipFile(made, "w") as archive:
        for path, data in members.items():
            archive.writestr(path, data)
        archive.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
    return made.getvalue()


def source(name: str, archive: str, data: bytes) -> Source:
    return Source(requirement=f"{name}==1.0", archive=archive, sha256=digest(data), bytes=len(data))


def manifest(tmp_path, held: Source | None, weights: bytes, **changes) -> Manifest:
    made = Manifest(
        name="made-up",
        version="1",
        job="test",
        licence="CC0-1.0",
        format="onnx",
        files=(File(name="net.onnx", sha256=digest(weights), bytes=len(weights), member="inner/net.onnx"),),
        inputs=(Input(name="x", layout="NHWC", shape=(1, 8, 8, 3)),),
        outputs=(Output(name="y", shape=(1, 2), meaning="nothing"),),
        golden=Golden(file="golden.npz", height=12, width=50, made_by="nobody", tolerance={"f32": 1e-4}),
        source=held,
        folder=str(tmp_path / "models" / "made-up"),
    )
    return msgspec.structs.replace(made, **changes)


def put(installed, archive: bytes) -> None:
    """An archive put there by hand: nothing is fetched."""
    (installed / ARCHIVES).mkdir(parents=True, exist_ok=True)
    (installed / ARCHIVES / "pkg-1.0-py3-none-any.whl").write_bytes(archive)


def silent(_name: str, _had: int, _total: int) -> None:
    """Progress nobody watches."""


def test_an_archive_put_there_by_hand_is_taken_and_installing_again_does_nothing(tmp_path):
    weights = onnx({"other": "no", "character": "ä\nb"})
    data = wheel("pkg", {"inner/net.onnx": weights})
    text = Derived(name="characters.txt", metadata="character", sha256=digest("ä\nb".encode()))
    wanted = manifest(tmp_path, source("pkg", "pkg-1.0-py3-none-any.whl", data), weights, derived=(text,))
    installed = tmp_path / "installed"
    put(installed, data)
    assert not is_installed(wanted, installed)
    assert install([wanted], installed, silent) == ["made-up"]
    assert verify(wanted, installed).read_bytes() == weights
    assert (installed / "made-up" / "characters.txt").read_text("utf-8") == "ä\nb"
    assert not (installed / ARCHIVES).exists()
    assert install([wanted], installed, silent) == []
    assert sorted(path.name for path in installed.iterdir()) == [".lock", "made-up"]


def test_what_a_killed_install_left_is_removed(tmp_path):
    installed = tmp_path / "installed"
    for name in (".extracting-a", ".installing-b", ".adding-c"):
        (installed / name / "deep").mkdir(parents=True)
    install([], installed, silent)
    assert [path.name for path in installed.iterdir()] == [".lock"]


def test_a_damaged_file_is_mended(tmp_path):
    data = wheel("pkg", {"inner/net.onnx": WEIGHTS})
    wanted = manifest(tmp_path, source("pkg", "pkg-1.0-py3-none-any.whl", data), WEIGHTS)
    installed = tmp_path / "installed"
    put(installed, data)
    install([wanted], installed, silent, keep_archives=True)
    (installed / "made-up" / "net.onnx").write_bytes(WEIGHTS[:-1])
    with pytest.raises(ModelCorrupt):
        verify(wanted, installed)
    assert install([wanted], installed, silent) == ["made-up"]
    verify(wanted, installed)


@pytest.mark.parametrize("member", ["inner/absent.onnx", "inner/net.onnx"])
def test_what_cannot_be_installed_leaves_nothing_behind(tmp_path, member):
    data = wheel("pkg", {"inner/net.onnx": WEIGHTS + b"more"})
    wrong = File(name="net.onnx", sha256=digest(WEIGHTS), bytes=len(WEIGHTS), member=member)
    wanted = manifest(tmp_path, source("pkg", "pkg-1.0-py3-none-any.whl", data), WEIGHTS, files=(wrong,))
    installed = tmp_path / "installed"
    put(installed, data)
    with pytest.raises(ModelCorrupt):
        install([wanted], installed, silent)
    with pytest.raises(ModelMissing):
        verify(wanted, installed)
    assert sorted(path.name for path in installed.iterdir()) == [".lock", ARCHIVES]


@pytest.mark.parametrize("data", [b"", b"\xff" * 30, b"\x0a\xff\xff\xff\xff\x0f", b"\x0b\x01", onnx({})[:-3]])
def test_a_file_that_is_no_onnx_gives_no_text(tmp_path, data):
    text = Derived(name="characters.txt", metadata="character", sha256=digest(b""))
    archive = wheel("pkg", {"inner/net.onnx": data})
    wanted = manifest(tmp_path, source("pkg", "pkg-1.0-py3-none-any.whl", archive), data, derived=(text,))
    installed = tmp_path / "installed"
    put(installed, archive)
    with pytest.raises(ModelCorrupt):
        install([wanted], installed, silent)


def test_a_folder_that_cannot_be_made_names_the_setting(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(ModelMissing) as raised:
        install([manifest(tmp_path, None, WEIGHTS)], tmp_path / "file" / "models", silent)
    assert "KYCBOX_MODELS" in raised.value.remedy


def test_a_model_whose_files_lie_beside_its_manifest_is_taken_from_there(tmp_path):
    weights = onnx({})
    wanted = manifest(tmp_path, None, weights)
    installed = tmp_path / "installed"
    assert install([wanted], installed, silent) == []
    beside = tmp_path / "models" / "made-up"
    beside.mkdir(parents=True)
    (beside / "net.onnx").write_bytes(weights)
    assert install([wanted], installed, silent) == ["made-up"]
    assert verify(wanted, installed).read_bytes() == weights
    assert install([wanted], installed, silent) == []
    (beside / "net.onnx").write_bytes(weights + b"changed")
    (installed / "made-up" / "net.onnx").unlink()
    with pytest.raises(ModelCorrupt, match="pins"):
        install([wanted], installed, silent)
