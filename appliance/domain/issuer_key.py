"""Keys of authorities that sign identity data, as an operator has installed them."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class IssuerKey:
    """The certificate of an authority. What its key signed is believed because an operator installed it here.

    Authorities renew their certificates every few years, and what they signed before stays in people's
    pockets: a key is used beyond its term, and results name it.

    Attributes:
        name: common name of the certificate's subject.
        issuer: which scheme it belongs to; `uidai` is the only one.
        spki: its public key, SubjectPublicKeyInfo in DER (RSA).
        fingerprint: SHA-256 of the certificate, 64 hex digits.
        not_before: first day of the certificate's term (UTC).
        not_after: its last day (UTC).
        certificate: the whole certificate in DER.
    """

    name: str
    issuer: str
    spki: bytes
    fingerprint: str
    not_before: date
    not_after: date
    certificate: bytes = b""
