"""Which targets are called: public ones over TLS, others where the operator says so, some never."""

import pytest

from appliance.domain.webhook_target import is_public, parse_allowance, parse_target, refusal
from appliance.errors import InvalidRequest

PUBLIC = parse_target("https://hooks.bank.example/kyc")
PLAIN = parse_target("http://hooks.bank.example/kyc")

NOT_PUBLIC = [
    "10.0.0.1",
    "10.255.255.255",
    "172.16.0.1",
    "172.31.9.9",
    "192.168.1.1",
    "100.64.0.1",
    "192.0.0.8",
    "192.0.2.1",
    "198.18.0.1",
    "198.51.100.7",
    "203.0.113.7",
    "fc00::1",
    "fd12:3456::1",
    "2001:db8::1",
    "::ffff:10.0.0.1",
    "64:ff9b::10.0.0.1",
    "64:ff9b::c0a8:101",
    "64:ff9b:1::1",
    "::10.0.0.1",
    "2002:0a00:0001::1",
    "2002:7f00:0001::1",
    "2001:0:4136:e378:8000:63bf:3fff:fdd2",
    "100::1",
    "192.88.99.1",
    "2001:2::1",
    "3fff::1",
    "5f00::1",
]
OWN = [
    "127.0.0.1",
    "127.8.8.8",
    "127.255.255.254",
    "::1",
    "::ffff:127.0.0.1",
    "::ffff:7f00:1",
    "64:ff9b::127.0.0.1",
    "::127.0.0.1",
    "169.254.0.1",
    "169.254.169.254",
    "::ffff:169.254.169.254",
    "fe80::1",
    "fe80::1%eth0",
]
NEVER = [
    "0.0.0.0",
    "::",
    "224.0.0.1",
    "239.255.255.250",
    "ff02::1",
    "255.255.255.255",
    "240.0.0.1",
    "::ffff:0.0.0.0",
    "::ffff:224.0.0.1",
    "64:ff9b::240.0.0.1",
]


def allowed(*entries):
    return [parse_allowance(entry) for entry in entries]


@pytest.mark.parametrize("address", ["93.184.216.34", "8.8.8.8", "2606:4700::1111", "64:ff9b::8.8.8.8"])
def test_a_public_address_is_called_over_tls_only(address):
    assert refusal(PUBLIC, address, []) == ""
    assert "TLS" in refusal(PLAIN, address, [])
    assert refusal(PLAIN, address, allowed("hooks.bank.example")) == ""
    assert is_public(address)


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_any_other_address_needs_the_operator_s_word(address):
    assert refusal(PUBLIC, address, []) != ""
    assert refusal(PUBLIC, address, allowed("other.example", "hooks.bank.example:8443")) != ""
    assert refusal(PUBLIC, address, allowed("hooks.bank.example")) == ""
    assert refusal(PLAIN, address, allowed("hooks.bank.example:80")) == ""
    assert not is_public(address)


@pytest.mark.parametrize("address", OWN)
def test_the_box_itself_and_its_link_need_a_port_too(address):
    everything = allowed("hooks.bank.example", "0.0.0.0/0", "::/0", "localhost")
    assert refusal(PUBLIC, address, everything) != ""
    assert refusal(PUBLIC, address, [*everything, *allowed("hooks.bank.example:444")]) != ""
    assert refusal(PUBLIC, address, allowed("hooks.bank.example:443")) == ""
    assert not is_public(address)


@pytest.mark.parametrize("address", NEVER)
def test_some_addresses_are_never_called(address):
    everything = allowed("hooks.bank.example:443", "0.0.0.0/0:443", "[::/0]:443")
    assert refusal(PUBLIC, address, everything) != ""


