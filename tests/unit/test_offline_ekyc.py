"""Offline e-KYC files: opened, verified, changed, forged, hostile; and the command."""

import hashlib
import io
import json
import random
import time
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from appliance.__main__ import main
from appliance.domain.document import EvidenceKind
from appliance.domain.issuer_key import IssuerKey
from appliance.errors import EkycRefused
from appliance.services import offline_ekyc
from appliance.services.offline_ekyc import OfflineEkyc
from appliance.store.issuer_keys import read_certificate
from tests.specimen import ekyc_file, secure_qr

NOW = datetime(2025, 11, 21, 12, 0, tzinfo=UTC)
CODE = "Ab@1"
FIELDS = {
    "full_name": "Ravi Kumar",
    "date_of_birth": "1998-02-27",
    "sex": "M",
    "document_number": "XXXXXXXX1234",
    "address": "S/O: Sanjay Kumar, 12, Ward 32, Saharsa, Kahra, Bihar, 852201",
    "issuing_country": "IND",
    "father_name": "Sanjay Kumar",
}


@pytest.fixture(scope="module")
def keys() -> list[IssuerKey]:
    return [read_certificate(secure_qr.certificate("another")), read_certificate(secure_qr.certificate())]


@pytest.fixture(scope="module")
def signed() -> bytes:
    return ekyc_file.signed(ekyc_file.xml())


def read(data: bytes, keys: list[IssuerKey], code: str = "") -> OfflineEkyc:
    return offline_ekyc.read(data, code, keys, NOW)


@pytest.mark.parametrize("packed", [ekyc_file.old_zip, ekyc_file.aes_zip])
def test_both_ways_of_encrypting_are_read(
    packed: Callable[[bytes, str], bytes], signed: bytes, keys: list[IssuerKey]
):
    found = read(packed(signed, CODE), keys, CODE)
    assert found.evidence.kind == EvidenceKind.AADHAAR_OFFLINE_XML
    assert (found.evidence.verified, found.evidence.key, found.evidence.reason) == (
        True,
        "DS Specimen Issuer issuer",
        "",
    )
    assert found.evidence.fields == FIELDS
    assert found.evidence.issued_at == "2025-11-01T10:10:10.123+05:30"
    assert found.age_days == 20
    assert found.last_digit == 4
    assert found.evidence.photo.startswith(b"\xff\xd8\xff")
    assert "Ravi" not in repr(found)
    assert CODE not in repr(found)


@pytest.mark.parametrize("packed", [ekyc_file.old_zip, ekyc_file.aes_zip])
def test_wrong_share_codes_are_refused(
    packed: Callable[[bytes, str], bytes], signed: bytes, keys: list[IssuerKey]
):
    data = packed(signed, CODE)
    for wrong in ["ab@1", "1234", "Ab@1 ", "\u0905", "x" * 60, *map(str, range(300))]:
        with pytest.raises(EkycRefused, match="share code does not open"):
            read(data, keys, wrong)
    with pytest.raises(EkycRefused, match="needs its share code"):
        read(data, keys, "")
    with pytest.raises(EkycRefused, match="too long"):
        read(data, keys, "x" * 65)


@pytest.mark.parametrize(
    "method",
    ["sha1", "sha256", "sha512"],
)
def test_signature_methods(method: str, keys: list[IssuerKey]):
    assert read(ekyc_file.signed(ekyc_file.xml(), method=method), keys).evidence.verified is True


def test_a_sha_1_digest_of_the_content_is_not_believed(keys: list[IssuerKey]):
    data = ekyc_file.signed(ekyc_file.xml(), digest="sha1")
    assert read(data, keys).evidence.verified is False


def test_the_certificate_inside_proves_nothing(signed: bytes):
    other = [read_certificate(secure_qr.certificate("another"))]
    found = read(signed, other)
    assert (found.evidence.verified, found.evidence.key) == (False, "")
    assert found.evidence.reason == "no installed certificate of UIDAI verifies its signature"
    assert "kycbox issuer add" in read(signed, []).evidence.reason


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"Ravi Kumar", b"Ravj Kumar"),
        (b"27-02-1998", b"27-02-1999"),
        (b"1234202511", b"1234202512"),
        (b"852201", b"852202"),
        (b"<Pht>/9j/", b"<Pht>/9j+"),
        (b"<UidData>", b"<UidData> "),
    ],
)
def test_what_was_changed_after_signing_is_told(signed: bytes, keys: list[IssuerKey], old: bytes, new: bytes):
    assert signed.count(old) == 1
    found = read(signed.replace(old, new), keys)
    assert found.evidence.verified is False
    assert found.evidence.reason == "the file was changed after UIDAI signed it"


def test_a_signature_that_was_changed_or_taken_away(signed: bytes, keys: list[IssuerKey]):
    at = signed.index(b"<SignatureValue>") + 30
    changed = signed[:at] + (b"A" if signed[at : at + 1] != b"A" else b"B") + signed[at + 1 :]
    assert read(changed, keys).evidence.verified is False
    assert read(ekyc_file.xml(), keys).evidence.verified is False


def test_a_signature_wrapped_around_another_holder_is_not_believed(signed: bytes, keys: list[IssuerKey]):
    forged = ekyc_file.xml().replace(b"Ravi Kumar", b"Mallory X")
    signature = signed[signed.index(b"<Signature") : signed.index(b"</Signature>") + 12]
    inner = signed[signed.index(b"<OfflinePaperlessKyc") :]
    for wrapped in (
        forged.replace(b"</OfflinePaperlessKyc>", signature + b"</OfflinePaperlessKyc>"),
        forged.replace(b"</UidData>", b"</UidData><Object>" + inner + b"</Object>"),
        forged.replace(b"</UidData>", b"</UidData>" + inner + signature),
    ):
        found = read(wrapped, keys)
        assert found.evidence.verified is False or found.evidence.fields["full_name"] == "Ravi Kumar"
        assert found.evidence.verified is False


