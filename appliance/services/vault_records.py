"""Find and erase what was masked: for a person who asks for erasure, before its time is over."""

from collections.abc import Callable
from typing import Final, TypeAlias

from appliance.domain.masking.kinds import Kind
from appliance.domain.masking.recognise import normal
from appliance.errors import InvalidRequest, KycboxError
from appliance.services.call import Caller
from appliance.services.context import Services
from appliance.store.transaction import Effect, Transaction
from appliance.store.vault import is_id

ERASE: Final = "masking.erase"
FIND: Final = "masking.find"
JoinErased: TypeAlias = Callable[[Callable[[Transaction], None], str], Effect]
JoinFound: TypeAlias = Callable[[Callable[[Transaction], list[str]], str], Effect]
"""Keep the answer with the effect that it tells of."""


async def erase_masked(
    services: Services, caller: Caller, mask_id: str, join: JoinErased | None = None
) -> None:
    """Erase a masking's originals, and the answers kept about it. The caller needs the scope `mask`.

    Args:
        services: of the box.
        caller: who calls.
        mask_id: of the masking.
        join: where the answer is kept in the same transaction; not with the record, which is gone.

    Raises:
        NotFound: no such masking of this tenant.
        Conflict: a legal hold stands on it, or the law wants it kept.
        Forbidden: scope.
    """
    try:
        caller.require("mask")
        effect = services.vault.erase(caller.principal.tenant, mask_id)
        if join is not None:
            effect = join(effect, "")
        await services.audit.succeeded(caller, ERASE, effect=effect, about=mask_id)
    except KycboxError as error:
        await services.audit.refused(caller, ERASE, error.code, about=mask_id if is_id(mask_id) else "")
        raise


async def find_masked(
    services: Services, caller: Caller, kind: str, value: str, join: JoinFound | None = None
) -> list[str]:
    """Find maskings in which a value was recognised, oldest first. The caller needs the scope `mask`.

    Args:
        services: of the box.
        caller: who calls; only its tenant's maskings are found.
        kind: `aadhaar`, `pan`, `phone` ...
        value: in any spelling.
        join: where the answer is kept in the same transaction.

    Raises:
        InvalidRequest: no such kind.
        Forbidden: scope.
    """
    try:
        caller.require("mask")
        if kind not in set(Kind) - {Kind.OTHER}:
            raise InvalidRequest("no such kind", remedy=f"One of: {', '.join(set(Kind) - {Kind.OTHER})}.")
    except KycboxError as error:
        await services.audit.refused(caller, FIND, error.code)
        raise
    spelled = normal(Kind(kind), value)
    tenant = caller.principal.tenant
    found = await services.database.read(lambda c: services.vault.find(c, tenant, kind, spelled))
    effect = join(lambda _: found, "") if join is not None else None
    details: dict[str, str | int | float | bool] = {"kind": kind, "found": len(found)}
    await services.audit.succeeded(caller, FIND, effect=effect, details=details)
    return found
