"""Pictures put beforehand: addresses made for a caller, and what is put there without an API key."""

import asyncio
from collections.abc import Sequence

from appliance.services.call import Caller
from appliance.services.context import Services
from appliance.store.transaction import Transaction
from appliance.store.uploads import Presigned


async def presign(services: Services, caller: Caller, files: Sequence[tuple[str, int]]) -> list[Presigned]:
    """Make one address per file, in their order: all or none, with one audit leaf.

    Args:
        services: of the box.
        caller: whose uploads they will be; needs the scope `ocr` or `face`.
        files: media type and length in bytes of each; the size limit is the dialect's to check.

    Raises:
        Forbidden: neither scope.
        InvalidRequest: a type that is neither JPEG nor PNG, or no length.
        ServiceError: storage failed.
    """
    if "face" not in caller.principal.scopes:
        caller.require("ocr")
    made: list[Presigned] = []

    def effect(transaction: Transaction) -> None:
        made[:] = [
            services.uploads.presign(transaction, caller.principal.tenant, media_type, length)
            for media_type, length in files
        ]

    await services.audit.succeeded(caller, "upload.presign", effect=effect, details={"files": len(files)})
    return made


async def put(services: Services, address: Presigned, media_type: str, data: bytes, request_id: str) -> None:
    """Keep what came to an address, sealed; its audit leaf names the tenant that the address was made for.

    Raises:
        Forbidden: a bad, expired or used address, or another type or length than it says.
        ServiceError: storage failed.
    """
    await asyncio.to_thread(services.uploads.put, address, media_type, data, request_id)
