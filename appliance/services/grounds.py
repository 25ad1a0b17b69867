"""What a call with personal data rests on: the reference of a consent, and a purpose.

In DPDP mode (Digital Personal Data Protection Act 2023, sections 5 and 6) a call without them is refused;
otherwise they go on record where the caller gives them.
"""

import re
from dataclasses import replace
from typing import Final

from appliance.errors import InvalidRequest
from appliance.services.call import Caller
from appliance.services.mask_payload import require_tag

_UUID: Final = re.compile(r"[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")


def grounded(caller: Caller, consent: str, purpose: str, *, needed: bool) -> Caller:
    """The caller with what its call rests on, to be written into every leaf of the call.

    Args:
        caller: who calls.
        consent: reference of a consent, such as a consent manager's artefact; "" where none is named.
        purpose: tag; "" where none is named.
        needed: whether the call is refused without both.

    Raises:
        InvalidRequest: one is missing, or is no plain tag, or looks like personal data.
    """
    if needed and not (consent and purpose):
        missing = "consent" if not consent else "purpose"
        raise InvalidRequest(
            f"this box asks for the {missing} that a call with personal data rests on",
            remedy="Send the headers X-Consent-Id and X-Purpose.",
        )
    if consent and not _UUID.fullmatch(consent):
        require_tag("consent", consent)
    if purpose:
        require_tag("purpose", purpose)
    return replace(caller, consent=consent, purpose=purpose)
