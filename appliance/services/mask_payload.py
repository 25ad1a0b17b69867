"""Hide personal data in a JSON object, for good or so that it can be brought back."""

import asyncio
import json
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from appliance.domain.masking.kinds import Kind
from appliance.domain.masking.payload import Masked, mask
from appliance.domain.masking.recognise import found_in
from appliance.domain.retention import DAY, masking_days
from appliance.errors import InvalidRequest, KycboxError
from appliance.services.call import Caller
from appliance.services.context import Services
from appliance.store.transaction import Transaction

ACTION: Final = "masking.apply"
SKELETON: Final = ""
"""Name under which the masked payload lies in the vault, beside the originals under their paths."""
TAG: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._:/@\-]{0,63}")
_NOT_FOUND_BY: Final = frozenset({Kind.DATE_OF_BIRTH, Kind.PIN_CODE, Kind.OTHER})
"""Kinds that many people share."""


@dataclass(frozen=True, slots=True)
class MaskRequest:
    """What is to be masked.

    Attributes:
        payload: a JSON object.
        fields: paths to mask; None finds the twelve kinds.
        reversible: whether the originals are kept in the vault.
        purpose: tag, on record; of what is kept, what it is kept for.
        retention_days: 1 to 365 for which the originals are kept; None is 90.
    """

    payload: Mapping[str, Any]
    fields: Sequence[str] | None = None
    reversible: bool = False
    purpose: str = ""
    retention_days: int | None = None


@dataclass(frozen=True, slots=True)
class Masking:
    """The masked payload.

    Attributes:
        mask_id: brings the originals back; None where nothing was kept.
        payload: masked.
        masked_fields: paths of what is hidden.
        unmatched_fields: paths asked for that lead nowhere.
        expires_at: seconds since 1970; None where nothing was kept.
    """

    mask_id: str | None
    payload: dict[str, Any]
    masked_fields: tuple[str, ...]
    unmatched_fields: tuple[str, ...]
    expires_at: int | None


Join: TypeAlias = Callable[[Callable[[Transaction], Masking], str], Callable[[Transaction], None]]
"""Makes the call's effect of that of masking and the id of its record or "": to keep the answer with it."""


async def mask_payload(
    services: Services, caller: Caller, request: MaskRequest, join: Join | None = None
) -> Masking:
    """Mask a payload. The caller needs the scope `mask`.

    Args:
        services: of the box.
        caller: who calls.
        request: what to mask.
        join: where the answer is kept in the same transaction.

    Raises:
        InvalidRequest: a payload, path, purpose or time that cannot be taken.
        Forbidden: scope.
        StorageFull, StorageFailed: nothing was kept.
    """
    try:
        caller.require("mask")
        days = masking_days(request.retention_days)  # also where nothing is kept: a mistake is a mistake
        if request.purpose:
            require_tag("purpose", request.purpose)
        masked, effect, answer = await asyncio.to_thread(_prepare, services, caller, request, days)
    except KycboxError as error:
        await services.audit.refused(caller, ACTION, error.code)
        raise

    def stored(transaction: Transaction) -> Masking:
        if effect is not None:
            effect(transaction)
        return answer

    about = answer.mask_id or ""
    joined = join(stored, about) if join is not None else _alone(stored)
    await services.audit.succeeded(
        caller, ACTION, effect=joined, about=about, details=_details(request, masked, days)
    )
    return answer


def require_tag(name: str, value: str) -> None:
    """Take a word that goes on record for ever only where it can be no person's.

    Raises:
        InvalidRequest: not 1 to 64 plain characters, or personal data.
    """
    if not TAG.fullmatch(value) or found_in(value):
        raise InvalidRequest(
            f"{name} is 1 to 64 letters, digits and . _ : / @ - without personal data",
            remedy="Send a tag such as loan-onboarding.",
        )


def _prepare(
    services: Services, caller: Caller, request: MaskRequest, days: int
) -> tuple[Masked, Callable[[Transaction], None] | None, Masking]:
    masked = mask(request.payload, request.fields)
    fields = tuple(one.path for one in masked.hidden)
    if not request.reversible:
        return masked, None, Masking(None, masked.payload, fields, masked.unmatched, None)
    values = {SKELETON: spelled(masked.payload)}
    values |= {one.path: spelled(one.original) for one in masked.hidden}
    found_by = [(kind, value) for kind, value in masked.entities if kind not in _NOT_FOUND_BY]
    expires = services.vault.now() + days * DAY
    effect, identity = services.vault.put(
        caller.principal.tenant,
        values,
        request.purpose,
        expires=expires,
        found_by=found_by if services.settings.masking.find_by_value else (),
    )
    return masked, effect, Masking(identity, masked.payload, fields, masked.unmatched, expires)


def spelled(value: Any) -> bytes:
    """JSON that reads back as exactly the same value: numbers of any length, unpaired surrogates."""
    return json.dumps(value, ensure_ascii=True, allow_nan=False, separators=(",", ":")).encode("ascii")


def _details(request: MaskRequest, masked: Masked, days: int) -> dict[str, str | int | float | bool]:
    kinds = Counter(str(one.kind) for one in masked.hidden)
    details: dict[str, str | int | float | bool] = {
        "mode": "reversible" if request.reversible else "irreversible",
        "purpose": request.purpose,
        "fields": len(masked.hidden),
        "kinds": ",".join(f"{kind}:{count}" for kind, count in sorted(kinds.items())),
    }
    return details | ({"retention_days": days} if request.reversible else {})


def _alone(stored: Callable[[Transaction], Masking]) -> Callable[[Transaction], None]:
    def effect(transaction: Transaction) -> None:
        stored(transaction)

    return effect
