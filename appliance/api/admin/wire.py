"""What goes over the wire of the console's REST, beside `services.case_view`."""

from collections.abc import Sequence

import msgspec

from appliance.domain.screening import ListVersion
from appliance.services.case_view import QueueRow


class Failure(msgspec.Struct):
    """Why a call was refused."""

    detail: str
    status_code: int


class Queue(msgspec.Struct):
    """A page of the queue, and how many sessions there are."""

    sessions: list[QueueRow]
    total: int


class Reason(msgspec.Struct):
    """Why an officer decides so: 3 to 1000 characters."""

    reason: str


class NewKey(msgspec.Struct, forbid_unknown_fields=True):
    """Of a key to be made."""

    name: str
    api: str = "onboarder"
    plan: str = "enterprise"
    scopes: list[str] = msgspec.field(default_factory=list)
    tenant: str = ""


class KeyChange(msgspec.Struct, forbid_unknown_fields=True):
    """What changes; what is left out stays."""

    name: str | None = None
    plan: str | None = None
    scopes: list[str] | None = None


class Key(msgspec.Struct, kw_only=True, omit_defaults=True):
    """A key without its secret; `used_on` is a day."""

    id: str
    name: str
    api: str
    tenant: str
    plan: str
    scopes: list[str]
    created_at: str
    used_on: str | None
    revoked_at: str | None


class MadeKey(Key, kw_only=True, omit_defaults=True):
    """A key with its secret, at the only moment it is known; accounts have a user name and a password."""

    secret: str = ""
    username: str = ""
    password: str = ""


class Keys(msgspec.Struct):
    """All keys, newest first."""

    api_keys: list[Key]


class Lists(msgspec.Struct):
    """The sanctions lists that are searched."""

    lists: Sequence[ListVersion]
