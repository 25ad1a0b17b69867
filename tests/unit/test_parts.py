"""Parts of a call: what fails takes nothing with it, and leaves nothing running."""

import asyncio

import pytest

from appliance.errors import Busy, InvalidRequest
from appliance.services.parts import Failed, both, part


async def given(value: int, seconds: float = 0.0) -> int:
    await asyncio.sleep(seconds)
    return value


async def failing(error: Exception) -> int:
    raise error


async def test_a_part_that_fails_is_told_by_its_code() -> None:
    assert await part("x", given(3)) == 3
    for error, code in ((Busy("full"), "busy"), (ZeroDivisionError(), "internal")):
        told = await part("x", failing(error))
        assert isinstance(told, Failed)
        assert told.code == code
    with pytest.raises(InvalidRequest):
        await part("x", failing(InvalidRequest("no")))


async def test_where_one_of_two_fails_the_other_has_ended() -> None:
    ended = asyncio.Event()

    async def long() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            ended.set()

    for pair in ((long(), failing(InvalidRequest("no"))), (failing(InvalidRequest("no")), long())):
        ended.clear()
        with pytest.raises(InvalidRequest):
            await asyncio.wait_for(both(*pair), 0.5)
        assert ended.is_set()
    assert await both(given(1, 0.01), given(2)) == (1, 2)
