"""Jobs run again and again, also after one failed."""

import asyncio
import logging

import pytest

from appliance.jobs.ticks import Tick, ticking


async def test_a_job_runs_again_after_it_failed(caplog: pytest.LogCaptureFixture) -> None:
    runs: list[int] = []

    async def flaky() -> None:
        runs.append(len(runs))
        if len(runs) == 1:
            raise RuntimeError("once")

    with caplog.at_level(logging.ERROR):
        async with ticking([Tick("flaky", 0.02, flaky)]):
            for _ in range(200):
                await asyncio.sleep(0.01)
                if len(runs) >= 3:
                    break
    assert len(runs) >= 3
    assert "job flaky failed" in caplog.text


async def test_a_slow_job_never_overlaps_itself() -> None:
    inside, most = 0, 0

    async def slow() -> None:
        nonlocal inside, most
        inside += 1
        most = max(most, inside)
        await asyncio.sleep(0.06)
        inside -= 1

    async with ticking([Tick("slow", 0.02, slow)]):
        await asyncio.sleep(0.4)
    assert most == 1
