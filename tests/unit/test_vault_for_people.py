"""What an operator and a customer may do to single records of the vault, each on record."""

import json
from types import SimpleNamespace

import pytest

from appliance.__main__ import main
from appliance.domain.credential import Principal
from appliance.domain.retention import DAY, LAW_DAYS, Retention
from appliance.errors import Conflict, Forbidden, InvalidRequest, NotFound
from appliance.services import admin
from appliance.services.audit import Audit
from appliance.services.call import Caller
from appliance.services.metrics import Metrics
from appliance.services.vault_records import erase_masked, find_masked
from appliance.store.store import Store

PAN = "ABCPE1234F"


@pytest.fixture
def store(tmp_path):
    store = Store.open(tmp_path / "data", floor_bytes=0, ballast_bytes=0)
    yield store
    store.close()


def put(store, expires=2**40, found_by=()):
    effect, identity = store.vault.put("bank", {"": b"{}"}, "kyc", expires=expires, found_by=found_by)
    store.database.write_blocking(effect)
    return identity


def run(store, verb, **given):
    return admin.run(store, f"vault.{verb}", given, None)


def leaves(store):
    rows = store.database.read_blocking(lambda c: c.rows("SELECT body FROM ledger_leaf ORDER BY seq"))
    bodies = [json.loads(row[0]) for row in rows]
    return [
        (one["action"], one["outcome"], one["object"])
        for one in bodies
        if one["action"].split(".")[0] in ("vault", "masking")
    ]


def test_holding_releasing_and_erasing(store):
    identity = put(store)
    assert run(store, "hold", id=identity, reference="case 12/2026") == {
        "id": identity,
        "hold": "case 12/2026",
    }
    assert run(store, "status") == {
        "records": {"masking": 1}, "held": 1, "due": 0, "key": 1, "wrapped_by_older_keys": 0,
    }  # fmt: skip
    with pytest.raises(Conflict):
        run(store, "erase", id=identity)
    run(store, "hold", id=identity, reference="")
    run(store, "erase", id=identity)
    for verb in ("erase", "hold"):
        with pytest.raises(NotFound):
            run(store, verb, id=identity, reference="x")
    assert leaves(store) == [
        ("vault.hold", "ok", identity), ("vault.release", "ok", identity), ("masking.erase", "ok", identity),
    ]  # fmt: skip


@pytest.mark.parametrize("reference", ["9876543210", "x" * 65, 7])
def test_a_reference_is_short_and_nobody(store, reference):
    with pytest.raises(InvalidRequest):
        run(store, "hold", id=put(store), reference=reference)
    assert leaves(store) == []


def test_rotating_and_believing_the_clock(store):
    put(store)
    put(store, expires=1)
    assert run(store, "rotate") == {"records": 2, "key": 2}
    store.vault_upkeep._database.write_blocking(
        lambda tx: tx.execute("INSERT INTO box_setting VALUES ('vault.clock', '[1.0, 1.0]')")
    )
    assert store.vault_upkeep.purge() == 0
    assert run(store, "believe_clock") == {"erased": 1}


def test_commands_say_what_they_did(tmp_path, capsys):
    folder = tmp_path / "data"
    store = Store.open(folder, floor_bytes=0, ballast_bytes=0)
    identity = put(store)
    store.close()

    def said(*words):
        assert main(["vault", *words, "--data", str(folder)]) == 0
        return capsys.readouterr().out

    assert said("hold", identity, "case 7") == f"{identity} is held: case 7\n"
    assert json.loads(said("status", "--json"))["held"] == 1
    assert "1 under a legal hold" in said("status")
    assert said("release", identity) == f"{identity} is held no longer\n"
    assert "wrapping key 2 is in use, 1 records" in said("rotate")
    with pytest.raises(SystemExit):
        said("keep", identity)
    assert main(["vault", "keep", identity, "2046-01-01", "--data", str(folder)]) == 1
    assert "only what the law wants" in capsys.readouterr().err
    assert said("erase", identity) == f"{identity} is erased\n"
    assert "0 records" in said("clock")


def test_what_the_law_wants_is_kept_longer_never_shorter(store):
    def put_law():
        effect, identity = store.vault.put(
            "bank", {"": b"{}"}, "v-cip", expires=store.vault.now() + LAW_DAYS * DAY, retention=Retention.LAW
        )
        store.database.write_blocking(effect)
        return identity

    identity = put_law()
    assert run(store, "keep", id=identity, until="2046-02-28") == {"id": identity, "until": "2046-02-28"}
    for wrong, error in (("2045-01-01", Conflict), ("soon", InvalidRequest), ("2046-02-30", InvalidRequest)):
        with pytest.raises(error):
            run(store, "keep", id=identity, until=wrong)
    with pytest.raises(Conflict):
        run(store, "keep", id=put(store), until="2046-02-28")
    assert leaves(store) == [("vault.keep", "ok", identity)]


# -- customers -------------------------------------------------------------------------------------------


def services_of(store):
    return SimpleNamespace(vault=store.vault, database=store.database, audit=Audit(store.database, Metrics()))


def caller(tenant="bank", scopes=()):
    return Caller(Principal("key", tenant, "recspace", frozenset(scopes), "scale"), "req")


async def test_a_customer_erases_its_own(store):
    services, identity = services_of(store), put(store)
    for by, error in ((caller("other"), NotFound), (caller(scopes=["unmask"]), Forbidden)):
        with pytest.raises(error):
            await erase_masked(services, by, identity)
    with pytest.raises(NotFound):
        await erase_masked(services, caller(), "someone@example.com")
    await erase_masked(services, caller(), identity)
    assert leaves(store) == [
        ("masking.erase", "not_found", identity),
        ("masking.erase", "forbidden", identity),
        ("masking.erase", "not_found", ""),
        ("masking.erase", "ok", identity),
    ]


async def test_a_customer_finds_its_own(store):
    services = services_of(store)
    identity = put(store, found_by=[("pan", PAN), ("email", "priya@example.com")])
    assert await find_masked(services, caller(), "pan", "abcpe 1234 f") == [identity]
    assert await find_masked(services, caller(), "email", " Priya@Example.com ") == [identity]
    assert await find_masked(services, caller("other"), "pan", PAN) == []
    with pytest.raises(InvalidRequest, match="kind"):
        await find_masked(services, caller(), "name", "x")
    with pytest.raises(Forbidden):
        await find_masked(services, caller(scopes=["ocr"]), "pan", PAN)
    assert [one[:2] for one in leaves(store)] == [
        *[("masking.find", "ok")] * 3, ("masking.find", "invalid_request"), ("masking.find", "forbidden"),
    ]  # fmt: skip
    assert PAN not in json.dumps(leaves(store))
