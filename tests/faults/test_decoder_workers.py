"""The worker processes die, hang, are cancelled and closed: no other request notices."""

import asyncio
import io
import os
import random
import signal
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
import pytest_asyncio
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from appliance.config import Limits
from appliance.domain.capture import Capture
from appliance.errors import DecoderFailed, RequestError
from appliance.vision.decode import Decoder

MEGABYTES = 64 << 20


def saved(kind: str, size: tuple[int, int] = (160, 120), **options: object) -> bytes:
    y, x = np.mgrid[0 : size[1], 0 : size[0]]
    pixels = np.dstack([x * 255 // size[0], y * 255 // size[1], (x + y) % 256]).astype(np.uint8)
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, kind, **options)
    return stream.getvalue()


def too_large() -> bytes:
    """A small JPEG whose frame header claims 65500 pixels square."""
    data = bytearray(saved("JPEG"))
    at = data.index(b"\xff\xc0")
    data[at + 5 : at + 9] = b"\xff\xdc\xff\xdc"
    return bytes(data)


async def works(decoder: Decoder) -> None:
    capture = await decoder.decode(saved("JPEG"), max_bytes=MEGABYTES)
    assert capture.pixels.shape == (120, 160, 3)


SEEDS = {
    "JPEG": saved("JPEG"),
    "progressive": saved("JPEG", progressive=True),
    "PNG": saved("PNG"),
    "PDF": saved("PDF", (40, 30)),
}


@pytest.mark.parametrize("kind", SEEDS)
def test_damage_of_every_sort_has_a_typed_answer(kind: str) -> None:
    whole = SEEDS[kind]
    outcomes = dict.fromkeys(("decoded", "refused", "lost"), 0)
    with asyncio.Runner() as runner:
        decoder = Decoder(Limits(decode_seconds=5.0), workers=1)
        runner.run(decoder.start())

        async def attempt(data: bytes) -> None:
            try:
                capture = await decoder.decode(data, max_bytes=MEGABYTES)
            except RequestError:
                outcomes["refused"] += 1
            except DecoderFailed:
                outcomes["lost"] += 1
            else:
                outcomes["decoded"] += 1
                assert capture.pixels.ndim == 3

        @settings(max_examples=150, deadline=None, derandomize=True, database=None)
        @given(
            flips=st.lists(st.tuples(st.integers(0, len(whole) - 1), st.integers(0, 255)), max_size=8),
            cut=st.integers(0, len(whole)),
            paste=st.binary(max_size=16),
        )
        def damage(flips: list[tuple[int, int]], cut: int, paste: bytes) -> None:
            data = bytearray(whole)
            for at, value in flips:
                data[at] = value
            runner.run(attempt(bytes(data[:cut] + paste + data[cut + len(paste) :])))

        try:
            damage()
            runner.run(works(decoder))
        finally:
            runner.run(decoder.close())
    assert outcomes["refused"] > 0
    assert outcomes["lost"] == 0


def slow_picture() -> bytes:
    """A 39-megapixel picture, valid, that takes a large part of a second."""
    noise = np.random.default_rng(3).integers(0, 255, (600, 650, 3), np.uint8)
    stream = io.BytesIO()
    Image.fromarray(cv2.resize(noise, (6500, 6000))).save(stream, "JPEG", quality=80, progressive=True)
    return stream.getvalue()


@pytest_asyncio.fixture
async def fresh() -> AsyncIterator[Decoder]:
    decoder = Decoder(Limits(decode_seconds=5.0), workers=2)
    await decoder.start()
    yield decoder
    await decoder.close()


def children(decoder: Decoder) -> Iterator[int]:
    return (worker.process.pid for worker in list(decoder._all))


async def settled(decoder: Decoder, idle: int) -> None:
    for _ in range(200):
        if decoder._idle.qsize() == idle == decoder.stats().alive:
            return
        await asyncio.sleep(0.05)
    pytest.fail(f"{decoder._idle.qsize()} idle workers, not {idle}")


def processor_ticks(process: int) -> int:
    return int(Path(f"/proc/{process}/stat").read_text().split()[13])


def entries(folder: str) -> int:
    return sum(1 for _ in Path(folder).iterdir())


async def test_worker_killed_in_the_middle(fresh: Decoder) -> None:
    slow = slow_picture()
    for _ in range(3):
        before = {one: processor_ticks(one) for one in children(fresh)}
        flight = asyncio.create_task(fresh.decode(slow, max_bytes=MEGABYTES))
        busy = None
        while busy is None:  # the one that gathers processor time has the picture
            await asyncio.sleep(0.02)
            busy = next((one for one in before if processor_ticks(one) > before[one] + 3), None)
        os.kill(busy, signal.SIGKILL)
        start = time.perf_counter()
        with pytest.raises(DecoderFailed) as failed:
            await flight
        assert failed.value.remedy
        await works(fresh)
        assert time.perf_counter() - start < 1.0
        await settled(fresh, 3)
    assert fresh.stats().restarts == 3
    assert fresh.stats().failed == 3


async def test_workers_killed_while_idle_cost_no_request(fresh: Decoder) -> None:
    for one in children(fresh):
        os.kill(one, signal.SIGKILL)
    for _ in range(100):
        if fresh.stats().alive == 0:
            break
        await asyncio.sleep(0.02)
    await asyncio.gather(*(works(fresh) for _ in range(8)))
    await settled(fresh, 3)
    assert fresh.stats().failed == 0


async def test_a_hung_worker_is_ended_in_time() -> None:
    decoder = Decoder(Limits(decode_seconds=0.7), workers=1)
    await decoder.start()
    try:
        for one in children(decoder):
            os.kill(one, signal.SIGSTOP)
        for _ in range(2):
            start = time.perf_counter()
            with pytest.raises(DecoderFailed):
                await decoder.decode(saved("JPEG"), max_bytes=MEGABYTES)
            assert 0.6 < time.perf_counter() - start < 2.0
        await works(decoder)
    finally:
        await decoder.close()


async def test_200_requests_of_all_sorts_at_once(fresh: Decoder) -> None:
    shuffle = random.Random(5)
    good = [saved("JPEG"), saved("PNG"), saved("PDF", (40, 30))]
    bad = [too_large(), saved("JPEG")[:700], b"GIF89a" + b"\0" * 99]
    wanted = [shuffle.choice(good if shuffle.random() < 0.6 else bad) for _ in range(200)]
    lag = 0.0
    done = asyncio.Event()

    async def watch() -> None:
        nonlocal lag
        while not done.is_set():
            start = time.perf_counter()
            await asyncio.sleep(0.01)
            lag = max(lag, time.perf_counter() - start - 0.01)

    watcher = asyncio.create_task(watch())
    answers = await asyncio.gather(
        *(fresh.decode(one, max_bytes=MEGABYTES) for one in wanted), return_exceptions=True
    )
    done.set()
    await watcher
    for sent, answer in zip(wanted, answers, strict=True):
        assert isinstance(answer, Capture if sent in good else RequestError)
    stats = fresh.stats()
    assert stats.decoded + stats.refused == 200
    assert (stats.alive, stats.restarts, stats.failed) == (3, 0, 0)
    assert lag < 0.5


async def test_a_cancelled_request_leaves_its_worker_usable(fresh: Decoder) -> None:
    slow = slow_picture()
    flights = [asyncio.create_task(fresh.decode(slow, max_bytes=MEGABYTES)) for _ in range(4)]
    await asyncio.sleep(0.1)
    for one in flights:
        one.cancel()
    await asyncio.gather(*flights, return_exceptions=True)
    await works(fresh)
    assert fresh.stats().restarts == 0


async def test_nothing_stays_behind() -> None:
    threads, descriptors = entries("/proc/self/task"), entries("/proc/self/fd")
    for _ in range(3):
        decoder = Decoder(Limits(), workers=2)
        await decoder.start()
        held = [await decoder.decode(saved("PNG"), max_bytes=MEGABYTES) for _ in range(5)]
        processes = list(children(decoder))
        await decoder.close()
        await decoder.close()
        assert held[0].pixels.sum() == held[4].pixels.sum()
        for one in processes:
            with pytest.raises(ProcessLookupError):
                os.kill(one, 0)
        assert decoder.stats().alive == 0
    del held
    # asyncio keeps its own threads for to_thread; the decoder's are gone
    assert entries("/proc/self/task") <= threads + 6
    assert entries("/proc/self/fd") <= descriptors + 2


async def test_workers_retire_without_costing_a_request() -> None:
    """A worker serves 1000 pictures; more than two lives' worth go through one worker and its spare."""
    decoder = Decoder(Limits(), workers=1)
    await decoder.start()
    try:
        first = set(children(decoder))
        tiny = saved("PNG", (2, 2))
        for _ in range(2050):
            await decoder.decode(tiny, max_bytes=MEGABYTES)
        await settled(decoder, 2)
        assert not first & set(children(decoder))
        assert (decoder.stats().restarts, decoder.stats().failed) == (0, 0)
    finally:
        await decoder.close()


async def test_a_worker_without_the_filter_is_told(fresh: Decoder) -> None:
    stats = fresh.stats()
    assert ("seccomp" in stats.protection, stats.notice) == (True, "")
    one = next(iter(fresh._all))
    one.layers = tuple(layer for layer in one.layers if layer != "seccomp")
    assert "seccomp" not in fresh.stats().protection
    assert "without a system call filter" in fresh.stats().notice


async def test_closing_ends_requests_in_flight() -> None:
    decoder = Decoder(Limits(), workers=1)
    await decoder.start()
    flight = asyncio.create_task(decoder.decode(slow_picture(), max_bytes=MEGABYTES))
    await asyncio.sleep(0.1)
    start = time.perf_counter()
    await decoder.close()
    assert time.perf_counter() - start < 2.0
    with pytest.raises(DecoderFailed):
        await flight
