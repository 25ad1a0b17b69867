"""MiniFASNet as an OpenVINO graph, built from its weights (Silent-Face-Anti-Spoofing, Apache-2.0).

Blocks are told by the names in the file, so that both variants, with and without squeeze-and-excitation, are
built by one reading. Batch normalisation is folded into a factor and a shift per channel.
"""

from typing import Any, Final

import numpy as np
import openvino as ov
from numpy.typing import NDArray
from openvino import opset13 as op

from appliance.engine.torch_weights import read_state
from appliance.errors import ModelCorrupt

SIDE: Final = 80
_EPSILON: Final = 1e-5
_PREFIX: Final = "module."
_STAGES: Final = (("conv_23", "conv_3"), ("conv_34", "conv_4"), ("conv_45", "conv_5"))


def build(data: bytes) -> ov.Model:
    """Build the network.

    Args:
        data: a `.pth` file of MiniFASNetV2 or MiniFASNetV1SE for 80 x 80 pixels.

    Returns:
        input `image`: 1 x 3 x 80 x 80 float32, BGR, 0..255. Output `logits`: 1 x 3, the second is live.

    Raises:
        ModelCorrupt: the file is damaged or is another network.
    """
    state = {name.removeprefix(_PREFIX): value for name, value in read_state(data).items()}
    try:
        return _Net(state).model()
    except KeyError as error:
        reason = f"the file is not a MiniFASNet: {error.args[0]} is missing"
        raise ModelCorrupt(reason, remedy="Take the file from where the card says.") from None


class _Net:
    def __init__(self, state: dict[str, NDArray[Any]]) -> None:
        self._state = state

    def model(self) -> ov.Model:
        image = op.parameter([1, 3, SIDE, SIDE], np.float32, name="image")
        image.output(0).set_names({"image"})
        node = self._block("conv1", image, stride=2)
        node = self._block("conv2_dw", node)
        for down, stage in _STAGES:
            node = self._depthwise(down, node, stride=2)
            number = 0
            while f"{stage}.model.{number}.conv.conv.weight" in self._state:
                node = self._residual(f"{stage}.model.{number}", node)
                number += 1
        node = self._block("conv_6_sep", node)
        node = self._linear("conv_6_dw", node, pad=0)
        node = op.reshape(node, op.constant(np.array([1, -1], np.int64)), special_zero=False)
        node = op.matmul(node, op.constant(self._of("linear.weight")), transpose_a=False, transpose_b=True)
        node = self._normalised("bn", node, (1, -1))
        logits = op.matmul(node, op.constant(self._of("prob.weight")), transpose_a=False, transpose_b=True)
        logits.output(0).set_names({"logits"})
        return ov.Model([logits], [image], "minifasnet")

    def _residual(self, name: str, node: Any) -> Any:
        new = self._depthwise(name, node)
        if f"{name}.se_module.fc1.weight" in self._state:
            new = self._excited(f"{name}.se_module", new)
        return op.add(node, new)

    def _depthwise(self, name: str, node: Any, *, stride: int = 1) -> Any:
        node = self._block(f"{name}.conv", node)
        node = self._block(f"{name}.conv_dw", node, stride=stride)
        return self._linear(f"{name}.project", node)

    def _block(self, name: str, node: Any, *, stride: int = 1) -> Any:
        slopes = op.constant(self._of(f"{name}.prelu.weight"))
        return op.prelu(self._linear(name, node, stride=stride), slopes)

    def _linear(self, name: str, node: Any, *, stride: int = 1, pad: int | None = None) -> Any:
        node = self._convolved(f"{name}.conv", node, stride=stride, pad=pad)
        return self._normalised(f"{name}.bn", node, (1, -1, 1, 1))

    def _excited(self, name: str, node: Any) -> Any:
        axes = op.constant(np.array([2, 3], np.int64))
        gate = op.reduce_mean(node, axes, keep_dims=True)
        gate = self._normalised(f"{name}.bn1", self._convolved(f"{name}.fc1", gate), (1, -1, 1, 1))
        gate = self._normalised(f"{name}.bn2", self._convolved(f"{name}.fc2", op.relu(gate)), (1, -1, 1, 1))
        return op.multiply(node, op.sigmoid(gate))

    def _convolved(self, name: str, node: Any, *, stride: int = 1, pad: int | None = None) -> Any:
        weights = self._of(f"{name}.weight")
        channels = node.output(0).get_shape()[1]
        around = [weights.shape[2] // 2 if pad is None else pad] * 2
        steps = [stride, stride]
        if weights.shape[1] == channels:
            return op.convolution(node, op.constant(weights), steps, around, around, [1, 1])
        grouped = op.constant(weights[:, None])  # one filter per channel
        return op.group_convolution(node, grouped, steps, around, around, [1, 1])

    def _normalised(self, name: str, node: Any, shape: tuple[int, ...]) -> Any:
        spread = np.sqrt(self._of(f"{name}.running_var") + np.float32(_EPSILON))
        factor = self._of(f"{name}.weight") / spread
        shift = self._of(f"{name}.bias") - self._of(f"{name}.running_mean") * factor
        scaled = op.multiply(node, op.constant(factor.reshape(shape)))
        return op.add(scaled, op.constant(shift.reshape(shape)))

    def _of(self, name: str) -> NDArray[np.float32]:
        return self._state[name].astype(np.float32)
