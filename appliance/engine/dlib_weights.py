"""Reader of dlib's serialised face recognition network, without dlib.

The format (dlib 19.x and 20.x, `dlib/serialize.h`, `dlib/dnn/`): an integer is one control byte (low nibble:
how many bytes follow, bit 7: sign) and a little-endian magnitude; a float is mantissa and exponent as two
such integers; a string is its length and its bytes; a tensor is version 2, four extents, raw little-endian
float32. Each layer's record begins with its own name; records stand in order of execution.
"""

import re
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from appliance.errors import ModelCorrupt

PARAMETERS: Final = 5_614_592
"""Weights of `dlib_face_recognition_resnet_model_v1`; a file with another number is another network."""
LONGEST_FILE: Final = 64 * 1024 * 1024
_MOST_LAYERS: Final = 256
_EXTENT: Final = 4096
"""No axis of this network is longer: 256 filters are the most."""
_RECORD: Final = re.compile(
    rb"\x01[\x02-\x20](con_[45]|affine_2?|fc_2|input_rgb_image_sized|relu_|max_pool_2?|avg_pool_2?|add_prev_)"
)


@dataclass(frozen=True, slots=True)
class Mean:
    """Subtracted from R, G, B before the division by 256."""

    rgb: tuple[float, float, float]


@dataclass(frozen=True, eq=False, slots=True)
class Convolution:
    """weights: filters x channels x rows x columns; bias: filters; stride and padding: y, x."""

    weights: NDArray[np.float32]
    bias: NDArray[np.float32]
    stride: tuple[int, int]
    padding: tuple[int, int]


@dataclass(frozen=True, eq=False, slots=True)
class Affine:
    """Batch normalisation frozen to `gamma * x + beta`, one of each per channel."""

    gamma: NDArray[np.float32]
    beta: NDArray[np.float32]


@dataclass(frozen=True, eq=False, slots=True)
class Dense:
    """weights: inputs x outputs, used as `x @ weights`, no bias."""

    weights: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Plain:
    """A layer without weights."""

    kind: Literal["relu", "max", "average", "add"]


_PLAIN: Final[dict[str, Literal["relu", "max", "average", "add"]]] = {
    "relu": "relu",
    "max_pool": "max",
    "avg_pool": "average",
    "add_prev": "add",
}
Layer: TypeAlias = Mean | Convolution | Affine | Dense | Plain


def read_layers(data: bytes) -> list[Layer]:
    """Read every layer, innermost (first executed) first.

    Args:
        data: the whole .dat file.

    Raises:
        ModelCorrupt: truncated, damaged, or another network than the one with 5,614,592 weights.
    """
    if len(data) > LONGEST_FILE:
        raise _corrupt("it is longer than 64 MiB")
    layers: list[Layer] = []
    count = 0
    for found in _RECORD.finditer(data):
        record = _Record(data, found.start())
        name = record.string()
        if name.encode() != found[1]:
            continue
        layer = _layer(name, record)
        layers.append(layer)
        count += _weights(layer)
        if count > PARAMETERS or len(layers) > _MOST_LAYERS:  # records may overlap in a file made to harm
            raise _corrupt("it has more layers or weights")
    if count != PARAMETERS:
        raise _corrupt(f"{count} weights, where the network has {PARAMETERS}")
    return layers


class _Record:
    """A cursor; every length is checked against the file before anything is made of it."""

    def __init__(self, data: bytes, at: int) -> None:
        self._data = data
        self._at = at

    def _take(self, count: int) -> bytes:
        end = self._at + count
        if count < 0 or end > len(self._data):
            raise _corrupt("it ends in the middle of a layer")
        part = self._data[self._at : end]
        self._at = end
        return part

    def integer(self) -> int:
        control = self._take(1)[0]
        if control & 0x0F > 8:
            raise _corrupt("an integer is longer than 8 bytes")
        value = int.from_bytes(self._take(control & 0x0F), "little")
        return -value if control & 0x80 else value

    def real(self) -> float:
        mantissa, exponent = self.integer(), self.integer()
        if abs(exponent) > 1023:  # dlib writes infinities and not-a-number as exponents from 32000
            raise _corrupt("a number is not finite")
        return float(mantissa) * 2.0**exponent

    def string(self) -> str:
        length = self.integer()
        if not 0 <= length <= 64:
            raise _corrupt("a name is too long")
        return self._take(length).decode("ascii", "replace")

    def extents(self, count: int) -> tuple[int, ...]:
        found = tuple(self.integer() for _ in range(count))
        if not all(0 <= extent <= PARAMETERS for extent in found):
            raise _corrupt("an extent is out of range")
        return found

    def alias(self) -> tuple[int, ...]:
        """The shape of a part of a tensor: a version of its own, then four extents."""
        if self.integer() != 1:
            raise _corrupt("a part of a tensor is not of version 1")
        return self.extents(4)

    def tensor(self) -> NDArray[np.float32]:
        if self.integer() != 2:
            raise _corrupt("a tensor is not of version 2")
        count = 1
        for extent in self.extents(4):
            count *= extent
        if count > PARAMETERS:
            raise _corrupt("a tensor has more weights than the network")
        values = np.frombuffer(self._take(4 * count), "<f4").astype(np.float32)
        if not np.isfinite(values).all():
            raise _corrupt("a weight is not finite")
        return values


def _layer(name: str, record: _Record) -> Layer:
    kind = name.rstrip("0123456789").rstrip("_")
    if kind in _PLAIN:
        return Plain(_PLAIN[kind])
    match kind:
        case "input_rgb_image_sized":
            return Mean((record.real(), record.real(), record.real()))
        case "con":
            return _convolution(record)
        case "affine":
            gamma, beta = _halves(record.tensor())
            return Affine(gamma, beta)
        case _:
            return _dense(record)


def _convolution(record: _Record) -> Convolution:
    values = record.tensor()
    _filters, _rows, _columns, stride_y, stride_x, pad_y, pad_x = record.extents(7)
    weights, biases = record.alias(), record.alias()
    if not all(1 <= extent <= _EXTENT for extent in (*weights, *biases)):
        raise _corrupt("a filter's extent is out of range")
    split = int(np.prod(weights, dtype=np.int64))
    if split + int(np.prod(biases, dtype=np.int64)) != values.size or values.size - split != weights[0]:
        raise _corrupt("a convolution's parts do not add up")
    if not (1 <= stride_y <= 8 and 1 <= stride_x <= 8 and pad_y <= 8 and pad_x <= 8):
        raise _corrupt("a stride or padding is out of range")
    kernel = values[:split].reshape(weights)
    return Convolution(kernel, values[split:], (stride_y, stride_x), (pad_y, pad_x))


def _halves(values: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    if values.size == 0 or values.size % 2:
        raise _corrupt("an affine layer is not two equal halves")
    return values[: values.size // 2], values[values.size // 2 :]


def _dense(record: _Record) -> Dense:
    outputs, inputs = record.extents(2)
    values = record.tensor()
    if outputs * inputs != values.size or values.size == 0:
        raise _corrupt("the last layer's parts do not add up")
    return Dense(values.reshape(inputs, outputs))


def _weights(layer: Layer) -> int:
    match layer:
        case Convolution():
            return layer.weights.size + layer.bias.size
        case Affine():
            return layer.gamma.size + layer.beta.size
        case Dense():
            return layer.weights.size
        case _:
            return 0


def _corrupt(what: str) -> ModelCorrupt:
    return ModelCorrupt(
        f"the file is not dlib's face recognition network: {what}",
        remedy="Run `kycbox model install` to fetch it again.",
    )
