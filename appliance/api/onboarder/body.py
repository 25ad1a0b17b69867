"""Bodies and queries of this dialect, and the list of what is wrong with one."""

from collections.abc import Callable, Mapping
from typing import Any, Final, Literal

import msgspec

from appliance.api.forms import Fields, File
from appliance.api.onboarder.errors import FieldsRefused
from appliance.api.onboarder.wire import CreateSession, Wrong
from appliance.domain.onboarding import State
from appliance.domain.onboarding_document import TYPES
from appliance.domain.states import STATES
from appliance.domain.webhook_target import parse_target
from appliance.errors import InvalidRequest
from appliance.services.onboarding.create import LONGEST_ID, MOST_LISTED, check
from appliance.store.onboarding_rows import Wanted

_TEXT: Final = ("external_user_id", "webhook_url", "redirect_url")
_ALPHA2: Final = {state.alpha2: state.alpha2 for state in STATES.values() if state.alpha2} | {
    state.code: state.alpha2 for state in STATES.values() if state.alpha2
}


def wanted(body: bytes) -> Wanted:
    """Read the body of a new session.

    Raises:
        FieldsRefused: names every field that is missing or wrong.
    """
    try:
        given = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise FieldsRefused([Wrong(["body"], "JSON decode error", "json_invalid")]) from None
    if not isinstance(given, dict):
        raise FieldsRefused([Wrong(["body"], "Input should be a valid dictionary", "dict_type")])
    wrong = list(_wrong_types(given))
    if not wrong:
        wrong = list(_wrong_values(given))
    if wrong:
        raise FieldsRefused(wrong)
    read = msgspec.convert({key: given.get(key) for key in CreateSession.__struct_fields__}, CreateSession)
    made = Wanted(read.external_user_id, read.webhook_url or "", read.redirect_url or "", read.metadata or {})
    try:
        check(made)
    except InvalidRequest as error:
        field = next((name for name in CreateSession.__struct_fields__ if name in error.message), "body")
        raise FieldsRefused([Wrong(["body", field], error.message, "value_error")]) from None
    return made


def _wrong_types(given: Mapping[str, Any]) -> list[Wrong]:
    wrong = []
    if "external_user_id" not in given:
        wrong.append(Wrong(["body", "external_user_id"], "Field required", "missing"))
    for name in _TEXT:
        value = given.get(name, "")
        optional = name != "external_user_id" and value is None
        if not isinstance(value, str) and not optional:
            wrong.append(Wrong(["body", name], "Input should be a valid string", "string_type"))
    if not isinstance(given.get("metadata", {}), dict | None):
        wrong.append(Wrong(["body", "metadata"], "Input should be a valid dictionary", "dict_type"))
    return wrong


def _wrong_values(given: Mapping[str, Any]) -> list[Wrong]:
    wrong = []
    length = len(given["external_user_id"])
    if length == 0:
        said = "String should have at least 1 character"
        wrong.append(Wrong(["body", "external_user_id"], said, "string_too_short"))
    if length > LONGEST_ID:
        said = f"String should have at most {LONGEST_ID} characters"
        wrong.append(Wrong(["body", "external_user_id"], said, "string_too_long"))
    if given.get("webhook_url"):
        try:
            parse_target(given["webhook_url"])
        except InvalidRequest as error:
            wrong.append(Wrong(["body", "webhook_url"], error.message, "url_parsing"))
    return wrong


def file(fields: Fields, name: str = "file") -> bytes:
    """The bytes of a file of a form.

    Raises:
        FieldsRefused: it is missing, text, or empty.
    """
    value = fields.get(name)
    if value is None:
        raise FieldsRefused([Wrong(["body", name], "Field required", "missing")])
    if not isinstance(value, File) or not value.data:
        raise FieldsRefused([Wrong(["body", name], "Value error, expected a file", "value_error")])
    return value.data


def files(fields: Fields, name: str = "files") -> list[bytes]:
    """The bytes of all files of that name, in the order in which they were sent.

    Raises:
        FieldsRefused: none, or one is text or empty.
    """
    count = sum(key == name or key.startswith(f"{name}.") for key in fields)
    if not count:
        raise FieldsRefused([Wrong(["body", name], "Field required", "missing")])
    return [file(fields, name if index == 0 else f"{name}.{index}") for index in range(count)]


def text(fields: Fields, name: str) -> str:
    """A text of a form.

    Raises:
        FieldsRefused: it is missing or a file.
    """
    value = fields.get(name)
    if value is None:
        raise FieldsRefused([Wrong(["body", name], "Field required", "missing")])
    if not isinstance(value, str):
        raise FieldsRefused([Wrong(["body", name], "Input should be a valid string", "string_type")])
    return value.strip()


def challenge_id(fields: Fields) -> str:
    """The id of a challenge.

    Raises:
        FieldsRefused: it is missing or a file.
    """
    return text(fields, "challenge_id")


def document_type(fields: Fields) -> str:
    """The kind of document.

    Raises:
        FieldsRefused: missing or unknown.
    """
    return _one_of(text(fields, "document_type").lower(), "document_type", tuple(TYPES))


def country(fields: Fields) -> str:
    """The state, ISO alpha-2; three letters are taken too.

    Raises:
        FieldsRefused: missing or unknown.
    """
    code = _ALPHA2.get(text(fields, "country_code").upper())
    if code is None:
        said = "Input should be an ISO 3166 country code of two letters"
        raise FieldsRefused([Wrong(["body", "country_code"], said, "value_error")])
    return code


def every(fields: Fields, *readers: Callable[[Fields], Any]) -> list[Any]:
    """What each reader takes from a form, in their order.

    Raises:
        FieldsRefused: names what is wrong for all of them.
    """
    found, wrong = [], list[Wrong]()
    for read in readers:
        try:
            found.append(read(fields))
        except FieldsRefused as error:
            wrong.extend(error.wrong)
    if wrong:
        raise FieldsRefused(wrong)
    return found


def state(query: Mapping[str, str]) -> State | None:
    """The state that a list is narrowed to.

    Raises:
        FieldsRefused: unknown.
    """
    given = query.get("status", "")
    if not given:
        return None
    return State(_one_of(given, "status", tuple(State), "query"))


def paging(query: Mapping[str, str]) -> tuple[int, int]:
    """Limit, 1 to 100 and 50 by default, and offset.

    Raises:
        FieldsRefused: no whole numbers, or outside of their range.
    """
    limit = _whole(query, "limit", 50, lambda value: 1 <= value <= MOST_LISTED, f"from 1 to {MOST_LISTED}")
    offset = _whole(query, "offset", 0, lambda value: 0 <= value < 2**31, "of 0 or more")
    return limit, offset


def _whole(query: Mapping[str, str], name: str, default: int, holds: Callable[[int], bool], says: str) -> int:
    given = query.get(name)
    if given is None:
        return default
    value = int(given) if given.isascii() and given.isdecimal() and len(given) < 12 else -1
    if not holds(value):
        raise FieldsRefused([Wrong(["query", name], f"Input should be an integer {says}", "int_parsing")])
    return value


def _one_of(value: str, name: str, known: tuple[str, ...], where: Literal["body", "query"] = "body") -> str:
    if value not in known:
        listed = ", ".join(f"'{one}'" for one in known)
        raise FieldsRefused([Wrong([where, name], f"Input should be one of {listed}", "enum")])
    return value
