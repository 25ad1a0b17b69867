"""The token counter of a credential: how many paid checks it has left."""

from appliance.domain.credential import Principal
from appliance.errors import InsufficientTokens
from appliance.store.transaction import Connection, Transaction


def remaining(connection: Connection, principal: Principal, grant: int) -> int:
    """Tokens left; `grant` where the credential never used one."""
    found = connection.row("SELECT remaining FROM token_balance WHERE credential = ?", (principal.id,))
    return grant if found is None else int(found[0])


def take(transaction: Transaction, principal: Principal, grant: int) -> int:
    """Take one token, in the transaction of what it pays for; returns how many are left.

    Args:
        transaction: of the writer.
        principal: who pays.
        grant: tokens of a credential that never used one.

    Raises:
        InsufficientTokens: none is left.
    """
    left = remaining(transaction, principal, grant) - 1
    if left < 0:
        raise InsufficientTokens("the credential has no tokens left")
    fill(transaction, principal.id, left)
    return left


def fill(transaction: Transaction, credential: str, tokens: int) -> None:
    """Set how many tokens a credential has."""
    transaction.execute(
        "INSERT INTO token_balance (credential, remaining) VALUES (?, ?)"
        " ON CONFLICT (credential) DO UPDATE SET remaining = excluded.remaining",
        (credential, tokens),
    )
