"""The one door to faces: find them, measure them, make templates of them."""

from pathlib import Path

from appliance.domain.capture import Pixels
from appliance.domain.face import Face, Template
from appliance.domain.score import Calibration
from appliance.engine.runtime import Runtime
from appliance.errors import ModelMissing
from appliance.vision.faces.align import Alignment
from appliance.vision.faces.find import FaceFinder
from appliance.vision.faces.template import face_template

CALIBRATION, ALIGNMENT = "calibration.json", "alignment.json"
"""Files in the folder of a template model."""


class FaceReader:
    """Finds faces and makes templates. Blocking; safe to call from several threads."""

    def __init__(self, runtime: Runtime, template_model: str) -> None:
        """Read the template model's alignment and calibration.

        Args:
            runtime: with the face models loaded.
            template_model: name of the model that makes the templates.

        Raises:
            ModelMissing: a file of the model's folder is not there.
            ModelCorrupt: a file of the model's folder does not hold what it should.
        """
        folder = Path(runtime.manifest(template_model).folder)
        self.template_model = template_model
        self.calibration = Calibration.decode(_content(folder / CALIBRATION))
        self._alignment = Alignment.decode(_content(folder / ALIGNMENT))
        self._runtime = runtime
        self._finder = FaceFinder(runtime, self._alignment)

    def detect(self, pixels: Pixels, *, thorough: bool = False) -> list[Face]:
        """Find the faces of a picture, largest first.

        Args:
            pixels: any size; an empty one holds no face.
            thorough: look in windows too even when the first look found a face: for pictures in which a
                second, smaller portrait counts. Takes about 15 times as long.

        Returns:
            Only faces on which the mesh settles (`mesh_score` at least 0.5), each with pose and quality.
        """
        return self._finder.find(pixels, thorough=thorough)

    def template(self, pixels: Pixels, face: Face) -> Template:
        """Make the template of a face that `detect` found in the same picture."""
        chip = self._alignment.chip(pixels, face.mesh)
        return face_template(self._runtime, self.template_model, chip, mirror=self._alignment.mirror)


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        reason = f"cannot read {path}: {error.strerror}"
        raise ModelMissing(reason, remedy="Take the model's folder again from the release.") from None
