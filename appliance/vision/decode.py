"""Pictures of callers become pixels, in processes that can do nothing else.

`Decoder` keeps a few confined workers (see `decode_worker` and `sandbox`) and one spare. A worker that
dies, runs out of time or answers nonsense is killed and replaced; the request it had gets `DecoderFailed`
and no other request notices. Pixels come back in sealed shared memory, without a copy and without a file:
once the seal is on, neither this process nor the worker can change or shrink them.
"""

import asyncio
import contextlib
import fcntl
import hashlib
import mmap
import os
import queue
import socket
import subprocess
import sys
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final, Literal

import msgspec
import numpy as np

from appliance.config import PROJECT, Limits
from appliance.domain.capture import Capture, Pixels
from appliance.errors import (
    DecoderFailed,
    FileTooLarge,
    KycboxError,
    PictureTooLarge,
    PictureUnreadable,
    UnsupportedFormat,
)
from appliance.vision import picture_header
from appliance.vision.picture_header import Reason

FORMATS: Final = frozenset({picture_header.JPEG, picture_header.PNG, picture_header.BMP, picture_header.PDF})

PORTRAITS: Final = frozenset({picture_header.JPEG, picture_header.JP2})
"""Formats of portraits in Aadhaar QR codes and e-KYC files; no route that takes uploads names the second."""

_NAMES: Final = {
    picture_header.JPEG: "JPEG",
    picture_header.PNG: "PNG",
    picture_header.BMP: "BMP",
    picture_header.PDF: "PDF",
    picture_header.JP2: "JPEG 2000",
}
_REFUSALS: Final[dict[Reason, tuple[type[KycboxError], str, str]]] = {
    "damaged": (
        PictureUnreadable,
        "the picture is damaged or incomplete",
        "Send the whole file as it was taken.",
    ),
    "precision": (
        PictureUnreadable,
        "JPEG with more than 8 bits per sample is not decoded",
        "Save it as an ordinary JPEG or as PNG.",
    ),
    "lossless": (
        PictureUnreadable,
        "lossless and arithmetic-coded JPEG are not decoded",
        "Save it as an ordinary JPEG or as PNG.",
    ),
    "encrypted": (PictureUnreadable, "the PDF is protected by a password", "Send it without a password."),
    "pages": (PictureUnreadable, "the PDF has no page", "Send a PDF whose first page shows the document."),
    "page_size": (
        PictureTooLarge,
        "the PDF page is larger than 200 inches or too narrow to show a document",
        "Scan to an ordinary page size.",
    ),
    "pixels": (PictureTooLarge, "the picture has too many pixels", "Send at most 40 megapixels."),
    "passes": (
        PictureTooLarge,
        "the progressive JPEG has too many scans",
        "Save it again as an ordinary JPEG.",
    ),
    "parts": (
        PictureTooLarge,
        "the picture file has too many segments",
        "Save it again as an ordinary JPEG.",
    ),
    "memory": (PictureTooLarge, "the picture needs too much memory to decode", "Send a smaller picture."),
}
_MESSAGE_BYTES: Final = 4096
_START_SECONDS: Final = 30.0
_RETRY_SECONDS: Final = 0.5
_SEALED_SIZE: Final = fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW
_WORKER: Final = (
    "import sys; sys.path.insert(0, sys.argv[1]); "
    "from appliance.vision.decode_worker import main; "
    "main(int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4]))"
)


@dataclass(frozen=True, slots=True)
class DecoderStats:
    """How the decoder stands.

    Attributes:
        alive: worker processes that run, the spare included.
        restarts: workers replaced because they died, hung or misbehaved.
        decoded: pictures decoded.
        refused: pictures refused, by format, size or damage.
        failed: requests lost to a dead or hung worker.
        protection: layers of confinement in force in every worker, see `sandbox.confine`.
        notice: what an operator should know about the confinement; "" when nothing.
    """

    alive: int
    restarts: int
    decoded: int
    refused: int
    failed: int
    protection: tuple[str, ...]
    notice: str


