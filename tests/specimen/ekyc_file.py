"""Offline e-KYC files as UIDAI makes them: signed XML in a ZIP with a password, made-up holders.

The old way of encrypting a ZIP is written here, since no library that writes it is at hand (APPNOTE.TXT 6.1).
"""

import base64
import hashlib
import io
import struct
import zlib

import pyzipper
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from lxml import etree

from tests.specimen import secure_qr

_DSIG = "http://www.w3.org/2000/09/xmldsig#"
_C14N = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
_METHODS = {
    "sha1": (f"{_DSIG}rsa-sha1", hashes.SHA1()),
    "sha256": ("http://www.w3.org/2001/04/xmldsig-more#rsa-sha256", hashes.SHA256()),
    "sha512": ("http://www.w3.org/2001/04/xmldsig-more#rsa-sha512", hashes.SHA512()),
}
_DIGESTS = {"sha1": f"{_DSIG}sha1", "sha256": "http://www.w3.org/2001/04/xmlenc#sha256"}
PORTRAIT = base64.b64encode(b"\xff\xd8\xff\xe0" + bytes(400)).decode()
XML = (
    '<?xml version="1.0" encoding="UTF-8" standalone="no"?>'
    '<OfflinePaperlessKyc referenceId="{reference}"><UidData>'
    '<Poi dob="27-02-1998" e="{email}" gender="M" m="{mobile}" name="Ravi Kumar"/>'
    '<Poa careof="S/O: Sanjay Kumar" country="India" dist="Saharsa" house="12" landmark="" loc="Ward 32" '
    'pc="852201" po="Saharsa" state="Bihar" street="" subdist="Kahra" vtc="Saharsa"/>'
    "<Pht>{photo}</Pht></UidData></OfflinePaperlessKyc>"
)


def xml(reference: str = "123420251101101010123", email: str = "", mobile: str = "") -> bytes:
    """An unsigned file."""
    return XML.format(reference=reference, email=email, mobile=mobile, photo=PORTRAIT).encode()


def signed(document: bytes, seed: str = "issuer", *, method: str = "sha1", digest: str = "sha256") -> bytes:
    """The file with an enveloped signature by the key of `seed`, whose certificate lies inside.

    Written out by hand, in the form in which canonicalisation leaves it: what is under test uses a library.

    Args:
        document: UTF-8, its root the element to be signed.
        seed: of the key.
        method: hash of the RSA signature: sha1 as UIDAI's, sha256, sha512.
        digest: hash of the content.
    """
    content = etree.tostring(etree.fromstring(document), method="c14n")
    value = base64.b64encode(hashlib.new(digest, content).digest()).decode()
    info = (
        f'<CanonicalizationMethod Algorithm="{_C14N}"></CanonicalizationMethod>'
        f'<SignatureMethod Algorithm="{_METHODS[method][0]}"></SignatureMethod><Reference URI="">'
        f'<Transforms><Transform Algorithm="{_DSIG}enveloped-signature"></Transform></Transforms>'
        f'<DigestMethod Algorithm="{_DIGESTS[digest]}"></DigestMethod><DigestValue>{value}</DigestValue>'
        "</Reference></SignedInfo>"
    )
    seal = secure_qr.key(seed).sign(
        f'<SignedInfo xmlns="{_DSIG}">{info}'.encode(), padding.PKCS1v15(), _METHODS[method][1]
    )
    lines = secure_qr.certificate(seed).decode().splitlines()[1:-1]
    signature = (
        f'<Signature xmlns="{_DSIG}"><SignedInfo>{info}'
        f"<SignatureValue>{base64.b64encode(seal).decode()}</SignatureValue>"
        f"<KeyInfo><X509Data><X509Certificate>{''.join(lines)}</X509Certificate></X509Data></KeyInfo></Signature>"
    )
    end = document.rindex(b"</")
    return document[:end] + signature.encode() + document[end:]


def aes_zip(document: bytes, share_code: str, name: str = "offlineaadhaar.xml") -> bytes:
    """A ZIP with AES-256."""
    stream = io.BytesIO()
    with pyzipper.AESZipFile(
        stream, "w", compression=pyzipper.ZIP_DEFLATED, encryption=pyzipper.WZ_AES
    ) as archive:
        archive.setpassword(share_code.encode())
        archive.writestr(name, document)
    return stream.getvalue()


def old_zip(document: bytes, share_code: str, name: bytes = b"offlineaadhaar.xml") -> bytes:
    """A ZIP of one member with the traditional encryption, deflated."""
    crc = zlib.crc32(document)
    deflate = zlib.compressobj(9, wbits=-15)
    packed = deflate.compress(document) + deflate.flush()
    sealed = _encrypted(bytes(11) + struct.pack(">I", crc)[:1] + packed, share_code.encode())
    common = struct.pack("<HHHHHIIIHH", 20, 1, 8, 0, 33, crc, len(sealed), len(document), len(name), 0)
    local = b"PK\3\4" + common + name + sealed
    central = b"PK\1\2" + struct.pack("<H", 20) + common + struct.pack("<HHHII", 0, 0, 0, 0, 0) + name
    end = b"PK\5\6" + struct.pack("<HHHHIIH", 0, 0, 1, 1, len(central), len(local), 0)
    return local + central + end


def _encrypted(data: bytes, password: bytes) -> bytes:
    keys = [0x12345678, 0x23456789, 0x34567890]

    def update(byte: int) -> None:
        keys[0] = _crc(keys[0], byte)
        keys[1] = ((keys[1] + (keys[0] & 0xFF)) * 134775813 + 1) & 0xFFFFFFFF
        keys[2] = _crc(keys[2], keys[1] >> 24)

    for byte in password:
        update(byte)
    out = bytearray()
    for byte in data:
        word = (keys[2] | 2) & 0xFFFF
        out.append(byte ^ (word * (word ^ 1) >> 8 & 0xFF))
        update(byte)
    return bytes(out)


def _crc(value: int, byte: int) -> int:
    """One step of CRC-32, without the complement that zlib puts around."""
    return (zlib.crc32(bytes([byte]), value ^ 0xFFFFFFFF) ^ 0xFFFFFFFF) & 0xFFFFFFFF
