"""Video-based identification: what the bank's own video system reports, judged, kept and told of.

The box does not carry the call. It takes consent, location, pictures out of the video, the questions and the
recording, refuses to call a session complete while something is missing, and keeps recording and facts in the
vault as the law wants them kept.
"""

import asyncio
import hashlib
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, TypeAlias

import msgspec

from appliance.domain import vcip
from appliance.domain.credential import AuditEntry
from appliance.domain.masking.policy import Role, role_of
from appliance.domain.retention import DAY, LAW_DAYS, Retention
from appliance.domain.vcip import Evidence, Facts, Fence, Location, Question, Recording, Step, missing
from appliance.errors import Conflict, Forbidden, InvalidRequest, NotFound
from appliance.services.call import Caller
from appliance.services.context import Services
from appliance.services.grounds import grounded
from appliance.services.kyc_sessions import API, require_customer
from appliance.services.mask_payload import require_tag
from appliance.services.match_faces import MatchFaces, compared
from appliance.services.passive_liveness import Liveness
from appliance.services.unmask_payload import on_record
from appliance.store.transaction import Connection, Effect, Transaction
from appliance.store.vcip_sessions import VcipSession

PURPOSE: Final = "v-cip"
EVENT: Final = "vcip.recorded"
MOST_QUESTIONS: Final = 50
VIDEOS: Final[Mapping[str, Callable[[bytes], bool]]] = {
    "video/mp4": lambda data: data[4:8] == b"ftyp",
    "video/webm": lambda data: data[:4] == b"\x1a\x45\xdf\xa3",
}
Details: TypeAlias = dict[str, str | int | float | bool]
Join: TypeAlias = Callable[[Callable[[Transaction], VcipSession], str], Effect]
"""Keeps the answer with the change that it tells of."""


@dataclass(frozen=True, slots=True)
class Taking:
    """A step that a caller takes: of which session, and how its answer is kept."""

    identity: str
    join: Join


async def create_vcip(  # noqa: PLR0913, PLR0917 - what a session begins with
    services: Services, caller: Caller, customer_id: str, official: str, metadata: dict[str, Any], join: Join
) -> None:
    """Open a session. The caller needs the scope `sessions`.

    Raises:
        InvalidRequest: a customer id, official or metadata that cannot be taken. Forbidden: scope.
    """
    caller.require("sessions")
    require_customer(customer_id, metadata)
    require_tag("official_id", official)
    who, facts = caller.principal, Facts(customer_id, official, metadata)

    def effect(transaction: Transaction) -> VcipSession:
        return services.vcip_sessions.create(transaction, who.tenant, who.id, facts, int(time.time()))

    await services.audit.succeeded(
        caller, "vcip.create", effect=join(effect, ""), details={"official": official}
    )


async def get_vcip(services: Services, caller: Caller, identity: str) -> VcipSession:
    """Look at a session. The caller needs the scope `sessions`.

    Raises:
        NotFound: the tenant has none of that id. Forbidden: scope.
    """
    caller.require("sessions")
    found = await _read(services, caller, identity)
    await services.audit.succeeded(caller, "vcip.read", about=found.id)
    return found


async def consent_vcip(services: Services, caller: Caller, taking: Taking, reference: str) -> None:
    """Put the customer's consent on record, for good. Raises NotFound, InvalidRequest, Forbidden."""
    if not reference:
        raise InvalidRequest("reference is missing", remedy="Name the record of the customer's consent.")
    consenting = grounded(caller, reference, caller.purpose or PURPOSE, needed=True)
    await _step(services, consenting, taking, Step.CONSENT, _with(consent=reference))


async def locate_vcip(services: Services, caller: Caller, taking: Taking, location: Location) -> None:
    """Note where the customer is. Raises NotFound, InvalidRequest, Forbidden."""
    degrees = abs(location.latitude) <= 90 and abs(location.longitude) <= 180
    if not degrees or not 0 <= location.accuracy <= 1e6:
        raise InvalidRequest("the location is none", remedy="Send degrees, and the accuracy in metres.")
    if abs(location.at - time.time()) > vcip.CLOCK_SECONDS:
        raise InvalidRequest("the time of the location is not now", remedy="Send the live location.")
    details: Details = {"inside": _fence(services).holds(location)}
    await _step(services, caller, taking, Step.LOCATE, _with(location=location), details)


