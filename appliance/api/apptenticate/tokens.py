"""Log-in and refresh: user name and password into tokens."""

from litestar import post

from appliance.api import answers
from appliance.api.answers import Answer, AnyRequest, answer
from appliance.api.application import services_of
from appliance.api.apptenticate import body
from appliance.api.apptenticate.admission import DIALECT
from appliance.api.apptenticate.body import LOGIN_BYTES
from appliance.api.apptenticate.errors import CHALLENGE, NO_ACCOUNT, NOT_VALID
from appliance.api.apptenticate.parse import Form
from appliance.api.apptenticate.wire import Access, Tokens
from appliance.errors import Unauthenticated
from appliance.services import accounts


@post("/api/token", status_code=200, request_max_body_size=LOGIN_BYTES)
async def log_in(request: AnyRequest) -> Answer:
    """Give an account its tokens."""
    form = await _form(request, "username", "password")
    username, password = form.text("username", required=True), form.text("password", required=True)
    form.done()
    state = request.scope["state"]
    try:
        pair = await accounts.log_in(
            services_of(request), DIALECT, username, password, state["address"], state["request_id"]
        )
    except Unauthenticated as error:
        answers.outcome(request, error.code)
        return answer({"detail": NO_ACCOUNT}, 401, dict(CHALLENGE))
    _leave_no_second_leaf(request)
    return answer(Tokens(refresh=pair.refresh, access=pair.access))


@post("/api/token/refresh", status_code=200, request_max_body_size=LOGIN_BYTES)
async def refresh(request: AnyRequest) -> Answer:
    """Give another access token."""
    form = await _form(request, "refresh")
    token = form.text("refresh", required=True)
    form.done()
    try:
        access = await accounts.refresh(
            services_of(request), DIALECT, token, request.scope["state"]["request_id"]
        )
    except Unauthenticated as error:
        answers.outcome(request, error.code)
        return answer({"detail": NOT_VALID, "code": "token_not_valid"}, 401, dict(CHALLENGE))
    _leave_no_second_leaf(request)
    return answer(Access(access))


async def _form(request: AnyRequest, *names: str) -> Form:
    return Form(body.read(request.headers.get("content-type", ""), await request.body(), names))


def _leave_no_second_leaf(request: AnyRequest) -> None:
    """Clients may send their old token with a log-in: the log-in's own leaf is the call's."""
    caller = request.scope["state"]["caller"]
    if caller is not None:
        caller.leaves.append("ok")
