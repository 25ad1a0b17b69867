"""What goes over the wire in the Verify Identity dialect: names, scales and defaults of its pages.

Required strings are "" where nothing was found, never null and never absent: the vendor's own client refuses
anything else. Optional ones are absent.
"""

from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

DocumentTypeName = Literal["passport", "drivers_license", "national_id", "auto"]
LandmarkName = Literal["eyeLeft", "eyeRight", "nose", "mouthLeft", "mouthRight"]
Share = Annotated[float, Meta(ge=0, le=1)]
Percent = Annotated[float, Meta(ge=0, le=100)]
THRESHOLD = 80.0
"""Match threshold on the 0-100 scale; the template model's decision point lies there."""


class Camel(msgspec.Struct, frozen=True, rename="camel"):
    """camelCase names."""


class Failure(Camel, frozen=True):
    """Every error but 402, which is plain text."""

    message: str


class BoundingBox(Camel, frozen=True):
    """Shares of the picture's width and height."""

    top: Share
    left: Share
    width: Share
    height: Share


class Landmark(Camel, frozen=True):
    """A point of the face in shares of the picture's width and height."""

    type: LandmarkName
    x: float
    y: float


class DetectResult(Camel, frozen=True):
    """Answer of /v1/face/detect: the top face."""

    face_detected: bool
    confidence: Share
    bounding_box: BoundingBox | UnsetType = UNSET
    landmarks: list[Landmark] | UnsetType = UNSET


class CompareResult(Camel, frozen=True):
    """Answer of /v1/face/compare."""

    is_match: bool
    confidence: Percent
    threshold: Percent
    source_face_detected: bool
    target_face_detected: bool


class ScanResult(Camel, frozen=True):
    """Answer of /v1/document/scan. Dates are ISO 8601; `rawFields` has the values as printed."""

    document_type: str
    full_name: str
    first_name: str
    last_name: str
    date_of_birth: str
    gender: str
    nationality: str
    document_number: str
    expiration_date: str
    issuing_country: str
    confidence: Share
    raw_fields: dict[str, str]
    address: str | UnsetType = UNSET
    mrz_data: str | UnsetType = UNSET
    face_image: str | UnsetType = UNSET


class VerifyDocument(Camel, frozen=True):
    """The document's part of /v1/identity/verify."""

    document_type: str
    full_name: str
    first_name: str
    last_name: str
    date_of_birth: str
    gender: str
    nationality: str
    document_number: str
    expiration_date: str
    issuing_country: str
    confidence: Percent
    address: str | UnsetType = UNSET
    face_image: str | UnsetType = UNSET


class VerifyFace(Camel, frozen=True):
    """The selfie's part."""

    face_detected: bool
    confidence: Percent


class VerifyMatch(Camel, frozen=True):
    """The comparison's part."""

    is_match: bool
    confidence: Percent
    threshold: Percent


class VerifyResult(Camel, frozen=True):
    """Answer of /v1/identity/verify: every number is 0-100."""

    verified: bool
    document: VerifyDocument
    face_detection: VerifyFace
    face_match: VerifyMatch
    overall_confidence: Percent


class ImageInput(Camel, frozen=True):
    """Body of routes that take one picture: base64, base64url, a data URL, or the key of an upload."""

    image: str


class ScanInput(Camel, frozen=True):
    """Body of /v1/document/scan."""

    image: str
    document_type: DocumentTypeName = "auto"


class CompareInput(Camel, frozen=True):
    """Body of /v1/face/compare."""

    source: str
    target: str


class VerifyInput(Camel, frozen=True):
    """Body of /v1/identity/verify."""

    document_image: str
    face_image: str
    document_type: DocumentTypeName = "auto"


class FileToUpload(Camel, frozen=True):
    """One file of a presign request."""

    content_type: Literal["image/jpeg", "image/png"]
    byte_length: Annotated[int, Meta(ge=1, le=15 * 1024 * 1024)]


class PresignInput(Camel, frozen=True):
    """Body of /v1/upload/presign."""

    files: Annotated[list[FileToUpload], Meta(min_length=1, max_length=10)]


class Upload(Camel, frozen=True):
    """Where to put one file, and the key to name it by afterwards."""

    upload_url: str
    file_key: str


class PresignResult(Camel, frozen=True):
    """Answer of /v1/upload/presign, in the order of the request."""

    uploads: list[Upload]
