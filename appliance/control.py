"""How the command line reaches a running box: a unix socket in the data folder, for its own user and root.

One process owns the data folder. A command first asks the box through its socket; where none answers it takes
the folder's lock and works on the files itself. Both run the same verbs.

Frames both ways: one byte kind, four bytes length (big endian), payload. The command sends one J; the box
answers with any number of D (bytes of a result that is a file) and one J.
"""

import contextlib
import io
import json
import logging
import os
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeAlias

from appliance import errors
from appliance.config import Settings
from appliance.errors import DataFolderInUse, KycboxError, StorageFailed
from appliance.services import admin
from appliance.store.audit_export import Sink
from appliance.store.store import Store

NAME = "control.sock"
LARGEST = 1024 * 1024
"""Bytes of one frame."""
AT_ONCE = 8
PATIENCE = 30.0
"""Seconds that either side waits for the other's next bytes."""
START_SECONDS = 60.0
"""How long a command waits for a box that holds the folder and does not answer yet: it starts or stops."""

_HEAD = struct.Struct(">cI")
_PEER = struct.Struct("3i")
_LOG = logging.getLogger(__name__)


class ControlServer:
    """Answers commands until it is closed.

    Args:
        store: that the verbs work on.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._places = threading.BoundedSemaphore(AT_ONCE)
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        (store.folder.path / NAME).unlink(missing_ok=True)  # the lock is ours, so nobody listens there
        with _short_path(store.folder.path) as path:
            self._socket.bind(path)
            os.chmod(path, 0o600)  # noqa: PTH101  the same short path; nobody connects before listen
        self._socket.listen(AT_ONCE)
        self._thread = threading.Thread(target=self._accept, name="kycbox-control", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Answer no more commands. Those that run are cut off with the store."""
        (self._store.folder.path / NAME).unlink(missing_ok=True)
        with contextlib.suppress(OSError):  # not connected: that is how a listener always answers
            self._socket.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._socket.close()

    def _accept(self) -> None:
        while True:
            try:
                peer, _ = self._socket.accept()
            except OSError:
                return  # closed
            if not self._places.acquire(blocking=False):
                peer.close()
                continue
            threading.Thread(target=self._serve, args=(peer,), name="kycbox-command", daemon=True).start()

    def _serve(self, peer: socket.socket) -> None:
        try:
            with peer:
                peer.settimeout(PATIENCE)
                if _user_of(peer) in (0, os.getuid()):
                    _send(peer, b"J", _spell(self._answer(peer)))
        except (OSError, EOFError) as error:
            _LOG.info("a command went away: %s", error)
        finally:
            self._places.release()

    def _answer(self, peer: socket.socket) -> dict[str, Any]:
        try:
            request = json.loads(_receive(peer)[1])
            value = admin.run(self._store, request["verb"], request["arguments"], _Frames(peer))
        except KycboxError as error:
            return {"error": type(error).__name__, "message": error.message, "remedy": error.remedy}
        except (ValueError, KeyError, TypeError, AttributeError):
            _LOG.exception("a command failed")
            return {"error": "StorageFailed", "message": "the box could not run the command", "remedy": ""}
        return {"value": value}


def call(
    settings: Settings,
    verb: str,
    arguments: Mapping[str, Any],
    out: Sink | None = None,
    *,
    patience: float = START_SECONDS,
) -> Any:
    """Run a verb in the running box, or here where none runs.

    Args:
        settings: name the data folder.
        verb: of `services.admin`.
        arguments: of the verb.
        out: gets the file that the verb makes, if it makes one.
        patience: seconds to wait for a box that starts or stops.

    Raises:
        KycboxError: what the verb raises; DataFolderInUse where the folder's holder never answers.
    """
    sink = out or io.BytesIO()
    reached = _reach(settings, patience)
    if isinstance(reached, Store):
        try:
            return admin.run(reached, verb, arguments, sink)
        finally:
            reached.close()
    with reached:
        return _ask(reached, verb, arguments, sink)


Caller: TypeAlias = Callable[[str, Mapping[str, Any]], Any]
"""Runs a verb with its arguments."""


