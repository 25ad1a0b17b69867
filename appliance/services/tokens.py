"""What a call costs: one token per successful check, where the operator has switched counting on."""

from collections.abc import Callable
from typing import TypeAlias

from appliance.errors import InsufficientTokens
from appliance.services.call import Caller
from appliance.services.context import Services
from appliance.store import tokens
from appliance.store.transaction import Transaction

Spend: TypeAlias = Callable[[Transaction], None]


async def spend_one(services: Services, caller: Caller, grant: int) -> Spend:
    """Refuse a caller without tokens before any work is done; give the effect that takes one.

    Args:
        services: of the box.
        caller: whose tokens.
        grant: tokens of a credential that never used one.

    Raises:
        InsufficientTokens: none left; the effect raises it too, should the last one go in the meantime.
    """
    principal = caller.principal
    left = await services.database.read(lambda connection: tokens.remaining(connection, principal, grant))
    if left <= 0:
        raise InsufficientTokens("the credential has no tokens left", remedy="Give the key more tokens.")

    def take(transaction: Transaction) -> None:
        tokens.take(transaction, principal, grant)

    return take
