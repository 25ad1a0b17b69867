"""Certificates of authorities whose signatures the box believes, sealed in its database.

The certificates are public; they are sealed so that whoever can write to the disk but has not the box key
cannot add one of their own. Removing one there only makes signatures fail.
"""

import secrets
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TypeAlias

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import NameOID

from appliance.domain.credential import AuditEntry
from appliance.domain.foreign_text import plain
from appliance.domain.issuer_key import IssuerKey
from appliance.errors import Conflict, InvalidRequest, NotFound
from appliance.store.keys import Keyring, seal, unseal
from appliance.store.transaction import Connection, Transaction

Effect: TypeAlias = Callable[[Transaction], IssuerKey]
UIDAI = "uidai"
MOST_BYTES = 16 * 1024
"""Of a certificate file; UIDAI's have 2 to 3 kB."""
MOST = 64
"""Certificates installed at once; each costs every unverifiable signature 0.1 ms."""
_LEAST_BITS = 2048


class IssuerKeys:
    """The installed certificates. Thread-safe.

    Args:
        keys: of the box.
        wall: the time of day, with zone.
        random: source of nonces.
    """

    def __init__(
        self,
        keys: Keyring,
        *,
        wall: Callable[[], datetime] = lambda: datetime.now(UTC),
        random: Callable[[int], bytes] = secrets.token_bytes,
    ) -> None:
        self._key = keys.issuers
        self._wall = wall
        self._random = random
        self._lock = threading.Lock()
        self._known: tuple[IssuerKey, ...] = ()

    def load(self, connection: Connection) -> None:
        """Read the certificates into RAM.

        Raises:
            StorageFailed: one was changed on disk.
        """
        rows = connection.rows("SELECT fingerprint, sealed FROM issuer_key ORDER BY added_at, fingerprint")
        known = tuple(read_certificate(unseal(self._key, sealed, _bound(name))) for name, sealed in rows)
        with self._lock:
            self._known = known

    def all(self) -> tuple[IssuerKey, ...]:
        """Every installed certificate, in the order of their installing."""
        with self._lock:
            return self._known

    def add(self, pem_or_der: bytes, actor: str = "box") -> Effect:
        """Prepare the installing of a certificate; run in a transaction it returns the key.

        Raises:
            InvalidRequest: it is not one certificate of an RSA key of at least 2048 bits.
            Conflict: (in the transaction) it is installed already, or there are too many.
        """
        key = read_certificate(pem_or_der)

        def effect(transaction: Transaction) -> IssuerKey:
            count = transaction.row("SELECT count(*) FROM issuer_key")
            if count and count[0] >= MOST:
                raise Conflict(f"{MOST} certificates are installed; no more are kept")
            sealed = seal(self._key, key.certificate, _bound(key.fingerprint), self._random)
            added = transaction.execute(
                "INSERT INTO issuer_key (fingerprint, sealed, added_at) VALUES (?, ?, ?)"
                " ON CONFLICT (fingerprint) DO NOTHING",
                (key.fingerprint, sealed, self._now()),
            )
            if not added:
                raise Conflict(f"the certificate {key.fingerprint[:16]} is installed already")
            details = {"issuer": key.issuer, "not_after": key.not_after.isoformat()}
            transaction.audit(
                AuditEntry(actor, "box", "issuer_key.add", object=key.fingerprint, details=details)
            )
            transaction.on_commit(lambda: self.load(transaction))
            return key

        return effect

    def remove(self, fingerprint: str, actor: str = "box") -> Effect:
        """Prepare the removing of a certificate; run in a transaction it returns the key.

        Args:
            fingerprint: all of it, or its first digits where these name one certificate only.
            actor: who asks.

        Raises:
            NotFound: (in the transaction) none has it. Conflict: several begin so.
        """
        wanted = fingerprint.replace(":", "").strip().lower()

        def effect(transaction: Transaction) -> IssuerKey:
            rows = transaction.rows("SELECT fingerprint, sealed FROM issuer_key")
            matching = [row for row in rows if wanted and row[0].startswith(wanted)]
            if not matching:
                raise NotFound("there is no certificate of that fingerprint", remedy="kycbox issuer list")
            if len(matching) > 1:
                raise Conflict(
                    "several certificates have a fingerprint that begins so", remedy="Give more digits."
                )
            name, sealed = matching[0]
            key = read_certificate(unseal(self._key, sealed, _bound(name)))
            transaction.execute("DELETE FROM issuer_key WHERE fingerprint = ?", (name,))
            transaction.audit(AuditEntry(actor, "box", "issuer_key.remove", object=name))
            transaction.on_commit(lambda: self.load(transaction))
            return key

        return effect

    def _now(self) -> str:
        return self._wall().astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def read_certificate(pem_or_der: bytes) -> IssuerKey:
    """Read one certificate.

    Neither its signature nor its term is judged: it is believed because an operator installs it, after
    comparing its fingerprint, and its authority may be one that no computer knows.

    Raises:
        InvalidRequest: it is not one certificate of an RSA key of at least 2048 bits.
    """
    remedy = "Give a certificate as UIDAI publishes it: one X.509 certificate, PEM or DER (.cer, .pem)."
    if len(pem_or_der) > MOST_BYTES:
        raise InvalidRequest("the file is too large for a certificate", remedy=remedy)
    try:
        if b"-----BEGIN" in pem_or_der:
            certificates = x509.load_pem_x509_certificates(pem_or_der)
        else:
            certificates = [x509.load_der_x509_certificate(pem_or_der)]
        public = certificates[0].public_key()
        names = certificates[0].subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    except (ValueError, UnsupportedAlgorithm, IndexError):
        raise InvalidRequest("the file is not a certificate", remedy=remedy) from None
    if len(certificates) != 1:
        raise InvalidRequest("the file holds several certificates", remedy=remedy)
    if not isinstance(public, rsa.RSAPublicKey) or public.key_size < _LEAST_BITS:
        raise InvalidRequest(f"the certificate's key is not RSA of at least {_LEAST_BITS} bits")
    certificate = certificates[0]
    return IssuerKey(
        name=plain(str(names[0].value), 120) if names else "",
        issuer=UIDAI,
        spki=public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
        fingerprint=certificate.fingerprint(hashes.SHA256()).hex(),
        not_before=certificate.not_valid_before_utc.date(),
        not_after=certificate.not_valid_after_utc.date(),
        certificate=certificate.public_bytes(Encoding.DER),
    )


def _bound(fingerprint: str) -> bytes:
    return b"issuer key " + fingerprint.encode()
