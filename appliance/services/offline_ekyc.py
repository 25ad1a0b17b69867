"""UIDAI's paperless offline e-KYC: signed demographic data and a portrait, in a file the holder downloads.

The signature is checked with the certificates installed on this box only. The one inside the file says
nothing: whoever makes a file can put any in. Terms of certificates are not judged, since what UIDAI signed
within them stays true; age in days says how old the file is, and callers decide how old it may be.

Sources: UIDAI, Aadhaar Paperless Offline e-KYC; W3C XML Signature Syntax and Processing.
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from cryptography import x509
from lxml import etree
from signxml.algorithms import CanonicalizationMethod, DigestAlgorithm, SignatureMethod
from signxml.exceptions import InvalidDigest, SignXMLException
from signxml.verifier import SignatureConfiguration, VerifyResult, XMLVerifier

from appliance.domain import aadhaar
from appliance.domain.document import Evidence, EvidenceKind
from appliance.domain.issuer_key import IssuerKey
from appliance.errors import EkycRefused
from appliance.services.ekyc_file import unpacked

_ROOT: Final = "OfflinePaperlessKyc"
_MOST_PHOTO: Final = 512 * 1024
_PHOTOS: Final = (b"\xff\xd8\xff", b"\xff\x4f\xff\x51")
_METHODS: Final = frozenset(
    {
        SignatureMethod.RSA_SHA256,
        SignatureMethod.RSA_SHA384,
        SignatureMethod.RSA_SHA512,
        SignatureMethod.RSA_SHA1,  # files of UIDAI; it signs a SHA-256 digest, which no holder can choose
    }
)
_DIGESTS: Final = frozenset({DigestAlgorithm.SHA256, DigestAlgorithm.SHA384, DigestAlgorithm.SHA512})
_MALFORMED: Final = (SignXMLException, etree.LxmlError, ValueError, TypeError, AttributeError)
"""What signxml raises over signatures that are none: by its source, an empty or missing element gives the
last two."""

_NAMES: Final = {
    "careof": "care_of",
    "co": "care_of",
    "house": "house",
    "street": "street",
    "landmark": "landmark",
    "lm": "landmark",
    "loc": "location",
    "vtc": "vtc",
    "po": "post_office",
    "subdist": "sub_district",
    "dist": "district",
    "state": "state",
    "pc": "pin",
}


@dataclass(frozen=True, eq=False, slots=True)
class OfflineEkyc:
    """An e-KYC file, read.

    Attributes:
        evidence: what it says and whether UIDAI's signature holds.
        age_days: whole days since it was made, None where it does not tell.
        last_digit: of the Aadhaar number, None where it does not tell.
        mobile_hash, email_hash: hex, "" where the file has none.
        share_code: that opened the file: mobile hashes depend on it.
    """

    evidence: Evidence
    age_days: int | None
    last_digit: int | None
    mobile_hash: str = field(repr=False)
    email_hash: str = field(repr=False)
    share_code: str = field(repr=False)

    def is_mobile(self, number: str) -> bool:
        """Whether a mobile number is the holder's. False where the file has no hash of one."""
        digits = "".join(c for c in number if c.isdigit())[-10:]
        if not self.mobile_hash or self.last_digit is None or len(digits) != 10:
            return False
        hashed = aadhaar.contact_hash(digits, self.share_code, self.last_digit)
        return hmac.compare_digest(hashed.encode(), self.mobile_hash.lower().encode())

    def is_email(self, address: str) -> bool:
        """Whether an e-mail address is the holder's, as typed or in small letters."""
        forms = {address.strip(), address.strip().lower()} - {""}
        known = self.email_hash.lower().encode()
        hashed = [hashlib.sha256(form.encode()).hexdigest().encode() for form in forms]
        return bool(known) and any(hmac.compare_digest(one, known) for one in hashed)


def read(data: bytes, share_code: str, keys: Sequence[IssuerKey], now: datetime) -> OfflineEkyc:
    """Open an e-KYC file and check its signature. Blocks: about 20 ms for UIDAI's files.

    Args:
        data: the ZIP file, or the XML inside.
        share_code: password of the ZIP, "" for XML.
        keys: the installed certificates.
        now: with zone; the age counts up to it.

    Returns:
        What the file says. Where no installed certificate verifies it `evidence.verified` is False and
        `evidence.reason` says why; its fields are then only what somebody wrote.

    Raises:
        EkycRefused: it cannot be opened, or is no such file.
    """
    xml = unpacked(data, share_code)
    root = _parsed(xml)
    key, signed, reason = _verified(xml, keys)
    shown = root if signed is None else signed
    person = _attributes(shown, "UidData/Poi")
    last_digits, issued_at = aadhaar.reference(shown.get("referenceId", "") or shown.get("r", ""))
    evidence = Evidence(
        EvidenceKind.AADHAAR_OFFLINE_XML,
        verified=key is not None,
        key=key.name if key else "",
        reason=reason,
        fields=aadhaar.fields(_values(shown, person) | {"number": aadhaar.masked(last_digits)}),
        issued_at=issued_at,
        photo=_photo(shown),
    )
    return OfflineEkyc(
        evidence,
        aadhaar.age_in_days(issued_at, now),
        int(last_digits[-1]) if last_digits else None,
        person.get("m", ""),
        person.get("e", ""),
        share_code,
    )


