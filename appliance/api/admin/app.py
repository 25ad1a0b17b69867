"""The console's REST as one application under /admin/api/v1/."""

from dataclasses import dataclass

from appliance.api.admin import errors, routes_keys, routes_review
from appliance.api.admin.admission import Technician
from appliance.api.application import application
from appliance.api.mount import ASGIApp, Lifespan
from appliance.services.context import Services

MOST_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class AdminRoutes:
    """The application, and what is held from start to stop."""

    app: ASGIApp
    lifespan: Lifespan


def build(services: Services, technician: Technician) -> AdminRoutes:
    """Make the application.

    Args:
        services: of the box.
        technician: who an open console session belongs to.
    """
    routes = [
        routes_review.queue,
        routes_review.show,
        routes_review.picture,
        routes_review.evidence,
        routes_review.approve,
        routes_review.reject,
        routes_review.described,
        routes_keys.listed,
        routes_keys.show,
        routes_keys.create,
        routes_keys.change,
        routes_keys.revoke,
        routes_keys.lists,
    ]
    handlers = (errors.known, errors.routing, errors.unknown)
    app, lifespan = application(routes, handlers, services, MOST_BYTES, technician=technician)
    return AdminRoutes(app, lifespan)
