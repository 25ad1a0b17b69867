"""Numbers that callers know their calls by: whole, from 1, increasing per tenant, never given twice."""

from appliance.store.transaction import Connection, Transaction


def next_number(transaction: Transaction, tenant: str, request_id: str) -> int:
    """Give a tenant's next call its number, in the transaction of its audit leaf.

    Args:
        transaction: of the writer.
        tenant: whose call.
        request_id: by which the ledger knows the call.
    """
    found = transaction.row("SELECT max(number) FROM transaction_number WHERE tenant = ?", (tenant,))
    number = int((found[0] if found else None) or 0) + 1
    transaction.execute(
        "INSERT INTO transaction_number (tenant, number, request_id) VALUES (?, ?, ?)",
        (tenant, number, request_id),
    )
    return number


def request_of(connection: Connection, tenant: str, number: int) -> str | None:
    """Request id of a tenant's call by its number; None where it has no such call."""
    sql = "SELECT request_id FROM transaction_number WHERE tenant = ? AND number = ?"
    found = connection.row(sql, (tenant, number))
    return None if found is None else str(found[0])
