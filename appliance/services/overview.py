"""The state of the box in one look, for the console."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class Light(StrEnum):
    """Green: working. Amber: working, and something wants attention. Red: not serving."""

    GREEN = "green"
    AMBER = "amber"
    RED = "red"


@dataclass(frozen=True, slots=True)
class Problem:
    """Something to mend: what, and what to do about it."""

    name: str
    says: str
    remedy: str
    stops_service: bool


@dataclass(frozen=True, slots=True)
class ModelRow:
    """One model: where it runs and how fast, milliseconds; None before its first call."""

    name: str
    version: str
    device: str
    p50: float | None
    p95: float | None
    calls: int
    notice: str


@dataclass(frozen=True, slots=True)
class Minute:
    """API calls of one minute: when it began (seconds since 1970), how many, p95 in milliseconds."""

    began: float
    calls: int
    p95: float | None


@dataclass(frozen=True, slots=True)
class Overview:
    """One look. Facts are pairs of name and value, ready to show."""

    light: Light
    headline: str
    address: str
    problems: tuple[Problem, ...]
    models: tuple[ModelRow, ...]
    database: Sequence[tuple[str, str]]
    versions: Sequence[tuple[str, str]]
    work: Sequence[tuple[str, str]]
    disk_free: int
    disk_total: int
    minutes: tuple[Minute, ...]
