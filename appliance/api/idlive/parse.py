"""Requests of this dialect into commands. Its clients write one thing in several ways; all are taken."""

import base64
import binascii

import msgspec

from appliance.api.answers import AnyRequest
from appliance.api.forms import Fields, File
from appliance.api.idlive.wire import CheckModel, DocumentPipeline, FacePipeline
from appliance.domain.attack import Attack, Domain, Strictness
from appliance.domain.document import DocumentFault
from appliance.errors import InvalidRequest
from appliance.services.check import default_document_attacks, default_face_attacks
from appliance.services.check_shapes import AttackWanted, Check, SearchWanted
from appliance.services.pictures import Intake, Picture, Sealed, Sent

MEGABYTES = 20
MOST_BYTES = MEGABYTES * 1024 * 1024
INTAKE = Intake(formats=frozenset({"image/jpeg", "image/png", "image/bmp"}), max_bytes=MOST_BYTES)
BODY_BYTES = 2 * MOST_BYTES + 1024 * 1024
"""Two pictures and what stands around them; a bundle is some hundred bytes longer than its picture."""
MODEL_BYTES = 256 * 1024
_TRUE, _FALSE = frozenset({"true", "1", "yes", "on"}), frozenset({"false", "0", "no", "off"})


def flag(request: AnyRequest, name: str, default: bool | None) -> bool:
    """A boolean of the query, in any of the spellings that Spring takes.

    Args:
        request: as it came.
        name: of the parameter.
        default: where it is absent; None requires it.

    Raises:
        InvalidRequest: absent though required, or no boolean.
    """
    text = request.query_params.get(name, "").strip().lower()
    if not text:
        if default is None:
            raise InvalidRequest(f"Required request parameter '{name}' is not present.")
        return default
    if text not in _TRUE | _FALSE:
        raise InvalidRequest(f"the parameter {name} is true or false")
    return text in _TRUE


def text(request: AnyRequest, name: str) -> str:
    """A text of the query.

    Raises:
        InvalidRequest: absent or empty.
    """
    found: str = request.query_params.get(name, "")
    if not found.strip():
        raise InvalidRequest(f"Required request parameter '{name}' is not present.")
    return found


def number(request: AnyRequest, name: str, default: int, most: int) -> int:
    """A whole number of the query, at least 1.

    Raises:
        InvalidRequest: none, or out of range.
    """
    found: str = request.query_params.get(name, "").strip()
    if not found:
        return default
    if not (found.isascii() and found.isdecimal()) or len(found) > 9 or not 1 <= int(found) <= most:
        raise InvalidRequest(f"the parameter {name} is a whole number from 1 to {most}")
    return int(found)


def picture(data: bytes, *, encrypted: bool) -> Picture:
    """A picture as it was sent.

    Raises:
        InvalidRequest: nothing was.
    """
    if not data:
        raise InvalidRequest("the body is empty", remedy="Send the picture's bytes.")
    return Sealed(data) if encrypted else Sent(data)


def part(fields: Fields, name: str, *, encrypted: bool) -> Picture | None:
    """A picture in a part of a form; None where there is none."""
    value = fields.get(name)
    if value is None:
        return None
    if not isinstance(value, File):
        raise InvalidRequest(f"the part {name} is not a file", remedy="Send the picture as a file part.")
    return picture(value.data, encrypted=encrypted)


def template(value: str | File | None) -> bytes:
    """A sealed template, base64 or base64url, as text or as a file that holds that text.

    Raises:
        InvalidRequest: absent, or not base64.
    """
    if value is None:
        raise InvalidRequest("Required part 'template' is not present.")
    try:
        written = value.data.decode("ascii") if isinstance(value, File) else value
        plain = "".join(written.split()).replace("-", "+").replace("_", "/").rstrip("=")
        return base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)
    except (binascii.Error, UnicodeDecodeError, ValueError):
        raise InvalidRequest("the template is not base64") from None


def check_model(fields: Fields) -> CheckModel:
    """The part `checkModel`: text, a file of that name, `checkModel.json`, a blob.

    Raises:
        InvalidRequest: absent, too long, not JSON, or not of the form of the page.
    """
    value = fields.get("checkModel")
    if value is None:
        raise InvalidRequest("Required part 'checkModel' is not present.")
    data = value.data if isinstance(value, File) else value.encode()
    if len(data) > MODEL_BYTES:
        raise InvalidRequest("checkModel is too long")
    try:
        return msgspec.json.decode(data, type=CheckModel)
    except msgspec.ValidationError as error:
        raise InvalidRequest(f"checkModel: {_said(error)}") from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise InvalidRequest("checkModel is not JSON") from None


def _said(error: msgspec.ValidationError) -> str:
    """What is wrong and where, without the value that was sent."""
    said = str(error)
    what, _, where = said.partition(" - at ")
    what = "unknown value" if what.startswith("Invalid enum value") else what  # it quotes the value
    return f"{what} at {where}" if where else what


def command(model: CheckModel, face: Picture | None, document: Picture | None) -> Check:
    """The command of `/check`.

    Raises:
        InvalidRequest: a search without its parameters.
    """
    asked = frozenset(model.operations)
    faces, papers = model.face_check_parameters, model.document_check_parameters
    search = None
    if "FACE_MATCH_SEARCH" in asked:
        given = model.face_search_parameters
        if given is None:
            reason = "face_search_parameters.collections is required for FACE_MATCH_SEARCH"
            raise InvalidRequest(reason)
        search = SearchWanted(tuple(given.collections), given.limit or 5, given.max_faces or 1)
    face_attacks = document_attacks = None
    if "FACE_CHECK" in asked:
        named = faces.pipelines if faces else None
        face_attacks = tuple(map(_wanted, named)) if named else default_face_attacks(face)
    if "DOC_CHECK" in asked:
        listed = papers.pipelines if papers else None
        document_attacks = tuple(map(_wanted, listed)) if listed else default_document_attacks()
    return Check(
        face=face,
        document=document,
        domain=Domain((faces.domain if faces else None) or "GENERAL"),
        face_attacks=face_attacks,
        document_attacks=document_attacks,
        validate="FACE_MATCH_VALIDATION" in asked,
        search=search,
        ignore=frozenset(DocumentFault(one) for one in (papers.errors_to_ignore if papers else None) or ()),
        intake=INTAKE,
    )


def _wanted(one: FacePipeline | DocumentPipeline) -> AttackWanted:
    strictness = None
    if one.calibration:
        strictness = Strictness("HARD" if one.calibration == "HARDENED" else one.calibration)
    return AttackWanted(Attack(one.type), one.pipeline or None, strictness)
