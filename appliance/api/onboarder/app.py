"""The eKYC-Onboarder dialect as one application."""

from typing import Final

from appliance.api.application import application
from appliance.api.mount import Mount
from appliance.api.onboarder import errors
from appliance.api.onboarder.admission import BODY_BYTES, secret
from appliance.api.onboarder.openapi import Documents
from appliance.api.onboarder.routes_documents import DOCUMENTS
from appliance.api.onboarder.routes_kyc import KYC
from appliance.api.onboarder.routes_page import PAGE
from appliance.api.onboarder.routes_partner import PARTNER
from appliance.services.context import Services
from appliance.services.onboarding.access import API, authenticate

DIALECT: Final = API
TITLE: Final = "eKYC-Onboarder"
ROOTS: Final = ("/partner", "/kyc", "/health", "/docs", "/redoc", "/openapi.json")


def build(services: Services) -> Mount:
    """Make the application and say what of the port is its own."""
    app, lifespan = application(
        [*PARTNER, *KYC, *PAGE, *DOCUMENTS],
        (errors.known, errors.routing, errors.unknown),
        services,
        BODY_BYTES,
        documents=Documents(services.faces.calibration),
    )
    return Mount(
        dialect=DIALECT,
        app=app,
        lifespan=lifespan,
        roots=ROOTS,
        hosts=frozenset(services.settings.api.onboarder.hosts),
        secret=secret,
        body_bytes=BODY_BYTES,
        prefix="ek_",
        authenticate=lambda given: authenticate(services, given),
        headers=lambda principal: (
            allowed.headers() if (allowed := services.limits.allowed(principal)) else {}
        ),
    )
