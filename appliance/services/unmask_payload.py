"""Bring back what was masked, for whoever may see it, and on record.

Record, event and use of an approval are one transaction with the leaf; the originals are handed out only when
it is on disk. Refusals leave a leaf too, with role and record.
"""

import asyncio
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, TypeAlias

from appliance.domain.masking.payload import hidden_in, restore
from appliance.domain.masking.policy import Role, role_of, visible
from appliance.errors import InvalidRequest, KycboxError
from appliance.services.call import Caller
from appliance.services.context import Services
from appliance.services.mask_payload import SKELETON, require_tag
from appliance.store.transaction import Connection, Transaction
from appliance.store.vault import Record, is_id
from appliance.store.vault_approvals import Ask
from appliance.store.vault_keys import WrappingKeyGone

ACTION: Final = "masking.unmask"
APPROVE: Final = "masking.approve"
EVENT: Final = "masking.unmasked"
API: Final = "recspace"
REASON_LENGTH: Final = 200
"""Characters of a reason that go on record."""


@dataclass(frozen=True, slots=True)
class UnmaskRequest:
    """What is to be brought back, and why.

    Attributes:
        mask_id: of the masking.
        role: that the caller acts in.
        reason: why; on record, with what looks like personal data hidden in it.
        fields: paths, with stars, of the values wanted; None wants all that the role may see.
        approval: token of a second person's approval, "" where none is needed.
    """

    mask_id: str
    role: str
    reason: str
    fields: Sequence[str] | None = None
    approval: str = ""


@dataclass(frozen=True, slots=True)
class Unmasked:
    """What came back.

    Attributes:
        mask_id: of the masking.
        purpose: tag it was kept under.
        payload: as it was masked, with the shown values back in their places.
        fields: paths of these.
    """

    mask_id: str
    purpose: str
    payload: dict[str, Any]
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Approval:
    """A second person's approval: `token` to hand on, usable once until `expires_at` (seconds since 1970)."""

    token: str
    expires_at: int

    def __repr__(self) -> str:
        return "Approval()"


Join: TypeAlias = Callable[[Callable[[Transaction], Unmasked], str], Callable[[Transaction], None]]
"""Makes the call's effect of the effect of unmasking and the record's id: to keep the answer with it."""
JoinApproval: TypeAlias = Callable[[Callable[[Transaction], Approval], str], Callable[[Transaction], None]]
"""The same of an approval."""


async def unmask_payload(
    services: Services, caller: Caller, request: UnmaskRequest, join: Join | None = None
) -> Unmasked:
    """Unmask. The caller needs the scope `unmask`.

    Args:
        services: of the box.
        caller: who calls.
        request: what is wanted, by whom, why.
        join: where the answer is kept in the same transaction.

    Raises:
        InvalidRequest: role or reason is missing, or a path was not masked.
        Forbidden: scope, role, fields, or an approval is missing or not good for this.
        NotFound: no such masking of this tenant, irreversible, erased or past its time.
        StorageFull, StorageFailed: it is not on record, so nothing is shown.
    """
    details: dict[str, str | int | float | bool] = {"role": "", "reason": ""}
    try:
        _require(caller, request.role, request.reason, details)
        found = await _opened(services, caller, request)
        answer = await asyncio.to_thread(_answer, request, found)
        effect = await _effect(services, caller, request, answer, details)
        details |= {"purpose": answer.purpose, "fields": len(answer.fields)}
        joined = join(effect, request.mask_id) if join is not None else _alone(effect)
        await services.audit.succeeded(caller, ACTION, effect=joined, about=request.mask_id, details=details)
    except KycboxError as error:
        await _refused(services, caller, ACTION, error, request.mask_id, details)
        raise
    return answer


async def approve_unmask(
    services: Services, caller: Caller, request: UnmaskRequest, join: JoinApproval | None = None
) -> Approval:
    """Approve another key's unmasking, once, for some minutes. The caller needs the scope `unmask`.

    Args:
        services: of the box.
        caller: the second person, whose key is not the one that will unmask.
        request: the unmasking that is approved: record, role, fields; the reason is the approver's.
        join: where the answer is kept in the same transaction.

    Raises:
        InvalidRequest: role or reason is missing.
        Forbidden: scope, or the role may not do it.
        NotFound: no such masking of this tenant, or past its time.
    """
    details: dict[str, str | int | float | bool] = {"role": "", "reason": ""}
    try:
        _require(caller, request.role, request.reason, details)
        await _opened(services, caller, request, only_ask=True)
        seconds = services.settings.masking.approval_seconds
        effect, token, expires = services.approvals.grant(_ask(caller, request), caller.principal.id, seconds)
        details |= {"seconds": seconds, "fields": "all" if request.fields is None else len(request.fields)}
        approval = Approval(token, expires)

        def granted(transaction: Transaction) -> Approval:
            effect(transaction)
            return approval

        joined = effect if join is None else join(granted, request.mask_id)
        await services.audit.succeeded(caller, APPROVE, effect=joined, about=request.mask_id, details=details)
    except KycboxError as error:
        await _refused(services, caller, APPROVE, error, request.mask_id, details)
        raise
    return approval


