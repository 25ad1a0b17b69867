"""Masking and unmasking: one effect and one leaf each, refusals on record, nothing personal in it."""

import asyncio
import json
from types import SimpleNamespace

import pytest

from appliance.config import Masking, Role, Settings
from appliance.domain.credential import Principal
from appliance.errors import Forbidden, InvalidRequest, NotFound, StorageFailed
from appliance.services.audit import Audit
from appliance.services.call import Caller
from appliance.services.mask_payload import MaskRequest, mask_payload
from appliance.services.metrics import Metrics
from appliance.services.unmask_payload import UnmaskRequest, approve_unmask, unmask_payload
from appliance.services.webhooks import Webhooks
from appliance.store import outbox
from appliance.store.idempotency import Answer, IdempotentAnswers
from appliance.store.store import Store
from appliance.store.vault_approvals import Approvals
from appliance.store.vault_upkeep import VaultUpkeep

PAYLOAD = {"user": {"name": "Priya", "pan": "ABCPE1234F", "mobile": "9876543210"}, "n": [1, 1.0, 10**25]}
DAY = 86_400


@pytest.fixture
def store(tmp_path):
    store = Store.open(tmp_path / "data", floor_bytes=0, ballast_bytes=0)
    yield store
    store.close()


def services_of(store, **masking):
    return SimpleNamespace(
        settings=Settings(masking=Masking(**masking)),
        database=store.database,
        vault=store.vault,
        approvals=Approvals(store.keys.vault_index, store.vault),
        webhooks=Webhooks(store.webhooks),
        audit=Audit(store.database, Metrics()),
    )


@pytest.fixture
def services(store):
    return services_of(store)


def caller(tenant="bank", identity="key-1", scopes=(), request_id="unm_1"):
    return Caller(Principal(identity, tenant, "recspace", frozenset(scopes), "scale"), request_id)


def leaves(store, prefix="masking."):
    rows = store.database.read_blocking(lambda c: c.rows("SELECT body FROM ledger_leaf ORDER BY seq"))
    bodies = [json.loads(row[0]) for row in rows]
    return [body for body in bodies if body["action"].startswith(prefix)]


def records(store):
    return store.database.read_blocking(lambda c: c.rows("SELECT id FROM vault_record"))


async def masked(services, payload=PAYLOAD, **more):
    return await mask_payload(
        services, caller(), MaskRequest(payload, reversible=True, purpose="kyc", **more)
    )


def ask(answer, role="compliance", reason="fraud check", **more):
    return UnmaskRequest(answer.mask_id, role, reason, **more)


async def test_what_was_masked_comes_back_exactly_and_both_are_on_record(services, store):
    answer = await masked(services, retention_days=30)
    assert answer.payload["user"] == {"name": "Priya", "pan": "ABXXX1234F", "mobile": "XXXXXX3210"}
    assert answer.masked_fields == ("user.pan", "user.mobile")
    assert abs(answer.expires_at - store.vault.now() - 30 * DAY) < 60
    back = await unmask_payload(services, caller(), ask(answer))
    assert json.dumps(back.payload) == json.dumps(PAYLOAD)
    assert (back.purpose, back.fields) == ("kyc", ("user.pan", "user.mobile"))
    first, second = leaves(store)
    assert (first["action"], first["outcome"], first["object"]) == ("masking.apply", "ok", answer.mask_id)
    assert first["details"] == {
        "mode": "reversible", "purpose": "kyc", "fields": 2, "kinds": "pan:1,phone:1", "retention_days": 30,
    }  # fmt: skip
    assert (second["action"], second["object"], second["actor"]) == (
        "masking.unmask",
        answer.mask_id,
        "key-1",
    )
    assert second["details"] == {"role": "compliance", "reason": "fraud check", "purpose": "kyc", "fields": 2}


async def test_nothing_is_kept_of_what_is_masked_for_good(services, store):
    request = MaskRequest(PAYLOAD, ["user.name", "nope"], retention_days=3)
    answer = await mask_payload(services, caller(), request)
    assert (answer.mask_id, answer.expires_at, answer.unmatched_fields) == (None, None, ("nope",))
    assert answer.payload["user"]["name"] == "****"
    assert records(store) == []
    assert leaves(store)[0]["details"]["mode"] == "irreversible"


@pytest.mark.parametrize("days", [0, 366])
@pytest.mark.parametrize("reversible", [True, False])
async def test_more_than_a_year_is_refused(services, store, days, reversible):
    with pytest.raises(InvalidRequest, match="365"):
        await mask_payload(services, caller(), MaskRequest(PAYLOAD, None, reversible, "", days))
    assert [one["outcome"] for one in leaves(store)] == ["invalid_request"]
    assert records(store) == []


