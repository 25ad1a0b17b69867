"""The applicant's page at `kyc_url`: opening it gives the browser a cookie for this one session.

The partner's key never comes near a browser. The address is what opens the session, so it is not shown to
crawlers and sent on by no referrer.
"""

import html
import time
import uuid
from pathlib import Path
from string import Template
from typing import Final

from litestar import HttpMethod, MediaType, Response, get, route
from litestar.datastructures import Cookie

from appliance.api.answers import Answer, AnyRequest
from appliance.api.application import services_of
from appliance.api.onboarder.admission import COOKIE
from appliance.domain.onboarding import OPEN, OnboardingSession
from appliance.domain.states import STATES
from appliance.errors import NotFound
from appliance.services.onboarding.access import token
from appliance.store.transaction import Connection

STATIC: Final = Path(__file__).parent / "static"
CSP: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; media-src 'self' blob:;"
    " connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
_HEADERS: Final = {
    "Content-Security-Policy": CSP,
    "Referrer-Policy": "same-origin",  # without a referrer some browsers send "Origin: null"
    "Permissions-Policy": "camera=(self), microphone=(), geolocation=()",
    "X-Robots-Tag": "noindex",
}
_PAGE: Final = Template((STATIC / "page.html").read_text("utf-8"))
_SCRIPT: Final = (STATIC / "page.js").read_bytes()
_STYLE: Final = (STATIC / "page.css").read_bytes()
_COUNTRIES: Final = "".join(
    f'<option value="{state.alpha2}" data-name="{html.escape(state.name)}">{html.escape(state.name)}</option>'
    for state in sorted(STATES.values(), key=lambda one: one.name)
    if state.alpha2
)
_GONE: Final = (
    '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Not found</title></head>'
    "<body><main><h1>There is no such check</h1><p>Ask for a new address.</p></main></body></html>"
)


@get("/kyc/page.js")
async def script() -> Answer:
    """Give the page's script."""
    return Response(_SCRIPT, media_type="text/javascript", headers={"Cache-Control": "no-cache"})


@get("/kyc/page.css")
async def style() -> Answer:
    """Give the page's style sheet."""
    return Response(_STYLE, media_type=MediaType.CSS, headers={"Cache-Control": "no-cache"})


@route("/kyc/{session:str}", http_method=[HttpMethod.GET, HttpMethod.HEAD])
async def page(request: AnyRequest, session: str) -> Answer:
    """Show the page, and let this browser take the session's steps while it is open."""
    services = services_of(request)

    def find(connection: Connection) -> OnboardingSession | None:
        try:
            return services.onboarding.anywhere(connection, str(uuid.UUID(session)))
        except (ValueError, NotFound):
            return None

    found = await services.database.read(find)
    if found is None:
        return Response(_GONE.encode(), status_code=404, media_type=MediaType.HTML, headers=_HEADERS)
    prefix: str = request.scope["state"]["prefix"]
    shown = _PAGE.substitute(base=prefix, session=found.id, countries=_COUNTRIES)
    left = found.expires_at - int(time.time())
    cookies = []
    if found.state in OPEN and left > 0:
        cookies.append(
            Cookie(
                key=COOKIE,
                value=token(services, found),
                path=f"{prefix}/kyc/{found.id}",
                max_age=left,
                httponly=True,
                samesite="strict",
                secure=request.scope["scheme"] == "https",
            )
        )
    return Response(shown.encode(), media_type=MediaType.HTML, headers=_HEADERS, cookies=cookies)


PAGE: Final = [script, style, page]
