"""Writes document-outline.xml and .bin, with weights in half precision, from what train.py saved.

    .venv/bin/python models/document-outline/export.py /tmp/weights.npz [FOLDER] [--mix EARLIER.npz SHARE]

`--mix` takes a share of the weights of an earlier run that this one went on from: between two such runs the
network forgets less than at the end of the later one (Wortsman et al. 2022). It prints the lengths and
SHA-256 for manifest.toml; `python -m tests.golden.make_golden document-outline --published
models/document-outline` writes the golden vector then.
"""

import argparse
import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import openvino as ov
from openvino import opset13 as op

SIDE = 192
HERE = Path(__file__).resolve().parent


def graph(weights: dict[str, np.ndarray]) -> ov.Model:
    """The network of network.py, with a sigmoid at its end."""
    picture = op.parameter([1, 3, SIDE, SIDE], np.float32, name="picture")

    def convolved(name: str, value: Any) -> Any:
        weight, bias = weights[f"{name}.weight"], weights[f"{name}.bias"]
        kernel = weight.shape[2]
        stride = 4 if name == "stem" else 2 if name in {"down3", "down4", "down5"} else 1
        pad = [kernel // 2] * 2
        result = op.convolution(value, op.constant(weight), [stride] * 2, pad, pad, [1, 1])
        return op.add(result, op.constant(bias.reshape(1, -1, 1, 1)))

    def layer(name: str, value: Any) -> Any:
        return op.relu(convolved(name, value))

    def merged(low: Any, side: str, high: Any) -> Any:
        scales = op.constant(np.array([2.0, 2.0], np.float32))
        axes = op.constant(np.array([2, 3], np.int64))
        up = op.interpolate(
            convolved(side, low),
            scales,
            mode="nearest",
            shape_calculation_mode="scales",
            axes=axes,
            coordinate_transformation_mode="asymmetric",
            nearest_mode="floor",
        )
        return op.add(up, high)

    two = layer("down2", layer("stem", picture))
    three = layer("down3b", layer("down3", two))
    four = layer("down4b", layer("down4", three))
    five = layer("down5", four)
    five = layer("down5c", op.add(five, layer("down5b", five)))
    four = layer("up4", merged(five, "side4", four))
    three = layer("up3", merged(four, "side3", three))
    two = layer("up2", merged(three, "side2", two))
    maps = op.sigmoid(convolved("out", two))
    maps.output(0).get_tensor().set_names({"maps"})
    picture.output(0).get_tensor().set_names({"picture"})
    return ov.Model([maps], [picture], "document-outline")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("weights", type=Path)
    parser.add_argument("folder", type=Path, nargs="?", default=HERE)
    parser.add_argument("--mix", nargs=2, metavar=("EARLIER", "SHARE"))
    given = parser.parse_args()
    with np.load(given.weights) as file:
        weights = dict(file)
    if given.mix:
        share = float(given.mix[1])
        with np.load(given.mix[0]) as file:
            earlier = dict(file)
        weights = {
            name: (earlier[name] * share + value * (1 - share)).astype(np.float32)
            for name, value in weights.items()
        }
    target = given.folder
    ov.save_model(graph(weights), target / "document-outline.xml", compress_to_fp16=True)
    for name in ("document-outline.xml", "document-outline.bin"):
        data = (target / name).read_bytes()
        digest = hashlib.sha256(data).hexdigest()
        print(f'[[files]]\nname = "{name}"\nsha256 = "{digest}"\nbytes = {len(data)}\n')


if __name__ == "__main__":
    main()
