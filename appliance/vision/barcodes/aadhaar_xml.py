"""The QR code of Aadhaar cards printed before 2018: one XML element, not signed.

Anybody can make one. It tells the number and the name without errors of reading, and nothing about whether
the card is genuine.
"""

import re
from typing import Final

from lxml import etree

from appliance.domain import aadhaar
from appliance.domain.document import Evidence, EvidenceKind

MOST: Final = 16 * 1024
_ELEMENT: Final = "<PrintLetterBarcodeData"
_NAMES: Final = {
    "name": "name",
    "dob": "birth",
    "gender": "sex",
    "co": "care_of",
    "house": "house",
    "street": "street",
    "lm": "landmark",
    "loc": "location",
    "vtc": "vtc",
    "po": "post_office",
    "subdist": "sub_district",
    "dist": "district",
    "state": "state",
    "pc": "pin",
}


def is_plain_qr(text: str) -> bool:
    """Whether a barcode's text is one. Many begin with an XML declaration that is itself no XML."""
    return _ELEMENT in text[:256]


def evidence(text: str) -> Evidence:
    """Read the element. `verified` is None: nothing signs it."""
    element = _element(text)
    if element is None:
        reason = "the Aadhaar QR code is damaged: it is not XML"
        return Evidence(EvidenceKind.AADHAAR_PLAIN_QR, verified=None, reason=reason)
    given = {name: str(value) for name, value in element.attrib.items()}
    values = {ours: given.get(theirs, "") for theirs, ours in _NAMES.items()}
    values["birth"] = aadhaar.birth(values["birth"]) or given.get("yob", "")
    number = re.sub(r"\s", "", given.get("uid", ""))
    values["number"] = number if re.fullmatch(r"[0-9]{12}", number) else aadhaar.masked(number[-4:])
    return Evidence(EvidenceKind.AADHAAR_PLAIN_QR, verified=None, fields=aadhaar.fields(values))


def _element(text: str) -> etree._Element | None:  # lxml gives the type no public name
    """The element alone: whatever stands around it, a document type too, is not looked at."""
    start = text.find(_ELEMENT)
    end = text.find(">", start)
    if start < 0 or end < 0 or end - start > MOST:
        return None
    whole = text[start : end + 1]
    closed = whole if whole.endswith("/>") else whole[:-1] + "/>"
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, recover=False
    )
    try:
        return etree.fromstring(closed.encode("utf-8", "replace"), parser)
    except (etree.XMLSyntaxError, ValueError):
        return None
