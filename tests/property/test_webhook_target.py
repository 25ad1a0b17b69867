"""Whatever a customer or an operator writes: an address reads one way only, or is refused."""

import contextlib
import ipaddress

import yarl
from hypothesis import example, given
from hypothesis import strategies as st

from appliance.domain.webhook_target import Target, parse_allowance, parse_target, refusal
from appliance.errors import InvalidRequest

PIECES = st.sampled_from(
    [
        "http://",
        "https://",
        "//",
        "/",
        "\\",
        "@",
        ":",
        "?",
        "#",
        ".",
        "%2f",
        "%40",
        "[",
        "]",
        "::1",
        "127.0.0.1",
        "127.1",
        "0x7f.1",
        "localhost",
        "a.example",
        "xn--a",
        "80",
        ":443",
        "\t",
        "\u3002",
        "\uff0f",
        " ",
        "a",
    ]
)
URLS = st.lists(PIECES, max_size=8).map("".join).map(lambda tail: "https://" + tail)
ADDRESSES = st.one_of(st.ip_addresses(v=4), st.ip_addresses(v=6)).map(str)


@given(st.one_of(st.text(), URLS))
@example("https://a.example\\@127.0.0.1/")
@example("https://[::1]]/")
@example("https://[fe80::A]/")
@example("HTTP://XN--B")
@example("https://xn--bcher-kva.example/")
def test_an_address_reads_one_way_or_is_refused(text):
    try:
        target = parse_target(text)
    except InvalidRequest:
        return
    path, _, query = target.path.partition("?")
    url = yarl.URL.build(
        scheme=target.scheme,
        host=f"[{target.host}]" if ":" in target.host else target.host,
        port=target.port,
        path=path,
        query_string=query,
        encoded=True,
    )
    # what is checked is what the client will ask for and connect to: it never reads xn-- as other letters
    assert (url.scheme, url.raw_host, url.port) == (target.scheme, target.host, target.port)
    assert target.host.isascii()
    assert not set(target.host) & set("@/\\?# \t")
    again = parse_target(target.origin + target.path)
    assert (again.host, again.port, again.path) == (target.host, target.port, target.path)


@given(st.one_of(st.text(), st.lists(PIECES, max_size=5).map("".join)))
def test_what_is_allowed_shows_as_it_reads_or_is_refused(text):
    with contextlib.suppress(InvalidRequest):
        allowance = parse_allowance(text)
        assert parse_allowance(str(allowance)) == allowance


@given(ADDRESSES, st.sampled_from(["http", "https"]))
def test_nothing_but_global_addresses_is_called_unasked(address, scheme):
    target = Target(scheme, "a.example", 443, "/")
    called = refusal(target, address, []) == ""
    assert not called or (ipaddress.ip_address(address).is_global and scheme == "https")


@given(st.ip_addresses(v=4))
def test_an_address_is_judged_alike_however_it_is_wrapped(address):
    target = Target("https", "a.example", 443, "/")
    plain = refusal(target, str(address), [])
    mapped = str(ipaddress.IPv6Address((0xFFFF << 32) | int(address)))
    translated = str(ipaddress.IPv6Address((0x64FF9B << 96) | int(address)))
    assert refusal(target, mapped, []) == plain
    assert refusal(target, translated, []) == plain
