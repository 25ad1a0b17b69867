"""The box's own certificate authority and server certificate.

Anything but loopback is served over TLS. A branch has no public certificate for a box on its network, so
the box makes an authority of its own on first start; tablets and software trust that authority once, after
comparing the fingerprint that the console shows. The authority carries critical name constraints (RFC 5280
section 4.2.1.10): a stolen box key can impersonate hosts of a private network, never the internet.
"""

import datetime as dt
import hashlib
import ipaddress
import os
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from appliance.errors import ConfigInvalid

AUTHORITY_LIFE = dt.timedelta(days=3650)
LEAF_LIFE = dt.timedelta(days=397)  # the longest that Apple's and Chromium's verifiers accept
RENEW_BEFORE = dt.timedelta(days=30)
CLOCK_SLACK = dt.timedelta(days=1)  # a tablet's clock may run behind the box's
PRIVATE_NETWORKS = (
    "127.0.0.0/8",
    "10.0.0.0/8",
    "172.16.0.0/12",
    "192.168.0.0/16",
    "169.254.0.0/16",
    "fc00::/7",
    "fe80::/10",
    "::1/128",
)
Issuer: TypeAlias = tuple[ec.EllipticCurvePrivateKey, x509.Certificate]
PRIVATE_NAMES = ("localhost", "local", "lan", "internal", "home.arpa")


@dataclass(frozen=True, slots=True)
class Certificate:
    """What the server listens with.

    Attributes:
        chain: PEM file of the server certificate followed by the authority's.
        key: PEM file of its private key, mode 0600.
        authority: PEM file to install on clients.
        fingerprint: SHA-256 of the authority, hex pairs with colons, to compare by eye.
        expires: of the server certificate.
    """

    chain: Path
    key: Path
    authority: Path
    fingerprint: str
    expires: dt.datetime


def is_loopback(host: str) -> bool:
    """Whether an address reaches this machine only. A name counts only if it is `localhost`."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def local_names(host: str) -> tuple[str, ...]:
    """The names and addresses under which clients of the network can reach the box."""
    name = socket.gethostname().split(".")[0].lower()
    anywhere = host in ("0.0.0.0", "::")  # noqa: S104 - compared, not bound
    reached = _addresses() if anywhere else [host]  # another address may be public, and no matter
    return tuple(dict.fromkeys(("localhost", "127.0.0.1", "::1", f"{name}.local", *reached)))


def ensure(folder: Path, names: Sequence[str], now: dt.datetime) -> Certificate:
    """Read the certificate in `folder`; make or renew what is missing, expiring or made for other names.

    Raises:
        ConfigInvalid: a name is outside private networks, which the authority may not vouch for.
    """
    _refuse_public(names)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    issuer = _authority(folder, now)
    authority = issuer[1]
    chain, key = folder / "box.crt", folder / "box.key"
    if not _usable(chain, key, names, now):
        _issue(chain, key, issuer, names, now)
    leaf = x509.load_pem_x509_certificate(chain.read_bytes())
    digest = hashlib.sha256(authority.public_bytes(serialization.Encoding.DER)).hexdigest().upper()
    pairs = ":".join(digest[i : i + 2] for i in range(0, len(digest), 2))
    return Certificate(chain, key, folder / "ca.crt", pairs, leaf.not_valid_after_utc)


def _addresses() -> list[str]:
    """Addresses of this machine's own interfaces: the kernel chooses a source address, nothing is sent."""
    found = []
    for family, far in ((socket.AF_INET, "10.255.255.254"), (socket.AF_INET6, "fc00::1")):
        try:
            with socket.socket(family, socket.SOCK_DGRAM) as probe:
                probe.connect((far, 9))
                found.append(str(probe.getsockname()[0]))
        except OSError:  # no route of this family: no address to name
            continue
    return found


def _refuse_public(names: Sequence[str]) -> None:
    networks = [ipaddress.ip_network(n) for n in PRIVATE_NETWORKS]
    for name in names:
        try:
            address = ipaddress.ip_address(name)
        except ValueError:
            inside = name.rsplit(".", 1)[-1] in PRIVATE_NAMES or name.endswith(".home.arpa")
        else:
            inside = any(address.version == n.version and address in n for n in networks)
        if not inside:
            reason = (
                f"'{name}' is not an address of a private network; the box makes certificates for those only"
            )
            raise ConfigInvalid(
                reason, remedy="Serve on a private address, or put your own TLS proxy before the box."
            )


def _private_file(path: Path, data: bytes) -> None:
    """Write a key so that no other user can read it at any moment, whole or not at all."""
    scratch = path.with_suffix(".new")
    scratch.unlink(missing_ok=True)
    with os.fdopen(os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
        out.write(data)
        out.flush()
        os.fsync(out.fileno())
    scratch.replace(path)


def _pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    form = serialization.PrivateFormat.PKCS8
    return key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption())


def _load_key(path: Path) -> ec.EllipticCurvePrivateKey:
    key = serialization.load_pem_private_key(path.read_bytes(), None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    return key


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


def _authority(folder: Path, now: dt.datetime) -> Issuer:
    key_file, file = folder / "ca.key", folder / "ca.crt"
    if key_file.exists() and file.exists():
        return _load_key(key_file), x509.load_pem_x509_certificate(file.read_bytes())
    key = ec.generate_private_key(ec.SECP256R1())
    subject = _name(f"kycbox {socket.gethostname()}")
    permitted = [x509.DNSName(n) for n in PRIVATE_NAMES]
    allowed = [*permitted, *(x509.IPAddress(ipaddress.ip_network(n)) for n in PRIVATE_NETWORKS)]
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - CLOCK_SLACK)
        .not_valid_after(now + AUTHORITY_LIFE)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .add_extension(x509.NameConstraints(allowed, None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    _private_file(key_file, _pem(key))
    _private_file(file, certificate.public_bytes(serialization.Encoding.PEM))
    return key, certificate


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )


def _general(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _usable(chain: Path, key: Path, names: Sequence[str], now: dt.datetime) -> bool:
    if not (chain.exists() and key.exists()):
        return False
    leaf = x509.load_pem_x509_certificate(chain.read_bytes())
    covered = set(leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value)
    return now + RENEW_BEFORE < leaf.not_valid_after_utc and {_general(n) for n in names} <= covered


def _issue(chain: Path, key_file: Path, issuer: Issuer, names: Sequence[str], now: dt.datetime) -> None:
    authority_key, authority = issuer
    key = ec.generate_private_key(ec.SECP256R1())
    expires = min(now + LEAF_LIFE, authority.not_valid_after_utc)
    identifier = authority.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    leaf = (
        x509.CertificateBuilder()
        .subject_name(_name("kycbox"))
        .issuer_name(authority.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - CLOCK_SLACK)
        .not_valid_after(expires)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName([_general(n) for n in names]), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier), critical=False
        )
        .sign(authority_key, hashes.SHA256())
    )
    both = leaf.public_bytes(serialization.Encoding.PEM) + authority.public_bytes(serialization.Encoding.PEM)
    _private_file(key_file, _pem(key))
    _private_file(chain, both)