def test_mobile_numbers_and_e_mails_are_compared_by_their_hashes(keys: list[IssuerKey]):
    mobile = "9800000002" + CODE
    for _ in range(4):  # the Aadhaar number ends in 4
        mobile = hashlib.sha256(mobile.encode()).hexdigest()
    email = hashlib.sha256(b"ravi@example.org").hexdigest()
    data = ekyc_file.signed(ekyc_file.xml(mobile=mobile.upper(), email=email))
    found = read(ekyc_file.aes_zip(data, CODE), keys, CODE)
    assert found.is_mobile("9800000002")
    assert found.is_mobile("+91 98000-00002")
    assert not found.is_mobile("9800000003")
    assert not found.is_mobile("")
    assert found.is_email("ravi@example.org")
    assert found.is_email(" Ravi@Example.org ")
    assert not found.is_email("ravi@example.com")
    assert not found.is_email("")
    assert not read(data, keys).is_mobile("9800000002")  # without its share code


def test_no_hash_matches_nothing(signed: bytes, keys: list[IssuerKey]):
    found = read(signed, keys)
    assert not found.is_mobile("9800000002")
    assert not found.is_email("")


def test_age_is_unknown_where_the_file_does_not_tell(keys: list[IssuerKey]):
    found = read(ekyc_file.signed(ekyc_file.xml(reference="")), keys)
    assert (found.evidence.verified, found.age_days, found.last_digit) == (True, None, None)
    assert "document_number" not in found.evidence.fields


def zipped(*members: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return stream.getvalue()


HOSTILE = {
    "nothing": (b"", "not XML"),
    "no XML": (b"hello", "not XML"),
    "other XML": (b"<a/>", "root"),
    "document type": (b"<!DOCTYPE a [<!ENTITY b 'c'>]><OfflinePaperlessKyc/>", "document type"),
    "document type, UTF-16": ("<!DOCTYPE a><OfflinePaperlessKyc/>".encode("utf-16"), "not XML"),
    "UTF-16": ('<?xml version="1.0" encoding="UTF-16"?><OfflinePaperlessKyc/>'.encode("utf-16"), "not XML"),
    "NUL": (b"<OfflinePaperlessKyc>\0</OfflinePaperlessKyc>", "not XML"),
    "too large": (b"x" * (3 << 20), "too large"),
    "deep": (b"<OfflinePaperlessKyc>" + b"<a>" * 5000, "not XML"),
    "ZIP, empty": (zipped(), "not XML"),
    "ZIP, cut": (zipped(("a.xml", b"<a/>"))[:40], "does not open"),
    "ZIP without XML": (zipped(("a.txt", b"x")), "must hold one XML"),
    "ZIP of two": (zipped(("a.xml", b"x"), ("b.xml", b"y")), "must hold one XML"),
    "ZIP of many": (zipped(*((f"{n}.txt", b"") for n in range(2000)), ("a.xml", b"y")), "must hold one XML"),
    "bomb": (zipped(("a.xml", b"<a>" + bytes(200_000_000))), "too large"),
    "LZMA": (zipped(("a.xml", b"<a/>"), method=zipfile.ZIP_LZMA), "by a method"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_files_are_refused(name: str, keys: list[IssuerKey]):
    data, reason = HOSTILE[name]
    start = time.process_time()
    with pytest.raises(EkycRefused, match=reason):
        read(data, keys, "1234")
    assert time.process_time() - start < 0.5


def test_a_bomb_that_lies_about_its_size(keys: list[IssuerKey]):
    data = zipped(("a.xml", b"<OfflinePaperlessKyc>" + b" " * 60_000_000))
    lie = (60_000_021).to_bytes(4, "little")
    assert data.count(lie) == 2
    with pytest.raises(EkycRefused):
        read(data.replace(lie, (1000).to_bytes(4, "little")), keys)


def test_changed_files_are_refused_or_not_verified(signed: bytes, keys: list[IssuerKey]):
    rng = random.Random(5)
    for whole, code in ((ekyc_file.old_zip(signed, CODE), CODE), (signed, "")):
        for _ in range(60):
            data = bytearray(whole)
            for _ in range(3):
                data[rng.randrange(len(data))] = rng.randrange(256)
            try:
                found = read(bytes(data), keys, code)
            except EkycRefused:
                continue
            assert found.evidence.verified is False or found.evidence.fields == FIELDS


def test_the_command(tmp_path: Path, signed: bytes, capsys: pytest.CaptureFixture[str]):
    file, code, cer = tmp_path / "a.zip", tmp_path / "code", tmp_path / "a.cer"
    file.write_bytes(ekyc_file.old_zip(signed, CODE))
    code.write_text(CODE + "\n")
    cer.write_bytes(secure_qr.certificate())
    where = ["--data", str(tmp_path / "data")]
    asked = ["ekyc", str(file), "--share-code-file", str(code), *where]
    assert main(asked) == 1
    assert "kycbox issuer add" in capsys.readouterr().out
    assert main(["issuer", "add", str(cer), *where]) == 0
    capsys.readouterr()
    assert main([*asked, "--json", "--mobile-file", str(code)]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["verified"], told["key"], told["mobile_is_holders"]) == (
        True,
        "DS Specimen Issuer issuer",
        False,
    )
    assert told["fields"] == FIELDS
    assert main(["ekyc", str(file), *where]) == 1
    assert "needs its share code" in capsys.readouterr().err
    assert main(["ekyc", str(tmp_path / "none"), *where]) == 1
