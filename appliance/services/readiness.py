"""Whether the box can serve: what a load balancer, systemd and the console ask."""

import asyncio

from appliance.errors import KycboxError
from appliance.services.context import Services

WRITE_SECONDS = 5.0
"""A commit that takes longer counts as a disk that does not answer."""


async def obstacles(services: Services) -> list[str]:
    """What keeps the box from serving, as sentences without personal data; none when it can serve.

    Writes an empty commit: a database that can be read and not written cannot serve.
    """
    found = []
    loaded = {model.name for model in services.runtime.status()}
    if services.faces.template_model not in loaded:
        found.append("models are not loaded")
    if not services.decoder.stats().alive:
        found.append("no process that decodes pictures is running")
    try:
        await asyncio.wait_for(services.database.write(lambda _: None), WRITE_SECONDS)
    except TimeoutError:
        found.append("the database does not answer")
    except KycboxError as error:
        found.append(f"the database cannot be written: {error.message}")
    return found
