"""Evidence against captures, remembered."""

from appliance.services.context import Services


async def suspect(services: Services, sha256: bytes, code: str) -> None:
    """Hold something against a picture, for when it comes again.

    Args:
        services: of the box.
        sha256: of the picture's bytes.
        code: of the error that refused it.

    Raises:
        StorageFailed, StorageFull: it could not be written.
    """
    services.metrics.suspects.labels(code).inc()
    await services.database.write(lambda tx: services.memory.suspect(tx, sha256, code))
