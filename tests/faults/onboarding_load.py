"""A process that takes many applicants through their sessions at once and delivers the events.

Started by the kill test: `python onboarding_load.py FOLDER PORT SESSIONS RUN`. Each run goes on where the one
before was killed; once every session has ended and every event is delivered it says `"done"` and waits to be
killed. What becomes of a session is a matter of its number: see `fate`.
"""

import asyncio
import json
import os
import sys
import time
from contextlib import suppress
from pathlib import Path
from random import random

from appliance.domain.credential import AuditEntry
from appliance.domain.onboarding import OPEN, State
from appliance.domain.screening import Screening, ScreeningState
from appliance.errors import Busy
from appliance.services import review
from appliance.services.deliver import Deliverer
from appliance.services.onboarding import events
from appliance.services.onboarding.create import create_session
from appliance.services.onboarding.expire import expire_sessions
from appliance.services.onboarding.submit import submit_session
from appliance.services.webhook_post import Poster
from appliance.store import outbox
from appliance.store.onboarding_rows import Wanted, new_identity
from tests.journeys import Journeys, document

FATES = ("approved", "approved", "rejected", "reviewed", "expired", "manual_review")
HIT = Screening(ScreeningState.HIT, "", (), ())
CLEAR = Screening(ScreeningState.CLEAR, "", (), ())


class Screens:
    """Finds those on a list whose name says so."""

    def screen(self, query):
        return HIT if "LISTED" in query.name else CLEAR


class Load:
    def __init__(self, folder: Path, port: int, count: int) -> None:
        self.journeys = Journeys(folder)
        self.services, self.store = self.journeys.services, self.journeys.store
        self.services.screening = Screens()
        self.count, self.port = count, port
        self.url = f"http://127.0.0.1:{port}/"

    async def run(self) -> None:
        await self.store.database.write(lambda tx: self.store.webhooks.allow(tx, f"127.0.0.1:{self.port}"))
        known, _ = await self.store.database.read(
            lambda connection: self.journeys.sessions.page(connection, "bank", limit=self.count)
        )
        by_user = {one.external_user_id: one for one in known}
        tell("begun", "")
        deliverer = Deliverer(self.store.database, self.store.webhooks, Poster())
        ticks = [asyncio.create_task(self.deliver(deliverer)), asyncio.create_task(self.expire())]
        async with asyncio.TaskGroup() as group:
            for number in range(self.count):
                group.create_task(self.patiently(number, by_user.get(f"user-{number}")))
        while await self.store.database.read(outbox.waiting):  # noqa: ASYNC110 - another task empties it
            await asyncio.sleep(0.05)
        for tick in ticks:
            tick.cancel()
        tell("done", "")
        await asyncio.sleep(600)

    async def deliver(self, deliverer: Deliverer) -> None:
        while True:
            with suppress(Busy):
                await deliverer.run()
            await asyncio.sleep(0.01)

    async def expire(self) -> None:
        while True:
            with suppress(Busy):
                await expire_sessions(self.services)
            await asyncio.sleep(0.1)

    async def patiently(self, number: int, session) -> None:
        """Go on after a refusal for want of room, as a client does that looks where its session stands."""
        while True:
            try:
                await self.journey(number, session)
            except Busy:
                await asyncio.sleep(0.05 + 0.1 * random())
                session = await self.known(number)
            else:
                return

    async def known(self, number: int):
        while True:
            with suppress(Busy):
                found, _ = await self.store.database.read(
                    lambda connection: self.journeys.sessions.page(connection, "bank", user=f"user-{number}")
                )
                return found[0] if found else None
            await asyncio.sleep(0.05)

    async def journey(self, number: int, session) -> None:
        fate = FATES[number % len(FATES)]
        caller = self.journeys.caller(number=number)
        if session is None:
            session = await self.created(f"user-{number}", fate, caller)
            tell(session.id, "created")
        identity = session.id
        if fate == "expired":
            while session.state in OPEN:
                await asyncio.sleep(0.3)
                session = await self.found(identity)
            tell(identity, "expired")
            return
        if session.state is State.PENDING:
            name = "LISTED PERSON" if fate in ("reviewed", "manual_review") else "JOHN SMITH"
            await self.journeys.upload(identity, facts=document(full_name=name))
            tell(identity, "document_uploaded")
            session = await self.found(identity)
        if session.state is State.IN_PROGRESS:
            if session.liveness is None:
                await self.journeys.prove(identity, spoofed=fate == "rejected", passed=fate != "rejected")
            session = await submit_session(self.services, caller, identity)
            tell(identity, session.state.value)
        if session.state is State.MANUAL_REVIEW and fate == "reviewed":
            officer = review.Officer("officer-1")
            session = await review.approve(self.services, officer, identity, "it is somebody else")
            tell(identity, "reviewed")

    async def created(self, user: str, fate: str, caller):
        wanted = Wanted(user, self.url)
        if fate != "expired":
            return await create_session(self.services, caller, wanted)
        past, identity = int(time.time()) - 86_400, new_identity()

        def effect(transaction):
            made = self.journeys.sessions.create(transaction, "bank", identity, wanted, past)
            events.tell(self.services, transaction, events.CREATED, made, int(time.time()))
            return made

        entry = AuditEntry("bank", "bank", "onboarding.create", object=identity)
        return await self.store.database.commit(entry, effect)

    async def found(self, identity: str):
        return await self.store.database.read(
            lambda connection: self.journeys.sessions.get(connection, "bank", identity)
        )


def tell(identity: str, what: str) -> None:
    os.write(1, json.dumps([identity, what]).encode() + b"\n")


if __name__ == "__main__":
    asyncio.run(Load(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])).run())
