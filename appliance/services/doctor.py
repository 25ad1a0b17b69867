"""`kycbox doctor`: whether this box can serve, tried rather than guessed, and what to do where it cannot.

A picture is really decoded in a confined process, the data folder really opened, the port really taken or
the box that holds it asked. The console asks a running box by `while_serving`, which costs milliseconds.
"""

import asyncio
import datetime as dt
import http.client
import json
import os
import socket
import ssl
import struct
import tempfile
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from appliance import tls
from appliance.config import Limits, Server, Settings
from appliance.engine.manifest import Manifest
from appliance.errors import ConfigInvalid, DataFolderInUse, DecoderFailed, KycboxError
from appliance.services import checks, risk_policy
from appliance.services.checks import Finding, Verdict
from appliance.services.context import Services
from appliance.store.store import Store
from appliance.vision.decode import Decoder
from hardware import system

_ASK_SECONDS: Final = 10.0
_CERTIFICATE: Final = Path("tls/box.crt")
_AUTHORITY: Final = Path("tls/ca.crt")
_KEY: Final = Path("box.key")
_DATABASE: Final = Path("kycbox.db")


def examine(
    settings: Settings, manifests: Iterable[Manifest], now: dt.datetime, root: Path = Path("/")
) -> Iterator[Finding]:
    """Check everything, one finding after the other; seconds in all.

    Args:
        settings: of the box.
        manifests: of the models that the box uses.
        now: with zone.
        root: of the machine.
    """
    folder = settings.data_folder
    yield checks.versions()
    yield from checks.machine(root)
    yield checks.clock(system.clock(now.timestamp()))
    yield checks.disk(folder, settings.limits.disk_floor_bytes)
    yield from checks.models(manifests, settings.models_folder)
    yield checks.second_reader()
    yield asyncio.run(try_decoder(settings.limits))
    if not tls.is_loopback(settings.server.host):
        yield checks.certificate(folder / _CERTIFICATE, now)
    yield checks.key_file(folder / _KEY)
    yield policy(settings)
    database, running = try_database(folder, settings.limits.disk_floor_bytes)
    yield database
    yield ask_box(settings.server, folder) if running else try_port(settings.server)


def policy(settings: Settings) -> Finding:
    """Whether decisions about applicants have a policy that the box takes."""
    try:
        read = risk_policy.load(settings)
    except ConfigInvalid as error:
        return Finding("risk policy", Verdict.FAIL, error.message, error.remedy)
    return Finding("risk policy", Verdict.OK, f"version {read.version}, SHA-256 {read.sha256[:12]}")


def can_serve(findings: Iterable[Finding]) -> bool:
    """Whether none of them is a failure."""
    return all(finding.verdict != Verdict.FAIL for finding in findings)


def while_serving(services: Services, now: dt.datetime, root: Path = Path("/")) -> list[Finding]:
    """The checks that a running box can make of itself at any time; blocks for milliseconds."""
    settings = services.settings
    folder = services.database.path.parent
    found = [
        *checks.machine(root),
        checks.clock(system.clock(now.timestamp())),
        checks.disk(folder, settings.limits.disk_floor_bytes),
        *checks.devices(services.runtime.status()),
        checks.second_reader(),
        checks.decoder(services.decoder.stats()),
        checks.key_file(folder / _KEY),
        checks.screening(
            services.screening.lists(),
            settings.screening,
            wanted="onboarder" in services.credentials.apis(),
        ),
        *checks.collections(
            services.collections.everyone(), services.collections.damaged(), services.faces.template_model
        ),
    ]
    if not tls.is_loopback(settings.server.host):
        found.append(checks.certificate(folder / _CERTIFICATE, now))
    if (failure := services.database.failure) is not None:
        found.append(Finding("database", Verdict.FAIL, failure.message, failure.remedy))
    return found


async def try_decoder(limits: Limits) -> Finding:
    """Decode one white pixel in a confined process."""
    decoder = Decoder(limits, workers=1)
    try:
        await decoder.start()
        await decoder.decode(_white_pixel(), max_bytes=4096)
        return checks.decoder(decoder.stats())
    except DecoderFailed as error:
        return Finding("decoder", Verdict.FAIL, error.message, error.remedy)
    finally:
        await decoder.close()


