"""Review: cases that the box left to a person, one of them with its reasons, approve and reject."""

import base64
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from nicegui import ui

from appliance.errors import KycboxError
from appliance.services.case_view import CaseView, QueueRow
from ui.parts.frame import Visit, card, frame
from ui.parts.table import actions, cell, row, table

PATH = "/admin/review"
COLOURS = {"low": "bg-green-800", "medium": "bg-amber-800", "high": "bg-red-800"}
"""Of a level, dark enough for white letters."""
LINK = "text-blue-800 underline"
SUBJECT = {
    "external_user_id": "Partner's name for the user",
    "full_name": "Name",
    "date_of_birth": "Date of birth",
    "nationality": "Nationality",
    "sex": "Sex",
    "document_type": "Document",
    "document_country": "Country of the document",
    "document_number": "Document number",
    "expiry_date": "Expires",
}
ACTS = {
    "decided": "Decided by the box",
    "first_approval": "Approved, waits for a second officer",
    "approved": "Approved",
    "rejected": "Rejected",
}


@dataclass(frozen=True, slots=True)
class ReviewDesk:
    """What the page may do; the technician comes first in each.

    Attributes:
        queue: cases that wait, newest first, and how many there are.
        open: one case; on record.
        picture: of a case, by kind, JPEG; on record.
        approve, reject: a case, with a reason.
    """

    queue: Callable[[str], Awaitable[tuple[Sequence[QueueRow], int]]]
    open: Callable[[str, str], Awaitable[CaseView]]
    picture: Callable[[str, str, str], Awaitable[bytes]]
    approve: Callable[[str, str, str], Awaitable[QueueRow]]
    reject: Callable[[str, str, str], Awaitable[QueueRow]]


async def queue_page(visit: Visit, desk: ReviewDesk) -> None:
    """Draw the queue."""
    with frame(visit, "Review"):
        rows, total = await desk.queue(visit.technician)
        with card("Cases that wait for a person", "fact_check"):
            if not rows:
                ui.label("None. Applicants whom the box neither approves nor rejects appear here.")
                return
            with table("User", "Submitted", "Risk", "Reasons", "Action", numbers={"Action"}):
                for one in rows:
                    _waiting(one)
            if total > len(rows):
                ui.label(f"The newest {len(rows)} of {total:,}; the others follow as these are decided.")


def _waiting(one: QueueRow) -> None:
    with row():
        cell(one.external_user_id)
        cell(_moment(one.completed_at or one.created_at))
        with ui.element("td").classes("q-pa-sm"):
            _level(one)
        said = [code.replace("_", " ") for code in one.review_reasons]
        cell(", ".join(said) + ("; waits for a second officer" if one.approved_by else ""))
        with actions():
            link = ui.link("Open", f"{PATH}/{one.session_id}").classes(LINK)
            link.props["aria-label"] = f"Open the case of {one.external_user_id}"


async def case_page(visit: Visit, desk: ReviewDesk, session: str) -> None:
    """Draw one case."""
    with frame(visit, "Review"):
        try:
            case = await desk.open(visit.technician, session)
        except KycboxError as error:
            ui.label(f"{error.message} {error.remedy}".strip()).props('role="alert"')
            ui.link("Back to the cases", PATH).classes(LINK)
            return
        _head(case)
        _why(case)
        _listed(case)
        with ui.row().classes("w-full no-wrap items-stretch max-md:flex-wrap"):
            _person(case)
            _checks(case)
        _pictures(visit, desk, case)
        _history(case)
        if case.session.status == "manual_review":
            _decide(visit, desk, case)


def _head(case: CaseView) -> None:
    with ui.row().classes("w-full items-center gap-4"):
        _level(case.session)
        ui.label(case.session.status.replace("_", " ")).classes("text-lg font-semibold")
        ui.label(case.decision_reason).classes("text-lg").style("overflow-wrap: anywhere")
        ui.space()
        ui.link("Back to the cases", PATH).classes(LINK)


def _level(one: QueueRow) -> None:
    if one.risk_score is None or one.risk_level is None:
        ui.label("not submitted")
        return
    colour = COLOURS.get(one.risk_level, "bg-slate-800")
    ui.label(f"{one.risk_level} {one.risk_score:.2f}").classes(
        f"{colour} text-white rounded q-px-sm q-py-xs font-semibold figure inline-block"
    )


def _why(case: CaseView) -> None:
    score = case.session.risk_score or 0.0
    counted = [one for one in case.contributions if one["share"] > 0]
    clean = [one["words"] for one in case.contributions if one["share"] <= 0]
    with card("Why this score", "balance"):
        if not counted:
            ui.label("Nothing speaks against this case.")
        with table("Reason", "Share of the score", "As a bar", numbers={"Share of the score"}):
            for one in counted:
                _bar(one, score)
            with row():
                cell("Together")
                cell(f"{score:.3f}", number=True)
                cell("")
        with ui.expansion(f"{len(clean)} things were looked at and count nothing").classes("w-full"):
            for words in clean:
                ui.label(words)
        if case.policy:
            version, digest = case.policy["version"], case.policy["sha256"]
            ui.label(f"Policy {version}, SHA-256 {digest[:12]}").classes("text-slate-600")


