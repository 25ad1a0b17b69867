"""Which role may see what was masked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from appliance.domain.masking import paths
from appliance.errors import Forbidden, InvalidRequest

EVERYTHING = ("*",)


@dataclass(frozen=True, slots=True)
class Role:
    """What a role may see.

    Attributes:
        purposes: of records that it may unmask; `*` stands for all.
        fields: paths, with stars, of values that it may see; `*` stands for all.
    """

    purposes: tuple[str, ...] = EVERYTHING
    fields: tuple[str, ...] = EVERYTHING


def role_of(roles: Mapping[str, Role], name: str, purpose: str) -> Role:
    """Find a caller's role. Where no roles are set up at all, every one may see everything.

    Raises:
        Forbidden: no such role, or not for this purpose.
    """
    if not roles:
        return Role()
    role = roles.get(name)
    if role is None or not ({purpose, "*"} & set(role.purposes)):
        raise Forbidden("this role may not unmask this", remedy="See masking.roles in the settings.")
    return role


def visible(role: Role, hidden: Sequence[str], asked: Sequence[str] | None) -> list[str]:
    """Choose the values to show.

    Args:
        role: of the caller.
        hidden: paths of all hidden values of a record.
        asked: paths, with stars, of those wanted; None wants all that the role may see.

    Raises:
        InvalidRequest: a path that leads to nothing hidden.
        Forbidden: a value was asked for that the role may not see, or it may see none.
    """
    may = [path for path in hidden if _taken(role.fields, path)]
    if asked is None:
        if hidden and not may:
            raise Forbidden(
                "this role may see none of the fields", remedy="See masking.roles in the settings."
            )
        return may
    wanted = [path for path in hidden if _taken(asked, path)]
    if any(not any(paths.covers(one, path) for path in wanted) for one in asked):
        raise InvalidRequest("a path of fields was not masked", remedy="Name paths out of masked_fields.")
    if set(wanted) - set(may):
        raise Forbidden("this role may not see all of the fields", remedy="Ask for fewer fields.")
    return wanted


def _taken(patterns: Sequence[str], path: str) -> bool:
    return any(one == "*" or paths.covers(one, path) for one in patterns)