class _Hello(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    layers: tuple[str, ...]


class _Answer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A worker may have been taken over by a picture: its answers are input like any other."""

    last: bool
    refused: Reason | None = None
    width: int = 0
    height: int = 0
    jpeg_quality: int | None = None
    marks: tuple[Literal["edited_by_software", "made_by_generator"], ...] = ()


class _Gone(Exception):
    """The worker is dead, hung, or does not keep to the protocol."""


class _Unread(_Gone):
    """The worker was dead before it took the request: another one can have it."""


class _Worker:
    """One confined process and the socket to it."""

    def __init__(self, most_pixels: int, seconds: float) -> None:
        self._channel, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self.process = subprocess.Popen(  # noqa: S603 - this interpreter, constant program
                [sys.executable, "-I", "-c", _WORKER]
                + [str(part) for part in (PROJECT, theirs.fileno(), most_pixels, seconds)],
                pass_fds=(theirs.fileno(),),
                stdin=subprocess.DEVNULL,
                cwd="/",
                env={},
                start_new_session=True,
            )
        self._most_pixels = most_pixels
        self.layers: tuple[str, ...] = ()

    def wait_ready(self) -> None:
        self.layers = msgspec.json.decode(self._receive(_START_SECONDS), type=_Hello).layers

    @property
    def alive(self) -> bool:
        return self.process.poll() is None

    def ask(self, data: bytes, media_type: str, seconds: float) -> tuple[_Answer, Pixels | None]:
        """Decode one file.

        Raises:
            _Unread: it was dead already.
            _Gone: no usable answer within the time.
        """
        source = os.memfd_create("kycbox-file", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
        target = os.memfd_create("kycbox-pixels", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
        try:
            _fill(source, data)
            os.ftruncate(target, self._most_pixels * 3)
            fcntl.fcntl(target, fcntl.F_ADD_SEALS, _SEALED_SIZE)
            request = msgspec.json.encode({"length": len(data), "media_type": media_type})
            try:
                socket.send_fds(self._channel, [request], [source, target])
                answer = msgspec.json.decode(self._receive(seconds), type=_Answer)
            except (BrokenPipeError, ConnectionResetError) as error:  # unix(7): reset means unread
                raise _Unread from error
            except (OSError, msgspec.DecodeError) as error:
                raise _Gone from error
            return answer, None if answer.refused else self._pixels(answer, target)
        finally:
            os.close(source)
            os.close(target)

    def _receive(self, seconds: float) -> bytes:
        self._channel.settimeout(seconds)
        message = self._channel.recv(_MESSAGE_BYTES)
        if not message:
            raise _Gone
        return message

    def _pixels(self, answer: _Answer, target: int) -> Pixels:
        width, height, quality = answer.width, answer.height, answer.jpeg_quality
        sized = width > 0 and height > 0 and width * height <= self._most_pixels
        if not sized or not (quality is None or 1 <= quality <= 100):
            raise _Gone
        try:  # refused while the worker still maps the memory for writing
            fcntl.fcntl(target, fcntl.F_ADD_SEALS, fcntl.F_SEAL_WRITE | fcntl.F_SEAL_SEAL)
        except OSError as error:
            raise _Gone from error
        memory = mmap.mmap(target, width * height * 3, flags=mmap.MAP_PRIVATE, prot=mmap.PROT_READ)
        return np.frombuffer(memory, np.uint8).reshape(height, width, 3)

    def end(self) -> None:
        """Kill and reap. Safe to call twice."""
        self.process.kill()
        self._channel.close()
        self.process.wait()


def _fill(descriptor: int, data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


class Decoder:
    """The pool of confined workers.

    Args:
        limits: `pixels` and `decode_seconds` are used.
        workers: pictures decoded at the same time; one process more is kept as a spare.
    """

    def __init__(self, limits: Limits, workers: int = 2) -> None:
        self._limits = limits
        self._size = workers
        self._threads = ThreadPoolExecutor(workers, thread_name_prefix="decode")
        # All workers are started by one thread that lives as long as they do: the kernel's "die with your
        # parent" means the thread that made the process, not the process it belongs to.
        self._starter = ThreadPoolExecutor(1, thread_name_prefix="decode-start")
        self._idle: queue.Queue[_Worker] = queue.Queue()
        self._lock = threading.Lock()
        self._all: set[_Worker] = set()
        self._counts = dict.fromkeys(("restarts", "decoded", "refused", "failed"), 0)
        self._closing = threading.Event()

    async def start(self) -> None:
        """Start all workers.

        Raises:
            DecoderFailed: none of them can be started here.
        """
        loop = asyncio.get_running_loop()
        started = [self._starter.submit(self._add_worker) for _ in range(self._size + 1)]
        try:
            for one in started:
                await asyncio.wrap_future(one, loop=loop)
        except (OSError, msgspec.DecodeError, _Gone) as error:
            await self.close()
            reason = f"the process that decodes pictures does not start: {type(error).__name__}"
            raise DecoderFailed(
                reason, remedy="Run `kycbox doctor`; `make setup` mends the libraries."
            ) from error

    async def close(self) -> None:
        """Kill all workers; requests in flight get DecoderFailed. Safe to call twice."""
        with self._lock:
            self._closing.set()
            workers = list(self._all)
        for worker in workers:
            worker.process.kill()
        await asyncio.to_thread(self._threads.shutdown, cancel_futures=True)
        await asyncio.to_thread(self._starter.shutdown, cancel_futures=True)
        for worker in list(self._all):
            worker.end()
        self._all.clear()

    async def decode(self, data: bytes, *, formats: frozenset[str] = FORMATS, max_bytes: int) -> Capture:
        """Decode one file.

        Args:
            data: the file as received.
            formats: media types that the route takes, out of `FORMATS` and `PORTRAITS`.
            max_bytes: the route's own limit of the file's length.

        Raises:
            UnsupportedFormat: not one of `formats`, by its first bytes.
            PictureUnreadable: damaged, encrypted, or a kind that is not decoded.
            PictureTooLarge: too many bytes, pixels, segments; page too large.
            DecoderFailed: the worker died or ran out of time over it.
        """
        future = self.submit(data, formats=formats, max_bytes=max_bytes)
        return await asyncio.wrap_future(future)

    def submit(self, data: bytes, *, formats: frozenset[str] = FORMATS, max_bytes: int) -> Future[Capture]:
        """Begin to decode one file, for callers in threads; arguments and errors as of `decode`.

        Refusals by format and length are raised here, the others by the future.
        """
        media_type = picture_header.sniff(data)
        if media_type not in formats:
            self._count("refused")
            names = ", ".join(_NAMES[one] for one in sorted(formats))
            reason = "the file is not a picture of a format taken here"
            raise UnsupportedFormat(reason, remedy=f"Send one of: {names}.")
        if len(data) > max_bytes:
            self._count("refused")
            remedy = f"Send at most {max_bytes} bytes."
            raise FileTooLarge("the picture file has too many bytes", remedy=remedy)
        return self._threads.submit(self._decode_blocking, data, media_type)

    def stats(self) -> DecoderStats:
        """Counts since start, and how well the workers are confined."""
        with self._lock:
            workers = [worker for worker in self._all if worker.alive]
            counts = dict(self._counts)
        layers = [worker.layers for worker in workers if worker.layers]
        shared = (
            tuple(layer for layer in layers[0] if all(layer in other for other in layers)) if layers else ()
        )
        notice = ""
        if layers and "seccomp" not in shared:
            notice = "pictures are decoded without a system call filter: this kernel or processor has none"
        return DecoderStats(alive=len(workers), protection=shared, notice=notice, **counts)

    # -- in the decode threads ---------------------------------------------------------------------

    def _decode_blocking(self, data: bytes, media_type: str) -> Capture:
        answer, pixels = self._answer(data, media_type)
        if pixels is None:
            self._count("refused")
            kind, reason, remedy = _REFUSALS[answer.refused or "damaged"]
            raise kind(reason, remedy=remedy)
        self._count("decoded")
        digest = hashlib.sha256(data).hexdigest()
        return Capture(digest, media_type, len(data), pixels, answer.jpeg_quality, marks=answer.marks)

    def _answer(self, data: bytes, media_type: str) -> tuple[_Answer, Pixels | None]:
        while True:
            worker = self._take()
            try:
                answer, pixels = worker.ask(data, media_type, self._limits.decode_seconds)
            except _Unread:
                self._replace(worker)
                continue
            except _Gone as error:
                self._count("failed")
                self._replace(worker)
                reason = "the process that decodes pictures died or ran out of time on this one"
                remedy = "Send the picture again; if it fails again, save it anew as JPEG."
                raise DecoderFailed(reason, remedy=remedy) from error
            if answer.last:
                self._replace(worker, counted=False)
            else:
                self._idle.put(worker)
            return answer, pixels

    def _take(self) -> _Worker:
        try:
            if self._closing.is_set():  # no other worker will come
                return self._idle.get_nowait()
            return self._idle.get(timeout=self._limits.decode_seconds)
        except queue.Empty:
            self._count("failed")
            reason = "no process that decodes pictures is running"
            raise DecoderFailed(reason, remedy="Run `kycbox doctor`.") from None

    def _replace(self, worker: _Worker, *, counted: bool = True) -> None:
        worker.end()
        with self._lock:
            self._all.discard(worker)
            if self._closing.is_set():
                return
            self._counts["restarts"] += counted
        with contextlib.suppress(RuntimeError):  # shut down between the check above and here
            self._starter.submit(self._add_worker_at_last)

    # -- in the starter's thread -------------------------------------------------------------------

    def _add_worker(self) -> None:
        worker = _Worker(self._limits.pixels, self._limits.decode_seconds)
        with self._lock:
            self._all.add(worker)
            if self._closing.is_set():
                worker.process.kill()
        try:
            worker.wait_ready()
        except BaseException:
            with self._lock:
                self._all.discard(worker)
            worker.end()
            raise
        self._idle.put(worker)

    def _add_worker_at_last(self) -> None:
        """Try until it succeeds: memory may be short for a moment."""
        while not self._closing.is_set():
            try:
                self._add_worker()
            except (OSError, msgspec.DecodeError, _Gone):
                self._count("restarts")
                self._closing.wait(_RETRY_SECONDS)
            else:
                return

    def _count(self, what: str) -> None:
        with self._lock:
            self._counts[what] += 1
