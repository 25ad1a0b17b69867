"""What was read from an identity document."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from appliance.domain.capture import Pixels
from appliance.domain.face import Face


class DocumentType(StrEnum):
    """Kinds that the reader tells apart."""

    PASSPORT = "passport"
    VISA = "visa"
    NATIONAL_ID = "national_id"
    DRIVING_LICENCE = "driving_licence"
    AADHAAR = "aadhaar"
    PAN = "pan"
    VOTER_ID = "voter_id"
    UNKNOWN = "unknown"

    @property
    def group(self) -> "DocumentType":
        """The kind that callers know who tell only passports, identity cards and driving licences apart."""
        if self in (DocumentType.AADHAAR, DocumentType.PAN, DocumentType.VOTER_ID):
            return DocumentType.NATIONAL_ID
        return DocumentType.UNKNOWN if self is DocumentType.VISA else self


class Side(StrEnum):
    """Which face of a card a picture shows."""

    FRONT = "front"
    BACK = "back"
    UNKNOWN = "unknown"


class DocumentFault(StrEnum):
    """What is wrong with the picture of a document: hard ones first, in the order they are told in."""

    DOCUMENT_NOT_FOUND = "DOCUMENT_NOT_FOUND"
    DOCUMENT_CROPPED = "DOCUMENT_CROPPED"
    DOCUMENT_PHOTO_NOT_FOUND = "DOCUMENT_PHOTO_NOT_FOUND"
    DOCUMENT_IS_COLORLESS = "DOCUMENT_IS_COLORLESS"
    MULTIPLE_DOCUMENTS_IN_FRAME = "MULTIPLE_DOCUMENTS_IN_FRAME"
    DOCUMENT_BORDERS_OUTSIDE_OF_FRAME = "DOCUMENT_BORDERS_OUTSIDE_OF_FRAME"
    RELATIVE_DOCUMENT_SIZE_LOWER_THAN_10_PERCENT = "RELATIVE_DOCUMENT_SIZE_LOWER_THAN_10_PERCENT"
    DOCUMENT_TOO_CLOSE_TO_BORDER = "DOCUMENT_TOO_CLOSE_TO_BORDER"
    IMAGE_TOO_BLURRY = "IMAGE_TOO_BLURRY"
    IMAGE_IS_TOO_COMPRESSED = "IMAGE_IS_TOO_COMPRESSED"
    POOR_IMAGE_EXPOSURE = "POOR_IMAGE_EXPOSURE"
    GLARE_ON_IMAGE = "GLARE_ON_IMAGE"


HARD_FAULTS = frozenset(
    {
        DocumentFault.DOCUMENT_NOT_FOUND,
        DocumentFault.DOCUMENT_CROPPED,
        DocumentFault.DOCUMENT_PHOTO_NOT_FOUND,
        DocumentFault.DOCUMENT_IS_COLORLESS,
    }
)
"""With one of these a document's genuineness is not judged; the others only warn."""
IGNORABLE_FAULTS = frozenset({DocumentFault.DOCUMENT_CROPPED, DocumentFault.DOCUMENT_IS_COLORLESS})
"""Hard ones that a caller may ask to overlook."""


class Source(StrEnum):
    """Which part of the document a value was read from."""

    VIZ = "viz"  # the printed (visual inspection) zone
    MRZ = "mrz"
    BARCODE = "barcode"  # no signature protects it
    SIGNED = "signed"  # a barcode or file whose issuer's signature holds


@dataclass(frozen=True, slots=True)
class Field:
    """One value of a document.

    Attributes:
        value: normalised: dates ISO 8601, sex M/F/X, states ISO 3166 alpha-3 or the ICAO code.
        printed: as it stands on the document.
        confidence: 0..1, calibrated: of fields at c about the share c is right.
        source: where it was read.
        quad: 4 x 2 corners on the rectified page, clockwise from top left of the text; None if unknown.
    """

    value: str
    printed: str
    confidence: float
    source: Source
    quad: NDArray[np.float32] | None = None


@dataclass(frozen=True, slots=True)
class Mrz:
    """A machine-readable zone (ICAO Doc 9303).

    Attributes:
        kind: TD1, TD2, TD3, MRVA, MRVB or FRID (the older French card).
        lines: as read after correction, each of the kind's exact length.
        checks: name of each check digit and whether it holds.
        repaired: how many characters check digits corrected.
        confidence: 0..1 that all of it is right.
    """

    kind: str
    lines: tuple[str, ...]
    checks: Mapping[str, bool]
    repaired: int
    confidence: float

    @property
    def valid(self) -> bool:
        """Whether every check digit holds."""
        return all(self.checks.values())


