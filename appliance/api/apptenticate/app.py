"""The Apptenticate dialect as one application."""

from appliance.api.application import application
from appliance.api.apptenticate import errors
from appliance.api.apptenticate.admission import DIALECT, TOKENS_BEGIN, token_of
from appliance.api.apptenticate.body import BODY_BYTES
from appliance.api.apptenticate.openapi import document
from appliance.api.apptenticate.routes import ROUTES
from appliance.api.apptenticate.tokens import log_in, refresh
from appliance.api.mount import Mount
from appliance.domain.credential import Principal
from appliance.errors import Unauthenticated
from appliance.services.context import Services

TITLE = "ID Reader Plus"


def build(services: Services) -> Mount:
    """Make the application and say what of the port is its own."""

    def account(token: str) -> Principal | None:
        try:
            return services.account_tokens.access(token, DIALECT)
        except Unauthenticated:
            return None  # the application tells why

    app, lifespan = application(
        [log_in, refresh, *ROUTES],
        (errors.known, errors.routing, errors.unknown),
        services,
        BODY_BYTES,
        openapi=document(services.settings.api.apptenticate, services.faces.calibration),
    )
    return Mount(
        dialect=DIALECT,
        app=app,
        lifespan=lifespan,
        roots=("/api",),
        hosts=frozenset({"api.apptenticate.com"}),
        secret=token_of,
        body_bytes=BODY_BYTES,
        prefix=TOKENS_BEGIN,
        authenticate=account,
    )
