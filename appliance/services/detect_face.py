"""Find the face of a picture."""

from dataclasses import dataclass

from appliance.domain.face import Face
from appliance.services.call import Caller
from appliance.services.context import Services
from appliance.services.pictures import Intake, Picture, capture
from appliance.services.tokens import Spend


@dataclass(frozen=True, slots=True)
class DetectFace:
    """The command.

    Attributes:
        picture: any.
        intake: formats and bytes taken.
        spend: what the call costs, in the transaction of the leaf.
    """

    picture: Picture
    intake: Intake
    spend: Spend | None = None


@dataclass(frozen=True, eq=False, slots=True)
class FaceFound:
    """The largest face, None where the picture shows none, and the picture's size in pixels."""

    face: Face | None
    width: int
    height: int


async def detect_face(services: Services, caller: Caller, command: DetectFace) -> FaceFound:
    """Find the largest face and leave the audit leaf of it. No face is an answer, not an error.

    The caller needs the scope `face`.

    Raises:
        RequestError: scope, tokens, or the picture.
        Busy: the inference pool is full.
        ServiceError: decoding, inference or storage failed.
    """
    caller.require("face")
    async with services.pool.admit() as slot:
        decoded = await capture(services, caller, command.picture, command.intake)
        faces = await slot.run(services.faces.detect, decoded.pixels)
    height, width = decoded.pixels.shape[:2]
    details = {"faces": len(faces), "width": width, "height": height}
    await services.audit.succeeded(caller, "face.detect", effect=command.spend, details=details)
    return FaceFound(faces[0] if faces else None, width, height)
