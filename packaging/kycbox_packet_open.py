#!/usr/bin/env python3
"""Open the evidence packets of a kycbox with an auditor's key: needs Python 3.9 or newer and PyNaCl.

    python3 kycbox_packet_open.py FILE --private PRIVATE

FILE is the evidence of one session, PRIVATE a file with the private key that it was sealed to, 64 hex digits
(`kycbox audit keygen` makes such a pair). Verify FILE with kycbox_audit_verify.py first: that tells whose it
is. This opens it, checks that the content belongs to what was signed, recomputes the risk score from its
contributions and the digest of the policy, and prints the contents as JSON. They are personal data.

Exit status: 0 opened, 1 broken or not for this key, 2 wrong use.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import sys
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import nacl.bindings
from nacl.exceptions import CryptoError
from nacl.public import PrivateKey, SealedBox

if TYPE_CHECKING:
    from collections.abc import Sequence

NONCE = 24
LARGEST = 4 * 1024 * 1024
FORMAT = "kycbox evidence content v1"


class Broken(Exception):
    """A packet cannot be opened, or does not say what was signed; says why."""


def opened(data: bytes, private: bytes) -> list[dict[str, Any]]:
    """Contents of all packets of a file.

    Args:
        data: the file.
        private: key, 32 bytes.

    Raises:
        Broken: as above.
    """
    lines = data.split(b"\n")
    if len(lines) < 3 or len(lines) % 2 == 0 or lines[-1]:
        raise Broken("this is not a file of evidence packets")
    try:
        return [content(json.loads(line), PrivateKey(private)) for line in lines[:-1:2]]
    except (ValueError, KeyError, TypeError, AttributeError, CryptoError, zlib.error):
        raise Broken("a packet is damaged") from None


def content(packet: dict[str, Any], private: PrivateKey) -> dict[str, Any]:
    """Open one packet and check its content."""
    own = bytes(private.public_key).hex()
    wrapped = [one["wrapped"] for one in packet["recipients"] if one["public"] == own]
    if not wrapped:
        raise Broken("the packet was not sealed to this key")
    key = SealedBox(private).decrypt(base64.b64decode(wrapped[0], validate=True))
    sealed = base64.b64decode(packet["sealed"], validate=True)
    key_hash = hashlib.sha256(key).digest()
    digest = hashlib.sha256(b"kycbox evidence v1\n" + key_hash + sealed).hexdigest()
    if key_hash.hex() != packet["key_hash"] or digest != packet["evidence"]:
        raise Broken("the content is not the one that was signed")
    context = f"kycbox evidence packet v1\n{packet['session']}\n".encode()
    plain = nacl.bindings.crypto_aead_xchacha20poly1305_ietf_decrypt(
        sealed[NONCE:], context, sealed[:NONCE], key
    )
    inflated = zlib.decompressobj().decompress(plain, LARGEST)
    said: dict[str, Any] = json.loads(inflated)
    check(said, packet)
    return said


def check(said: dict[str, Any], packet: dict[str, Any]) -> None:
    """Check that a content agrees with its packet and with itself."""
    if said["format"] != FORMAT or said["session"] != packet["session"]:
        raise Broken("the content is about something else")
    leaf = json.loads(packet["leaf"])["details"]
    if leaf.get("decision", said["act"]["decision"]) != said["act"]["decision"]:
        raise Broken("the ledger tells another decision than the content")
    policy, assessment = said["policy"], said["assessment"]
    if policy is None or assessment is None:
        return
    if hashlib.sha256(policy["text"].encode()).hexdigest() != policy["sha256"]:
        raise Broken("the policy is not the one that is named")
    if assessment["policy_version"] != f"{policy['version']}+{policy['sha256'][:12]}":
        raise Broken("the assessment followed another policy")
    rest, shares = 1.0, 0.0
    for one in assessment["contributions"]:
        rest *= 1 - one["weight"] * one["signal"]
        shares += one["share"]
    score = assessment["score"]
    # the product is rounded to four digits; another order of its factors may move the last one
    if abs(1 - rest - score) > 0.000051 or abs(shares - score) > 1e-9:
        raise Broken("the contributions do not add up to the score")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run as a command; the exit status."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("file", metavar="FILE", type=Path)
    parser.add_argument("--private", metavar="PRIVATE", type=Path, required=True)
    given = parser.parse_args(arguments)
    try:
        private = bytes.fromhex(given.private.read_text("ascii").strip())
        found = opened(given.file.read_bytes(), private)
    except Broken as error:
        sys.stderr.write(f"BROKEN: {error}\n")
        return 1
    except (OSError, ValueError) as error:
        sys.stderr.write(f"cannot read it: {error}\n")
        return 2
    sys.stdout.write(json.dumps(found, indent=2, ensure_ascii=False, sort_keys=True) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
