"""Who answers a request, as a table; and under which names and for whose pages the screens are shown."""

from contextlib import asynccontextmanager

import pytest

from appliance.api.mount import Mount
from appliance.api.origin import is_same_origin
from appliance.dispatch import Own, choose, host_name, is_own_name


async def nowhere(scope, receive, send):
    raise AssertionError


@asynccontextmanager
async def nothing():
    yield


def mount(dialect, roots, host, header):
    return Mount(dialect, nowhere, nothing, roots, frozenset({host}), lambda h: h.get(header, ""), 1000)


ONE = mount("one", ("/v1",), "api.one.example", "x-api-key")
TWO = mount("two", ("/check", "/v1x"), "api.two.example", "x-two")


@pytest.mark.parametrize(
    ("path", "headers", "target", "handed", "prefix"),
    [
        ("/", {}, Own.HOME, "/", ""),
        ("/admin", {}, Own.UI, "/admin", ""),
        ("/kiosk/x", {"x-api-key": "k"}, Own.UI, "/kiosk/x", ""),
        ("/_nicegui_ws/socket.io", {}, Own.UI, "/_nicegui_ws/socket.io", ""),
        ("/_nicegui/3.18.0/x.js", {}, Own.UI, "/_nicegui/3.18.0/x.js", ""),
        ("/-/healthz", {"host": "api.one.example"}, Own.BOX, "/-/healthz", ""),
        ("/favicon.ico", {}, Own.BOX, "/favicon.ico", ""),
        ("/d/one/v1/x", {}, ONE, "/v1/x", "/d/one"),
        ("/d/one", {}, ONE, "/", "/d/one"),
        ("/d/onerous", {}, Own.BOX, "/d/onerous", ""),
        ("/d/two/v1/x", {"host": "api.one.example", "x-api-key": "k"}, TWO, "/v1/x", "/d/two"),
        ("/d/three/x", {"x-api-key": "k"}, Own.BOX, "/d/three/x", ""),
        ("/check", {"host": "API.ONE.example:8080"}, ONE, "/check", ""),
        ("/check", {"host": "10.0.0.1:8080"}, TWO, "/check", ""),
        ("/v1/nothing", {}, ONE, "/v1/nothing", ""),
        ("/v1", {}, ONE, "/v1", ""),
        ("/v1x", {}, TWO, "/v1x", ""),
        ("/v12", {}, Own.BOX, "/v12", ""),
        ("/nothing", {"x-two": "k"}, TWO, "/nothing", ""),
        ("/nothing", {}, Own.BOX, "/nothing", ""),
        ("//v1/x", {}, Own.BOX, "//v1/x", ""),
        ("*", {}, Own.BOX, "*", ""),
    ],
)
def test_choice(path, headers, target, handed, prefix):
    choice = choose(path, headers, [ONE, TWO])
    assert (choice.target, choice.path, choice.prefix) == (target, handed, prefix)


@pytest.mark.parametrize(
    ("host", "name", "own"),
    [
        ("localhost:8080", "localhost", True),
        ("127.0.0.1", "127.0.0.1", True),
        ("192.168.1.20:8443", "192.168.1.20", True),
        ("[::1]:8080", "::1", True),
        ("Box.local:8443", "box.local", True),
        ("evil.example", "evil.example", False),
        ("127.0.0.1.evil.example", "127.0.0.1.evil.example", False),
        ("", "", False),
    ],
)
def test_names_of_the_box(host, name, own):
    assert host_name({"host": host}) == name
    assert is_own_name(name, {"box.local"}) is own


@pytest.mark.parametrize(
    ("origin", "scheme", "same"),
    [
        ("http://box.local:8080", "http", True),
        ("HTTP://BOX.local:8080", "ws", True),
        ("https://box.local:8080", "https", True),
        ("https://box.local:8080", "http", True),  # behind a proxy that takes TLS off
        ("http://box.local:8080", "https", False),
        ("HTTP://box.local:8080", "wss", False),
        ("http://box.local", "http", False),
        ("http://evil.example", "http", False),
        ("null", "http", False),
        ("", "http", False),
    ],
)
def test_origin(origin, scheme, same):
    assert is_same_origin(origin, "box.local:8080", scheme) is same
