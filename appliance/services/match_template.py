"""Compare the face of a picture with a template made before."""

from appliance.domain.face import cosine
from appliance.services.call import Caller
from appliance.services.context import Services
from appliance.services.enrol import main_faces, refuse
from appliance.services.pictures import Intake, Picture, capture


async def match_template(
    services: Services, caller: Caller, picture: Picture, intake: Intake, template: bytes
) -> float:
    """Compare the one face of a picture with a sealed template, by the template's own model.

    The caller needs the scope `face`.

    Returns:
        0..1; 0.5 is the decision point.

    Raises:
        TemplateRefused: the template is not of this box or was changed.
        NotInstalled: its model is not on this box.
        InvalidRequest: no face, or more than one.
        RequestError: scope, or a picture that cannot be taken.
        Busy: the inference pool is full.
    """
    caller.require("face")
    reference = services.templates.open(template)
    scores = services.scores_of(reference.model)
    async with services.pool.admit() as slot:
        taken = await capture(services, caller, picture, intake)
        faces = await slot.run(services.faces.detect, taken.pixels)
        refuse(main_faces(faces), most=1)
        probe = await slot.run(services.faces.template, taken.pixels, faces[0], reference.model)
    score = scores.P(cosine(probe, reference))
    await services.audit.succeeded(
        caller, "template.match", details={"score": round(score, 4), "model": reference.model}
    )
    return score
