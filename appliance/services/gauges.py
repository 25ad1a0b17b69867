"""Figures of the box that are read when somebody asks for the metrics."""

from collections.abc import Callable, Iterator
from pathlib import Path

from appliance.services.context import Services
from appliance.services.deliver import Deliverer
from appliance.services.metrics import Gauge
from appliance.store import outbox
from appliance.store.database import Database
from appliance.store.transaction import Connection

_STATUS = Path("/proc/self/status")


def gauges(services: Services) -> Callable[[], Iterator[Gauge]]:
    """Give the source of the box's gauges. Calling it blocks for a database read."""

    def read() -> Iterator[Gauge]:
        yield from _pool(services)
        yield from _decoder(services)
        yield from _models(services)
        yield from _store(services)
        yield from _vault(services)
        yield from _screening(services)
        yield Gauge("kycbox_resident_bytes", "Resident memory of the daemon", [({}, resident_bytes())])

    return read


def webhook_gauges(database: Database, deliverer: Deliverer) -> Callable[[], Iterator[Gauge]]:
    """Give the source of the gauges of webhooks. Calling it blocks for a database read."""

    def read() -> Iterator[Gauge]:
        waiting, dead = database.read_blocking(lambda c: (outbox.waiting(c), outbox.dead(c)))
        states = [({"state": "waiting"}, float(waiting)), ({"state": "dead"}, float(dead))]
        yield Gauge("kycbox_webhooks", "Events not delivered yet, and given up", states)
        tries = [({"met": met}, float(deliverer.met[met])) for met in ("delivered", "failed", "offline")]
        yield Gauge("kycbox_webhook_tries", "Tries to deliver an event, by what they met", tries)

    return read


def resident_bytes() -> float:
    """Resident memory of this process, without the decoding processes."""
    line = next(line for line in _STATUS.read_text().splitlines() if line.startswith("VmRSS:"))
    return float(line.split()[1]) * 1024


def _pool(services: Services) -> Iterator[Gauge]:
    stats = services.pool.stats()
    states = [
        ({"state": "admitted"}, stats.admitted),
        ({"state": "waiting"}, stats.waiting),
        ({"state": "refused"}, stats.refused),
        ({"state": "done"}, stats.done),
    ]
    yield Gauge("kycbox_pool_requests", "Requests of the inference pool", states)
    yield Gauge("kycbox_pool_places", "Places of the inference pool", [({}, stats.streams + stats.queue)])


def _decoder(services: Services) -> Iterator[Gauge]:
    stats = services.decoder.stats()
    states = [
        ({"state": "decoded"}, stats.decoded),
        ({"state": "refused"}, stats.refused),
        ({"state": "failed"}, stats.failed),
    ]
    yield Gauge("kycbox_decoder_pictures", "Pictures of the decoding processes", states)
    yield Gauge("kycbox_decoder_processes", "Decoding processes that run", [({}, stats.alive)])
    yield Gauge("kycbox_decoder_restarts", "Decoding processes replaced", [({}, stats.restarts)])


def _models(services: Services) -> Iterator[Gauge]:
    models = services.runtime.status()
    calls = [({"model": each.name, "device": each.device}, float(each.calls)) for each in models]
    yield Gauge("kycbox_model_calls", "Inferences per model", calls)
    p50 = [({"model": each.name}, each.p50_ms) for each in models if each.p50_ms is not None]
    p95 = [({"model": each.name}, each.p95_ms) for each in models if each.p95_ms is not None]
    yield Gauge("kycbox_model_p50_milliseconds", "Recent inference time, median", p50)
    yield Gauge("kycbox_model_p95_milliseconds", "Recent inference time, 95th percentile", p95)


def _store(services: Services) -> Iterator[Gauge]:
    def counts(connection: Connection) -> tuple[int, int]:
        row = connection.row("SELECT count(*) FROM upload")
        leaves = connection.row("SELECT coalesce(max(seq) + 1, 0) FROM ledger_leaf")
        return int(row[0]) if row else 0, int(leaves[0]) if leaves else 0

    uploads, leaves = services.database.read_blocking(counts)
    yield Gauge("kycbox_uploads", "Uploads waiting or stored", [({}, uploads)])
    yield Gauge("kycbox_ledger_leaves", "Leaves of the audit ledger", [({}, leaves)])
    yield Gauge(
        "kycbox_effects_per_commit", "Effects per commit", [({}, services.database.effects_per_commit)]
    )


def _vault(services: Services) -> Iterator[Gauge]:
    wrapping, due = services.database.read_blocking(services.vault.figures)
    current = services.vault.wrapping.current
    older = sum(count for number, count in wrapping.items() if number != current)
    states = [({"key": "current"}, float(wrapping.get(current, 0))), ({"key": "older"}, float(older))]
    yield Gauge("kycbox_vault_records", "Masked records, by the key that wraps theirs", states)
    yield Gauge("kycbox_vault_due", "Masked records past their time, not erased yet", [({}, float(due))])


def _screening(services: Services) -> Iterator[Gauge]:
    lists = services.screening.lists()
    ages = [({"source": one.source.value}, float(one.age_days)) for one in lists]
    people = [({"source": one.source.value}, float(one.entities)) for one in lists]
    yield Gauge("kycbox_screening_list_days", "Age of the sanctions lists in days", ages)
    yield Gauge("kycbox_screening_list_people", "People on the sanctions lists", people)
