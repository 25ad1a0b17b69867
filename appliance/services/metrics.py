"""What the box counts about itself, in a registry of its own, in the terms of Prometheus."""

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric

SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1.0, 1.5, 2.5, 5.0, 10.0, 30.0)
NOT_APIS = frozenset({"box", "ui", "home"})
"""Answers of these are no calls of customers: the console's own pages must not be its traffic."""
MINUTES = 60
"""Minutes of calls kept for the console."""
SAMPLES = 2000
"""Durations kept of one minute: its first ones."""


@dataclass(frozen=True, slots=True)
class Gauge:
    """One figure read when somebody asks: name, what it is, value by label (name, value)."""

    name: str
    says: str
    samples: Iterable[tuple[dict[str, str], float]]


class _Gauges:
    """Hands the registry what the sources say at the moment of a scrape."""

    def __init__(self, sources: Iterable[Callable[[], Iterable[Gauge]]]) -> None:
        self._sources = tuple(sources)

    def collect(self) -> Iterator[Metric]:
        for source in self._sources:
            for gauge in source():
                samples = list(gauge.samples)
                labels = list(samples[0][0]) if samples else []
                family = GaugeMetricFamily(gauge.name, gauge.says, labels=labels)
                for label, value in samples:
                    family.add_metric(list(label.values()), value)
                yield family


@dataclass(slots=True)
class _Minute:
    began: float
    calls: int = 0
    milliseconds: list[float] = field(default_factory=list)

    def add(self, seconds: float) -> None:
        self.calls += 1
        if len(self.milliseconds) < SAMPLES:
            self.milliseconds.append(seconds * 1000.0)

    def p95(self) -> float:
        ordered = sorted(self.milliseconds)
        return ordered[min(int(len(ordered) * 0.95), len(ordered) - 1)]


class Metrics:
    """Counters of calls, and gauges from their sources."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.calls = Counter(
            "kycbox_requests", "Answered calls", ("dialect", "route", "status"), registry=self.registry
        )
        self.seconds = Histogram(
            "kycbox_request_seconds",
            "Time to answer",
            ("dialect", "route"),
            buckets=SECONDS,
            registry=self.registry,
        )
        self.suspects = Counter(
            "kycbox_suspect_captures",
            "Sealed captures refused as stale or used before",
            ("code",),
            registry=self.registry,
        )
        self.leaves_lost = Counter(
            "kycbox_audit_leaves_lost",
            "Leaves about refusals that could not be written",
            registry=self.registry,
        )
        self._recent: deque[_Minute] = deque(maxlen=MINUTES)

    def observe(self, dialect: str, route: str, status: int, seconds: float) -> None:
        """Count one answered call; `route` is the template of the route, never the path as sent."""
        self.calls.labels(dialect, route, str(status)).inc()
        self.seconds.labels(dialect, route).observe(seconds)
        if dialect in NOT_APIS:
            return
        began = time.time() // 60 * 60
        if not self._recent or self._recent[-1].began != began:
            self._recent.append(_Minute(began))
        self._recent[-1].add(seconds)

    def recent(self) -> list[tuple[float, int, float]]:
        """Of the last hour's minutes with calls: when it began (Unix time), calls, p95 in milliseconds."""
        return [(each.began, each.calls, each.p95()) for each in self._recent]

    def read_from(self, *sources: Callable[[], Iterable[Gauge]]) -> None:
        """Add gauges; each source is called at every scrape, in a thread, and may block."""
        self.registry.register(_Gauges(sources))

    def text(self) -> bytes:
        """Everything in the text form of Prometheus."""
        return generate_latest(self.registry)
