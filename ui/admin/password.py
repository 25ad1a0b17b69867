"""Password: the technician changes the one printed at first start."""

from collections.abc import Awaitable, Callable

from nicegui import ui

from appliance.errors import KycboxError
from ui.parts.frame import Visit, card, frame

Change = Callable[[str, str, str], Awaitable[None]]
"""Technician id, current password, new password; raises a KycboxError that says what is wrong."""


def password_page(visit: Visit, change: Change, end_other_sessions: Callable[[], None]) -> None:
    """Draw the page."""
    with frame(visit, "Password"), card("Change the technician password", "lock"):
        current = _field("Current password", "current-password")
        new = _field("New password, 12 characters or more", "new-password")
        again = _field("New password again", "new-password")

        async def save() -> None:
            if not visit.act():
                return
            if new.value != again.value:
                ui.notify("The two new passwords differ.", type="warning")
                return
            try:
                await change(visit.technician, current.value, new.value)
            except KycboxError as error:
                ui.notify(f"{error.message} {error.remedy}".strip(), type="negative")
                return
            end_other_sessions()
            for field in (current, new, again):
                field.set_value("")
            ui.notify("The password is changed. Other sessions were logged out.", type="positive")

        ui.button("Change the password", on_click=save)


def _field(label: str, purpose: str) -> ui.input:
    return (
        ui.input(label, password=True, password_toggle_button=True)
        .classes("w-full max-w-md")
        .props(f'autocomplete="{purpose}"')
    )