@pytest.mark.parametrize("purpose", ["9876543210", "a" * 65, "for priya@example.com", "x\ny", " x"])
async def test_a_purpose_is_no_place_for_personal_data(services, store, purpose):
    with pytest.raises(InvalidRequest, match="purpose"):
        await mask_payload(services, caller(), MaskRequest(PAYLOAD, purpose=purpose))
    assert "9876543210" not in json.dumps(leaves(store))


async def test_some_fields_come_back_and_the_others_stay_masked(services):
    answer = await masked(services)
    back = await unmask_payload(services, caller(), ask(answer, fields=["user.mobile"]))
    assert back.payload["user"] == {"name": "Priya", "pan": "ABXXX1234F", "mobile": "9876543210"}
    assert back.fields == ("user.mobile",)


@pytest.mark.parametrize(
    ("more", "error", "code"),
    [
        ({"role": ""}, InvalidRequest, "invalid_request"),
        ({"reason": " "}, InvalidRequest, "invalid_request"),
        ({"role": "a\nb"}, InvalidRequest, "invalid_request"),
        ({"fields": ["user.name"]}, InvalidRequest, "invalid_request"),
        ({"mask_id": "mask_" + "0" * 32}, NotFound, "not_found"),
        ({"mask_id": "priya@example.com"}, NotFound, "not_found"),
        ({"by": caller("other")}, NotFound, "not_found"),
        ({"by": caller(scopes=["mask"])}, Forbidden, "forbidden"),
    ],
)
async def test_refusals_are_on_record(services, store, more, error, code):
    answer = await masked(services)
    by = more.pop("by", None) or caller()
    mask_id = more.pop("mask_id", answer.mask_id)
    given = {"role": "compliance", "reason": "fraud check"} | more
    with pytest.raises(error):
        await unmask_payload(services, by, UnmaskRequest(mask_id, **given))
    (leaf,) = leaves(store, "masking.unmask")
    assert (leaf["outcome"], leaf["tenant"]) == (code, by.principal.tenant)
    assert leaf["object"] == ("" if "@" in mask_id else mask_id)
    assert by.leaves == [code], "the dispatcher writes no second one"
    assert store.database.read_blocking(outbox.waiting) == 0


async def test_a_reason_goes_on_record_without_numbers_and_bounded(services, store):
    answer = await masked(services)
    reason = "customer 9876543210 asked, card 4111 1111 1111 1111 " + "x" * 500
    await unmask_payload(services, caller(), ask(answer, reason=reason))
    said = leaves(store, "masking.unmask")[0]["details"]["reason"]
    assert said.startswith("customer XXXXXX3210 asked, card XXXX XXXX XXXX 1111 ")
    assert len(said) == 200


async def test_roles_see_what_the_settings_say(store):
    services = services_of(
        store,
        roles={
            "compliance": Role(("kyc",)),
            "support": Role(("*",), ("user.mobile",)),
            "ads": Role(("ads",)),
        },
    )
    answer = await masked(services)
    assert (await unmask_payload(services, caller(), ask(answer))).payload == PAYLOAD
    back = await unmask_payload(services, caller(), ask(answer, role="support"))
    assert back.payload["user"] == {"name": "Priya", "pan": "ABXXX1234F", "mobile": "9876543210"}
    for role, fields in (("ads", None), ("nobody", None), ("support", ["user.pan"])):
        with pytest.raises(Forbidden):
            await unmask_payload(services, caller(), ask(answer, role=role, fields=fields))
    assert [one["outcome"] for one in leaves(store, "masking.unmask")] == ["ok", "ok", *["forbidden"] * 3]


async def test_the_event_is_queued_with_the_unmasking(services, store):
    answer = await masked(services)
    await unmask_payload(services, caller(), ask(answer))
    assert store.database.read_blocking(outbox.waiting) == 0, "nobody wants to know"
    store.database.write_blocking(
        lambda tx: store.webhooks.put(tx, "recspace", "bank", "https://bank.example/hook")
    )
    await unmask_payload(services, caller(), ask(answer))
    ((payload, stream, kind),) = store.database.read_blocking(
        lambda c: c.rows("SELECT payload, stream, type FROM outbox")
    )
    event = json.loads(store.webhooks.open_event(payload, "bank", stream))
    assert event.pop("completed_at").endswith("Z")
    assert event == {
        "event": "masking.unmasked", "mask_id": answer.mask_id, "purpose": "kyc", "role": "compliance",
    }  # fmt: skip
    assert (stream, kind) == (answer.mask_id, "masking.unmasked")


