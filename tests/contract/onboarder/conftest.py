"""Partners of the eKYC-Onboarder dialect, their webhook endpoint, and a person before the camera."""

import http.server
import json
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial

import cv2
import httpx
import numpy as np
import pytest

from tests.box import KYCBOX, Box
from tests.specimen.motion import Sitter
from tests.specimen.sitter import performed, sitter_of

HEAD = (
    "id,schema,name,aliases,birth_date,countries,addresses,identifiers,sanctions,phones,emails,program_ids,"
    "dataset,first_seen,last_seen,last_change\n"
)


@pytest.fixture(scope="session")
def new_partner(box: Box) -> Iterator[Callable[..., httpx.Client]]:
    """Makes partners on the bare port, each with a fresh key: `new_partner("--scope", "ocr")`."""
    made: list[httpx.Client] = []

    def make(*options: str) -> httpx.Client:
        key = box.key("onboarder", f"partner {len(made)}", *options)
        assert key.startswith("ek_")
        made.append(httpx.Client(base_url=box.url, headers={"X-API-Key": key}, timeout=60))
        return made[-1]

    yield make
    for client in made:
        client.close()


@pytest.fixture(scope="session")
def partner(new_partner: Callable[..., httpx.Client]) -> httpx.Client:
    """A partner without limits."""
    return new_partner()


def kycbox(box: Box, *words: str) -> str:
    """Run a command on the box's folder."""
    command = [KYCBOX, *words, "--data", box.data]
    return subprocess.run(command, capture_output=True, check=True, timeout=60).stdout.decode()


@dataclass
class Arrivals:
    """What came to the partner's endpoint: headers in lower case, and the body's bytes."""

    port: int = 0
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)

    def of(self, session: str) -> list[tuple[dict[str, str], bytes]]:
        return [one for one in list(self.got) if json.loads(one[1])["session_id"] == session]

    def wait(self, session: str, count: int, seconds: float = 20.0) -> list[dict]:
        """The events of a session once there are so many, and a moment later: one more would be there."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and len(self.of(session)) < count:
            time.sleep(0.05)
        time.sleep(1.2)
        return [json.loads(body) for _, body in self.of(session)]


@pytest.fixture(scope="session")
def arrivals() -> Iterator[Arrivals]:
    """A partner's endpoint that takes everything."""
    made = Arrivals()

    class Endpoint(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            made.got.append(({name.lower(): value for name, value in self.headers.items()}, body))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Endpoint) as server:
        made.port = server.server_port
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield made
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def endpoint(box: Box, arrivals) -> tuple[str, str]:
    """Address of the partner's endpoint, and the secret that its events are signed with."""
    kycbox(box, "webhook", "allow", f"127.0.0.1:{arrivals.port}")
    made = json.loads(kycbox(box, "webhook", "set", "--api", "onboarder", "--json"))
    return f"http://127.0.0.1:{arrivals.port}/webhooks/kyc", made["secret"]


@pytest.fixture(scope="module")
def lists(box: Box, tmp_path_factory: pytest.TempPathFactory) -> None:
    """A list of one person, published today."""
    file = tmp_path_factory.mktemp("lists") / "targets.simple.csv"
    row = dict.fromkeys(HEAD.strip().split(","), "")
    row |= {
        "id": "T-1",
        "schema": "Person",
        "name": "Somebody Else Entirely",
        "birth_date": "1950",
        "countries": "zz",
        "dataset": "Test",
        "last_change": datetime.now(UTC).date().isoformat(),
        "last_seen": datetime.now(UTC).date().isoformat(),
    }
    file.write_text(HEAD + ",".join(row.values()) + "\n", "utf-8")
    kycbox(box, "screening", "import", "--source", "opensanctions", str(file))


@pytest.fixture(scope="session")
def sitter(installed_models, portraits) -> Sitter:
    """The passport's holder before a camera."""
    return sitter_of(portraits / "obama.jpg", installed_models)


@pytest.fixture(scope="session")
def perform(sitter: Sitter) -> Callable[[str, int], list[bytes]]:
    """Does what the instructions say, in their order, as frames of a camera."""

    return partial(performed, sitter)


@pytest.fixture(scope="session")
def blank() -> bytes:
    """A picture of nothing."""
    return cv2.imencode(".jpg", np.full((480, 640, 3), 200, np.uint8))[1].tobytes()
