"""The verbs behind `kycbox issuer`."""

import base64
import binascii
from collections.abc import Mapping
from typing import Any

from appliance.domain.issuer_key import IssuerKey
from appliance.errors import InvalidRequest
from appliance.store.audit_export import Sink
from appliance.store.store import Store


def add(store: Store, given: Mapping[str, Any], _out: Sink) -> dict[str, Any]:
    """Install a certificate, given in base64.

    Raises:
        InvalidRequest, Conflict: see `store.issuer_keys`.
    """
    try:
        data = base64.b64decode(str(given.get("certificate", "")), validate=True)
    except (binascii.Error, ValueError):
        raise InvalidRequest("the certificate is not base64") from None
    return _shown(store.database.write_blocking(store.issuer_keys.add(data)))


def show(store: Store, _given: Mapping[str, Any], _out: Sink) -> list[dict[str, Any]]:
    """Show all installed certificates."""
    return [_shown(key) for key in store.issuer_keys.all()]


def remove(store: Store, given: Mapping[str, Any], _out: Sink) -> dict[str, Any]:
    """Remove a certificate by its fingerprint.

    Raises:
        NotFound, Conflict: see `store.issuer_keys`.
    """
    effect = store.issuer_keys.remove(str(given.get("fingerprint", "")))
    return _shown(store.database.write_blocking(effect, urgent=True))


def _shown(key: IssuerKey) -> dict[str, Any]:
    return {
        "fingerprint": key.fingerprint,
        "issuer": key.issuer,
        "name": key.name,
        "not_before": key.not_before.isoformat(),
        "not_after": key.not_after.isoformat(),
        "certificate": base64.b64encode(key.certificate).decode(),
    }
