"""The policy of decisions: how much each doubt weighs, and which findings settle a case by themselves.

One TOML file, read as a whole: nothing is taken from defaults in code, so that its SHA-256 names everything
that a decision followed. Rules and signals are fixed by name; the file gives their numbers.
"""

import hashlib
import tomllib
from enum import StrEnum
from typing import Annotated, TypeAlias

import msgspec
from msgspec import Meta

from appliance.errors import ConfigInvalid

Unit: TypeAlias = Annotated[float, Meta(ge=0, le=1)]
Weight: TypeAlias = Annotated[float, Meta(ge=0, le=0.99)]
"""Below 1: a weight of 1 would make every other contribution invisible."""

REMEDY = "Correct that line of the risk policy; docs/decisions-and-risk.md names the keys."


class Outcome(StrEnum):
    """What a rule or a high score does to a case; none of them approves."""

    REVIEW = "review"
    REJECT = "reject"


class Rule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A finding that settles a case by itself.

    Attributes:
        outcome: what it leads to.
        weight: of its contribution; high enough that the level never contradicts the decision.
    """

    outcome: Outcome
    weight: Weight


class ListRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A finding of a list: a person looks at it. No list rejects anybody, and none is passed over."""

    weight: Weight
    outcome: Annotated[str, Meta(pattern=r"^review\Z")] = Outcome.REVIEW


