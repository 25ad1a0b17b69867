"""The screens wired to the services: part of the composition root, in a file of its own."""

import asyncio
import io
from collections.abc import Sequence
from functools import partial

from fastapi import FastAPI

from appliance.domain.attack import Attack
from appliance.services import admin_vault, admin_webhooks, case_view, review
from appliance.services.case_view import CaseView, QueueRow
from appliance.services.context import Services
from appliance.services.overview import Watch
from appliance.services.review import Officer
from appliance.store.store import Store
from ui import shell
from ui.admin.events import DeadRow, EndpointRow, EventDesk, Events, RefusedRow
from ui.admin.keys import KeyDesk, KeyRow, NewKey
from ui.admin.recognition import CheckRow, CollectionRow, Look, Recognition
from ui.admin.review import ReviewDesk
from ui.admin.vault import VaultDesk, VaultState
from ui.sessions import Sessions

SHOWN = 50
"""Dead letters on the page."""

KINDS = {
    Attack.PRESENTATION_ATTACK: "a print, screen or mask before the camera",
    Attack.DEEPFAKE_ATTACK: "a face made by software",
    Attack.INJECTION_ATTACK: "a picture that no camera of ours took",
    Attack.SCREEN_REPLAY_ATTACK: "a document shown on a screen",
    Attack.PRINTED_COPY_ATTACK: "a document copied in grey",
    Attack.PORTRAIT_SUBSTITUTION_ATTACK: "another portrait on a document",
    Attack.DIGITAL_MANIPULATION_ATTACK: "a document's picture changed by software",
}
"""In a technician's words."""


def build(  # noqa: PLR0913 - the composition root names them all, once
    store: Store,
    services: Services,
    watch: Watch,
    apis: Sequence[str],
    sessions: Sessions,
    *,
    secure: bool,
) -> FastAPI:
    """Make the screens.

    Args:
        store: credentials and technicians.
        services: checks and collections.
        watch: measures the box.
        apis: dialects that keys can be made for.
        sessions: open ones of the console.
        secure: whether the box is served over TLS.
    """
    console = shell.Console(
        watch.look,
        _desk(store, apis),
        _recognition(services),
        _events(store),
        _vault(store),
        _review(services),
        _Door(store).login,
        _Door(store).change,
    )
    return shell.build(console, sessions, secure=secure)


def _desk(store: Store, apis: Sequence[str]) -> KeyDesk:
    database, credentials = store.database, store.credentials

    async def show() -> Sequence[KeyRow]:
        known = await database.read(credentials.list)
        return [
            KeyRow(
                id=one.principal.id,
                api=one.principal.api,
                name=one.name,
                plan=one.principal.plan,
                created=one.created_at[:10],
                last_used=one.used_on,
                revoked=bool(one.revoked_at),
            )
            for one in reversed(known)
        ]

    async def create(technician: str, api: str, name: str, plan: str) -> NewKey:
        new = await database.write(lambda tx: credentials.create(tx, api, name, plan, actor=technician))
        return NewKey(new.id, new.secret, new.username)

    async def revoke(technician: str, identity: str) -> None:
        await database.write(lambda tx: credentials.revoke(tx, identity, actor=technician), urgent=True)

    return KeyDesk(apis, show, create, revoke)


def _recognition(services: Services) -> Look:
    """Checks and collections as the page shows them: no call of a customer, so no leaf of the ledger."""

    async def look() -> Recognition:
        used = services.faces.template_model
        known = await services.database.read(services.credentials.list)
        owners = {one.principal.tenant: one.name for one in known}
        return Recognition(
            used,
            [
                CheckRow(one.pipeline.name, KINDS[one.pipeline.attack], one.ready, one.says)
                for one in services.attacks.status()
            ],
            [
                CollectionRow(
                    name=one.name,
                    owner=owners.get(one.tenant, one.tenant),
                    records=one.total_records,
                    model=one.model,
                    created=one.created_at[:10],
                    outdated=one.model != used,
                )
                for one in services.collections.everyone()
            ],
        )

    return look


