"""Fields into what the calls ask; whatever is wrong with any of them is told in one answer."""

from collections.abc import Collection
from dataclasses import dataclass

from appliance.api import base64_text
from appliance.api.apptenticate.body import MOST_BYTES
from appliance.api.apptenticate.errors import NO_IMAGE, TOO_LARGE, FieldsRefused
from appliance.api.forms import Fields, File
from appliance.config import Apptenticate
from appliance.domain.attack import Domain
from appliance.domain.document import DocumentType
from appliance.services.pictures import Intake, Picture, Sealed, Sent

INTAKE = Intake(formats=frozenset({"image/jpeg"}), max_bytes=MOST_BYTES)
SLACK = 1024
"""Bytes by which a sealed capture may be longer than its picture."""
PASSPORT, PASSPORT_PLUS, CARD, PROFILE = (
    "passport",
    "passport_plus",
    "identification_card",
    "profile_image",
)
WANTED = {
    PASSPORT: DocumentType.PASSPORT,
    PASSPORT_PLUS: DocumentType.PASSPORT,
    CARD: DocumentType.NATIONAL_ID,
}
DEVICES = ("IOS", "ANDROID", "DESKTOP")
_TRUE = frozenset({"true", "t", "yes", "y", "on", "1"})
_FALSE = frozenset({"false", "f", "no", "n", "off", "0", ""})
_JPEG = b"\xff\xd8\xff"

REQUIRED = "This field is required."
BLANK = "This field may not be blank."
NO_FILE = "No file was submitted."
EMPTY_FILE = "The submitted file is empty."
NOT_A_FILE = "The submitted data was not a file. Check the encoding type on the form."
NOT_A_TRUTH = "Must be a valid boolean."
NOT_IN_LIBRARY = "This document is not in the library."
OTHER_KIND = "This document is of another type than document_type."
ONE_OF_BOTH = "Send either selfie or encrypted_file."

DOCUMENT_FIELDS = ("frontside", "backside", "document_type", "document_id", "return_id", "device")
LIVENESS_FIELDS = ("selfie", "encrypted_file", "return_id", "device", "details")
MATCH_FIELDS = ("frontside", "selfie", "document_type", "return_id", "device")


@dataclass(frozen=True, slots=True)
class DocumentAsked:
    """What `/ocr/` is asked.

    Attributes:
        front: with the portrait.
        back: None where none was sent.
        document_type: as sent.
        state: issuing state that `document_id` names, "" without one.
        device: as sent, or "".
        return_id: whether the call's number is told.
    """

    front: Picture
    back: Picture | None
    document_type: str
    state: str
    device: str
    return_id: bool


@dataclass(frozen=True, slots=True)
class LivenessAsked:
    """What `/biometrics/liveness/` is asked: a selfie, sealed or plain, and how much is told."""

    selfie: Picture
    domain: Domain
    details: bool
    return_id: bool


@dataclass(frozen=True, slots=True)
class MatchAsked:
    """What `/biometrics/foreigns/` is asked."""

    front: Picture
    selfie: Picture
    return_id: bool