@dataclass(frozen=True, slots=True)
class Conflict:
    """Sources give different values for one field; all are kept, none is chosen silently.

    Attributes:
        name: of the field.
        values: what each source says, the one that the field carries first.
    """

    name: str
    values: tuple[tuple[Source, str], ...]


class EvidenceKind(StrEnum):
    """What besides print and machine-readable zone tells of the holder."""

    AADHAAR_SECURE_QR = "aadhaar_secure_qr"
    AADHAAR_OFFLINE_XML = "aadhaar_offline_xml"
    AADHAAR_PLAIN_QR = "aadhaar_plain_qr"  # cards before 2018: XML without a signature
    AAMVA = "aamva"
    OTHER_BARCODE = "other_barcode"


@dataclass(frozen=True, eq=False, slots=True)
class Evidence:
    """A barcode or signed file, decoded.

    Attributes:
        kind: what it is.
        verified: whether its issuer's signature holds; None where it carries none.
        key: name of the issuer's key that verified it, "" where none did.
        reason: why it is not verified or not decoded, as one sentence without personal data; "" otherwise.
        fields: what it says, by the names and in the normal forms of `Document.fields`.
        issued_at: ISO 8601 as far as told, "" where not.
        photo: encoded portrait (JPEG 2000 or JPEG) as it stands in it, b"" without one. Untrusted.
        form: name of the barcode's symbology (`QRCode`, `PDF417`, `DataMatrix`...), "" for files.
        quad: 4 x 2 corners in the picture; None for files.
    """

    kind: EvidenceKind
    verified: bool | None
    key: str = ""
    reason: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)
    issued_at: str = ""
    photo: bytes = b""
    form: str = ""
    quad: NDArray[np.float32] | None = None

    def __repr__(self) -> str:
        return f"Evidence({self.kind}, verified={self.verified})"


@dataclass(frozen=True, eq=False, slots=True)
class FoundDocument:
    """A document found in a picture, before any of it is read.

    Attributes:
        quad: 4 x 2 corners in the picture, clockwise from the top left; the picture's own corners where the
            document fills it; None where there is none.
        page: the flattened document, or the whole picture where none was found.
        portraits: faces on `page`, largest first.
        print_boxes: N x 4 x 2 outlines in the picture of the lines of print that belong to the document.
        others: further documents in the picture.
        fills: whether the outline is the picture's own frame, because no other could be seen.
    """

    quad: NDArray[np.float32] | None
    page: Pixels
    portraits: tuple[Face, ...]
    print_boxes: NDArray[np.float32]
    others: int = 0
    fills: bool = False


@dataclass(frozen=True, eq=False, slots=True)
class Document:
    """A document as read from one picture.

    Field names: full_name, first_name, last_name, date_of_birth, sex, nationality, document_number,
    expiry_date, issue_date, issuing_country, place_of_birth, address, personal_number, father_name, vid,
    vehicle_classes, blood_group, visa_type; and as written in the holder's own script full_name_local,
    address_local. An Aadhaar's twelve digits are its document_number.

    Attributes:
        type: what it was recognised as.
        side: which face of it was seen.
        fields: by name; absent means not found.
        confidence: 0..1, mean over the fields its type must have, a missing one counting 0.
        quad: 4 x 2 corners in the picture, clockwise from the document's top left; None if not found.
        page: the rectified document, or the whole picture where none was found.
        portraits: faces on `page`, largest first.
        conflicts: fields of which sources differ.
        evidence: barcodes and signed files.
        number_valid: whether the document number's own check digit holds (Verhoeff of an Aadhaar); None for
            numbers that have none.
        to_picture: 3 x 3 homography from `page` to the picture as it came, upright.
        milliseconds: per stage.
    """

    type: DocumentType
    fields: Mapping[str, Field]
    confidence: float
    page: Pixels
    quad: NDArray[np.float32] | None = None
    mrz: Mrz | None = None
    portraits: tuple[Face, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    number_valid: bool | None = None
    side: Side = Side.UNKNOWN
    to_picture: NDArray[np.float64] = field(default_factory=lambda: np.eye(3))
    milliseconds: Mapping[str, float] = field(default_factory=dict)

    def value(self, name: str) -> str:
        """The normalised value of a field, "" where it was not found."""
        found = self.fields.get(name)
        return found.value if found else ""
