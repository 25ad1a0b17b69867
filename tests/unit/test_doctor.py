"""Checks of the box: each verdict is brought about, and a whole round is run over a real data folder."""

import asyncio
import datetime as dt
import json
import os
import socket
import sqlite3
import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import numpy as np
import pytest

from appliance import tls
from appliance.config import Limits, Screening, Server
from appliance.domain.face import Template
from appliance.domain.gallery import Collection
from appliance.domain.screening import ListSource, ListVersion
from appliance.engine.runtime import ModelStatus
from appliance.services import checks, doctor
from appliance.services.checks import Finding, Verdict
from appliance.store.store import Store
from appliance.vision.decode import DecoderStats
from hardware.system import Clock

NOW = dt.datetime(2026, 11, 20, 12, 0, tzinfo=dt.UTC)
STATS = DecoderStats(
    alive=3, restarts=0, decoded=1, refused=0, failed=0, protection=("rlimits", "seccomp"), notice=""
)


def by_name(findings: Iterator[Finding] | list[Finding]) -> dict[str, Finding]:
    return {finding.name: finding for finding in findings}


def machine(root: Path, *, flags: str = "avx2", available: int = 4_000_000, degrees: int = 40_000) -> Path:
    files = {
        "proc/cpuinfo": f"processor : 0\nmodel name : Chip\nflags : {flags}\n",
        "proc/meminfo": f"MemTotal: 8000000 kB\nMemAvailable: {available} kB\n",
        "sys/class/thermal/thermal_zone0/temp": f"{degrees}\n",
        "sys/class/drm/renderD128/device/vendor": "0x8086\n",
    }
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return root


def test_machine(tmp_path: Path) -> None:
    good = by_name(checks.machine(machine(tmp_path)))
    assert {finding.verdict for finding in good.values()} == {Verdict.OK, Verdict.NOTICE}
    assert good["accelerator"].verdict == Verdict.NOTICE  # no device file: as in a container
    assert good["accelerator"].remedy
    (tmp_path / "dev/dri").mkdir(parents=True)
    (tmp_path / "dev/dri/renderD128").touch()
    assert {finding.verdict for finding in checks.machine(tmp_path)} == {Verdict.OK}
    weak = by_name(checks.machine(machine(tmp_path, flags="sse2", available=200_000, degrees=97_000)))
    for name in ("processor", "memory", "temperature"):
        assert weak[name].verdict == Verdict.NOTICE
        assert weak[name].remedy


@pytest.mark.parametrize(
    ("seen", "verdict"),
    [
        (Clock(year=1970, plausible=False, synchronised=False), Verdict.FAIL),
        (Clock(year=2026, plausible=True, synchronised=False), Verdict.ADVICE),
        (Clock(year=2026, plausible=True, synchronised=None), Verdict.OK),
        (Clock(year=2026, plausible=True, synchronised=True), Verdict.OK),
    ],
)
def test_clock(seen: Clock, verdict: Verdict) -> None:
    assert checks.clock(seen).verdict == verdict