async def prove_vcip(  # noqa: PLR0913 - what is judged
    services: Services,
    caller: Caller,
    taking: Taking,
    pictures: MatchFaces,
    questions: tuple[Question, ...],
    *,
    official_saw_live: bool,
) -> None:
    """Compare the faces, judge the selfie, and keep the questions. Needs the scopes `sessions` and `face`.

    Where no model judges liveness the official's word counts, and the session says whose word it was.

    Raises:
        NotFound, Forbidden.
        InvalidRequest: the step is not due, no face, no questions, or the customer was prompted before.
        Busy: the inference pool is full.
    """
    caller.require("sessions", "face")
    if not 1 <= len(questions) <= MOST_QUESTIONS or any(not 1 <= len(one.asked) <= 500 for one in questions):
        raise InvalidRequest(f"questions are 1 to {MOST_QUESTIONS}, each of 1 to 500 characters")
    vcip.after((await _read(services, caller, taking.identity)).state, Step.EVIDENCE)
    found = await compared(services, caller, pictures)
    judged = found.liveness if isinstance(found.liveness, Liveness) else None
    evidence = Evidence(
        match=found.match,
        similarity=round(found.similarity, 4),
        live=judged.live if judged else official_saw_live,
        live_by="box" if judged else "official",
        liveness=round(judged.probability, 4) if judged else None,
        questions=questions,
    )
    details: Details = {
        "match": evidence.match,
        "similarity": evidence.similarity,
        "live": evidence.live,
        "live_by": evidence.live_by,
        "questions": len(questions),
        "prompted": any(one.prompted for one in questions),
    }

    def change(session: VcipSession) -> Facts:
        before = session.facts.evidence
        if before is not None and any(one.prompted for one in before.questions):
            raise InvalidRequest(
                "the customer was prompted", remedy="Abort the session; another one may begin."
            )
        return msgspec.structs.replace(session.facts, evidence=evidence)

    await _step(services, caller, taking, Step.EVIDENCE, change, details)


async def record_vcip(services: Services, caller: Caller, taking: Taking, video: bytes) -> None:
    """Keep the recording in the vault, once and for as long as the law wants.

    Raises:
        NotFound, Forbidden. InvalidRequest: no video of a known kind, or there is a recording already.
    """
    caller.require("sessions")
    kind = next((name for name, begins in VIDEOS.items() if begins(video)), None)
    if kind is None:
        raise InvalidRequest("the recording is no video", remedy=f"Send one of: {', '.join(VIDEOS)}.")
    vcip.after((await _read(services, caller, taking.identity)).state, Step.RECORDING)
    digest = await asyncio.to_thread(lambda: hashlib.sha256(video).hexdigest())
    put, record = await asyncio.to_thread(_kept, services, caller, {"recording": video})
    recording = Recording(record, digest, len(video), kind)

    def change(session: VcipSession) -> Facts:
        if session.facts.recording is not None:
            raise InvalidRequest("the session has its recording", remedy="A recording is not replaced.")
        return msgspec.structs.replace(session.facts, recording=recording)

    details: Details = {"sha256": digest, "bytes": len(video), "record": record}
    await _step(services, caller, taking, Step.RECORDING, change, details, put)


async def complete_vcip(services: Services, caller: Caller, taking: Taking) -> None:
    """End a session with nothing missing: its facts go to the vault, and `vcip.recorded` is told.

    Raises:
        NotFound, Forbidden. InvalidRequest: something is missing; the message says what.
    """
    caller.require("sessions")
    session = await _read(services, caller, taking.identity)
    put, record = _kept(services, caller, {"facts": msgspec.json.encode(session.facts)})

    def change(now: VcipSession) -> Facts:
        lacking = missing(now.facts, _fence(services))
        if lacking:
            raise InvalidRequest(
                f"the session lacks: {', '.join(lacking)}", remedy="Bring these, then complete it."
            )
        if now.facts != session.facts:
            raise Conflict("the session has just changed", remedy="Complete it again.")
        return msgspec.structs.replace(now.facts, record=record)

    def also(transaction: Transaction) -> None:
        put(transaction)
        facts, moment = session.facts, datetime.now(UTC)
        body: dict[str, Any] = {
            "event": EVENT,
            "session_id": session.id,
            "customer_id": facts.customer_id,
            "completed_at": moment.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "result": "recorded",
            "confidence": facts.evidence.similarity if facts.evidence else 0.0,
        }
        services.webhooks.tell(transaction, API, session.tenant, stream=session.id, body=body, now=moment)

    await _step(services, caller, taking, Step.COMPLETE, change, {"record": record}, also)


