"""Vault: what was masked reversibly, and the key that wraps its keys."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from nicegui import ui

from appliance.errors import KycboxError
from ui.parts.frame import Visit, card, frame
from ui.parts.table import cell, row, table

KEPT = {"masking": "at most a year, as the calling software chose", "law": "five years, as the law wants"}


@dataclass(frozen=True, slots=True)
class VaultState:
    """What the page shows: counts only.

    Attributes:
        records: by class of retention.
        held: under a legal hold.
        due: past their time and not erased yet.
        key: number of the wrapping key in use.
        older: records whose keys an older one wraps.
    """

    records: Mapping[str, int]
    held: int
    due: int
    key: int
    older: int


@dataclass(frozen=True, slots=True)
class VaultDesk:
    """What the page may do.

    Attributes:
        look: at the state.
        rotate: technician; how many records the new key wraps.
    """

    look: Callable[[], Awaitable[VaultState]]
    rotate: Callable[[str], Awaitable[int]]


async def vault_page(visit: Visit, desk: VaultDesk) -> None:
    """Draw the page."""
    with frame(visit, "Vault"):

        @ui.refreshable
        async def show() -> None:
            state = await desk.look()
            _records(state)
            _key(visit, desk, state, show.refresh)

        await show()


def _records(state: VaultState) -> None:
    with card("Masked records", "inventory_2"):
        if not state.records:
            ui.label("None yet. Software masks with POST /v1/masking/apply.")
            return
        with table("Kept", "Records", numbers={"Records"}):
            for name, count in state.records.items():
                with row():
                    cell(KEPT[name])
                    cell(f"{count:,}", number=True)
        ui.label(f"{state.held:,} are under a legal hold and outlast their time.")
        ui.label(
            f"{state.due:,} are past their time; the box erases them within minutes by destroying their keys."
        )


def _key(visit: Visit, desk: VaultDesk, state: VaultState, changed: Callable[[], object]) -> None:
    async def rotate() -> None:
        if not visit.act():
            return
        button.disable()
        try:
            count = await desk.rotate(visit.technician)
        except KycboxError as error:
            ui.notify(f"{error.message} {error.remedy}", type="negative")
            return
        finally:
            button.enable()
        ui.notify(f"The new key wraps {count:,} records; the old one is destroyed.", type="positive")
        changed()

    with card("Key", "vpn_key"):
        ui.label(f"Key {state.key} wraps the records' own keys.")
        if state.older:
            ui.label(f"{state.older:,} records still hang on an older key: a replacement was interrupted.")
        ui.label(
            "The box replaces it by itself, soon where a record was erased. Replace it now when somebody "
            "leaves who could read the box key. The box goes on "
            "serving; a million records take minutes."
        ).classes("text-slate-600")
        button = ui.button("Replace the key", icon="autorenew", on_click=rotate)
