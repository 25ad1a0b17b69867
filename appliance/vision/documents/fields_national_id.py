"""Printed fields of identity cards: no two states agree on a layout, all of them label their fields."""

import re
from collections.abc import Sequence
from typing import Final

from appliance.vision.documents import fields_passport
from appliance.vision.documents.anchors import Found, Print, labelled
from appliance.vision.documents.values import Situation, normalised

MUST_HAVE: Final = ("last_name", "first_name", "date_of_birth", "document_number", "expiry_date")

_LONE_NUMBER: Final = re.compile(r"[A-Z]{0,3}[0-9][A-Z0-9]{6,10}")


def read(lines: Sequence[Print], situation: Situation) -> dict[str, Found]:
    """Values beside their labels; a number that stands alone serves where none is labelled."""
    found = labelled(lines, lambda name, text: normalised(name, text, situation), fields_passport.meaning)
    if "document_number" not in found:
        taken = {value.print.text for value in found.values()}
        alone = [line for line in lines if _LONE_NUMBER.fullmatch(line.text) and line.text not in taken]
        if len(alone) == 1:
            found["document_number"] = Found(alone[0].text, alone[0])
    return found
