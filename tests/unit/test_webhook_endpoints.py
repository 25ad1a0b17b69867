"""Where events go, set by the command line with and without a running box; secrets are sealed."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from appliance.__main__ import main, parser
from appliance.control import ControlServer
from appliance.errors import InvalidRequest, NotFound, StorageFailed
from appliance.services.webhooks import Webhooks
from appliance.store import outbox
from appliance.store.store import Store

NOW = datetime(2026, 2, 3, tzinfo=UTC)
URL = "https://bank.example/hook"


def opened(folder) -> Store:
    return Store.open(folder, floor_bytes=0, ballast_bytes=4096, serving=False)


@pytest.fixture
def store(tmp_path):
    store = opened(tmp_path / "data")
    yield store
    store.close()


def put(store, *, api="recspace", tenant="", url=URL, secret="", now=NOW):
    return store.database.write_blocking(lambda tx: store.webhooks.put(tx, api, tenant, url, secret, now=now))


def find(store, tenant, api="recspace", now=NOW):
    return store.database.read_blocking(lambda c: store.webhooks.find(c, api, tenant, now))


def leaves(store):
    rows = store.database.read_blocking(lambda c: c.rows("SELECT body FROM ledger_leaf ORDER BY seq"))
    return [json.loads(row[0])["action"] for row in rows]


def test_a_tenant_s_own_endpoint_goes_before_the_one_of_all(store):
    assert find(store, "bank") is None
    everybody = put(store)
    assert find(store, "bank") == everybody
    own = put(store, tenant="bank", url="https://bank.example/own")
    assert find(store, "bank") == own
    assert find(store, "other") == everybody
    assert find(store, "bank", "onboarder") is None
    assert own.id != everybody.id
    assert own.secrets != everybody.secrets
    assert own.secrets[0].startswith("whsec_")


def test_set_again_keeps_id_and_secret_unless_another_is_given(store):
    first = put(store)
    moved = put(store, url="https://bank.example/new")
    assert (moved.id, moved.secrets) == (first.id, first.secrets)
    assert moved.url == "https://bank.example/new"
    changed = put(store, secret="the bank's own")
    assert (changed.id, changed.secrets) == (first.id, ("the bank's own",))
    assert leaves(store).count("webhook.set") == 3


def test_both_secrets_are_live_for_a_while(store):
    first = put(store)
    rotated = store.database.write_blocking(lambda tx: store.webhooks.rotate(tx, first.id, now=NOW))
    assert rotated.secrets[1:] == first.secrets
    assert rotated.old_until == "2026-02-04T00:00:00.000Z"
    assert find(store, "bank", now=NOW + timedelta(hours=23.9)).secrets == rotated.secrets
    later = find(store, "bank", now=NOW + timedelta(hours=24))
    assert (later.secrets, later.old_until) == (rotated.secrets[:1], "")
    ended = store.database.write_blocking(lambda tx: store.webhooks.rotate(tx, first.id, hours=0, now=NOW))
    assert len(ended.secrets) == 1
    with pytest.raises(NotFound):
        store.database.write_blocking(lambda tx: store.webhooks.rotate(tx, "whe_none"))


@pytest.mark.parametrize(
    "wrong",
    [
        {"api": "deepidv"},
        {"url": ""},
        {"url": "ftp://a.example"},
        {"secret": "short"},
        {"secret": "x" * 257},
        {"secret": "with\nline break"},
    ],
)
def test_what_is_no_endpoint_is_refused(store, wrong):
    with pytest.raises(InvalidRequest):
        put(store, **wrong)
    assert leaves(store).count("webhook.set") == 0


def test_no_secret_lies_on_disk_in_clear(store):
    secret = put(store, secret="a canary secret").secrets[0]
    store.database.write_blocking(lambda tx: store.webhooks.rotate(tx, find(store, "").id))
    store.close()
    files = [file.read_bytes() for file in store.folder.path.rglob("*") if file.is_file()]
    assert files
    assert not any(secret.encode() in data or b"whsec_" in data for data in files)


def test_allowances(store):
    write = store.database.write_blocking
    for entry in ("Bank.example:8443", "10.0.0.0/8", "bank.example:8443"):
        write(lambda tx, e=entry: store.webhooks.allow(tx, e))
    known = store.database.read_blocking(store.webhooks.allowed)
    assert [str(one) for one in known] == ["10.0.0.0/8", "bank.example:8443"]
    write(lambda tx: store.webhooks.disallow(tx, "10.9.9.9/8"))
    assert [str(one) for one in store.database.read_blocking(store.webhooks.allowed)] == ["bank.example:8443"]
    with pytest.raises(NotFound):
        write(lambda tx: store.webhooks.disallow(tx, "10.0.0.0/8"))
    with pytest.raises(InvalidRequest):
        write(lambda tx: store.webhooks.allow(tx, "*"))


def test_an_event_is_queued_where_somebody_wants_to_know(store):
    tell = Webhooks(store.webhooks).tell
    body = {"event": "masking.unmasked", "mask_id": "msk_1"}

    def told(tenant, **more):
        return store.database.write_blocking(
            lambda tx: tell(tx, "recspace", tenant, stream=tenant, body=body, **more)
        )

    assert told("bank") is None
    everybody = put(store)
    assert told("bank").startswith("msg_")
    assert told("bank", url="https://elsewhere.example/x")
    with pytest.raises(InvalidRequest):
        told("bank", url="elsewhere")
    waiting = {
        lane: store.database.read_blocking(
            lambda c, at=lane: outbox.due(c, at, NOW + timedelta(days=9999), 9)
        )
        for lane in store.database.read_blocking(outbox.lanes)
    }
    assert list(waiting) == ["https://elsewhere.example:443", everybody.id]
    (event,) = (one.event for one in waiting[everybody.id])
    said = b'{"event":"masking.unmasked","mask_id":"msk_1"}'
    assert b"msk_1" not in event.payload, "it may name a customer, so it waits sealed"
    assert store.webhooks.open_event(event.payload, "bank", "bank") == said
    for tenant, stream in (("other", "bank"), ("bank", "other")):
        with pytest.raises(StorageFailed):
            store.webhooks.open_event(event.payload, tenant, stream)
    assert store.webhooks.open_event(said, "bank", "bank") == said, "as earlier releases queued it"
    assert (event.type, event.target, event.endpoint) == ("masking.unmasked", "", everybody.id)


def test_a_secret_without_an_address_gets_no_events(store):
    put(store, api="onboarder", url="")
    tell = Webhooks(store.webhooks).tell
    body = {"event": "session.created"}
    assert store.database.write_blocking(lambda tx: tell(tx, "onboarder", "t", stream="s", body=body)) is None


# -- the command line ------------------------------------------------------------------------------


def run(folder, *arguments: str) -> int:
    return main(["webhook", *arguments, "--data", str(folder)])


@pytest.mark.parametrize("running", [True, False])
def test_the_command_line(tmp_path, capsys, running):
    folder = tmp_path / "data"
    store = opened(folder)
    key = store.database.write_blocking(lambda tx: store.credentials.create(tx, "recspace", "Bank"))
    tenant = store.credentials.authenticate(key.secret, "recspace").tenant
    server = ControlServer(store) if running else None
    if not running:
        store.close()

    def said(*arguments: str) -> str:
        assert run(folder, *arguments) == 0, capsys.readouterr().err
        return capsys.readouterr().out

    made = json.loads(said("set", "--api", "recspace", "--url", URL, "--json"))
    assert list(made) == ["url", "secret"]
    own = json.loads(
        said(
            "set",
            "--api",
            "recspace",
            "--url",
            URL + "/2",
            "--secret",
            "topsecret",
            "--key",
            key.id,
            "--json",
        )
    )
    assert own == {"url": URL + "/2", "secret": "topsecret"}
    assert made["secret"] in said("set", "--api", "recspace", "--url", URL)
    rotated = json.loads(said("rotate", "--api", "recspace", "--json"))
    assert rotated["secret"] != made["secret"]
    assert "127.0.0.1:9000 may be called" in said("allow", "127.0.0.1:9000")
    said("allow", "10.0.0.0/8")
    said("disallow", "10.0.0.0/8")
    listed = said("list", "--json")
    known = json.loads(listed)
    assert known["allowed"] == ["127.0.0.1:9000"]
    assert [one["tenant"] for one in known["endpoints"]] == ["", tenant]
    assert "topsecret" not in listed
    assert "whsec_" not in listed
    assert "127.0.0.1:9000" in said("list")
    assert json.loads(said("dead", "--json")) == []
    assert "0 in the queue" in said("resend", "all")
    for wrong in (
        ("set", "--api", "recspace", "--url", "nowhere"),
        ("set", "--api", "recspace", "--url", URL, "--key", "cred_none"),
        ("set", "--api", "onboarder", "--url", URL, "--key", key.id),
        ("rotate", "--api", "onboarder"),
        ("rotate", "--api", "recspace", "--hours", "721"),
        ("resend", "msg_none"),
        ("allow", "http://x"),
        ("disallow", "10.0.0.0/8"),
    ):
        assert run(folder, *wrong) == 1, wrong
        assert capsys.readouterr().err.startswith("kycbox: ")
    if server:
        server.close()
        store.close()


@pytest.mark.parametrize(
    ("url", "allowed", "hint"),
    [
        ("https://bank.example/", "", False),
        ("http://bank.example/", "", True),
        ("http://bank.example/", "bank.example", False),
        ("http://bank.example/", "10.0.0.0/8", False),  # its address is not known yet
        ("https://10.0.0.1/", "", True),
        ("https://10.0.0.1/", "10.0.0.0/8", False),
        ("http://127.0.0.1:9/", "127.0.0.1", True),
        ("http://127.0.0.1:9/", "127.0.0.1:9", False),
    ],
)
def test_whoever_sets_an_address_hears_that_it_is_not_allowed_yet(tmp_path, capsys, url, allowed, hint):
    folder = tmp_path / "data"
    if allowed:
        assert run(folder, "allow", allowed) == 0
    assert run(folder, "set", "--api", "recspace", "--url", url, "--json") == 0
    assert ("kycbox webhook allow" in capsys.readouterr().err) is hint


def test_dead_letters_are_shown_and_sent_again(tmp_path, capsys):
    store = opened(tmp_path / "data")
    event = outbox.Event("recspace", "bank", "s", "kyc.failed", "https://a.example/", b"{}")
    ids = [store.database.write_blocking(lambda tx: outbox.enqueue(tx, event, now=NOW)) for _ in range(3)]
    for identity in ids:
        store.database.write_blocking(lambda tx, i=identity: outbox.give_up(tx, i, NOW, "http_410"))
    store.close()
    folder = tmp_path / "data"
    assert run(folder, "dead") == 0
    shown = capsys.readouterr().out
    assert all(identity in shown for identity in ids)
    assert "http_410" in shown
    assert run(folder, "resend", ids[1]) == 0
    assert run(folder, "resend", "all") == 0
    assert capsys.readouterr().out.splitlines() == ["1 in the queue again", "2 in the queue again"]
    store = opened(folder)
    assert store.database.read_blocking(outbox.waiting) == 3
    assert leaves(store).count("webhook.resend") == 3
    store.close()


def test_the_fixed_command_line_parses():
    given = parser().parse_args(
        ["webhook", "set", "--api", "recspace", "--url", "u", "--secret", "s", "--key", "k", "--json"]
    )
    assert (given.api, given.url, given.secret, given.key, given.json) == ("recspace", "u", "s", "k", True)
