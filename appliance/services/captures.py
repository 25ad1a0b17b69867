"""Sealed captures on their way in: opened, held against the clock, and used once."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

from appliance.config import Captures as CaptureLimits
from appliance.domain.bundle import Header
from appliance.domain.provenance import Channel, Provenance
from appliance.errors import BundleReplayed, BundleStale, KycboxError, RequestError
from appliance.services import memory
from appliance.services.call import Caller
from appliance.services.context import Services

LOG = logging.getLogger(__name__)


async def open_sealed(services: Services, caller: Caller, data: bytes) -> tuple[bytes, Provenance]:
    """Open a bundle and use its nonce up, on disk, before any work is done with the picture.

    Raises:
        BundleUnparsable, BundleUndecryptable, BundleMetadata: see `store.captures`.
        BundleStale: taken too long ago, or in the future. BundleReplayed: used before. Both are remembered
            as evidence against the picture.
    """
    header, picture, enrolled = await asyncio.to_thread(services.captures.open, data)
    limits = services.settings.captures
    age = datetime.now(UTC) - header.captured_at
    try:
        _require_fresh(age, limits)
        keep = limits.max_age_seconds + 2 * limits.skew_seconds
        await services.database.write(lambda tx: services.captures.claim(tx, header.nonce, keep))
    except (BundleStale, BundleReplayed) as error:
        await memory.suspect(services, header.sha256, error.code)
        raise
    caller.nonces.append(header.nonce)
    return picture, _provenance(header, enrolled=enrolled)


def _require_fresh(age: timedelta, limits: CaptureLimits) -> None:
    if not -timedelta(seconds=limits.skew_seconds) <= age <= timedelta(seconds=limits.max_age_seconds):
        raise BundleStale(
            "the capture's time is too far from this box's clock",
            remedy="Take the picture again; if that does not help, set the clocks.",
        )


async def decrypt(services: Services, caller: Caller, data: bytes) -> tuple[bytes, str]:
    """Open a bundle for its owner, whatever its age; that does not use it up. Needs the scope `face`.

    Returns:
        The picture's bytes and media type.

    Raises:
        BundleRefused: it does not open.
    """
    caller.require("face")
    header, picture, _ = await asyncio.to_thread(services.captures.open, data)
    await services.audit.succeeded(caller, "capture.decrypt", details={"bytes": len(picture)})
    return picture, header.media_type


@asynccontextmanager
async def returning(services: Services, caller: Caller) -> AsyncIterator[None]:
    """Give a call's captures back where it fails through no fault of the caller's: it may be sent again."""
    try:
        yield
    except RequestError:
        raise
    except BaseException:
        if caller.nonces:
            await asyncio.shield(_give_back(services, caller))
        raise


async def _give_back(services: Services, caller: Caller) -> None:
    nonces = tuple(caller.nonces)
    caller.nonces.clear()
    try:
        await services.database.write(
            lambda tx: [services.captures.give_back(tx, nonce) for nonce in nonces], urgent=True
        )
    except KycboxError as error:  # the call fails already; its sender has to take a new picture
        LOG.warning("captures of request %s stay used up: %s", caller.request_id, error.code)


def _provenance(header: Header, *, enrolled: bool) -> Provenance:
    return Provenance(Channel.BUNDLE, header.device, enrolled, header.captured_at, header.key_id.hex())
