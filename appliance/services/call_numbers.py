"""The number by which a caller knows one of its calls."""

from appliance.services.call import Caller
from appliance.store.transaction import Transaction
from appliance.store.transaction_numbers import next_number


class CallNumber:
    """Numbers one call. It is an effect, for the transaction of the call's audit leaf.

    Attributes:
        value: the number, once the leaf is on disk; 0 before.
    """

    def __init__(self, caller: Caller) -> None:
        self._tenant = caller.principal.tenant
        self._request_id = caller.request_id
        self.value = 0

    def __call__(self, transaction: Transaction) -> None:
        """Take the tenant's next number. A transaction that is run again takes it again."""
        self.value = next_number(transaction, self._tenant, self._request_id)