@contextlib.contextmanager
def calling(settings: Settings, *, patience: float = START_SECONDS) -> Iterator[Caller]:
    """Run several verbs: each in the running box, or all in the folder that is opened once.

    Args:
        settings: name the data folder.
        patience: seconds to wait for a box that starts or stops.

    Raises:
        KycboxError: (when called) what the verb raises; DataFolderInUse where the holder never answers.
    """
    reached = _reach(settings, patience)
    if isinstance(reached, Store):
        try:
            yield lambda verb, arguments: admin.run(reached, verb, arguments, io.BytesIO())
        finally:
            reached.close()
        return
    first = [reached]  # the box waits on this connection for the first verb; each later one has its own

    def run(verb: str, arguments: Mapping[str, Any]) -> Any:
        if not first:
            return call(settings, verb, arguments, patience=patience)
        with first.pop() as peer:
            return _ask(peer, verb, arguments, io.BytesIO())

    try:
        yield run
    finally:
        for unused in first:
            unused.close()


def _reach(settings: Settings, patience: float) -> socket.socket | Store:
    """A connection to the running box, or the folder, opened and held.

    Raises:
        DataFolderInUse: its holder never answers.
    """
    until = time.monotonic() + patience
    while True:
        peer = _connect(settings.data_folder)
        if peer is not None:
            return peer
        try:
            return Store.open(
                settings.data_folder, floor_bytes=settings.limits.disk_floor_bytes, serving=False
            )
        except DataFolderInUse:
            if time.monotonic() >= until:
                raise
            time.sleep(0.2)


def _connect(folder: Path) -> socket.socket | None:
    """Reach the box of a folder; None where none listens."""
    peer = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        with _short_path(folder) as path:
            peer.connect(path)
    except (FileNotFoundError, ConnectionRefusedError):
        peer.close()
        return None
    except OSError:
        peer.close()
        raise
    peer.settimeout(10 * PATIENCE)
    return peer


def _ask(peer: socket.socket, verb: str, arguments: Mapping[str, Any], out: Sink) -> Any:
    try:
        _send(peer, b"J", _spell({"verb": verb, "arguments": dict(arguments)}))
        kind, payload = _receive(peer)
        while kind == b"D":
            out.write(payload)
            kind, payload = _receive(peer)
    except (EOFError, ConnectionError, TimeoutError):
        raise StorageFailed(
            "the running box did not finish the command", remedy="Look at its log, then try again."
        ) from None
    answer = json.loads(payload)
    if "error" in answer:
        known = getattr(errors, str(answer["error"]), StorageFailed)
        raise known(answer["message"], remedy=answer["remedy"])
    return answer["value"]


class _Frames:
    """A file that goes to the command as it is written."""

    def __init__(self, peer: socket.socket) -> None:
        self._peer = peer

    def write(self, data: bytes, /) -> int:
        view = memoryview(data)
        for start in range(0, len(view), LARGEST):
            _send(self._peer, b"D", bytes(view[start : start + LARGEST]))
        return len(view)


@contextlib.contextmanager
def _short_path(folder: Path) -> Iterator[str]:
    """Name the socket in under 108 bytes, however deep the folder lies: through its descriptor."""
    descriptor = os.open(folder, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield f"/proc/self/fd/{descriptor}/{NAME}"
    finally:
        os.close(descriptor)


def _user_of(peer: socket.socket) -> int:
    credentials = peer.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _PEER.size)
    user: int = _PEER.unpack(credentials)[1]
    return user


def _spell(value: Mapping[str, Any]) -> bytes:
    return json.dumps(value).encode("ascii")


def _send(peer: socket.socket, kind: bytes, payload: bytes) -> None:
    peer.sendall(_HEAD.pack(kind, len(payload)) + payload)


def _receive(peer: socket.socket) -> tuple[bytes, bytes]:
    kind, length = _HEAD.unpack(_exactly(peer, _HEAD.size))
    if length > LARGEST:
        raise EOFError("a frame that is too long")
    return kind, _exactly(peer, length)


def _exactly(peer: socket.socket, length: int) -> bytes:
    parts = bytearray()
    while len(parts) < length:
        part = peer.recv(min(length - len(parts), 65536))
        if not part:
            raise EOFError("the other side closed")
        parts += part
    return bytes(parts)
