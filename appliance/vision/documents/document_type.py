"""Which kind of document it is: by its zone's code, then by its words, then by what the caller expects."""

from collections.abc import Iterable

from appliance.domain.document import DocumentType, Mrz
from appliance.vision.documents import types
from appliance.vision.documents.labels import compact
from appliance.vision.documents.types.kind import Kind


def decide(mrz: Mrz | None, lines: Iterable[str], wanted: DocumentType | None) -> Kind:
    """The type of document; `wanted` counts only where the document itself says nothing.

    Args:
        mrz: its zone.
        lines: its print.
        wanted: what the caller expects.

    Returns:
        The module that reads it; its `TYPE` is the answer.
    """
    words = [compact(line)[0] for line in lines]
    coded = _by_code(mrz) if mrz else None
    kinds = [kind for kind in types.ALL if coded in (None, kind.TYPE)]
    weights = [kind.weight(words) for kind in kinds]
    if any(weights):
        return kinds[weights.index(max(weights))]
    return types.general(coded or wanted or DocumentType.UNKNOWN)


def _by_code(mrz: Mrz) -> DocumentType | None:
    """Doc 9303: P begins passports, A, C and I official cards, V visas."""
    first = mrz.lines[0][:1]
    if mrz.kind.startswith("MRV"):
        return DocumentType.VISA
    if mrz.kind == "TD3" and first == "P":
        return DocumentType.PASSPORT
    if mrz.kind in ("TD1", "TD2", "FRID") and first in ("I", "A", "C"):
        return DocumentType.NATIONAL_ID
    if mrz.kind in ("TD1", "TD2") and first == "D":  # ISO/IEC 18013-2 and some states' licences
        return DocumentType.DRIVING_LICENCE
    return None