class Form:
    """Takes fields one by one and collects what is wrong with them."""

    def __init__(self, fields: Fields) -> None:
        self._fields = fields
        self._wrong: dict[str, list[str]] = {}

    def has(self, name: str) -> bool:
        """Whether a field was sent."""
        return name in self._fields

    def refuse(self, name: str, message: str) -> None:
        """Say what is wrong with a field."""
        self._wrong.setdefault(name, []).append(message)

    def done(self) -> None:
        """End the taking.

        Raises:
            FieldsRefused: something is wrong.
        """
        if self._wrong:
            raise FieldsRefused(self._wrong)

    def text(self, name: str, *, required: bool = False) -> str:
        """A text; "" where there is none."""
        value = self._fields.get(name)
        if value is None and required:
            self.refuse(name, REQUIRED)
        if isinstance(value, File):
            self.refuse(name, "Not a valid string.")
        if value == "" and required:
            self.refuse(name, BLANK)
        return value if isinstance(value, str) else ""

    def choice(self, name: str, choices: Collection[str], *, required: bool = False) -> str:
        """One of a few words; "" where there is none."""
        value = self.text(name, required=required)
        if value and value not in choices:
            self.refuse(name, f'"{value[:100]}" is not a valid choice.')
        return value

    def flag(self, name: str) -> bool:
        """A truth value in any spelling that Django takes; false where there is none."""
        value = self.text(name).strip().lower()
        if value not in _TRUE | _FALSE:
            self.refuse(name, NOT_A_TRUTH)
        return value in _TRUE

    def jpeg(self, name: str, *, required: bool) -> Picture | None:
        """A JPEG file, as a file or in base64. Its beginning is looked at, it is not decoded."""
        data = self._data(name, MOST_BYTES, required=required)
        if data is None:
            return None
        if not data.startswith(_JPEG):
            self.refuse(name, NO_IMAGE)
        return Sent(data)

    def sealed(self, name: str) -> Picture | None:
        """A sealed capture, as a file or in base64."""
        data = self._data(name, MOST_BYTES + SLACK, required=True)
        return None if data is None else Sealed(data)

    def _data(self, name: str, most: int, *, required: bool) -> bytes | None:
        value = self._fields.get(name)
        if value is None or (value == "" and not required):
            if required:
                self.refuse(name, NO_FILE)
            return None
        if isinstance(value, File):
            data: bytes | None = value.data
        else:
            data = b"\x00" * (most + 1) if base64_text.is_longer(value, most) else base64_text.decoded(value)
        if data is None:
            self.refuse(name, NOT_A_FILE)
        elif not data:
            self.refuse(name, EMPTY_FILE)
        elif len(data) > most:
            self.refuse(name, TOO_LARGE)
        else:
            return data
        return None


def document(fields: Fields, settings: Apptenticate) -> DocumentAsked:
    """Read the fields of `/ocr/`. Blocks some milliseconds per megabyte of base64.

    Raises:
        FieldsRefused: naming every field that is missing or wrong.
    """
    form = Form(fields)
    kind = form.choice("document_type", WANTED, required=True)
    front = form.jpeg("frontside", required=True)
    back = form.jpeg("backside", required=kind == CARD)
    state = _state(form, kind, settings)
    device = form.choice("device", DEVICES)
    return_id = form.flag("return_id")
    form.done()
    assert front is not None
    return DocumentAsked(front, back, kind, state, device, return_id)


def _state(form: Form, kind: str, settings: Apptenticate) -> str:
    code = form.text("document_id")
    if not code:
        return ""
    known = settings.document_library.get(code)
    if known is None:
        form.refuse("document_id", NOT_IN_LIBRARY)
        return ""
    listed, _, state = known.partition(":")
    if kind in WANTED and WANTED[listed] is not WANTED[kind]:
        form.refuse("document_id", OTHER_KIND)
    return state


def liveness(fields: Fields) -> LivenessAsked:
    """Read the fields of `/biometrics/liveness/`. Blocks as `document` does.

    Raises:
        FieldsRefused: naming every field that is missing or wrong.
    """
    form = Form(fields)
    if form.has("encrypted_file") and form.has("selfie"):
        form.refuse("encrypted_file", ONE_OF_BOTH)
    is_sealed = form.has("encrypted_file")
    selfie = form.sealed("encrypted_file") if is_sealed else form.jpeg("selfie", required=True)
    device = form.choice("device", DEVICES)
    details, return_id = form.flag("details"), form.flag("return_id")
    form.done()
    assert selfie is not None
    domain = Domain.DESKTOP if device == "DESKTOP" else Domain.GENERAL
    return LivenessAsked(selfie, domain, details, return_id)


def match(fields: Fields) -> MatchAsked:
    """Read the fields of `/biometrics/foreigns/`. Blocks as `document` does.

    Raises:
        FieldsRefused: naming every field that is missing or wrong.
    """
    form = Form(fields)
    front, selfie = form.jpeg("frontside", required=True), form.jpeg("selfie", required=True)
    form.choice("document_type", (*WANTED, PROFILE), required=True)
    form.choice("device", DEVICES)
    return_id = form.flag("return_id")
    form.done()
    assert front is not None
    assert selfie is not None
    return MatchAsked(front, selfie, return_id)
