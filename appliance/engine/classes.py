"""Leaves out of a classifier what the box has no use for.

The text recogniser tells 18,710 characters apart, 15,900 of them Chinese. Its last layer and the softmax over
it take a third of its time (measured). Where the manifest names ranges of characters, the others' columns are
taken out of the last layer before the network is compiled: what would have been one of them mostly becomes
blank, and the characters that stay keep their order and their odds against each other.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import openvino as ov
from openvino import opset13 as ops

from appliance.engine.manifest import Classes, Manifest
from appliance.errors import ModelCorrupt


def listed(folder: Path, classes: Classes) -> list[str]:
    """Every class as published: the blank as "", the file's lines, the space."""
    return ["", *(folder / classes.file).read_text("utf-8").rstrip("\n").split("\n"), " "]


def kept(folder: Path, classes: Classes) -> list[int]:
    """Indices of the classes that stay, ascending; the blank and the space among them."""
    return [at for at, text in enumerate(listed(folder, classes)) if classes.keeps(text)]


def characters(folder: Path, classes: Classes) -> tuple[str, ...]:
    """The classes of the network as the runtime compiles it, in their order."""
    return tuple(text for text in listed(folder, classes) if classes.keeps(text))


def narrowed(core: ov.Core, manifest: Manifest, path: Path) -> Any:
    """The network with the columns of `manifest.classes` only.

    Raises:
        ModelCorrupt: its end is not a softmax over a linear layer of so many classes.
    """
    model = core.read_model(str(path))
    assert manifest.classes is not None
    keep = kept(path.parent, manifest.classes)
    softmax = model.outputs[0].get_node().input_value(0).get_node()
    add = _feeding(softmax, "Add")
    product = add and _feeding(add, "MatMul")
    if softmax.get_type_name() != "Softmax" or add is None or product is None:
        raise _corrupt(manifest, "does not end in a softmax over a linear layer")
    for node in (product, add):
        weights = node.input_value(1).get_node()
        data = weights.data if weights.get_type_name() == "Constant" else np.zeros(0)
        if not data.ndim or data.shape[-1] <= keep[-1]:
            raise _corrupt(manifest, "has another number of classes than its list")
        node.input(1).replace_source_output(_columns(data, keep))
    model.validate_nodes_and_infer_types()
    return model


def _feeding(node: Any, kind: str) -> Any:
    """The node of a kind before this one, past nodes that change nothing; None where it is another."""
    before = node.input_value(0).get_node()
    while before.get_type_name() == "Identity":
        before = before.input_value(0).get_node()
    return before if before.get_type_name() == kind else None


def _columns(data: Any, keep: Sequence[int]) -> Any:
    return ops.constant(np.ascontiguousarray(data[..., keep])).output(0)


def _corrupt(manifest: Manifest, what: str) -> ModelCorrupt:
    return ModelCorrupt(f"model {manifest.name} {what}", remedy="Run `kycbox model install`.")