def _parsed(xml: bytes) -> etree._Element:
    """The root element, of UTF-8 without a document type: entities could make a small file a huge one.

    Raises:
        EkycRefused: not such XML.
    """
    remedy = "Give the file as UIDAI's site made it."
    try:
        text = xml.decode("utf-8")
        if "<!DOCTYPE" in text or "<!ENTITY" in text:
            raise EkycRefused("the e-KYC file has a document type, which none has", remedy=remedy)
        root = etree.fromstring(xml, _parser())
    except (UnicodeDecodeError, etree.XMLSyntaxError, ValueError):
        raise EkycRefused("the file is not an offline e-KYC: it is not XML", remedy=remedy) from None
    if etree.QName(root).localname != _ROOT:
        raise EkycRefused(f"the file is not an offline e-KYC: its root is not {_ROOT}", remedy=remedy)
    return root


def _parser() -> etree.XMLParser:
    return etree.XMLParser(
        encoding="utf-8", resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False
    )


def _verified(xml: bytes, keys: Sequence[IssuerKey]) -> tuple[IssuerKey | None, etree._Element | None, str]:
    """The key that verifies the file, the element that its signature covers, else why there is none."""
    if not keys:
        return None, None, "no certificate of UIDAI is installed on this box (kycbox issuer add FILE)"
    reason = "no installed certificate of UIDAI verifies its signature"
    for key in keys:
        certificate = x509.load_der_x509_certificate(key.certificate)
        config = SignatureConfiguration(
            location="./",
            expect_references=1,
            signature_methods=_METHODS,
            digest_algorithms=_DIGESTS,
            ignore_ambiguous_key_info=True,  # keys inside the file are not looked at
            verification_time=certificate.not_valid_before_utc,
            default_reference_c14n_method=CanonicalizationMethod.CANONICAL_XML_1_0,
        )
        try:
            result = _Verifier().verify(xml, x509_cert=certificate, parser=_parser(), expect_config=config)
        except InvalidDigest:
            reason = "the file was changed after UIDAI signed it"
            continue
        except _MALFORMED:
            continue
        signed = result.signed_xml if isinstance(result, VerifyResult) else None
        if signed is not None and etree.QName(signed).localname == _ROOT:
            return key, signed, ""
        reason = "the signature covers something else than the whole file"
    return None, None, reason


class _Verifier(XMLVerifier):
    """signxml's verifier, with every element made canonical as a document of its own.

    Canonicalised inside its document, an element that inherits its default namespace comes out of lxml 6.1.3
    (libxml2 2.14.6) with `xmlns=""` on its grandchildren. The signatures of UIDAI are written so, and none
    would verify.
    """

    def _c14n(self, nodes: Any, *given: Any, **named: Any) -> bytes:
        several = nodes if isinstance(nodes, list) else [nodes]
        alone = [etree.fromstring(etree.tostring(node, with_tail=False), _parser()) for node in several]
        return bytes(super()._c14n(alone, *given, **named))


def _attributes(root: etree._Element, path: str) -> dict[str, str]:
    found = root.find(path)
    return {} if found is None else {str(name): str(value) for name, value in found.attrib.items()}


def _values(root: etree._Element, person: Mapping[str, str]) -> dict[str, str]:
    values = {
        "name": person.get("name", ""),
        "birth": person.get("dob", ""),
        "sex": person.get("gender", ""),
    }
    for theirs, value in _attributes(root, "UidData/Poa").items():
        if theirs in _NAMES and value:
            values.setdefault(_NAMES[theirs], value)
    return values


def _photo(root: etree._Element) -> bytes:
    """The portrait as it stands in the file, b"" where it is none that the box decodes."""
    text = root.findtext("UidData/Pht") or ""
    if len(text) > 2 * _MOST_PHOTO:
        return b""
    try:
        photo = base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        return b""
    return photo if photo.startswith(_PHOTOS) and len(photo) <= _MOST_PHOTO else b""
