"""The network, for training: convolutions down to 1/32, lateral sums up again, two maps out at 1/4."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from torch import Tensor, nn

LAYERS = (
    # name, channels in, channels out, kernel, stride
    ("stem", 3, 28, 7, 4),
    ("down2", 28, 28, 3, 1),
    ("down3", 28, 44, 3, 2),
    ("down3b", 44, 44, 3, 1),
    ("down4", 44, 72, 3, 2),
    ("down4b", 72, 72, 3, 1),
    ("down5", 72, 104, 3, 2),
    ("down5b", 104, 104, 3, 1),
    ("down5c", 104, 104, 3, 1),
    ("side4", 104, 72, 1, 1),
    ("up4", 72, 72, 3, 1),
    ("side3", 72, 44, 1, 1),
    ("up3", 44, 44, 3, 1),
    ("side2", 44, 28, 1, 1),
    ("up2", 28, 28, 3, 1),
    ("out", 28, 2, 1, 1),
)
"""All convolutions; each but `side*` and `out` is followed by ReLU."""


class Network(nn.Module):
    """N x 3 x H x W in -1..1 to N x 2 x H/4 x W/4 logits: document, band along its outline."""

    def __init__(self) -> None:
        super().__init__()
        for name, inner, outer, kernel, stride in LAYERS:
            layer = nn.Conv2d(inner, outer, kernel, stride, kernel // 2)
            nn.init.kaiming_normal_(layer.weight)
            nn.init.zeros_(layer.bias)
            if name.startswith(("side", "out")):
                layer.weight.data *= 0.7
            self.add_module(name, layer)

    def forward(self, x: Tensor) -> Tensor:
        part = dict(self.named_children())

        def layer(name: str, value: Tensor) -> Tensor:
            return nn.functional.relu(part[name](value), inplace=True)

        def merged(low: Tensor, side: str, high: Tensor) -> Tensor:
            return nn.functional.interpolate(part[side](low), scale_factor=2) + high

        two = layer("down2", layer("stem", x))
        three = layer("down3b", layer("down3", two))
        four = layer("down4b", layer("down4", three))
        five = layer("down5", four)
        five = layer("down5c", five + layer("down5b", five))
        four = layer("up4", merged(five, "side4", four))
        three = layer("up3", merged(four, "side3", three))
        two = layer("up2", merged(three, "side2", two))
        return part["out"](two)

    def arrays(self) -> Iterator[tuple[str, NDArray[np.float32]]]:
        """Weights and biases by layer."""
        for name, value in self.state_dict().items():
            yield name, value.detach().float().contiguous().numpy()
