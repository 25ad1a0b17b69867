"""Who is calling, and one leaf of the audit ledger about it."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Principal:
    """An authenticated caller.

    Attributes:
        id: of the credential, safe in logs and ledger.
        tenant: owner of everything the credential makes; other tenants' things do not exist for it.
        api: the one dialect it opens.
        scopes: what it may do; empty means all that its dialect's page shows.
        plan: sandbox, starter, scale or enterprise.
    """

    id: str
    tenant: str
    api: str
    scopes: frozenset[str]
    plan: str


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One thing that happened, without personal data: ids, codes and figures only.

    Attributes:
        actor: credential or technician id, or "box".
        tenant: of the actor.
        action: `document.scan`, `credential.create` ...
        outcome: `ok` or the code of the error.
        object: id of the thing acted on, or "".
        request_id: of the call, or "".
        details: more ids, codes and figures.
    """

    actor: str
    tenant: str
    action: str
    outcome: str = "ok"
    object: str = ""
    request_id: str = ""
    details: Mapping[str, str | int | float | bool] = field(default_factory=dict)
