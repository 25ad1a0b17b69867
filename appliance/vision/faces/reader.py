"""The one door to faces: find them, measure them, make templates of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from appliance.domain.capture import Pixels
from appliance.domain.face import Face, Template
from appliance.domain.score import Calibration
from appliance.engine.runtime import Runtime
from appliance.errors import ModelMissing, NotInstalled
from appliance.vision.faces.align import Alignment
from appliance.vision.faces.find import FaceFinder
from appliance.vision.faces.template import face_template

CALIBRATION, ALIGNMENT = "calibration.json", "alignment.json"
"""Files in the folder of a template model."""


@dataclass(frozen=True, slots=True)
class _TemplateModel:
    """How one model wants a face cut out, and what its cosines mean."""

    alignment: Alignment
    calibration: Calibration

    @classmethod
    def read(cls, folder: Path) -> "_TemplateModel":
        return cls(
            Alignment.decode(_content(folder / ALIGNMENT)),
            Calibration.decode(_content(folder / CALIBRATION)),
        )


class FaceReader:
    """Finds faces and makes templates. Blocking; safe to call from several threads.

    Attributes:
        template_model: name of the model that makes new templates.
        template_models: names of all that can make one: those that collections still need, too.
        calibration: of the model that makes new templates.
    """

    def __init__(self, runtime: Runtime, template_model: str, others: Sequence[str] = ()) -> None:
        """Read the template models' alignments and calibrations.

        Args:
            runtime: with the face models loaded.
            template_model: name of the model that makes the templates.
            others: names of template models of older collections, loaded as well.

        Raises:
            ModelMissing: a file of a model's folder is not there.
            ModelCorrupt: a file of a model's folder does not hold what it should.
        """
        names = dict.fromkeys((template_model, *others))
        self._models = {name: _TemplateModel.read(Path(runtime.manifest(name).folder)) for name in names}
        self.template_model = template_model
        self.template_models = tuple(names)
        self.calibration = self._models[template_model].calibration
        self._runtime = runtime
        self._finder = FaceFinder(runtime, self._models[template_model].alignment)

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

    def template(self, pixels: Pixels, face: Face, model: str | None = None) -> Template:
        """Make the template of a face that `detect` found in the same picture.

        Args:
            pixels: the picture.
            face: found in it.
            model: which template model; None takes the one in use.

        Raises:
            NotInstalled: that model is not on this box.
        """
        name = model or self.template_model
        alignment = self._model(name).alignment
        chip = alignment.chip(pixels, face.mesh)
        return face_template(self._runtime, name, chip, mirror=alignment.mirror)

    def calibration_of(self, model: str) -> Calibration:
        """What the cosines of a model's templates mean.

        Raises:
            NotInstalled: that model is not on this box.
        """
        return self._model(model).calibration

    def _model(self, name: str) -> _TemplateModel:
        if name not in self._models:
            raise NotInstalled(
                f"the template model {name} is not on this box",
                remedy=f"Add its pack again: kycbox model add PATH. It is needed for templates of {name}.",
            )
        return self._models[name]


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        reason = f"cannot read {path}: {error.strerror}"
        raise ModelMissing(reason, remedy="Take the model's folder again from the release.") from None
