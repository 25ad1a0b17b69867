"""What the web layer costs on top of the service it calls, and verification under 1, 4 and 16 clients.

The share: one box in this process, its own server on a socket; the same command as a direct call on the
server's loop and over HTTP, taking turns. The service call already includes decoding, inference and the audit
leaf on disk. The ratio that counts is of processor time, which other programs cannot stretch; it counts the
HTTP client too, which runs in this process. The loads: a box in a process of its own, clients in threads of
this one.
"""

import asyncio
import concurrent.futures
import json
import statistics
import threading
import time

import httpx
import numpy as np
import pytest
import uvicorn
import uvloop

from appliance import server
from appliance.api.deepidv.images import INTAKE
from appliance.config import PROJECT, load
from appliance.domain.credential import Principal
from appliance.main import assemble
from appliance.services.call import Caller
from appliance.services.compare_faces import CompareFaces, compare_faces
from appliance.services.detect_face import DetectFace, detect_face
from appliance.services.pictures import Sent
from appliance.services.verify_identity import VerifyIdentity, verify_identity
from appliance.store.store import Store
from tests import box as boxes
from tests.specimen.sets import specimen

pytestmark = [pytest.mark.bench, pytest.mark.timeout(900)]
REPORT = PROJECT / ".cache" / "bench" / "web.json"
TURNS = {"face/detect": 30, "face/compare": 10, "identity/verify": 8}
GOAL = 1.05
"""HTTP over the direct call, of a verification."""
CLIENTS = (1, 4, 16)
CALLS = 8


@pytest.fixture(scope="module")
def pictures(portraits):
    document = specimen("TD3", 11, state="UTO", portrait=portraits / "obama.jpg").photograph.jpeg
    return document, (portraits / "obama2.jpg").read_bytes()


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """Services, their loop, the address and a key of a box in this process."""
    settings = load(data=str(tmp_path_factory.mktemp("web") / "data"), port=0)
    with server.bind("127.0.0.1", 0) as listener:
        store = Store.open(settings.data_folder, floor_bytes=settings.limits.disk_floor_bytes)
        app = assemble(settings, store, listener, None)
        services = app._mounts[0].app.state.services
        running = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False, lifespan="on"))
        loop = uvloop.new_event_loop()  # as the command that serves has it
        thread = threading.Thread(target=loop.run_until_complete, args=(running.serve([listener]),))
        thread.start()
        while not running.started:
            assert thread.is_alive(), app.failure
            time.sleep(0.05)
        key = store.database.write_blocking(
            lambda transaction: store.credentials.create(transaction, "deepidv", "bench")
        )
        yield services, loop, server.url_of(listener, secure=False), key
        running.should_exit = True
        thread.join()
        loop.close()
        store.close()


def test_share_of_the_web_layer(served, pictures, capsys):
    services, loop, url, key = served
    document, selfie = pictures
    principal = Principal(key.id, key.id, "deepidv", frozenset(), "enterprise")
    commands = {
        "face/detect": lambda call: detect_face(services, call, DetectFace(Sent(selfie), INTAKE)),
        "face/compare": lambda call: compare_faces(
            services, call, CompareFaces(Sent(document), Sent(selfie), INTAKE)
        ),
        "identity/verify": lambda call: verify_identity(
            services, call, VerifyIdentity(Sent(document), Sent(selfie), None, INTAKE)
        ),
    }
    files = {
        "face/detect": {"image": selfie},
        "face/compare": {"source": document, "target": selfie},
        "identity/verify": {"documentImage": document, "faceImage": selfie},
    }
    figures = {}
    with httpx.Client(base_url=url, headers={"x-api-key": key.secret}, timeout=60) as client:
        for name, command in commands.items():

            def direct(command=command):
                future = asyncio.run_coroutine_threadsafe(command(Caller(principal, "bench")), loop)
                future.result()

            def over_http(name=name):
                parts = {field: ("x.jpg", data, "image/jpeg") for field, data in files[name].items()}
                assert client.post(f"/v1/{name}", files=parts).status_code == 200

            figures[name] = alternated(direct, over_http, TURNS[name])
    with capsys.disabled():
        print("\nWeb layer, turn by turn, median milliseconds")
        for name, figure in figures.items():
            for kind in ("clock", "processor"):
                row = figure[kind]
                print(
                    f"  {name:16} {kind:10} direct {row['direct']:8.1f}   HTTP {row['http']:8.1f}"
                    f"   ratio {row['ratio']:.3f}   (of pairs {row['pairs']:.3f}, {figure['turns']} turns)"
                )
    keep(share=figures)
    assert figures["identity/verify"]["processor"]["ratio"] <= GOAL


def alternated(first, second, turns):
    times = []
    for turn in range(-2, turns):
        pair = timed(first), timed(second)
        if turn >= 0:
            times.append(pair)
    figures = {"turns": turns}
    for index, kind in enumerate(("clock", "processor")):
        one, two = (
            statistics.median(row[index] for row in column) * 1e3 for column in zip(*times, strict=True)
        )
        pairs = statistics.median(b[index] / a[index] for a, b in times)
        figures[kind] = {"direct": one, "http": two, "ratio": two / one, "pairs": pairs}
    return figures


def timed(call):
    began, busy = time.perf_counter(), time.process_time()
    call()
    return time.perf_counter() - began, time.process_time() - busy


def test_verify_under_load(tmp_path, pictures, capsys):
    document, selfie = pictures
    files = {"documentImage": ("d.jpg", document, "image/jpeg"), "faceImage": ("s.jpg", selfie, "image/jpeg")}
    figures = {}
    with boxes.running(tmp_path / "data") as box:
        headers = {"x-api-key": box.key("deepidv", "bench", "--plan", "enterprise")}

        def verify(_):
            began = time.perf_counter()
            answer = httpx.post(f"{box.url}/v1/identity/verify", files=files, headers=headers, timeout=600)
            assert answer.status_code == 200
            assert answer.json()["verified"]
            return time.perf_counter() - began

        verify(None)
        for clients in CLIENTS:
            with concurrent.futures.ThreadPoolExecutor(clients) as threads:
                began = time.perf_counter()
                took = list(threads.map(verify, range(max(CALLS, 2 * clients))))
                per_second = len(took) / (time.perf_counter() - began)
            p50, p95 = (float(np.quantile(took, q)) for q in (0.5, 0.95))
            figures[str(clients)] = {"p50_s": p50, "p95_s": p95, "per_second": per_second, "calls": len(took)}
    one = figures["1"]["p50_s"]
    with capsys.disabled():
        print("\nidentity/verify over HTTP, seconds")
        for clients, row in figures.items():
            print(
                f"  {clients:>2} clients  p50 {row['p50_s']:6.2f}  p95 {row['p95_s']:6.2f}"
                f"  {row['per_second']:5.2f} a second  p50 is {row['p50_s'] / one:4.1f} x that of one client"
            )
    keep(load=figures)
    # the box does not lose throughput by being asked more at once
    assert figures["16"]["per_second"] >= 0.8 * figures["1"]["per_second"]


def keep(**figures):
    REPORT.parent.mkdir(parents=True, exist_ok=True)
    known = json.loads(REPORT.read_text()) if REPORT.exists() else {}
    REPORT.write_text(json.dumps(known | figures, indent=1))
