"""What the box does by itself, and how often: each job asks the database what is due."""

import asyncio
import logging
from typing import Final

from appliance import notify
from appliance.api.recspace.admission import INTAKE
from appliance.api.recspace.routes_batch import spelled
from appliance.jobs.ticks import Tick
from appliance.services.context import Services
from appliance.services.deliver import Deliverer
from appliance.services.kyc_sessions import expire_sessions
from appliance.services.onboarding import expire as onboarding
from appliance.services.readiness import obstacles
from appliance.services.reading_batches import forget_batches, read_batches
from appliance.services.screening.rescreen import Rescreener
from appliance.services.vcip_sessions import abort_vcip_sessions
from hardware import memory

LOG = logging.getLogger("kycbox")
HEARTBEAT_SECONDS: Final = 10.0
PURGE_SECONDS: Final = 600.0
MEMORY_SECONDS: Final = 30.0
VAULT_SECONDS: Final = 600.0
SESSIONS_SECONDS: Final = 60.0
WEBHOOK_SECONDS: Final = 1.0
BATCH_SECONDS: Final = 1.0
RESCREEN_SECONDS: Final = 5.0
ONBOARDING_SECONDS: Final = 10.0


def ticks(services: Services, deliverer: Deliverer, rescreener: Rescreener) -> list[Tick]:
    """The jobs of a running box."""
    return [
        Tick("heartbeat", HEARTBEAT_SECONDS, lambda: _heartbeat(services)),
        Tick("purge uploads", PURGE_SECONDS, lambda: _purge_uploads(services)),
        Tick("vault", VAULT_SECONDS, lambda: _keep_vault(services)),
        Tick("memory", MEMORY_SECONDS, _give_memory_back),
        Tick("deliver webhooks", WEBHOOK_SECONDS, deliverer.run),
        Tick("forget delivered webhooks", PURGE_SECONDS, deliverer.forget),
        Tick("read batches", BATCH_SECONDS, lambda: _read_batches(services)),
        Tick("forget batches", PURGE_SECONDS, lambda: forget_batches(services)),
        Tick("end sessions", SESSIONS_SECONDS, lambda: _end_sessions(services)),
        Tick("expire onboarding", ONBOARDING_SECONDS, lambda: _expire_onboarding(services)),
        Tick("forget onboarding", PURGE_SECONDS, lambda: _forget_onboarding(services)),
        Tick("screen again", RESCREEN_SECONDS, lambda: _screen_again(rescreener)),
        Tick("forget answers", PURGE_SECONDS, services.idempotency.forget),
    ]


async def _heartbeat(services: Services) -> None:
    if reasons := await obstacles(services):
        LOG.error("no heartbeat: %s", "; ".join(reasons))
    else:
        notify.watchdog()


async def _purge_uploads(services: Services) -> None:
    if gone := await asyncio.to_thread(services.uploads.purge_due):
        LOG.info("purged %d uploads", gone)


async def _read_batches(services: Services) -> None:
    await read_batches(services, spelled, INTAKE)


async def _end_sessions(services: Services) -> None:
    if ended := await expire_sessions(services) + await abort_vcip_sessions(services):
        LOG.info("ended %d sessions whose time was over", ended)


async def _expire_onboarding(services: Services) -> None:
    if ended := await onboarding.expire_sessions(services):
        LOG.info("%d applicants' sessions have expired", ended)


async def _forget_onboarding(services: Services) -> None:
    if gone := await onboarding.forget_sessions(services):
        LOG.info("erased %d applicants' sessions that ended long ago", gone)


async def _screen_again(rescreener: Rescreener) -> None:
    if seen := await asyncio.to_thread(rescreener.piece):
        LOG.debug("looked at %d customers again under the present sanctions lists", seen)


async def _keep_vault(services: Services) -> None:
    if gone := await asyncio.to_thread(services.vault_upkeep.purge):
        LOG.info("erased %d masked records past their time", gone)
    masking = services.settings.masking
    if await asyncio.to_thread(services.vault_upkeep.rotate_due, masking.rotate_days, masking.shred_hours):
        LOG.info("replaced the key that wraps the vault's keys")


async def _give_memory_back() -> None:
    await asyncio.to_thread(memory.give_back)
