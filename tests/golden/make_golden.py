"""Writes `models/<name>/golden.npz`: what a network answers to the fixed picture.

Run from the checkout after `kycbox model install`: `.venv/bin/python -m tests.golden.make_golden NAME`. The
result is a check of devices and later releases against this one; whether a network is *right* is measured
elsewhere. Files of an optional model are taken from the folder that `--published` names.
"""

import argparse
import tempfile
from pathlib import Path

import numpy as np

from appliance.config import PROJECT, Settings
from appliance.engine.devices import compile_on, golden_input, open_core
from appliance.engine.install import place
from appliance.engine.installed import verify
from appliance.engine.manifest import load_manifests

KEPT = 1024


def kept(output: np.ndarray) -> np.ndarray:
    """Positions of the largest magnitudes and an even sample: few numbers that a fault cannot miss."""
    flat = output.ravel()
    largest = np.argsort(-np.abs(flat), kind="stable")[:KEPT]
    return np.unique(np.concatenate([largest, np.linspace(0, flat.size - 1, KEPT, dtype=np.int64)]))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("names", nargs="+")
    parser.add_argument("--published", type=Path)
    given = parser.parse_args()
    core = open_core()
    manifests = load_manifests(PROJECT / "models")
    for manifest in (manifests[name] for name in given.names):
        installed = Settings().models_folder
        if given.published:
            installed = Path(tempfile.mkdtemp())
            place(manifest, given.published, installed)
        path = verify(manifest, installed)
        compiled = compile_on(core, manifest, path, "CPU", width=1, precision="f32")
        answer = compiled.infer(compiled.request(), golden_input(manifest))
        held = {}
        for number, output in enumerate(answer):
            held[f"index_{number}"] = kept(output)
            held[f"value_{number}"] = output.ravel()[kept(output)]
        path = Path(manifest.golden_path)
        np.savez_compressed(path, **held)
        print(manifest.name, path.stat().st_size, [float(np.abs(output).max()) for output in answer])


if __name__ == "__main__":
    main()
