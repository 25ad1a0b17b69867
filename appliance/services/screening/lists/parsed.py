"""What a reader of a format gives."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from appliance.domain.listed_person import ListedPerson


@dataclass(slots=True)
class ParsedList:
    """A list as it is being read. What stands beside `persons` is complete once these are read to the end.

    Attributes:
        persons: one after the other; may raise ListRefused.
        published: date that the file names, `YYYY-MM-DD`; "" where it names none.
        left_out: records that are not of people, or have no name.
    """

    persons: Iterator[ListedPerson] = field(default_factory=lambda: iter(()))
    published: str = ""
    left_out: int = 0