async def audit_vcip(services: Services, caller: Caller, taking: Taking, auditor: str, result: str) -> None:
    """Note the result of the concurrent audit, by somebody else with a token of its own.

    Raises:
        NotFound. InvalidRequest: no such result, or the session is not recorded.
        Forbidden: scope, or the auditor is who led or opened the session.
    """
    caller.require("sessions", "audit:read")
    require_tag("auditor_id", auditor)
    if result not in {"approved", "rejected"}:
        raise InvalidRequest("result is not known", remedy="One of: approved, rejected.")

    def change(session: VcipSession) -> Facts:
        if _spelled(auditor) == _spelled(session.facts.official) or caller.principal.id == session.opened_by:
            raise Forbidden("an audit is by somebody else", remedy="Use another auditor's own token.")
        return msgspec.structs.replace(session.facts, auditor=auditor, result=result)

    await _step(services, caller, taking, Step.AUDIT, change, {"auditor": auditor, "result": result})


def _spelled(person: str) -> str:
    """One spelling of a person's tag: in capitals, or with a blank behind it, it is nobody else."""
    return person.strip().casefold()


async def abort_vcip(services: Services, caller: Caller, taking: Taking, reason: str) -> None:
    """End a session that was disrupted. Raises NotFound, InvalidRequest, Forbidden."""
    said = on_record(reason)
    if not said:
        raise InvalidRequest("reason is missing")
    await _step(services, caller, taking, Step.ABORT, _with(reason=said), {"reason": said})


async def abort_vcip_sessions(services: Services) -> int:
    """Abort sessions whose time is over; returns how many. Each is a transaction of its own."""
    now = int(time.time())
    due = await services.database.read(lambda connection: services.vcip_sessions.due(connection, now))
    for tenant, identity in due:

        def effect(transaction: Transaction, tenant: str = tenant, identity: str = identity) -> None:
            change = _with(reason="expired")
            services.vcip_sessions.take(transaction, tenant, identity, Step.ABORT, change, now)

        await services.database.commit(AuditEntry("box", tenant, "vcip.expire", object=identity), effect)
    await services.database.write(lambda transaction: services.vcip_sessions.forget(transaction, now))
    return len(due)


async def watch_vcip(
    services: Services, caller: Caller, identity: str, role: str, reason: str
) -> tuple[bytes, str]:
    """Give the recording and its media type, on record. The caller needs the scope `audit:read`.

    Raises:
        NotFound: no such session of this tenant, or no recording. InvalidRequest: no role or reason.
        Forbidden: scope, or the role may not see records of this purpose.
    """
    caller.require("audit:read")
    if not role.strip() or not reason.strip():
        raise InvalidRequest("role and reason are required", remedy="Send the headers X-Role and X-Reason.")
    require_tag("role", role)
    roles = {name: Role(one.purposes, one.fields) for name, one in services.settings.masking.roles.items()}
    tenant = caller.principal.tenant

    def read(connection: Connection) -> tuple[bytes, str]:
        recording = services.vcip_sessions.get(connection, tenant, identity).facts.recording
        if recording is None:
            raise NotFound("the session has no recording")
        record = services.vault.require(connection, tenant, recording.record)
        role_of(roles, role, record.purpose)
        video = services.vault.open(connection, tenant, recording.record)["recording"]
        return video, recording.media_type

    found = await services.database.read(read)
    details: Details = {"role": role, "reason": on_record(reason)}
    await services.audit.succeeded(caller, "vcip.watch", about=identity, details=details)
    return found


async def _read(services: Services, caller: Caller, identity: str) -> VcipSession:
    tenant = caller.principal.tenant
    return await services.database.read(
        lambda connection: services.vcip_sessions.get(connection, tenant, identity)
    )


async def _step(  # noqa: PLR0913, PLR0917 - what one step is made of
    services: Services,
    caller: Caller,
    taking: Taking,
    step: Step,
    change: Callable[[VcipSession], Facts],
    details: Details | None = None,
    also: Effect | None = None,
) -> None:
    caller.require("sessions")
    tenant, identity = caller.principal.tenant, taking.identity

    def effect(transaction: Transaction) -> VcipSession:
        now = int(time.time())
        taken = services.vcip_sessions.take(transaction, tenant, identity, step, change, now)
        if also is not None:
            also(transaction)
        return taken

    joined = taking.join(effect, identity)
    await services.audit.succeeded(caller, f"vcip.{step}", effect=joined, about=identity, details=details)


def _with(**known: Any) -> Callable[[VcipSession], Facts]:
    return lambda session: msgspec.structs.replace(session.facts, **known)


def _kept(services: Services, caller: Caller, values: Mapping[str, bytes]) -> tuple[Effect, str]:
    """Seal what the law wants kept."""
    return services.vault.put(
        caller.principal.tenant,
        values,
        PURPOSE,
        expires=services.vault.now() + LAW_DAYS * DAY,
        retention=Retention.LAW,
    )


def _fence(services: Services) -> Fence:
    return Fence(*services.settings.vcip.fence)