def _events(store: Store) -> EventDesk:
    """The same verbs as `kycbox webhook`, off the event loop."""

    def look() -> Events:
        state, letters = (
            admin_webhooks.show(store, {}, io.BytesIO()),
            admin_webhooks.dead(store, {}, io.BytesIO()),
        )
        known = store.database.read_blocking(store.credentials.list)
        owners = {one.principal.tenant: one.name for one in known} | {"": "every key"}
        return Events(
            [
                EndpointRow(
                    api=one["api"],
                    owner=owners.get(one["tenant"], one["tenant"]),
                    url=one["url"],
                    made=one["created_at"][:10],
                    old_secret_until=one["old_secret_until"][:16].replace("T", " "),
                )
                for one in state["endpoints"]
            ],
            state["allowed"],
            state["waiting"],
            state["dead"],
            [
                DeadRow(
                    id=one["id"],
                    api=one["api"],
                    type=one["type"],
                    made=one["created_at"][:16].replace("T", " "),
                    given_up=one["given_up_at"][:16].replace("T", " "),
                    answer=one["answer"],
                )
                for one in letters[:SHOWN]
            ],
            [
                RefusedRow(
                    type=one["type"],
                    api=one["api"],
                    made=one["created_at"][:16].replace("T", " "),
                    tries=one["tries"],
                    next=one["next_at"][:19].replace("T", " "),
                    answer=one["answer"],
                )
                for one in admin_webhooks.refused(store, {}, io.BytesIO())
            ],
        )

    async def resend(technician: str, identity: str) -> int:
        verb = partial(admin_webhooks.resend, store, {"id": identity}, io.BytesIO(), actor=technician)
        return (await asyncio.to_thread(verb))["resent"]

    async def try_now(technician: str) -> int:
        verb = partial(admin_webhooks.try_now, store, {}, io.BytesIO(), actor=technician)
        return (await asyncio.to_thread(verb))["due"]

    return EventDesk(lambda: asyncio.to_thread(look), resend, try_now)


def _vault(store: Store) -> VaultDesk:
    """The same verbs as `kycbox vault`, off the event loop: counting a million records takes seconds."""

    def look() -> VaultState:
        state = admin_vault.status(store, {}, io.BytesIO())
        return VaultState(
            state["records"], state["held"], state["due"], state["key"], state["wrapped_by_older_keys"]
        )

    async def rotate(technician: str) -> int:
        verb = partial(admin_vault.rotate, store, {}, io.BytesIO(), actor=technician)
        return (await asyncio.to_thread(verb))["records"]

    return VaultDesk(lambda: asyncio.to_thread(look), rotate)


def _review(services: Services) -> ReviewDesk:
    """Technicians as officers: everybody's cases."""

    async def queue(technician: str) -> tuple[Sequence[QueueRow], int]:
        found, total = await review.queue(services, Officer(technician))
        return [case_view.row(one, first) for one, first in found], total

    async def case(technician: str, session: str) -> CaseView:
        return case_view.view(await review.case(services, Officer(technician), session))

    async def picture(technician: str, session: str, kind: str) -> bytes:
        return await review.picture(services, Officer(technician), session, kind)

    async def approve(technician: str, session: str, reason: str) -> QueueRow:
        who = Officer(technician)
        return case_view.acted(await review.approve(services, who, session, reason), who)

    async def reject(technician: str, session: str, reason: str) -> QueueRow:
        who = Officer(technician)
        return case_view.acted(await review.reject(services, who, session, reason), who)

    return ReviewDesk(queue, case, picture, approve, reject)


class _Door:
    """Passwords of technicians; checking one takes a tenth of a second, off the event loop."""

    def __init__(self, store: Store) -> None:
        self._technicians = store.technicians

    async def login(self, name: str, password: str, source: str) -> str:
        return (await asyncio.to_thread(self._technicians.login, name, password, source)).id

    async def change(self, identity: str, old: str, new: str) -> None:
        technician = await asyncio.to_thread(self._technicians.named, identity)
        await asyncio.to_thread(self._technicians.change_password, technician, old, new)