def test_disk(tmp_path: Path) -> None:
    free = os.statvfs(tmp_path).f_bavail * os.statvfs(tmp_path).f_frsize
    assert checks.disk(tmp_path, 2 * free).verdict == Verdict.FAIL
    assert checks.disk(tmp_path, free // 2).verdict == Verdict.NOTICE
    assert free < 2 << 30 or checks.disk(tmp_path, 1 << 20).verdict == Verdict.OK


def test_devices() -> None:
    model = ModelStatus("mesh", "1", "landmarks", "CPU", 0, None, None, "")
    moved = ModelStatus("mesh", "1", "landmarks", "CPU", 0, None, None, "GPU failed its golden vector")
    assert [finding.verdict for finding in checks.devices([model, moved])] == [Verdict.NOTICE]


def test_decoder() -> None:
    assert checks.decoder(STATS).verdict == Verdict.OK
    assert checks.decoder(replace(STATS, alive=0)).verdict == Verdict.FAIL
    bare = checks.decoder(replace(STATS, protection=("rlimits",), notice="no filter here"))
    assert (bare.verdict, "no filter here" in bare.says) == (Verdict.NOTICE, True)
    assert asyncio.run(doctor.try_decoder(Limits())).verdict == Verdict.OK


def test_key_file(tmp_path: Path) -> None:
    key = tmp_path / "box.key"
    assert checks.key_file(key).verdict == Verdict.OK
    key.write_bytes(b"k" * 32)
    key.chmod(0o600)
    assert checks.key_file(key).verdict == Verdict.ADVICE
    assert "weakest" in checks.key_file(key).says
    key.chmod(0o640)
    assert checks.key_file(key).verdict == Verdict.FAIL


def test_certificate(tmp_path: Path) -> None:
    chain = tls.ensure(tmp_path, ("localhost", "192.168.1.5"), NOW).chain
    for later, verdict in ((0, Verdict.OK), (380, Verdict.NOTICE), (400, Verdict.FAIL), (-10, Verdict.FAIL)):
        assert checks.certificate(chain, NOW + dt.timedelta(days=later)).verdict == verdict
    chain.write_text("not PEM")
    assert checks.certificate(chain, NOW).verdict == Verdict.FAIL
    assert checks.certificate(tmp_path / "none", NOW).verdict == Verdict.OK


def test_database_of_a_first_start(tmp_path: Path) -> None:
    folder = tmp_path / "not" / "yet"
    finding, running = doctor.try_database(folder, 0)
    assert (finding.verdict, running) == (Verdict.OK, False)
    assert not folder.parent.exists()
    folder.mkdir(parents=True)
    assert doctor.try_database(folder, 0)[0].verdict == Verdict.OK
    assert list(folder.iterdir()) == []


def test_database(tmp_path: Path) -> None:
    store = Store.open(tmp_path, floor_bytes=0, ballast_bytes=0)
    assert doctor.try_database(tmp_path, 0) == (
        Finding("database", Verdict.OK, "held by a running box"),
        True,
    )
    store.close()
    finding, running = doctor.try_database(tmp_path, 0)
    assert (finding.verdict, running) == (Verdict.OK, False), finding
    (tmp_path / "box.key").chmod(0o644)
    assert doctor.try_database(tmp_path, 0)[0].verdict == Verdict.FAIL
    (tmp_path / "box.key").chmod(0o600)
    whole = (tmp_path / "kycbox.db").read_bytes()
    (tmp_path / "kycbox.db").write_bytes(whole[:4096] + b"\xff" * (len(whole) - 4096))
    damaged, _ = doctor.try_database(tmp_path, 0)
    assert damaged.verdict == Verdict.FAIL
    assert damaged.remedy


def test_a_collection_with_a_changed_record(tmp_path: Path) -> None:
    store = Store.open(tmp_path, floor_bytes=0, ballast_bytes=0)
    store.database.write_blocking(store.collections.create("bank", "staff", "model", "key"))
    face = Template("model", np.eye(1, 128, dtype=np.float32)[0])
    store.database.write_blocking(store.collections.add("bank", "staff", [face])[0])
    store.close()
    assert doctor.try_database(tmp_path, 0)[0].verdict == Verdict.OK
    with sqlite3.connect(tmp_path / "kycbox.db") as raw:
        raw.execute("UPDATE face_record SET sealed = zeroblob(length(sealed))")
    raw.close()
    finding, _ = doctor.try_database(tmp_path, 0)
    assert (finding.verdict, "staff of bank" in finding.says) == (Verdict.FAIL, True)
    assert finding.remedy


def test_collections() -> None:
    known = [Collection(f"c{number}", "bank", "old", "", "", 0) for number in range(7)]
    assert list(checks.collections(known, (), "old")) == []
    (finding,) = checks.collections(known, (), "new")
    assert finding.verdict == Verdict.NOTICE
    assert "c4 of bank and 2 more" in finding.says


def test_sanctions_lists_are_missed_where_applicants_come() -> None:
    limits, age = Screening(), {"published": "2026-02-01", "imported": "2026-02-02T00:00:00.000Z"}
    fresh = ListVersion(ListSource.UN, "un-1", "0" * 64, **age, entities=1, age_days=3)
    assert checks.screening([], limits, wanted=False).verdict == Verdict.ADVICE
    assert checks.screening([], limits, wanted=True).verdict == Verdict.NOTICE
    assert checks.screening([fresh], limits, wanted=True).verdict == Verdict.OK
    assert checks.screening([replace(fresh, age_days=31)], limits, wanted=True).verdict == Verdict.NOTICE


def test_port() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = doctor.try_port(Server(port=other.getsockname()[1]))
    assert (taken.verdict, bool(taken.remedy)) == (Verdict.FAIL, True)
    assert doctor.try_port(Server(port=0)).verdict == Verdict.OK
    assert doctor.try_port(Server(host="203.0.113.9", port=0)).verdict == Verdict.FAIL


@pytest.mark.parametrize(
    ("status", "body", "verdict", "says"),
    [
        (200, {"ready": True, "reasons": []}, Verdict.OK, "serving"),
        (503, {"ready": False, "reasons": ["models are not loaded"]}, Verdict.FAIL, "models are not loaded"),
        (404, None, Verdict.FAIL, "status 404"),
    ],
)
def test_running_box(
    status: int, body: dict[str, object] | None, verdict: Verdict, says: str, tmp_path: Path
) -> None:
    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            assert self.path == "/-/readyz"
            self.send_response(status)
            self.end_headers()
            self.wfile.write(json.dumps(body).encode())

        def log_message(self, *_given: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Answer) as server:
        thread = threading.Thread(target=server.handle_request)
        thread.start()
        finding = doctor.ask_box(Server(port=server.server_port), tmp_path)
        thread.join()
    assert finding.verdict == verdict
    assert says in finding.says
    gone = doctor.ask_box(Server(port=server.server_port), tmp_path)
    assert (gone.verdict, "does not answer" in gone.says) == (Verdict.FAIL, True)
