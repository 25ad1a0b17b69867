"""Writes what real dlib answers: the golden vector of `models/face-template-dlib` and `dlib_vectors.npz`.

Needs a scratch environment, because dlib is no dependency of the box:
`python -m venv V && V/bin/pip install dlib-bin numpy msgspec`, then from the checkout
`V/bin/python -m tests.golden.make_dlib_golden WEIGHTS.dat`. Last made with dlib 20.0.1 (dlib-bin, x86-64).
"""

import sys

import dlib
import numpy as np

from appliance.config import PROJECT
from appliance.engine.golden import golden_pixels
from appliance.engine.manifest import Manifest
from tests.golden.dlib_chips import chips


def main() -> None:
    network = dlib.face_recognition_model_v1(sys.argv[1])

    def describe(chip: np.ndarray) -> np.ndarray:
        return np.array(network.compute_face_descriptor(np.ascontiguousarray(chip)), np.float32)

    manifest = Manifest.read(PROJECT / "models" / "face-template-dlib")
    golden = describe(golden_pixels(manifest.golden.height, manifest.golden.width))
    np.savez_compressed(manifest.golden_path, index_0=np.arange(golden.size), value_0=golden)
    vectors = np.stack([describe(chip) for chip in chips()])
    np.savez_compressed(PROJECT / "tests" / "golden" / "dlib_vectors.npz", vectors=vectors)
    print(dlib.__version__, vectors.shape, np.linalg.norm(vectors, axis=1))


if __name__ == "__main__":
    main()