def test_a_network_is_allowed_by_address_and_port():
    inside = parse_target("http://10.1.2.3:9000/x")
    assert refusal(inside, "10.1.2.3", allowed("10.1.0.0/16")) == ""
    assert refusal(inside, "10.1.2.3", allowed("10.1.0.0/16:9000")) == ""
    assert refusal(inside, "10.1.2.3", allowed("10.1.0.0/16:9001")) != ""
    assert refusal(inside, "10.2.2.3", allowed("10.1.0.0/16")) != ""
    assert refusal(inside, "::ffff:10.1.2.3", allowed("10.1.0.0/16")) == ""
    assert refusal(parse_target("http://[fd00::5]:9/"), "fd00::5", allowed("[fd00::/8]:9")) == ""


def test_a_name_allows_no_other_name_at_its_address():
    other = parse_target("https://other.example/")
    assert refusal(other, "10.0.0.1", allowed("hooks.bank.example")) != ""


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Hooks.Bank.example", "hooks.bank.example"),
        ("hooks.bank.example:8443", "hooks.bank.example:8443"),
        ("127.0.0.1:9000", "127.0.0.1:9000"),
        ("127.0.0.1", "127.0.0.1"),
        ("10.0.0.9/8", "10.0.0.0/8"),
        ("10.0.0.0/8:443", "10.0.0.0/8:443"),
        ("::1", "::1"),
        ("[::1]:80", "[::1]:80"),
        ("[fd00::/8]:443", "[fd00::/8]:443"),
        ("fd00::/8", "fd00::/8"),
        (" localhost:1 ", "localhost:1"),
    ],
)
def test_what_is_allowed_reads_and_shows(text, shown):
    assert str(parse_allowance(text)) == shown
    assert parse_allowance(shown) == parse_allowance(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "*",
        "a b",
        "host:0",
        "host:65536",
        "host:99999",
        "http://a",
        "[name]:80",
        "10.0.0.0/40",
        "127.1",
        "0x7f.1",
        "a/8",
        "-",
    ],
)
def test_what_is_no_host_and_no_network_is_refused(text):
    with pytest.raises(InvalidRequest):
        parse_allowance(text)


@pytest.mark.parametrize(
    ("url", "parts"),
    [
        ("https://a.example", ("https", "a.example", 443, "/")),
        ("https://A.Example/x?y=%20z", ("https", "a.example", 443, "/x?y=%20z")),
        ("http://127.0.0.1:9000/hook", ("http", "127.0.0.1", 9000, "/hook")),
        ("https://[fd00::5]:8443/", ("https", "fd00::5", 8443, "/")),
        ("http://1a.2b/", ("http", "1a.2b", 80, "/")),
    ],
)
def test_addresses_that_read(url, parts):
    target = parse_target(url)
    assert (target.scheme, target.host, target.port, target.path) == parts


@pytest.mark.parametrize(
    "url",
    [
        "",
        "a.example/x",
        "ftp://a.example/",
        "file:///etc/passwd",
        "gopher://a.example/",
        "https://",
        "https:///x",
        "https://user@a.example/",
        "https://user:pass@a.example/",
        "https://a.example\\@127.0.0.1/",
        "https://a.example/#x",
        "https://a.example:0/",
        "https://a.example:99999/",
        "https://a.example:x/",
        "https://a b.example/",
        "https://a.example/\r\nX: y",
        "https://\uff41.example/",
        "https://a.example./",
        "https://-a.example/",
        "https://[::1/",
        "https://[::1]]/",
        "https://2130706433/",
        "https://127.1/",
        "https://0x7f.1/",
        "https://0x7f000001/",
        "https://017700000001/",
        "https://0/",
        "https://a.example.1/",
        "https://256.1.1.1/",
        "https://[::1]x/",
        "https://[a.example]/",
        "https://a.example:/",
        "https://a%2eexample/",
        "https://a.example/" + "x" * 2048,
    ],
)
def test_addresses_that_do_not_read(url):
    with pytest.raises(InvalidRequest):
        parse_target(url)


def test_the_origin_is_what_shares_a_fate():
    assert parse_target("https://a.example/x").origin == parse_target("https://A.example:443/y?z").origin
    assert parse_target("http://[fd00::5]/").origin == "http://[fd00::5]:80"
