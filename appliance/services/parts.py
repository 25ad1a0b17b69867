"""Parts of a call that do not depend on each other's success."""

import logging
from collections.abc import Awaitable
from dataclasses import dataclass
from typing import TypeVar

from appliance.errors import KycboxError, RequestError

LOG = logging.getLogger(__name__)
T = TypeVar("T")


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
