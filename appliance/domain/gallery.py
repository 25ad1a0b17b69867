"""Collections of faces and what a search of one gives."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Collection:
    """A named set of templates of one tenant, all made by one model.

    Attributes:
        name: as its owner called it.
        tenant: its owner.
        model: name of the template model; the collection keeps it for as long as it exists.
        created_at: ISO 8601, UTC.
        created_by: id of the credential.
        total_records: templates in it.
    """

    name: str
    tenant: str
    model: str
    created_at: str
    created_by: str
    total_records: int


@dataclass(frozen=True, slots=True)
class Hit:
    """One record of a gallery and how alike it is to the probe, -1..1."""

    record_id: str
    cosine: float


class Gallery(Protocol):
    """Searches templates of one model. Another engine may stand behind it.

    Safe to call from several threads; a search sees each change wholly or not at all.

    Attributes:
        width: numbers per vector.
    """

    width: int

    def add(self, ids: Sequence[str], vectors: NDArray[np.float32]) -> None:
        """Take in records: N new UUIDs, with or without hyphens, and N x D unit vectors."""

    def remove(self, record_id: str) -> None:
        """Take one out; it has to be there."""

    def search(self, vector: NDArray[np.float32], limit: int) -> list[Hit]:
        """Give the `limit` most alike records, best first, equal ones by id."""

    def __contains__(self, record_id: object) -> bool:
        """Whether it is there."""

    def __len__(self) -> int:
        """How many records."""
