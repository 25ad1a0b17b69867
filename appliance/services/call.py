"""One call of one caller: what every use case is told about who asks."""

from dataclasses import dataclass, field

from appliance.domain.credential import Principal
from appliance.errors import Forbidden


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls, under which request id.

    Attributes:
        principal: the authenticated caller.
        request_id: of this call, safe in answers, logs and ledger.
        consent: reference of the consent that the call rests on, "" where it names none; goes on record.
        purpose: tag of what the call is for, "" where it names none; goes on record.
        leaves: what this call has left in the audit ledger so far; the audit service appends to it.
        nonces: of sealed captures that this call has used up so far.
    """

    principal: Principal
    request_id: str
    consent: str = ""
    purpose: str = ""
    leaves: list[str] = field(default_factory=list)
    nonces: list[bytes] = field(default_factory=list)

    @property
    def sees_whole_numbers(self) -> bool:
        """Whether Aadhaar numbers are shown whole: that scope has to be given by name, "all" lacks it."""
        return "pii:raw" in self.principal.scopes

    def require(self, *scopes: str) -> None:
        """Refuse a credential that was narrowed to other scopes; one without scopes may do everything.

        Raises:
            Forbidden: a scope is missing.
        """
        granted = self.principal.scopes
        missing = sorted(set(scopes) - granted) if granted else []
        if missing:
            reason = f"this key does not have the scope {', '.join(missing)}"
            raise Forbidden(reason, remedy="Use a key that was created with it.")
