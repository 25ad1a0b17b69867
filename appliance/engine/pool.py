"""The bounded way to inference: so many threads, so many requests waiting, and a refusal for the rest.

Inference releases the interpreter's lock, so threads are enough; the event loop does no work of its own.
A request holds one place from admission to its end, however many calls it makes meanwhile.
"""

import asyncio
import math
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Coroutine
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, Final, ParamSpec, TypeVar

import msgspec

from appliance.errors import Busy

P = ParamSpec("P")
T = TypeVar("T")

_RECENT: Final = 64
"""Requests whose durations give the estimate of how long a refused caller should wait."""


class PoolStats(msgspec.Struct, frozen=True):
    """Counts since the start; `admitted` and `waiting` are of this moment."""

    streams: int
    queue: int
    admitted: int
    """Requests that hold a place now."""
    waiting: int
    """Of those, how many are beyond the number of streams."""
    refused: int
    done: int


class Slot:
    """The place of one request. Not to be used after its `async with` block."""

    def __init__(self, threads: ThreadPoolExecutor) -> None:
        self._threads = threads
        self._calls: set[Future[Any]] = set()

    async def run(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a blocking function in the pool's threads; several of one slot may be under way.

        A call that is cancelled before a thread took it never runs; one that runs is waited for at the end
        of the slot, since a thread cannot be stopped.

        Returns:
            What the function returns. Its exceptions pass through.
        """
        call: Future[T] = self._threads.submit(function, *args, **kwargs)
        self._calls.add(call)
        call.add_done_callback(self._calls.discard)
        return await asyncio.wrap_future(call)

    async def finish(self) -> None:
        """Cancel what has not begun and wait for what has: the place is free only when its threads are."""
        for call in tuple(self._calls):
            call.cancel()
        left = [asyncio.wrap_future(call) for call in tuple(self._calls)]
        await asyncio.gather(*left, return_exceptions=True)  # whoever asked for them is gone


class InferencePool:
    """Threads for inference and the count of requests that may use them. One event loop uses it."""

    def __init__(self, streams: int, queue: int) -> None:
        """Start no thread yet.

        Args:
            streams: threads, as many as the runtime has streams. At least 1.
            queue: requests that may be admitted beyond that.
        """
        if streams < 1 or queue < 0:
            raise ValueError("a pool has at least one stream and no negative queue")
        self._streams = streams
        self._queue = queue
        self._threads = ThreadPoolExecutor(streams, thread_name_prefix="inference")
        self._admitted = 0
        self._refused = 0
        self._done = 0
        self._recent: deque[float] = deque(maxlen=_RECENT)
        self._empty = asyncio.Event()
        self._empty.set()
        self._closed = False

    def admit(self) -> AbstractAsyncContextManager[Slot]:
        """Take a place for one request, for the length of an `async with`.

        Raises:
            Busy: at once, when all places are taken or the pool is closing; `retry_after` in whole seconds.
        """
        return self._place()

    @asynccontextmanager
    async def _place(self) -> AsyncIterator[Slot]:
        if self._closed or self._admitted >= self._streams + self._queue:
            self._refused += 1
            raise Busy(
                "all places of the inference pool are taken",
                remedy="Send the request again later, or raise engine.queue.",
                retry_after=self._retry_after(),
            )
        self._admitted += 1
        self._empty.clear()
        slot = Slot(self._threads)
        began = time.monotonic()
        try:
            yield slot
        finally:
            try:
                await _uninterrupted(slot.finish())
            finally:
                self._admitted -= 1
                self._done += 1
                self._recent.append(time.monotonic() - began)
                if not self._admitted:
                    self._empty.set()

    async def close(self) -> None:
        """Admit no more, wait for the requests inside, end the threads."""
        self._closed = True
        await self._empty.wait()
        await asyncio.to_thread(self._threads.shutdown)

    def stats(self) -> PoolStats:
        """Counts of this moment."""
        return PoolStats(
            streams=self._streams,
            queue=self._queue,
            admitted=self._admitted,
            waiting=max(self._admitted - self._streams, 0),
            refused=self._refused,
            done=self._done,
        )

    def _retry_after(self) -> float:
        """Seconds until a place should be free: a request's recent duration includes its waiting."""
        if not self._recent:
            return 1.0
        usual = sorted(self._recent)[len(self._recent) // 2]
        return float(max(1, math.ceil(usual)))


async def _uninterrupted(ending: Coroutine[Any, Any, None]) -> None:
    """Await to the end even when cancelled meanwhile, then pass the cancellation on."""
    task = asyncio.create_task(ending)
    cancelled = False
    while not task.done():
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError:
            cancelled = True
    if cancelled:
        raise asyncio.CancelledError
