"""Clients of the Recspace dialect."""

import http.server
import io
import json
import subprocess
import threading
from collections.abc import Callable, Iterator

import httpx
import pytest
from PIL import Image

from tests.box import KYCBOX, Box
from tests.specimen.sets import Specimen, specimen


@pytest.fixture(scope="session")
def new_client(box: Box) -> Iterator[Callable[..., httpx.Client]]:
    """Makes clients on the bare port, each with a fresh token: `new_client("--scope", "ocr")`."""
    made: list[httpx.Client] = []

    def make(*options: str) -> httpx.Client:
        token = box.key("recspace", f"recspace {len(made)}", *options)
        headers = {"Authorization": f"Bearer {token}"}
        made.append(httpx.Client(base_url=box.url, headers=headers, timeout=60))
        return made[-1]

    yield make
    for client in made:
        client.close()


@pytest.fixture(scope="session")
def client(new_client: Callable[..., httpx.Client]) -> httpx.Client:
    """A customer without limits."""
    return new_client("--plan", "enterprise")


@pytest.fixture(scope="session")
def aadhaar() -> Specimen:
    """The photographed front of an Aadhaar."""
    return specimen("IN-AADHAAR-FRONT", 41)


@pytest.fixture(scope="session")
def blank() -> bytes:
    """A picture of nothing."""
    out = io.BytesIO()
    Image.new("RGB", (640, 480), (200, 200, 200)).save(out, "JPEG")
    return out.getvalue()


@pytest.fixture(scope="session")
def arrived():
    """Requests that the customer's endpoint got, and its port."""
    got: list[tuple[dict[str, str], bytes]] = []

    class Endpoint(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            got.append(({name.lower(): value for name, value in self.headers.items()}, body))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Endpoint) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield got, server.server_port
        server.shutdown()
        thread.join()


@pytest.fixture(scope="session")
def secret(box: Box, arrived) -> str:
    """The endpoint is set by the command line; loopback has to be allowed by name."""
    _, port = arrived

    def kycbox(*words: str) -> str:
        command = [KYCBOX, "webhook", *words, "--data", box.data]
        return subprocess.run(command, capture_output=True, check=True, timeout=60).stdout.decode()

    kycbox("allow", f"127.0.0.1:{port}")
    url = f"http://127.0.0.1:{port}/events"
    made = json.loads(kycbox("set", "--api", "recspace", "--url", url, "--json"))
    assert made["url"] == url
    return str(made["secret"])