def _require(caller: Caller, role: str, reason: str, details: dict[str, str | int | float | bool]) -> None:
    caller.require("unmask")
    if not role.strip() or not reason.strip():
        raise InvalidRequest("role and reason are required", remedy="Send the headers X-Role and X-Reason.")
    require_tag("role", role)
    details |= {"role": role, "reason": on_record(reason)}


def on_record(reason: str) -> str:
    """A reason as it is put on record: bounded, and without what looks like personal data.

    What is on record cannot be erased. Names of people are not recognised: a reason should not hold any.
    """
    _, text = hidden_in(reason.strip()[:REASON_LENGTH])
    return text[:REASON_LENGTH]


async def _opened(
    services: Services, caller: Caller, request: UnmaskRequest, *, only_ask: bool = False
) -> tuple[Record, dict[str, bytes]]:
    """Open what the caller may see and nothing else, or only find out whether it may."""
    roles = {name: Role(one.purposes, one.fields) for name, one in services.settings.masking.roles.items()}
    tenant = caller.principal.tenant

    def wanted(record: Record, names: list[str]) -> list[str]:
        role = role_of(roles, request.role, record.purpose)
        hidden = [name for name in names if name != SKELETON]
        chosen = visible(role, hidden, request.fields)
        return [] if only_ask else [SKELETON, *chosen]

    def read(connection: Connection) -> tuple[Record, dict[str, bytes]]:
        record = services.vault.require(connection, tenant, request.mask_id)
        return record, services.vault.open(connection, tenant, request.mask_id, wanted)

    try:
        return await services.database.read(read)
    except WrappingKeyGone:  # a rotation ended between reading and opening
        return await services.database.read(read)


def _answer(request: UnmaskRequest, found: tuple[Record, dict[str, bytes]]) -> Unmasked:
    record, values = found
    plain = {name: json.loads(value) for name, value in values.items()}
    payload = plain.pop(SKELETON)
    return Unmasked(request.mask_id, record.purpose, restore(payload, plain), tuple(plain))


async def _effect(
    services: Services,
    caller: Caller,
    request: UnmaskRequest,
    answer: Unmasked,
    details: dict[str, str | int | float | bool],
) -> Callable[[Transaction], Unmasked]:
    ask = _ask(caller, request)
    two = services.settings.masking.two_person
    if two:
        details["approver"] = await services.database.read(
            lambda connection: services.approvals.approver(
                connection, request.approval, ask, caller.principal.id
            )
        )

    def effect(transaction: Transaction) -> Unmasked:
        services.vault.require(transaction, ask.tenant, request.mask_id)  # erased or expired since
        if two:
            services.approvals.take(transaction, request.approval)
        moment = datetime.now(UTC)
        services.webhooks.tell(
            transaction,
            API,
            ask.tenant,
            stream=request.mask_id,
            body={
                "event": EVENT,
                "mask_id": request.mask_id,
                "purpose": answer.purpose,
                "role": request.role,
                "completed_at": moment.strftime("%Y-%m-%dT%H:%M:%SZ"),
            },
            now=moment,
        )
        return answer

    return effect


def _ask(caller: Caller, request: UnmaskRequest) -> Ask:
    return Ask(caller.principal.tenant, request.mask_id, request.role, request.fields)


async def _refused(  # noqa: PLR0913, PLR0917  what a refusal's leaf says
    services: Services,
    caller: Caller,
    action: str,
    error: KycboxError,
    mask_id: str,
    details: dict[str, str | int | float | bool],
) -> None:
    about = mask_id if is_id(mask_id) else ""  # whatever else was sent may be anything
    await services.audit.refused(caller, action, error.code, about=about, details=details)


def _alone(effect: Callable[[Transaction], Unmasked]) -> Callable[[Transaction], None]:
    def both(transaction: Transaction) -> None:
        effect(transaction)

    return both
