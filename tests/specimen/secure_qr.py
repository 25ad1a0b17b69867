"""Aadhaar Secure QR codes and the certificate that signs them: made-up holders, a key made from a seed.

The format is UIDAI's second version: fields parted by 255, a JPEG 2000 portrait, hashes of mobile and e-mail,
an RSA signature over all of it, deflated, written as one decimal number.
"""

import datetime as dt
import functools
import io
import random
import zlib
from dataclasses import dataclass

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import NameOID
from PIL import Image

_EXPONENT = 65537
_WITNESSES = 24
_SMALL_PRIMES = [p for p in range(3, 2000, 2) if all(p % q for q in range(3, int(p**0.5) + 1, 2))]


@dataclass(frozen=True, slots=True)
class Resident:
    """What a Secure QR tells; the parts of the address in its own order."""

    last_digits: str
    name: str
    birth: dt.date
    sex: str
    care_of: str
    district: str
    landmark: str
    house: str
    locality: str
    pin: str
    post_office: str
    state: str
    street: str
    sub_district: str
    town: str
    mobile_digits: str


def data(resident: Resident, portrait: Image.Image, issued: dt.datetime, seed: str = "issuer") -> bytes:
    """The bytes before deflation: fields, portrait, hashes, signature by the key of `seed`."""
    texts = (
        "V2",
        "3",  # hashes of both e-mail and mobile number follow
        resident.last_digits + f"{issued:%Y%m%d%H%M%S}000",
        resident.name,
        f"{resident.birth:%d-%m-%Y}",
        resident.sex,
        resident.care_of,
        resident.district,
        resident.landmark,
        resident.house,
        resident.locality,
        resident.pin,
        resident.post_office,
        resident.state,
        resident.street,
        resident.sub_district,
        resident.town,
        resident.mobile_digits,
    )
    picture = io.BytesIO()
    small = portrait.convert("L").resize((60, 60), Image.Resampling.LANCZOS)
    small.save(picture, "JPEG2000", no_jp2=True, quality_mode="rates", quality_layers=[4.5])
    rng = random.Random(resident.name)
    body = (
        b"".join(text.encode("latin-1") + b"\xff" for text in texts) + picture.getvalue() + rng.randbytes(64)
    )
    return body + key(seed).sign(body, padding.PKCS1v15(), hashes.SHA256())


def digits(signed: bytes) -> str:
    """What the QR code holds."""
    deflate = zlib.compressobj(9, wbits=31)
    return str(int.from_bytes(deflate.compress(signed) + deflate.flush(), "big"))


@functools.cache
def key(seed: str = "issuer") -> rsa.RSAPrivateKey:
    """An RSA key of 2048 bits, the same for the same seed: worthless as a secret, good for drawings."""
    rng = random.Random(f"rsa/{seed}")
    p, q = _prime(rng), _prime(rng)
    d = pow(_EXPONENT, -1, (p - 1) * (q - 1))
    public = rsa.RSAPublicNumbers(_EXPONENT, p * q)
    parts = (rsa.rsa_crt_dmp1(d, p), rsa.rsa_crt_dmq1(d, q), rsa.rsa_crt_iqmp(p, q))
    return rsa.RSAPrivateNumbers(p, q, d, *parts, public).private_key()


def certificate(seed: str = "issuer", first: dt.date = dt.date(2021, 1, 1), years: int = 3) -> bytes:
    """A self-signed certificate of the key, PEM."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"DS Specimen Issuer {seed}")])
    start = dt.datetime(first.year, first.month, first.day, tzinfo=dt.UTC)
    builder = x509.CertificateBuilder().issuer_name(name).subject_name(name).serial_number(1)
    builder = builder.public_key(key(seed).public_key()).not_valid_before(start)
    signed = builder.not_valid_after(start.replace(year=first.year + years)).sign(key(seed), hashes.SHA256())
    return signed.public_bytes(serialization.Encoding.PEM)


def _prime(rng: random.Random) -> int:
    while True:
        n = rng.getrandbits(1024) | 3 << 1022 | 1  # two top bits: the product has 2048
        if all(n % p for p in _SMALL_PRIMES) and (n - 1) % _EXPONENT and _is_prime(n, rng):
            return n


def _is_prime(n: int, rng: random.Random) -> bool:
    """Miller and Rabin's test."""
    odd = (n - 1) // ((n - 1) & -(n - 1))
    for _ in range(_WITNESSES):
        x, power = pow(rng.randrange(2, n - 1), odd, n), odd
        while x not in (1, n - 1) and power * 2 < n - 1:
            x, power = x * x % n, power * 2
        if x != n - 1 and not (x == 1 and power == odd):
            return False
    return True
