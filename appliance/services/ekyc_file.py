"""Opens the ZIP file of a paperless offline e-KYC: one small XML file, its password the holder's share code.

Both ways of encrypting a ZIP are read: the old one (ZipCrypto), which UIDAI uses, and AES. What comes out is
bounded before and while it is unpacked.
"""

import io
import struct
import zlib
from typing import Final

import pyzipper

from appliance.errors import EkycRefused

MOST_BYTES: Final = 2 << 20
"""Of the file; UIDAI's have 8 to 30 kB."""
MOST_XML_BYTES: Final = 1 << 20
LONGEST_SHARE_CODE: Final = 64
_MOST_MEMBERS: Final = 4
_ENCRYPTED: Final = 0x1
_AES: Final = 99
"""What stands for the method of a member that AES encrypts."""
_METHODS: Final = frozenset({pyzipper.ZIP_STORED, pyzipper.ZIP_DEFLATED, _AES})
_DAMAGE: Final = (
    *(pyzipper.BadZipFile, zlib.error, struct.error, EOFError, OSError),
    *(ValueError, NotImplementedError, RuntimeError, LookupError, AssertionError),
)
"""What pyzipper raises over damaged files and wrong passwords, by its source and by throwing bytes at it."""


def unpacked(data: bytes, share_code: str) -> bytes:
    """The XML of an e-KYC file. Blocks, up to a second for the largest.

    Args:
        data: the ZIP file, or the XML itself.
        share_code: of the holder; "" for XML.

    Raises:
        EkycRefused: not such a file, too large, damaged, or another share code.
    """
    if len(data) > MOST_BYTES:
        raise EkycRefused("the e-KYC file is too large", remedy="Give the file as UIDAI's site made it.")
    if not data.startswith(b"PK\x03\x04"):
        return data
    if len(share_code) > LONGEST_SHARE_CODE:
        raise EkycRefused("the share code is too long for one")
    try:
        with pyzipper.AESZipFile(io.BytesIO(data)) as archive:
            return _only_xml(archive, share_code)
    except _DAMAGE:
        raise EkycRefused(
            "the share code does not open the e-KYC file, or the file is damaged",
            remedy="Ask the holder for the share code chosen for this download; capitals matter.",
        ) from None


def _only_xml(archive: "pyzipper.AESZipFile", share_code: str) -> bytes:
    members = [one for one in archive.infolist()[: _MOST_MEMBERS + 1] if not one.is_dir()]
    texts = [one for one in members if one.filename.lower().endswith(".xml")]
    if len(texts) != 1 or len(members) > _MOST_MEMBERS:
        raise EkycRefused("the ZIP file is not an offline e-KYC: it must hold one XML file")
    member = texts[0]
    if member.file_size > MOST_XML_BYTES:
        raise EkycRefused("the ZIP file is not an offline e-KYC: its XML file is too large")
    if member.compress_type not in _METHODS:
        raise EkycRefused("the ZIP file is packed by a method that no offline e-KYC uses")
    if member.flag_bits & _ENCRYPTED and not share_code:
        raise EkycRefused("the e-KYC file needs its share code", remedy="Ask the holder for it.")
    with archive.open(member, pwd=share_code.encode()) as stream:
        xml: bytes = stream.read(MOST_XML_BYTES + 1)
        if len(xml) > MOST_XML_BYTES or stream.read(1):  # the second read checks length and CRC
            raise EkycRefused("the ZIP file is not an offline e-KYC: its XML file is too large")
    return xml
