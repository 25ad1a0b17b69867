"""The verb behind `kycbox backup`."""

from collections.abc import Mapping
from typing import Any

import msgspec

from appliance.errors import InvalidRequest
from appliance.store import backup
from appliance.store.audit_export import Sink
from appliance.store.store import Store


def write(store: Store, given: Mapping[str, Any], out: Sink) -> dict[str, Any]:
    """Write the whole box to `out`, keys included and not sealed: the command seals it as it comes.

    Whoever may connect to the control socket may read the data folder too.

    Raises:
        StorageFull: no room for a copy of the database.
    """
    user = given.get("user", "")
    if not isinstance(user, str):
        raise InvalidRequest("the argument 'user' is text")
    told: dict[str, Any] = msgspec.to_builtins(backup.write(store, out, user))
    return told
