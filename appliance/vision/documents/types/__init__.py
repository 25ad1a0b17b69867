"""The types of documents that are read, one module each (`kind.Kind` says what a module offers)."""

from collections.abc import Mapping
from typing import Final

from appliance.domain.document import DocumentType
from appliance.vision.documents.types import (
    aadhaar,
    driving_licence_america,
    driving_licence_europe,
    driving_licence_india,
    generic,
    id_card,
    pan,
    passport,
    visa,
    voter_id,
)
from appliance.vision.documents.types.kind import Kind

ALL: Final[tuple[Kind, ...]] = (
    passport,
    visa,
    aadhaar,
    pan,
    voter_id,
    id_card,
    driving_licence_india,
    driving_licence_america,
    driving_licence_europe,
    generic,
)
"""Of modules of equal weight the first is chosen: the more special ones stand before the more general."""

GENERAL: Final[Mapping[DocumentType, Kind]] = {
    DocumentType.DRIVING_LICENCE: driving_licence_europe,
    DocumentType.UNKNOWN: generic,
}
"""Who reads a document of which only the type is known; for other types the first of `ALL`."""


def general(wanted: DocumentType) -> Kind:
    """The module for a type of which the print says nothing more."""
    return GENERAL.get(wanted) or next((kind for kind in ALL if wanted == kind.TYPE), generic)


def of(kind: DocumentType, country: str) -> Kind:
    """The module that reads a type as the state issues it: one made for that state before a general one."""
    special = (one for one in ALL if kind == one.TYPE and country and country == one.COUNTRY)
    return next(special, None) or general(kind)