def _bar(one: Mapping[str, Any], score: float) -> None:
    settles = {"review": "Leads to a review.", "reject": "Leads to a rejection."}.get(str(one["outcome"]), "")
    with row():
        cell(f"{one['words']} {settles}".strip())
        cell(f"{one['share']:.3f}", number=True)
        with (
            ui.element("td").classes("q-pa-sm w-1/3").props('aria-hidden="true"'),
            ui.element("div").classes("w-full bg-slate-200 rounded").style("height: .8rem"),
        ):
            colour = "bg-red-800" if settles else "bg-blue-700"
            width = 100 * one["share"] / score if score else 0
            ui.element("div").classes(f"{colour} rounded h-full").style(f"width: {width:.1f}%")


def _listed(case: CaseView) -> None:
    found, query = case.screening, case.query
    with card("Names on sanctions lists", "policy"):
        if found is None or found["state"] == "unavailable":
            reason = found["reason"] if found else "the name was not compared"
            ui.label(f"Not searched: {reason}. Nobody is clear without it.").classes("font-semibold")
            return
        if query:
            born = f", born {query['birth']}" if query["birth"] else ""
            place = f", {query['country']}" if query["country"] else ""
            ui.label(f"Looked for: {query['name']}{born}{place}")
        if not found["matches"]:
            ui.label("No name on the lists is close.")
        else:
            titles = ("Listed name", "Score", "Made of", "Born", "Countries", "List and entry")
            with table(*titles, numbers={"Score"}):
                for one in found["matches"]:
                    _match(one)
        for one in found["lists"]:
            ui.label(
                f"{one['source']} {one['version']}, {one['entities']:,} entries, {one['age_days']} days old"
            ).classes("text-slate-600")


def _match(one: Mapping[str, Any]) -> None:
    parts = ", ".join(f"{name.replace('_', ' ')} {value:.2f}" for name, value in one["parts"].items())
    with row():
        cell(f"{one['name']} ({one['kind']})")
        cell(f"{one['score']:.2f}", number=True)
        cell(parts)
        cell(one["birth"] or "unknown")
        cell(", ".join(one["countries"]) or "unknown")
        cell(f"{one['version']}: {one['entity']}; {', '.join(one['programmes'])}")


def _person(case: CaseView) -> None:
    with card("Person", "badge"), table("What", "As read"):
        for name, says in SUBJECT.items():
            if case.subject.get(name):
                with row():
                    cell(says)
                    cell(case.subject[name])


def _checks(case: CaseView) -> None:
    with card("Checks", "rule"), table("Check", "Score", "From", "Result", numbers={"Score", "From"}):
        for one in case.measured:
            with row():
                cell(" ".join((one["name"].replace("_", " "), *_remarks(one))))
                cell("" if one["score"] is None else f"{one['score']:.2f}", number=True)
                cell("" if one["threshold"] is None else f"{one['threshold']:.2f}", number=True)
                cell({True: "passed", False: "failed", None: "no result"}[one["passed"]])


def _remarks(one: Mapping[str, Any]) -> tuple[str, ...]:
    if not one["details"]:
        return ()
    return (f"({', '.join(code.replace('_', ' ') for code in one['details'])})",)


def _pictures(visit: Visit, desk: ReviewDesk, case: CaseView) -> None:
    with card("Pictures", "image"):
        if not case.pictures:
            ui.label("None are kept: they are erased when a case is decided, or never kept if so set.")
            return
        ui.label("Looking at a picture is on record.").classes("text-slate-600")
        shown = ui.row().classes("w-full")

        async def show(kind: str) -> None:
            if not visit.act():
                return
            try:
                picture = await desk.picture(visit.technician, case.session.session_id, kind)
            except KycboxError as error:
                ui.notify(f"{error.message} {error.remedy}", type="negative")
                return
            source = "data:image/jpeg;base64," + base64.b64encode(picture).decode("ascii")
            with shown, ui.element("figure").classes("max-w-md"):
                drawn = ui.element("img").classes("w-full")
                drawn.props["src"], drawn.props["alt"] = source, f"The {kind} as it was sent"
                with ui.element("figcaption"):
                    ui.label(kind)

        with ui.row():
            for kind in case.pictures:
                ui.button(f"Show the {kind}", icon="visibility", on_click=partial(show, kind)).props(
                    "outline"
                )


def _history(case: CaseView) -> None:
    with card("What happened", "history"), table("When", "What", "Who", "Why"):
        for one in case.acts:
            with row():
                cell(_moment(one["at"]))
                cell(ACTS.get(one["kind"], one["kind"]))
                cell(one["operator"])
                cell(one["reason"])


def _decide(visit: Visit, desk: ReviewDesk, case: CaseView) -> None:
    first = case.first_approval
    with card("Decide", "gavel"):
        if case.two_person:
            told = f"{first['officer']} has approved; another officer has to, too." if first else ""
            ui.label(told or "An approval needs two officers; a rejection needs one.")
        reason = ui.textarea("Reason, kept with the case and told to the partner").classes("w-full")
        reason.props('maxlength="1000" outlined counter')

        async def act(verb: Callable[[str, str, str], Awaitable[QueueRow]]) -> None:
            if not visit.act():
                return
            try:
                ended = await verb(visit.technician, case.session.session_id, str(reason.value or ""))
            except KycboxError as error:
                ui.notify(f"{error.message}. {error.remedy}", type="negative")
                return
            waits = ended.status == "manual_review"
            ui.notify("A second officer has to approve." if waits else f"The case is {ended.status}.")
            ui.navigate.to(PATH)

        with ui.row():
            ui.button("Approve", icon="check", color="green-9", on_click=partial(act, desk.approve))
            ui.button("Reject", icon="close", color="red-9", on_click=partial(act, desk.reject))


def _moment(stamp: str) -> str:
    return stamp[:16].replace("T", " ")
