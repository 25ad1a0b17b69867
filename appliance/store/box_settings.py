"""Small state of the box that is no secret: so far the fingerprint of its key."""

from appliance.store.transaction import Connection, Transaction

KEY_FINGERPRINT = "key.fingerprint"


def get(connection: Connection, name: str) -> str | None:
    """Value of a setting, or None."""
    found = connection.row("SELECT value FROM box_setting WHERE name = ?", (name,))
    return None if found is None else str(found[0])


def put(transaction: Transaction, name: str, value: str) -> None:
    """Set a setting."""
    transaction.execute(
        "INSERT INTO box_setting (name, value) VALUES (?, ?)"
        " ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        (name, value),
    )
