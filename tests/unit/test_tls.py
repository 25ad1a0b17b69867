"""The box's own authority: what it vouches for, and when it renews."""

import datetime as dt
import ssl
import stat
from pathlib import Path

import pytest
from cryptography import x509

from appliance import tls
from appliance.errors import ConfigInvalid

NOW = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)
NAMES = ("localhost", "127.0.0.1", "branch-7.local", "192.168.4.20")


def test_a_client_that_trusts_the_authority_accepts_the_certificate(tmp_path: Path) -> None:
    made = tls.ensure(tmp_path / "tls", NAMES, dt.datetime.now(dt.UTC))
    server, client = (
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER),
        ssl.create_default_context(cafile=made.authority),
    )
    server.load_cert_chain(made.chain, made.key)
    for name in NAMES:
        assert handshake(server, client, name)
    with pytest.raises(ssl.SSLCertVerificationError):
        handshake(server, client, "branch-8.local")


def handshake(server: ssl.SSLContext, client: ssl.SSLContext, name: str) -> bool:
    """TLS in memory: no socket."""
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    near = client.wrap_bio(to_client, to_server, server_hostname=name)
    far = server.wrap_bio(to_server, to_client, server_side=True)
    done = {near: False, far: False}
    for _ in range(10):
        for end in (near, far):
            try:
                end.do_handshake()
                done[end] = True
            except ssl.SSLWantReadError:
                continue
    return all(done.values())


def test_an_address_that_is_not_listened_on_does_not_matter(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(tls, "_addresses", lambda: ["203.0.113.9"])
    names = tls.local_names("192.168.4.20")
    assert "203.0.113.9" not in names
    assert tls.ensure(tmp_path, names, NOW).chain.exists()
    with pytest.raises(ConfigInvalid):  # listened on too
        tls.ensure(tmp_path, tls.local_names("0.0.0.0"), NOW)


def test_private_keys_are_for_their_owner_only(tmp_path: Path) -> None:
    tls.ensure(tmp_path, NAMES, NOW)
    for key in ("ca.key", "box.key"):
        assert stat.S_IMODE((tmp_path / key).stat().st_mode) == 0o600


def test_a_second_start_keeps_the_authority_and_the_certificate(tmp_path: Path) -> None:
    first = tls.ensure(tmp_path, NAMES, NOW)
    before = first.chain.read_bytes()
    second = tls.ensure(tmp_path, NAMES, NOW + dt.timedelta(days=100))
    assert second.fingerprint == first.fingerprint
    assert second.chain.read_bytes() == before


@pytest.mark.parametrize(
    ("names", "days"), [(NAMES, 380), ((*NAMES, "10.1.2.3"), 1)], ids=["expiring", "another address"]
)
def test_a_new_certificate_comes_from_the_same_authority(
    tmp_path: Path, names: tuple[str, ...], days: int
) -> None:
    first = tls.ensure(tmp_path, NAMES, NOW)
    before = first.chain.read_bytes()
    second = tls.ensure(tmp_path, names, NOW + dt.timedelta(days=days))
    assert second.chain.read_bytes() != before
    assert second.fingerprint == first.fingerprint


def test_the_authority_cannot_vouch_for_the_internet(tmp_path: Path) -> None:
    made = tls.ensure(tmp_path, NAMES, NOW)
    authority = x509.load_pem_x509_certificate(made.authority.read_bytes())
    limits = authority.extensions.get_extension_for_class(x509.NameConstraints)
    assert limits.critical
    names = limits.value.permitted_subtrees or []
    assert "com" not in {n.value for n in names if isinstance(n, x509.DNSName)}
    for public in ("8.8.8.8", "bank.example.com"):
        with pytest.raises(ConfigInvalid, match="private network"):
            tls.ensure(tmp_path, (*NAMES, public), NOW)


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("127.0.0.1", True),
        ("::1", True),
        ("localhost", True),
        ("0.0.0.0", False),
        ("192.168.1.4", False),
        ("box", False),
    ],
)
def test_loopback_is_told_from_the_network(host: str, expected: bool) -> None:
    assert tls.is_loopback(host) is expected
