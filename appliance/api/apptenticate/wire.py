"""What goes over the wire in this dialect; absent fields are left out, never null."""

from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

Share = Annotated[float, Meta(ge=0, le=1)]
Number = Annotated[int, Meta(ge=1)]


class Tokens(msgspec.Struct, frozen=True):
    """Answer of `/api/token/`."""

    refresh: str
    access: str


class Access(msgspec.Struct, frozen=True):
    """Answer of `/api/token/refresh/`."""

    access: str


class DocumentRead(msgspec.Struct, frozen=True, kw_only=True):
    """A document that was read. What was not found is the empty string; dates are ISO 8601."""

    valid: Literal[True]
    document_type: Literal["passport", "passport_plus", "identification_card"]
    data: dict[str, str]
    id: Number | UnsetType = UNSET


class DocumentRefused(msgspec.Struct, frozen=True, kw_only=True):
    """A document that was not read, and why."""

    valid: Literal[False]
    error_code: int
    error: str
    id: Number | UnsetType = UNSET


class Passive(msgspec.Struct, frozen=True):
    """Proof of life of a selfie: below 0.5 of quality or liveness it is refused; `score` has no bounds."""

    score: float
    quality: Share
    liveness: Share


class FaceLiveness(msgspec.Struct, frozen=True):
    """Proof of life of the face; 0.5 decides."""

    probability: Share


class CaptureLiveness(msgspec.Struct, frozen=True):
    """Whether the capture comes from a camera; 0.5 decides, `score` has no bounds."""

    score: float
    probability: Share


class Plus(msgspec.Struct, frozen=True):
    """Proof of life of a sealed capture."""

    face_liveness: FaceLiveness
    capture_liveness: CaptureLiveness


class Liveness(msgspec.Struct, frozen=True, kw_only=True):
    """Answer of `/biometrics/liveness/`; `api_response` where details are wanted and a face was judged."""

    valid: bool
    api_response: Passive | UnsetType = UNSET
    error: str | UnsetType = UNSET
    id: Number | UnsetType = UNSET


class LivenessPlus(msgspec.Struct, frozen=True, kw_only=True):
    """The same for a sealed capture."""

    valid: bool
    api_response: Plus | UnsetType = UNSET
    error: str | UnsetType = UNSET
    id: Number | UnsetType = UNSET


class Match(msgspec.Struct, frozen=True, kw_only=True):
    """Answer of `/biometrics/foreigns/`: whether both pictures show one person; 0.8 decides."""

    valid: bool
    similarity: Share
    error: str | UnsetType = UNSET
    id: Number | UnsetType = UNSET


class Detail(msgspec.Struct, frozen=True):
    """Most errors."""

    detail: str


class TokenMessage(msgspec.Struct, frozen=True):
    """Which kind of token is not valid."""

    token_class: str
    token_type: str
    message: str


class Unauthorized(msgspec.Struct, frozen=True):
    """401; `code` is `token_not_valid` where a token was sent."""

    detail: str
    code: str | UnsetType = UNSET
    messages: list[TokenMessage] | UnsetType = UNSET
