"""The pool admits so many and no more, and gives every place back."""

import asyncio
import random
import threading
import time

import pytest

from appliance.engine.pool import InferencePool
from appliance.errors import Busy


@pytest.fixture
async def pool():
    made = InferencePool(streams=2, queue=3)
    yield made
    await asyncio.wait_for(made.close(), 10)


async def test_full_pool_refuses_at_once_and_says_when_to_come_back(pool):
    release = threading.Event()

    async def hold() -> None:
        async with pool.admit() as slot:
            await slot.run(release.wait, 5)

    held = [asyncio.create_task(hold()) for _ in range(5)]
    await asyncio.sleep(0.02)
    assert pool.stats().admitted == 5
    assert pool.stats().waiting == 3
    began = time.monotonic()
    with pytest.raises(Busy) as refused:
        async with pool.admit():
            pytest.fail("the sixth request was admitted")
    assert time.monotonic() - began < 0.1
    assert refused.value.retryable
    assert refused.value.retry_after >= 1
    release.set()
    await asyncio.gather(*held)
    after = pool.stats()
    assert (after.admitted, after.waiting, after.refused, after.done) == (0, 0, 1, 5)


async def test_calls_of_one_slot_run_in_parallel(pool):
    both = threading.Barrier(2)  # breaks after 2 seconds unless two threads meet there
    async with pool.admit() as slot:
        await asyncio.gather(slot.run(both.wait, 2), slot.run(both.wait, 2))


async def test_a_failing_call_gives_its_place_back_and_its_error_through(pool):
    with pytest.raises(ZeroDivisionError):
        async with pool.admit() as slot:
            await slot.run(lambda: 1 // 0)
    assert pool.stats().admitted == 0


async def test_a_cancelled_request_keeps_its_place_until_its_thread_is_free(pool):
    release, started = threading.Event(), threading.Event()

    def work() -> None:
        started.set()
        release.wait(5)

    async def request() -> None:
        async with pool.admit() as slot:
            await slot.run(work)

    task = asyncio.create_task(request())
    await asyncio.to_thread(started.wait, 5)
    task.cancel()
    await asyncio.sleep(0.02)
    task.cancel()  # a second one does not break the first one's ending
    await asyncio.sleep(0.02)
    assert pool.stats().admitted == 1
    release.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert pool.stats().admitted == 0


async def test_a_call_cancelled_before_it_began_never_runs(pool):
    release, ran = threading.Event(), threading.Event()
    async with pool.admit() as slot:
        busy = [asyncio.create_task(slot.run(release.wait, 5)) for _ in range(2)]
        late = asyncio.create_task(slot.run(ran.set))
        await asyncio.sleep(0.02)
        late.cancel()
        with pytest.raises(asyncio.CancelledError):
            await late
        release.set()
        await asyncio.gather(*busy)
    assert not ran.is_set()


async def test_close_waits_for_those_inside_and_admits_no_more():
    pool = InferencePool(streams=1, queue=0)
    release = threading.Event()

    async def request() -> bool:
        async with pool.admit() as slot:
            return await slot.run(release.wait, 5)

    task = asyncio.create_task(request())
    await asyncio.sleep(0.02)
    closing = asyncio.create_task(pool.close())
    await asyncio.sleep(0.02)
    assert not closing.done()
    with pytest.raises(Busy):
        async with pool.admit():
            pytest.fail("a closing pool admitted a request")
    release.set()
    assert await task
    await closing


@pytest.mark.parametrize("seed", range(4))
async def test_many_requests_that_end_in_every_way_leak_no_place(seed):
    dice = random.Random(seed)
    streams, queue = dice.randint(1, 4), dice.randint(0, 6)
    pool = InferencePool(streams, queue)
    lock = threading.Lock()
    advice: list[float] = []
    inside, most_inside, most_running, running = 0, 0, 0, 0

    def work(seconds: float, *, fail: bool) -> None:
        nonlocal running, most_running
        with lock:
            running += 1
            most_running = max(most_running, running)
        time.sleep(seconds)
        with lock:
            running -= 1
        if fail:
            raise ArithmeticError

    async def request(number: int) -> str:
        nonlocal inside, most_inside
        await asyncio.sleep(dice.random() * 0.05)
        try:
            async with pool.admit() as slot:
                inside += 1
                most_inside = max(most_inside, inside)
                try:
                    fail = number % 5 == 0
                    calls = [slot.run(work, dice.random() * 0.004, fail=fail) for _ in range(1 + number % 3)]
                    await asyncio.gather(*calls)
                finally:
                    inside -= 1
        except Busy as refused:
            advice.append(refused.retry_after)
            return "refused"
        except ArithmeticError:
            return "failed"
        return "done"

    tasks = [asyncio.create_task(request(number)) for number in range(150)]
    await asyncio.sleep(0.02)
    for task in tasks[::7]:
        task.cancel()
    ends = await asyncio.gather(*tasks, return_exceptions=True)
    assert all(isinstance(end, (str, asyncio.CancelledError)) for end in ends)
    after = pool.stats()
    assert after.admitted == 0
    assert after.refused == ends.count("refused") == len(advice)
    assert all(seconds >= 1 for seconds in advice)
    assert "done" in ends
    assert most_inside <= streams + queue
    assert most_running <= streams
    async with pool.admit() as slot:
        assert await slot.run(lambda: 7) == 7
    await asyncio.wait_for(pool.close(), 10)


def test_a_pool_without_threads_is_refused():
    with pytest.raises(ValueError, match="at least one"):
        InferencePool(0, 4)