async def test_a_record_erased_in_between_is_not_shown(services, store):
    answer = await masked(services)
    read = services.database.read

    class Slow:
        """Reads, then lets another call erase the record before the commit."""

        def __init__(self):
            self.commit = services.database.commit

        async def read(self, query):
            found = await read(query)
            await services.database.write(store.vault.erase("bank", answer.mask_id))
            return found

    slow = SimpleNamespace(**{**vars(services), "database": Slow()})
    with pytest.raises(NotFound):
        await unmask_payload(slow, caller(), ask(answer))
    assert [one["outcome"] for one in leaves(store, "masking.unmask")] == ["not_found"]


async def test_a_changed_record_is_refused_and_that_is_on_record(services, store):
    answer = await masked(services)
    store.database.write_blocking(lambda tx: tx.execute("UPDATE vault_record SET purpose = 'other'"))
    with pytest.raises(StorageFailed):
        await unmask_payload(services, caller(), ask(answer))
    assert [one["outcome"] for one in leaves(store, "masking.unmask")] == ["storage_failed"]


async def test_unmasking_goes_on_through_rotations(services, store):
    answer = await masked(services)
    upkeep = VaultUpkeep(store.database, store.vault)
    done = asyncio.Event()

    async def unmasking():
        count = 0
        while not done.is_set():
            assert (await unmask_payload(services, caller(), ask(answer))).payload == PAYLOAD
            count += 1
        return count

    tasks = [asyncio.create_task(unmasking()) for _ in range(4)]
    for _ in range(5):
        await asyncio.to_thread(upkeep.rotate)
    done.set()
    assert sum(await asyncio.gather(*tasks)) >= 4
    assert store.vault.wrapping.current == 6


# -- two persons -----------------------------------------------------------------------------------------


async def test_two_persons(store):
    services = services_of(store, two_person=True)
    answer = await masked(services)
    with pytest.raises(Forbidden):
        await unmask_payload(services, caller(), ask(answer))
    own = await approve_unmask(services, caller(), ask(answer))
    with pytest.raises(Forbidden, match="own"):
        await unmask_payload(services, caller(), ask(answer, approval=own.token))
    given = await approve_unmask(services, caller(identity="key-2"), ask(answer, reason="seen the file"))
    assert given.token not in repr(given)
    twice = [unmask_payload(services, caller(), ask(answer, approval=given.token)) for _ in range(8)]
    got = await asyncio.gather(*twice, return_exceptions=True)
    assert sorted(type(one).__name__ for one in got) == ["Forbidden"] * 7 + ["Unmasked"]
    ok = [one for one in leaves(store, "masking.unmask") if one["outcome"] == "ok"]
    assert [one["details"]["approver"] for one in ok] == ["key-2"]
    approved = leaves(store, "masking.approve")
    assert [one["actor"] for one in approved] == ["key-1", "key-2"]
    assert given.token not in json.dumps(leaves(store))


async def test_an_approval_of_what_may_not_be_seen_is_refused(store):
    services = services_of(store, two_person=True, roles={"support": Role(("*",), ("user.mobile",))})
    answer = await masked(services)
    for role, fields in (("support", ["user.pan"]), ("other", None)):
        with pytest.raises(Forbidden):
            await approve_unmask(services, caller(), ask(answer, role=role, fields=fields))
    with pytest.raises(NotFound):
        await approve_unmask(services, caller("other"), ask(answer, role="support"))


# -- kept answers ----------------------------------------------------------------------------------------


async def test_a_kept_answer_goes_with_its_record(services, store):
    answers = IdempotentAnswers(bytes(32))
    scope = answers.scope("key-1", "POST", "/v1/masking/unmask", "k")

    def join(effect, about):
        def both(transaction):
            answer = Answer(200, (), json.dumps(effect(transaction).payload).encode())
            answers.keep(transaction, scope, bytes(32), answer, store.vault.now(), about=about)

        return both

    answer = await masked(services)
    await unmask_payload(services, caller(), ask(answer), join)
    kept = store.database.read_blocking(lambda c: answers.find(c, scope, store.vault.now()))
    assert json.loads(kept.answer.body) == PAYLOAD
    store.database.write_blocking(store.vault.erase("bank", answer.mask_id))
    assert store.database.read_blocking(lambda c: answers.find(c, scope, store.vault.now())) is None


async def test_a_masking_is_found_by_what_was_in_it(store):
    services = services_of(store)
    answer = await masked(services, payload={"note": "call +91 98765 43210", "dob": "1992-03-14"})

    def find(kind, value):
        return store.database.read_blocking(lambda c: store.vault.find(c, "bank", kind, value))

    assert find("phone", "9876543210") == [answer.mask_id]
    assert find("date_of_birth", "19920314") == []
    hidden = services_of(store, find_by_value=False)
    await masked(hidden, payload={"pan": "ABCPE1234F"})
    assert find("pan", "ABCPE1234F") == []
