"""The document step: read it, check it, keep its portraits for the selfie."""

import secrets
import time
from dataclasses import dataclass
from typing import Final

from appliance.domain.attack import Attack, Strictness
from appliance.domain.capture import Capture
from appliance.domain.document import HARD_FAULTS
from appliance.domain.face import Template
from appliance.domain.onboarding import DocumentFacts, OnboardingSession, Step
from appliance.domain.onboarding_document import TYPES, Examined, Named, facts
from appliance.domain.states import STATES
from appliance.engine.pool import Slot
from appliance.errors import InvalidRequest
from appliance.services.call import Caller
from appliance.services.compare_faces import MOST_FACES, templates
from appliance.services.context import Services
from appliance.services.judge_document import findings
from appliance.services.onboarding import events
from appliance.services.onboarding.access import session_for
from appliance.services.parts import both
from appliance.services.pictures import Intake, Picture, capture
from appliance.services.read_document import read
from appliance.store.transaction import Transaction
from appliance.vision.documents.faults import judge
from appliance.vision.kept_picture import kept_jpeg

ATTACKS: Final = (
    Attack.SCREEN_REPLAY_ATTACK,
    Attack.PRINTED_COPY_ATTACK,
    Attack.PORTRAIT_SUBSTITUTION_ATTACK,
    Attack.DIGITAL_MANIPULATION_ATTACK,
)
_COUNTRIES: Final = frozenset(state.alpha2 for state in STATES.values() if state.alpha2)


@dataclass(frozen=True, slots=True)
class UploadDocument:
    """The command.

    Attributes:
        picture: of the document.
        type: one of TYPES.
        country: ISO alpha-2, capitals.
        intake: formats and bytes taken.
    """

    picture: Picture
    type: str
    country: str
    intake: Intake


@dataclass(frozen=True, eq=False, slots=True)
class _Seen:
    examined: Examined
    portraits: list[Template]
    kept: bytes


async def upload_document(
    services: Services, caller: Caller, identity: str, command: UploadDocument
) -> DocumentFacts:
    """Take a document into a session and tell of it. An unreadable one is a result, not an error.

    The caller needs the scope `ocr`.

    Raises:
        NotFound: no such session. InvalidRequest: not now, too often, unknown type or country.
        RequestError: the picture. Busy: the inference pool is full.
    """
    caller.require("ocr")
    if command.type not in TYPES:
        raise InvalidRequest("unknown document_type", remedy=f"One of: {', '.join(TYPES)}.")
    if command.country not in _COUNTRIES:
        raise InvalidRequest("unknown country_code", remedy="Send an ISO 3166 code of two letters.")
    session = await session_for(services, caller, identity, Step.DOCUMENT)
    async with services.pool.admit() as slot:
        seen = await _seen(services, caller, slot, command)
    named = Named(command.type, command.country)
    now = int(time.time())
    found = facts(f"doc_{secrets.token_hex(12)}", named, seen.examined, services.today(), now)

    def effect(transaction: Transaction) -> None:
        moment = int(time.time())
        changed = services.onboarding.document(
            transaction, session.tenant, identity, found, seen.portraits, moment
        )
        _keep(services, transaction, changed, seen.kept)
        events.tell(services, transaction, events.UPLOADED, changed, moment)

    await services.audit.succeeded(
        caller, "onboarding.document", effect=effect, about=identity, details=details(found)
    )
    return found


def details(found: DocumentFacts) -> dict[str, str | int | float | bool]:
    """What the ledger keeps of a document: figures and codes."""
    scores: dict[str, str | int | float | bool] = {
        f"{one.attack}:{one.pipeline}": round(one.probability, 4) for one in found.attacks
    }
    return scores | {
        "document": found.id,
        "type": found.type,
        "country": found.country,
        "confidence": round(found.confidence, 4),
        "valid": found.valid,
        "errors": ",".join(found.errors),
        "conflicts": len(found.conflicts),
        "sha256": found.picture,
    }


def _keep(services: Services, transaction: Transaction, session: OnboardingSession, kept: bytes) -> None:
    services.onboarding.drop_pictures(transaction, session.id, "selfie", "frame")
    if kept:
        services.onboarding.keep_picture(transaction, session.tenant, session.id, "document", kept)


async def _seen(services: Services, caller: Caller, slot: Slot, command: UploadDocument) -> _Seen:
    taken: Capture = await capture(services, caller, command.picture, command.intake)
    look = await slot.run(services.documents.look, taken.pixels)
    found = await slot.run(services.documents.find, look)
    faults = await slot.run(judge, taken, found)
    judged = (
        () if HARD_FAULTS.intersection(faults) else ATTACKS
    )  # with one of these genuineness cannot be judged
    attacks, reading = await both(
        findings(services, slot, judged, Strictness.REGULAR, taken, found),
        slot.run(read, services.documents, look, TYPES[command.type]),
    )
    document = reading.document
    portraits = await slot.run(templates, services.faces, document.page, document.portraits[:MOST_FACES])
    keeps = services.settings.api.onboarder.keep_pictures
    kept = await slot.run(kept_jpeg, taken.pixels) if keeps else b""
    return _Seen(Examined(document, faults, attacks, taken.sha256), portraits, kept)
