"""`kycbox ekyc`: read and verify an Aadhaar offline e-KYC file with the installed certificates."""

import argparse
import base64
import json
import sys
from datetime import UTC, datetime
from pathlib import Path

from appliance.config import Settings
from appliance.control import call
from appliance.errors import StartError
from appliance.services import offline_ekyc
from appliance.services.ekyc_file import MOST_BYTES
from appliance.services.offline_ekyc import OfflineEkyc
from appliance.store.issuer_keys import read_certificate

_LINE = 1024


def ekyc(settings: Settings, given: argparse.Namespace) -> int:
    """Read one file; 0 where UIDAI's signature holds, else 1."""
    data = _read(given.file, MOST_BYTES + 1)
    share_code = _line(given.share_code_file)
    known = call(settings, "issuer.list", {})
    keys = [read_certificate(base64.b64decode(one["certificate"])) for one in known]
    found = offline_ekyc.read(data, share_code, keys, datetime.now(UTC))
    told = _told(found, given)
    if given.json:
        sys.stdout.write(json.dumps(told, ensure_ascii=False) + "\n")
    else:
        for name, value in {**told, **found.evidence.fields}.items():
            if name != "fields":
                sys.stdout.write(f"{name:18} {value}\n")
    return 0 if found.evidence.verified else 1


def _told(found: OfflineEkyc, given: argparse.Namespace) -> dict[str, object]:
    evidence = found.evidence
    told: dict[str, object] = {
        "verified": bool(evidence.verified),
        "key": evidence.key,
        "reason": evidence.reason,
        "issued_at": evidence.issued_at,
        "age_days": found.age_days,
        "photo_bytes": len(evidence.photo),
        "fields": dict(evidence.fields),
    }
    if given.mobile_file:
        told["mobile_is_holders"] = found.is_mobile(_line(given.mobile_file))
    if given.email_file:
        told["email_is_holders"] = found.is_email(_line(given.email_file))
    return told


def _line(path: Path | None) -> str:
    """The first line of a file, "" without one."""
    if path is None:
        return ""
    text = _read(path, _LINE).decode("utf-8", "replace")
    return text.splitlines()[0].strip() if text else ""


def _read(path: Path, most: int) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(most)
    except OSError as error:
        raise StartError(f"cannot read {path}: {error.strerror}") from None
