"""dlib's face recognition network as an OpenVINO graph, from the layers its file holds.

Traps, each found by comparing with real dlib (greatest difference of 128 numbers: 4e-7):
padding is 0 for the 7x7 and the stride-2 convolutions, as the file says; the residual addition pads the
smaller side with zeros at the bottom and right and adds zero channels; the short cut of a "down" block is a
2x2 average and no convolution; the last average spans the whole plane; there is no division by the length.
"""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import openvino as ov
from openvino import opset13 as op

from appliance.engine.dlib_weights import Affine, Convolution, Dense, Layer, Mean, Plain, read_layers
from appliance.errors import ModelCorrupt

SIDE: Final = 150
"""Pixels of the aligned face: the network takes SIDE x SIDE RGB, 0..255."""
_PIXEL_SCALE: Final = np.float32(1 / 256)
_CHANNELS: Final = (0, 3, 1, 2)


@dataclass(frozen=True, slots=True)
class _Plane:
    """A node with what it holds: side in pixels (planes are square) and channels."""

    node: Any
    side: int
    channels: int


class _Tape:
    """The layers in order; taking one of another kind than the network has there is an error."""

    def __init__(self, layers: list[Layer]) -> None:
        self._layers = layers
        self._at = 0

    def next_is(self, kind: type | str) -> bool:
        if self._at >= len(self._layers):
            return False
        layer = self._layers[self._at]
        return (
            isinstance(layer, Plain) and layer.kind == kind if isinstance(kind, str) else type(layer) is kind
        )

    def take(self, kind: type | str) -> Any:
        if not self.next_is(kind):
            reason = f"the file is not dlib's face recognition network: layer {self._at} is of another kind"
            raise ModelCorrupt(reason, remedy="Run `kycbox model install` to fetch it again.")
        self._at += 1
        return self._layers[self._at - 1]

    def end(self) -> bool:
        return self._at == len(self._layers)


def build(data: bytes) -> ov.Model:
    """Build the network.

    Args:
        data: `dlib_face_recognition_resnet_model_v1.dat`.

    Returns:
        input `image`: N x 150 x 150 x 3 uint8, RGB. Output `embedding`: N x 128 float32, length not 1.

    Raises:
        ModelCorrupt: the file is damaged or is another network.
    """
    tape = _Tape(read_layers(data))
    image = op.parameter([-1, SIDE, SIDE, 3], np.uint8, name="image")
    image.output(0).set_names({"image"})
    mean = np.asarray(tape.take(Mean).rgb, np.float32).reshape(1, 1, 1, 3)
    centred = op.subtract(op.convert(image, np.float32), op.constant(mean))
    scaled = op.multiply(centred, op.constant(_PIXEL_SCALE))
    plane = _Plane(op.transpose(scaled, op.constant(np.array(_CHANNELS))), SIDE, 3)
    plane = _convolve(tape, plane)
    plane = _rectify(tape, plane)
    tape.take("max")
    pooled = op.max_pool(plane.node, [2, 2], [1, 1], [0, 0], [0, 0], [3, 3], "floor").output(0)
    plane = _Plane(pooled, (plane.side - 3) // 2 + 1, plane.channels)
    while tape.next_is(Convolution):
        plane = _block(tape, plane)
    tape.take("average")
    flat = op.reduce_mean(plane.node, op.constant(np.array([2, 3])), keep_dims=False)
    dense = tape.take(Dense).weights
    if not tape.end() or dense.shape != (plane.channels, 128):
        reason = "the file is not dlib's face recognition network: its end differs"
        raise ModelCorrupt(reason, remedy="Run `kycbox model install` to fetch it again.")
    embedding = op.matmul(flat, op.constant(dense), transpose_a=False, transpose_b=False)
    embedding.output(0).set_names({"embedding"})
    return ov.Model([op.result(embedding.output(0))], [image], "face-template-dlib")


def _block(tape: _Tape, entry: _Plane) -> _Plane:
    """Two 3x3 convolutions and the short cut round them."""
    plane = _rectify(tape, _convolve(tape, entry))
    plane = _convolve(tape, plane)
    short = entry
    if tape.next_is("average"):
        tape.take("average")
        halved = op.avg_pool(entry.node, [2, 2], [0, 0], [0, 0], [2, 2], exclude_pad=True)
        short = _Plane(halved, entry.side // 2, entry.channels)
    tape.take("add")
    side, channels = max(plane.side, short.side), max(plane.channels, short.channels)
    total = op.add(_pad(plane, side, channels), _pad(short, side, channels))
    return _rectify(tape, _Plane(total, side, channels))


def _convolve(tape: _Tape, plane: _Plane) -> _Plane:
    """One convolution with the affine layer that follows folded in."""
    layer: Convolution = tape.take(Convolution)
    affine: Affine = tape.take(Affine)
    filters, channels, side, _ = layer.weights.shape
    after = (plane.side + 2 * layer.padding[0] - side) // layer.stride[0] + 1
    if channels != plane.channels or affine.gamma.size != filters or after < 1:
        reason = "the file is not dlib's face recognition network: two layers do not fit together"
        raise ModelCorrupt(reason, remedy="Run `kycbox model install` to fetch it again.")
    weights = layer.weights * affine.gamma.reshape(-1, 1, 1, 1)
    bias = (layer.bias * affine.gamma + affine.beta).reshape(1, -1, 1, 1)
    stride, padding = list(layer.stride), list(layer.padding)
    node = op.convolution(plane.node, op.constant(weights), stride, padding, padding, [1, 1])
    return _Plane(op.add(node, op.constant(bias)), after, filters)


def _rectify(tape: _Tape, plane: _Plane) -> _Plane:
    tape.take("relu")
    return _Plane(op.relu(plane.node), plane.side, plane.channels)


def _pad(plane: _Plane, side: int, channels: int) -> Any:
    if (plane.side, plane.channels) == (side, channels):
        return plane.node
    end = np.array([0, channels - plane.channels, side - plane.side, side - plane.side])
    return op.pad(plane.node, op.constant(np.zeros(4, np.int64)), op.constant(end), "constant", np.float32(0))
