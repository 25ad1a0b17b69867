"""Parts of a call that do not depend on each other's success."""

import asyncio
import logging
from collections.abc import Awaitable, Coroutine
from dataclasses import dataclass
from typing import Any, TypeVar

from appliance.errors import KycboxError, RequestError

LOG = logging.getLogger(__name__)
T = TypeVar("T")
U = TypeVar("U")


@dataclass(frozen=True, eq=False, slots=True)
class Failed:
    """A part that did not come about, by the code of its error."""

    code: str


async def part(name: str, work: Awaitable[T]) -> T | Failed:
    """Wait for a part; whatever it raises is this part's failure, told in the answer and in the log.

    Raises:
        RequestError: what the caller can mend ends the call.
    """
    try:
        return await work
    except RequestError:
        raise
    except KycboxError as error:
        LOG.warning("part %s failed: %s", name, error.code)
        return Failed(error.code)
    except Exception:
        LOG.exception("part %s failed", name)
        return Failed("internal")


async def both(first: Coroutine[Any, Any, T], second: Coroutine[Any, Any, U]) -> tuple[T, U]:
    """Do two things at the same time; where one fails, the other is ended before the failure goes on.

    Left running it would use a place in the inference pool that the call has already given back.
    """
    one, other = asyncio.create_task(first), asyncio.create_task(second)
    try:
        done, _ = await asyncio.wait((one, other), return_when=asyncio.FIRST_EXCEPTION)
        for task in done:
            task.result()  # raises what it raised
        return one.result(), other.result()
    finally:
        for task in (one, other):
            task.cancel()
        await asyncio.gather(one, other, return_exceptions=True)
