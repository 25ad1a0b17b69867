"""Which kind of document it is: by its zone's code, then by its words, then by what the caller expects."""

from collections.abc import Iterable
from typing import Final

from appliance.domain.document import DocumentType, Mrz
from appliance.vision.documents.labels import compact

_WORDS: Final[dict[DocumentType, tuple[str, ...]]] = {
    DocumentType.DRIVING_LICENCE: (
        "DRIVINGLICENCE", "DRIVERLICENSE", "DRIVERSLICENSE", "DRIVINGLICENSE", "DRIVERSLICENCE",
        "DRIVERLICENCE", "PERMISDECONDUIRE", "FUHRERSCHEIN", "PERMISODECONDUCCION", "PERMISODECONDUCIR",
        "LICENCIADECONDUCIR", "PATENTEDIGUIDA", "CARTADECONDUCAO", "PRAWOJAZDY", "RIDICSKYPRUKAZ",
        "VODICSKYPREUKAZ", "KORKORT", "RIJBEWIJS", "AJOKORTTI", "JUHILUBA", "VADITAJAAPLIECIBA",
        "VOZACKADOZVOLA", "VOZNISKODOVOLJENJE", "VEZETOIENGEDELY", "SURUCUBELGESI", "KOREKORT",
        "FORERKORT", "PERMISDECONDUCERE", "VAIRUOTOJOPAZYMEJIMAS", "CEADUNASTIOMANA", "TRWYDDEDYRRU",
    ),
    DocumentType.PASSPORT: (
        "PASSPORT", "PASSEPORT", "REISEPASS", "PASAPORTE", "PASSAPORTO", "PASSAPORTE", "PASZPORT",
        "CESTOVNIPAS", "PASAPORT", "PASPOORT", "PUTOVNICA", "PASAPORTA", "PASPORT", "UTLEVEL",
        "POTNILIST", "CESTOVNYPAS", "DIAVATIRIO", "PASSI",
    ),
    DocumentType.NATIONAL_ID: (
        "IDENTITYCARD", "NATIONALIDENTITY", "CARTEDIDENTITE", "CARTENATIONALE", "PERSONALAUSWEIS",
        "DOCUMENTONACIONALDEIDENTIDAD", "CARTADIDENTITA", "CARTADIDENTIDADE", "CARTAODECIDADAO",
        "BILHETEDEIDENTIDADE", "DOWODOSOBISTY", "OBCANSKYPRUKAZ", "OBCIANSKYPREUKAZ", "IDENTITETSKORT",
        "IDENTITEITSKAART", "ISIKUTUNNISTUS", "HENKILOKORTTI", "PERSONASAPLIECIBA",
        "ASMENSTAPATYBESKORTELE", "OSOBNAISKAZNICA", "OSEBNAIZKAZNICA", "LETERNJOFTIM", "KIMLIKKARTI",
        "CARTEDEIDENTITATE", "SZEMELYAZONOSITO", "IDCARD", "NATIONALID", "IDENTITATSKARTE",
        "IDENTIFICATIONCARD", "SZEMELYIIGAZOLVANY", "CARTEIDENTITE",
    ),
}  # fmt: skip


def decide(mrz: Mrz | None, lines: Iterable[str], wanted: DocumentType | None) -> DocumentType:
    """The type of document; `wanted` counts only where the document itself says nothing.

    Args:
        mrz: its zone.
        lines: its print.
        wanted: what the caller expects.
    """
    coded = _by_code(mrz) if mrz else None
    if coded:
        return coded
    text = [compact(line)[0] for line in lines]
    weights = {kind: _weight(text, words) for kind, words in _WORDS.items()}
    best = max(weights, key=lambda kind: weights[kind])
    if weights[best]:
        return best
    return wanted or DocumentType.UNKNOWN


def _by_code(mrz: Mrz) -> DocumentType | None:
    """Doc 9303: P begins passports, A, C and I official cards, V visas, which are no type of ours."""
    first = mrz.lines[0][:1]
    if mrz.kind == "TD3" and first == "P":
        return DocumentType.PASSPORT
    if mrz.kind in ("TD1", "TD2", "FRID") and first in ("I", "A", "C"):
        return DocumentType.NATIONAL_ID
    if mrz.kind in ("TD1", "TD2") and first == "D":  # ISO/IEC 18013-2 and some states' licences
        return DocumentType.DRIVING_LICENCE
    return DocumentType.UNKNOWN if mrz.kind.startswith("MRV") else None


def _weight(text: list[str], words: tuple[str, ...]) -> int:
    return max((len(word) for word in words if any(word in line for line in text)), default=0)