class Rules(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Every rule there is."""

    spoof_detected: Rule
    document_forged: Rule
    document_signature_failed: Rule
    injection_detected: Rule
    face_mismatch: Rule
    face_near_miss: Rule
    attack_before: Rule
    document_missing: Rule
    face_missing: Rule
    liveness_missing: Rule
    document_unreadable: Rule
    document_invalid: Rule
    document_expired: Rule
    document_attack_suspected: Rule
    face_attack_suspected: Rule
    injection_suspected: Rule
    capture_seen_before: Rule
    face_known_elsewhere: Rule
    liveness_failed: Rule
    sanctions_hit: ListRule
    sanctions_list_unavailable: ListRule
    sanctions_not_screened: ListRule


class Span(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A graded doubt: from none at `good` to all of it at `bad`, a straight line between.

    Attributes:
        weight: of the contribution at its worst.
        good: value without doubt.
        bad: value of most doubt.
        unknown: 0..1, the doubt where there is no value. Never below that of a good value, which is 0.
    """

    weight: Weight
    good: float
    bad: float
    unknown: Unit

    def doubt(self, value: float | None) -> float:
        """0..1, monotone from `good` to `bad`."""
        if value is None:
            return self.unknown
        return min(max((value - self.good) / (self.bad - self.good), 0.0), 1.0) + 0.0  # -0.0 is 0.0


class Spans(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Every graded doubt there is."""

    document_reading: Span
    document_conflicts: Span
    document_zone: Span
    document_signature: Span
    document_attack: Span
    face_margin: Span
    face_attack: Span
    face_elsewhere: Span
    liveness_margin: Span
    screening_match: Span
    injection: Span
    channel: Span
    clock: Span
    country: Span


class Thresholds(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """From where a graded finding is a rule's. Probabilities are of being genuine, 0..1."""

    readable: Unit
    """Least confidence of a document that counts as read."""
    suspected: Unit
    """An attack check below this is a suspicion."""
    sure: Unit
    """An attack check below this is a finding."""
    near_miss: Unit
    """Similarity from which a face that does not match is left to a person."""
    elsewhere: Unit
    """Similarity from which a face counts as another customer's."""


class Channels(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Doubt of each way that pictures come in, 0..1; a device that signs its captures counts as enrolled."""

    kiosk: Unit
    enrolled: Unit
    bundle: Unit
    upload: Unit


class Countries(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Doubt by country: the worse of nationality and issuing state counts."""

    default: Unit
    unknown: Unit
    named: dict[Annotated[str, Meta(pattern=r"^[A-Z]{3}\Z")], Unit]


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    version: Annotated[str, Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,39}\Z")]
    medium: Unit
    high: Unit
    high_means: Outcome
    required: tuple[Annotated[str, Meta(pattern=r"^(document|face|liveness|screening)\Z")], ...]
    thresholds: Thresholds
    rules: Rules
    signals: Spans
    channels: Channels
    countries: Countries


class Policy(_File, frozen=True, forbid_unknown_fields=True):
    """A whole policy.

    Attributes:
        version: the operator's own name of it.
        medium: score from which the level is medium.
        high: score from which the level is high.
        high_means: what a high score leads to where no rule has settled the case.
        required: evidence without which nobody is approved.
        thresholds: of rules about graded findings.
        rules: by name.
        signals: graded doubts by name.
        channels: doubt by way of the pictures.
        countries: doubt by country.
        sha256: of the file, 64 hex digits.
        text: of the file, as it goes into evidence.
    """

    sha256: str = ""
    text: str = ""

    def stamp(self) -> str:
        """Version and digest, as stored with every decision."""
        return f"{self.version}+{self.sha256[:12]}"


def decode(content: bytes, name: str) -> Policy:
    """Read a policy file.

    Args:
        content: the file's bytes.
        name: of the file, for messages.

    Raises:
        ConfigInvalid: naming file, line and key.
    """
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        raise ConfigInvalid(f"{name} is not UTF-8 text", remedy="Save the file as UTF-8.") from None
    try:
        tree = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:  # it names line and column itself
        raise ConfigInvalid(f"{name} is not valid TOML: {error}", remedy=REMEDY) from None
    try:
        read = msgspec.convert(tree, _File, strict=True)
    except msgspec.ValidationError as error:
        said = str(error)
        reason, _, place = said.partition(" - at ")
        where = place.partition("`$")[2]  # `$.a.b`, or `key` in `$.a.b`
        key = where.rstrip("`").lstrip(".").removesuffix("[...]")
        for begins in ("Object contains unknown field `", "Object missing required field `"):
            if reason.startswith(begins):
                key = ".".join(part for part in (key, reason.removeprefix(begins).rstrip("`")) if part)
        raise _wrong(text, name, key, reason) from None
    for key, reason in _contradictions(read):
        raise _wrong(text, name, key, reason)
    fields = {field: getattr(read, field) for field in read.__struct_fields__}
    return Policy(**fields, sha256=hashlib.sha256(content).hexdigest(), text=text)


def _contradictions(read: _File) -> list[tuple[str, str]]:
    """Key and reason of everything that types alone do not refuse."""
    found = []
    if not 0 < read.medium < read.high < 1:
        found.append(("high", "0 < medium < high < 1 does not hold"))
    if missing := sorted({"document", "screening"} - set(read.required)):
        found.append(("required", f"must name {' and '.join(missing)}: nobody is approved without"))
    if read.thresholds.sure > read.thresholds.suspected:
        found.append(("thresholds.sure", "lies above thresholds.suspected"))
    for rule in Rules.__struct_fields__:
        given = getattr(read.rules, rule)
        least, level = (read.high, "high") if given.outcome == Outcome.REJECT else (read.medium, "medium")
        if given.weight < least:
            reason = f"{given.weight:g} is below `{level}` ({least:g}): the level would contradict the rule"
            found.append((f"rules.{rule}.weight", reason))
    for signal in Spans.__struct_fields__:
        span = getattr(read.signals, signal)
        worse_up = signal in WORSE_UPWARDS
        if not (span.good < span.bad if worse_up else span.good > span.bad):
            reason = f"good must lie {'below' if worse_up else 'above'} bad"
            found.append((f"signals.{signal}.good", reason))
    if read.countries.unknown < read.countries.default:
        found.append(("countries.unknown", "an unknown country may not count less than countries.default"))
    ways = read.channels
    if not ways.kiosk <= ways.enrolled <= ways.bundle <= ways.upload:
        found.append(("channels", "kiosk <= enrolled <= bundle <= upload does not hold"))
    return found


WORSE_UPWARDS = frozenset(
    {
        "document_conflicts",
        "document_zone",
        "document_signature",
        "face_elsewhere",
        "screening_match",
        "channel",
        "clock",
        "country",
    }
)
"""Signals whose values are worse the higher they are; of the others, the lower."""


def _wrong(text: str, name: str, key: str, reason: str) -> ConfigInvalid:
    line = line_of(text, key)
    at = f"{name}, line {line}" if line else name
    return ConfigInvalid(f"{at}: key '{key}': {reason}", remedy=REMEDY)


def line_of(text: str, key: str) -> int:
    """Line, from 1, where a dotted key of a TOML text is set, or of its nearest table; 0 where neither is."""
    nearest, depth, table = 0, 0, ""
    wanted = key.split(".")
    for number, row in enumerate(text.splitlines(), 1):
        stripped = row.strip()
        if stripped.startswith("["):
            table = stripped.strip("[] ").split("]", 1)[0].strip()
            path = table.split(".")
        elif "=" in stripped and not stripped.startswith("#"):
            own = stripped.split("=", 1)[0].strip().strip('"').split(".")
            path = [*(table.split(".") if table else []), *(part.strip() for part in own)]
        else:
            continue
        if path == wanted[: len(path)] and len(path) > depth:
            nearest, depth = number, len(path)
    return nearest
