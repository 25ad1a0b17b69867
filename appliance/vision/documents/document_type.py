"""Which kind of document it is: by its zone's code or barcode, by its words, by what the caller expects."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from appliance.domain.document import DocumentType, Evidence, EvidenceKind, Mrz
from appliance.vision.documents import types
from appliance.vision.documents.labels import compact
from appliance.vision.documents.types import driving_licence_america
from appliance.vision.documents.types.kind import Kind

_BY_EVIDENCE: Final[Mapping[EvidenceKind, DocumentType]] = {
    EvidenceKind.AADHAAR_SECURE_QR: DocumentType.AADHAAR,
    EvidenceKind.AADHAAR_OFFLINE_XML: DocumentType.AADHAAR,
    EvidenceKind.AADHAAR_PLAIN_QR: DocumentType.AADHAAR,
    EvidenceKind.AAMVA: DocumentType.DRIVING_LICENCE,
}


def decide(
    mrz: Mrz | None,
    lines: Iterable[str],
    wanted: DocumentType | None,
    evidence: Sequence[Evidence] = (),
) -> Kind:
    """The type of document; `wanted` counts only where the document itself says nothing.

    Args:
        mrz: its zone.
        lines: its print.
        wanted: what the caller expects.
        evidence: its barcodes.

    Returns:
        The module that reads it; its `TYPE` is the answer.
    """
    words = [compact(line)[0] for line in lines]
    coded = (_by_code(mrz) if mrz else None) or by_evidence(evidence)
    kinds = [kind for kind in types.ALL if coded in (None, kind.TYPE)]
    weights = [kind.weight(words) for kind in kinds]
    if any(weights):
        return kinds[weights.index(max(weights))]
    if any(one.kind is EvidenceKind.AAMVA for one in evidence) and coded is DocumentType.DRIVING_LICENCE:
        return driving_licence_america
    return types.general(coded or wanted or DocumentType.UNKNOWN)


def by_evidence(evidence: Sequence[Evidence]) -> DocumentType | None:
    """The type that a barcode's content gives away; None where none does."""
    return next((_BY_EVIDENCE[one.kind] for one in evidence if one.kind in _BY_EVIDENCE and one.fields), None)


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
