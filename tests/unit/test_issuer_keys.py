"""Certificates of authorities: installed, listed, removed, sealed on disk, with and without a running box."""

import datetime as dt
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

from appliance.__main__ import main
from appliance.control import ControlServer
from appliance.errors import Conflict, InvalidRequest, NotFound, StorageFailed
from appliance.store.issuer_keys import MOST, read_certificate
from appliance.store.store import Store
from tests.specimen import secure_qr

FLOOR = 1


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store.open(tmp_path / "data", floor_bytes=FLOOR, ballast_bytes=0)
    yield store
    store.close()


def certificate(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey, number: int = 1) -> bytes:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"Authority {number}")])
    start = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
    builder = x509.CertificateBuilder().issuer_name(name).subject_name(name).serial_number(number)
    builder = builder.public_key(key.public_key()).not_valid_before(start)
    made = builder.not_valid_after(start + dt.timedelta(days=100)).sign(key, hashes.SHA256())
    return made.public_bytes(serialization.Encoding.DER)


def leaves(store: Store) -> list[str]:
    rows = store.database.read_blocking(lambda c: c.rows("SELECT body FROM ledger_leaf ORDER BY seq"))
    return [row[0].decode() for row in rows if b"issuer_key" in row[0]]


def replace_rows(path: Path, row: tuple[str, bytes, str]) -> None:
    with sqlite3.connect(path) as raw:
        raw.execute("DELETE FROM issuer_key")
        raw.execute("INSERT INTO issuer_key VALUES (?, ?, ?)", row)
    raw.close()


def test_a_certificate_is_installed_listed_and_removed(store: Store):
    pem = secure_qr.certificate()
    assert store.issuer_keys.all() == ()
    added = store.database.write_blocking(store.issuer_keys.add(pem))
    assert store.issuer_keys.all() == (added,)
    assert added == read_certificate(pem)
    assert (added.issuer, added.name) == ("uidai", "DS Specimen Issuer issuer")
    assert (added.not_before, added.not_after) == (dt.date(2021, 1, 1), dt.date(2024, 1, 1))
    gone = store.database.write_blocking(store.issuer_keys.remove(added.fingerprint[:8].upper()))
    assert gone == added
    assert store.issuer_keys.all() == ()
    first, second = leaves(store)
    assert '"action":"issuer_key.add"' in first
    assert f'"object":"{added.fingerprint}"' in first
    assert '"action":"issuer_key.remove"' in second


def test_pem_and_der_are_the_same_certificate(store: Store):
    pem = secure_qr.certificate()
    der = x509.load_pem_x509_certificate(pem).public_bytes(serialization.Encoding.DER)
    assert read_certificate(pem) == read_certificate(der)
    store.database.write_blocking(store.issuer_keys.add(pem))
    with pytest.raises(Conflict):
        store.database.write_blocking(store.issuer_keys.add(der))
    assert len(store.issuer_keys.all()) == len(leaves(store)) == 1


def test_certificates_outlive_a_restart(tmp_path: Path):
    first = Store.open(tmp_path / "data", floor_bytes=FLOOR, ballast_bytes=0)
    added = first.database.write_blocking(first.issuer_keys.add(secure_qr.certificate()))
    first.close()
    second = Store.open(tmp_path / "data", floor_bytes=FLOOR, ballast_bytes=0, serving=False)
    assert second.issuer_keys.all() == (added,)
    second.close()


def test_a_row_that_was_changed_or_put_there_is_noticed(tmp_path: Path):
    store = Store.open(tmp_path / "data", floor_bytes=FLOOR, ballast_bytes=0)
    store.database.write_blocking(store.issuer_keys.add(secure_qr.certificate()))
    path = store.database.path
    store.close()
    with sqlite3.connect(path) as raw:
        name, sealed, added = raw.execute("SELECT * FROM issuer_key").fetchone()
    raw.close()
    flipped = sealed[:30] + bytes([sealed[30] ^ 1]) + sealed[31:]
    for changed in ((name, flipped, added), ("a" * 64, sealed, added)):
        replace_rows(path, changed)
        with pytest.raises(StorageFailed, match="changed on disk"):
            Store.open(tmp_path / "data", floor_bytes=FLOOR, ballast_bytes=0)
    replace_rows(path, (name, sealed, added))
    Store.open(tmp_path / "data", floor_bytes=FLOOR, ballast_bytes=0).close()


def test_what_is_no_certificate_is_refused():
    pem = secure_qr.certificate()
    for data in (b"", b"x", b"\x30\x82\x01", pem[:200], b"\0" * 5000, b"-----BEGIN CERTIFICATE-----"):
        with pytest.raises(InvalidRequest, match="not a certificate"):
            read_certificate(data)
    with pytest.raises(InvalidRequest, match="several"):
        read_certificate(pem + pem)
    with pytest.raises(InvalidRequest, match="too large"):
        read_certificate(pem * 100)
    with pytest.raises(InvalidRequest, match="not RSA"):
        read_certificate(certificate(ec.generate_private_key(ec.SECP256R1())))
    with pytest.raises(InvalidRequest, match="2048"):
        read_certificate(certificate(rsa.generate_private_key(65537, 1024)))


def test_removing_names_one(store: Store):
    with pytest.raises(NotFound):
        store.database.write_blocking(store.issuer_keys.remove("ab"))
    key = secure_qr.key()
    for number in range(1, 20):
        store.database.write_blocking(store.issuer_keys.add(certificate(key, number)))
    with pytest.raises(NotFound):
        store.database.write_blocking(store.issuer_keys.remove(""))
    firsts = [one.fingerprint[0] for one in store.issuer_keys.all()]
    shared = next(first for first in firsts if firsts.count(first) > 1)  # 19 certificates, 16 digits
    with pytest.raises(Conflict):
        store.database.write_blocking(store.issuer_keys.remove(shared))
    assert len(store.issuer_keys.all()) == 19


def test_there_is_a_bound(store: Store):
    key = secure_qr.key()
    for number in range(1, MOST + 1):
        store.database.write_blocking(store.issuer_keys.add(certificate(key, number)))
    with pytest.raises(Conflict):
        store.database.write_blocking(store.issuer_keys.add(certificate(key, MOST + 1)))


@pytest.mark.parametrize("running", [True, False])
def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str], running: bool):
    file = tmp_path / "one.cer"
    file.write_bytes(secure_qr.certificate())
    where = ["--data", str(tmp_path / "data")]
    store = Store.open(tmp_path / "data", floor_bytes=FLOOR, ballast_bytes=0) if running else None
    server = ControlServer(store) if store else None
    try:
        assert main(["issuer", "add", str(file), *where]) == 0
        fingerprint = read_certificate(file.read_bytes()).fingerprint
        assert fingerprint.upper() in capsys.readouterr().out.replace(":", "")
        if store:
            assert [key.fingerprint for key in store.issuer_keys.all()] == [fingerprint]
        assert main(["issuer", "list", *where]) == 0
        assert "DS Specimen Issuer issuer" in capsys.readouterr().out
        assert main(["issuer", "add", str(file), *where]) == 1
        assert "installed already" in capsys.readouterr().err
        assert main(["issuer", "add", str(tmp_path / "none"), *where]) == 1
        assert main(["issuer", "remove", fingerprint[:10], *where]) == 0
        capsys.readouterr()
        assert main(["issuer", "list", "--json", *where]) == 0
        assert capsys.readouterr().out == "[]\n"
    finally:
        if server and store:
            server.close()
            store.close()