def try_database(folder: Path, floor_bytes: int) -> tuple[Finding, bool]:
    """Open the data folder, compare the ledger with its last checkpoint, and let SQLite check itself.

    Returns:
        The finding, and whether a running box holds the folder. Where there is no database yet, a scratch
        one is made and opened in its place.
    """
    if not (folder / _DATABASE).exists():
        return _first_start(folder), False
    try:
        return _inspect(folder, floor_bytes), False
    except DataFolderInUse:
        return Finding("database", Verdict.OK, "held by a running box"), True


def _first_start(folder: Path) -> Finding:
    """Whether a first start could make the data folder; nothing is made there, it would be this user's."""
    there = folder
    while not there.exists():
        there = there.parent
    if not os.access(there, os.W_OK | os.X_OK):
        remedy = f"Give the box's user the right to write in {there}, or name another folder with --data."
        return Finding("database", Verdict.FAIL, f"{there} cannot be written by this user", remedy)
    with tempfile.TemporaryDirectory(prefix="kycbox-") as scratch:
        finding = _inspect(Path(scratch), 0)
    if finding.verdict == Verdict.FAIL:
        return finding
    return Finding("database", Verdict.OK, f"none in {folder} yet; the first start makes it")


def _inspect(folder: Path, floor_bytes: int) -> Finding:
    try:
        store = Store.open(folder, floor_bytes=floor_bytes, serving=False)
    except DataFolderInUse:
        raise
    except KycboxError as error:
        return Finding("database", Verdict.FAIL, error.message, error.remedy)
    try:
        rows = store.database.read_blocking(lambda connection: connection.rows("PRAGMA quick_check(1)"))
        store.database.read_blocking(store.collections.load)
    except KycboxError as error:
        return Finding("database", Verdict.FAIL, error.message, error.remedy)
    finally:
        store.close()
    if [tuple(row) for row in rows] != [("ok",)]:
        says = "SQLite finds damage in the database"
        return Finding("database", Verdict.FAIL, says, "Stop the box and restore a backup.")
    right = Finding("database", Verdict.OK, "opens; ledger, collections and SQLite's own check are right")
    return next(checks.collections((), store.collections.damaged(), ""), right)


def try_port(server: Server) -> Finding:
    """Take the address for a moment."""
    family = socket.AF_INET6 if ":" in server.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((server.host, server.port))
        except OSError as error:
            says = f"cannot listen on {server.host} port {server.port}: {error.strerror or error}"
            remedy = "Stop the program that listens there, or set another address or port."
            return Finding("port", Verdict.FAIL, says, remedy)
    return Finding("port", Verdict.OK, f"{server.host} port {server.port} is free")


def ask_box(server: Server, folder: Path) -> Finding:
    """Ask the box that holds the data folder whether it is ready."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(server.host, server.host)  # noqa: S104 - compared
    remedy = "Look at its log; if it listens elsewhere, name that address and port in the settings."
    connection: http.client.HTTPConnection
    try:
        if tls.is_loopback(server.host):
            connection = http.client.HTTPConnection(host, server.port, timeout=_ASK_SECONDS)
        else:
            trust = ssl.create_default_context(cafile=str(folder / _AUTHORITY))
            connection = http.client.HTTPSConnection(host, server.port, timeout=_ASK_SECONDS, context=trust)
        try:
            connection.request("GET", "/-/readyz")
            answer = connection.getresponse()
            status, body = answer.status, answer.read(65536)
        finally:
            connection.close()
    except (OSError, http.client.HTTPException) as error:
        says = f"a box holds the data folder and does not answer on {host} port {server.port}"
        return Finding("box", Verdict.FAIL, f"{says}: {type(error).__name__}", remedy)
    if status == http.client.OK:
        return Finding("box", Verdict.OK, f"serving on {server.host} port {server.port}")
    try:
        reasons = "; ".join(str(reason) for reason in json.loads(body)["reasons"])
    except (ValueError, KeyError, TypeError):
        reasons = f"status {status}"
    return Finding("box", Verdict.FAIL, f"the running box is not ready: {reasons}", remedy)


def _white_pixel() -> bytes:
    """A PNG of one pixel."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)
    return b"".join(
        (
            b"\x89PNG\r\n\x1a\n",
            chunk(b"IHDR", header),
            chunk(b"IDAT", zlib.compress(b"\0\xff")),
            chunk(b"IEND", b""),
        )
    )
