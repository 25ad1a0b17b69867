"""What is erased from the vault is in no file any more, and a backup made before does not bring it back."""

import logging
import random
import secrets
import shutil
from pathlib import Path
from types import SimpleNamespace

import pysqlite3
import pytest

from appliance.config import Masking, Settings
from appliance.domain.credential import Principal
from appliance.errors import InvalidRequest, NotFound, StorageFailed
from appliance.services.audit import Audit
from appliance.services.call import Caller
from appliance.services.mask_payload import MaskRequest, mask_payload
from appliance.services.metrics import Metrics
from appliance.services.unmask_payload import UnmaskRequest, unmask_payload
from appliance.store.idempotency import Answer, IdempotentAnswers
from appliance.store.keys import KEY_BYTES, KeyFile, Keyring
from appliance.store.store import Store
from appliance.store.transaction import Connection
from appliance.store.vault import Vault
from appliance.store.vault_keys import WrappingKeys
from appliance.store.vault_upkeep import VaultUpkeep
from appliance.store.writer import Writer

TENANT = "bank"
TRACE = (
    "SELECT r.sealed, k.wrapped, i.digest FROM vault_record r JOIN vault_data_key k ON k.record = r.seq"
    " JOIN vault_index i ON i.record = r.seq WHERE lower(hex(r.id)) = ?"
)


def canary(number: int) -> dict[str, object]:
    return {
        "name": f"Zaphod Canary {number:05}",
        "email": f"canary.{number:05}@example.com",
        "passport": f"J{1_000_000 + number}",
    }


class People:
    """Records that come and go, and every byte that would betray one that is gone."""

    def __init__(self, store: Store, chance: random.Random) -> None:
        self.store, self.chance = store, chance
        self.standing: dict[str, int] = {}
        self.gone: dict[str, list[bytes]] = {}
        self.numbers: list[int] = []
        self.keys: list[bytes] = []
        store.vault._random = store.vault.wrapping._random = self.random

    def random(self, count: int) -> bytes:
        """Chance that remembers the keys it gave."""
        drawn = secrets.token_bytes(count)
        if count == KEY_BYTES:
            self.keys.append(drawn)
        return drawn

    def put(self, expires: int) -> str:
        number = self.chance.randrange(100_000)
        self.numbers.append(number)
        values = {name: str(value).encode() for name, value in canary(number).items()}
        effect, identity = self.store.vault.put(
            TENANT, values, "kyc", expires=expires, found_by=[("passport", str(canary(number)["passport"]))]
        )
        self.store.database.write_blocking(effect)
        self.standing[identity] = number
        return identity

    def traces(self, identity: str) -> list[bytes]:
        """Beginnings and ends of the sealed values and of the wrapped key, and the index."""
        bare = identity.removeprefix("mask_")
        sealed, wrapped, digest = self.store.database.read_blocking(lambda c: c.row(TRACE, (bare,)))
        return [sealed[8:48], sealed[-40:], wrapped[:32], wrapped[-32:], digest]

    def erase(self, identity: str) -> None:
        self.gone[identity] = self.traces(identity)
        self.store.database.write_blocking(self.store.vault.erase(TENANT, identity))
        del self.standing[identity]


def files(folder: Path) -> bytes:
    return b"\0".join(file.read_bytes() for file in folder.rglob("*") if file.is_file())


def left(folder: Path, traces: dict[str, list[bytes]]) -> int:
    content = files(folder)
    return sum(trace in content for one in traces.values() for trace in one)


def plain(folder: Path, numbers: list[int]) -> int:
    content = files(folder)
    return sum(str(value).encode() in content for one in numbers for value in canary(one).values())


@pytest.mark.parametrize("seed", [1, 2])
def test_nothing_erased_is_left_in_any_file(tmp_path: Path, seed: int) -> None:
    folder = tmp_path / "data"
    store = Store.open(folder, floor_bytes=0, ballast_bytes=0)
    people = People(store, random.Random(seed))
    upkeep = VaultUpkeep(store.database, store.vault)
    try:
        now = store.vault.now()
        for _ in range(150):
            what = people.chance.random()
            if what < 0.55 or not people.standing:
                people.put(now + 10_000)
            elif what < 0.85:
                people.erase(people.chance.choice(sorted(people.standing)))
            elif what < 0.95:
                due = people.put(now - 1)
                people.gone[due] = people.traces(due)
                del people.standing[due]
                upkeep.purge()
            else:
                before = {one: people.traces(one)[2:4] for one in people.standing}
                upkeep.rotate()
                assert left(folder, before) == 0, "keys wrapped by a destroyed key are wiped too"
        standing = {one: people.traces(one) for one in people.standing}
        assert left(folder, standing) == 5 * len(standing) > 0, "the search finds what is there"
        assert len(people.gone) > 30
        assert left(folder, people.gone) == 0
        assert plain(folder, people.numbers) == 0
    finally:
        store.close()
    assert left(folder, people.gone) == 0
    assert len(people.keys) > len(people.gone)
    assert left(folder, {"keys": people.keys}) == 0, "no key is ever on disk in clear"


@pytest.mark.parametrize("how", ["erased", "purged"])
def test_answers_kept_about_a_record_go_with_it(tmp_path: Path, how: str) -> None:
    """A kept answer of an unmasking holds the originals; it opens with the caller's key, and is wiped too."""
    folder = tmp_path / "data"
    store = Store.open(folder, floor_bytes=0, ballast_bytes=0)
    people, answers = People(store, random.Random(5)), IdempotentAnswers(store.keys.idempotency)
    now = store.vault.now()
    traces: dict[str, list[bytes]] = {}
    try:
        other = people.put(2**40)
        gone = people.put(2**40 if how == "erased" else now - 1)
        for identity in (other, gone):
            for key in ("apply", "unmask", "approve"):
                scope = answers.scope("key-1", "POST", f"/{key}", identity)
                answer = Answer(200, (), str(canary(people.standing[identity])).encode())
                store.database.write_blocking(
                    lambda tx, scope=scope, answer=answer, about=identity: answers.keep(
                        tx, scope, bytes(32), answer, now, about=about
                    )
                )
            rows = store.database.read_blocking(
                lambda c, about=identity: c.rows(
                    "SELECT sealed FROM idempotent_answer WHERE about = ?", (about,)
                )
            )
            traces[identity] = [part for (row,) in rows for part in (bytes(row)[:40], bytes(row)[-40:])]
        assert left(folder, traces) == 12, "the search finds what is there"
        if how == "erased":
            people.erase(gone)
        else:
            assert VaultUpkeep(store.database, store.vault).purge() == 1
        assert left(folder, {gone: traces[gone]}) == 0
        assert left(folder, {other: traces[other]}) == 6, "answers about others stay"
        assert plain(folder, people.numbers) == 0
    finally:
        store.close()
    assert left(folder, {gone: traces[gone]}) == 0


def test_a_box_killed_before_it_wiped_the_log_does_so_at_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, killed = tmp_path / "data", tmp_path / "killed"
    store = Store.open(folder, floor_bytes=0, ballast_bytes=0)
    people = People(store, random.Random(3))
    try:
        identity = people.put(2**40)
        with monkeypatch.context() as patched:
            patched.setattr(Writer, "_copy_log", lambda _self, _mode: None)
            people.erase(identity)
            shutil.copytree(folder, killed)
    finally:
        store.close()
    assert left(killed, people.gone) > 3, "else the test shows nothing"
    Store.open(killed, floor_bytes=0, ballast_bytes=0, serving=False).close()
    assert left(killed, people.gone) == 0


def test_a_backup_made_before_does_not_bring_it_back_once_the_key_was_replaced(tmp_path: Path) -> None:
    folder, backup = tmp_path / "data", tmp_path / "backup.db"
    store = Store.open(folder, floor_bytes=0, ballast_bytes=0)
    people = People(store, random.Random(4))
    try:
        erased, kept = people.put(2**40), people.put(2**40)
        raw = pysqlite3.connect(folder / "kycbox.db")
        raw.execute("VACUUM INTO ?", (str(backup),))
        raw.close()
        assert plain(tmp_path, people.numbers) == 0, "no file, the backup neither, says anything in clear"
        people.erase(erased)
        VaultUpkeep(store.database, store.vault).rotate()
        assert store.database.read_blocking(lambda c: store.vault.open(c, TENANT, kept))
    finally:
        store.close()
    assert left(tmp_path, people.gone) > 3, "the backup has the sealed record and its wrapped key still"
    keys = Keyring(KeyFile(folder / "box.key"))
    vault = Vault(keys, WrappingKeys(folder / "vault.keys", keys.vault))
    raw = pysqlite3.connect(backup)
    try:
        connection = Connection(raw)
        vault.wrapping.load(connection)
        for identity in (erased, kept):
            assert vault.about(connection, TENANT, identity).id == identity
            with pytest.raises(StorageFailed):
                vault.open(connection, TENANT, identity)
    finally:
        raw.close()


async def test_nothing_personal_is_logged_or_said_in_errors(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    store = Store.open(tmp_path / "data", floor_bytes=0, ballast_bytes=0)
    services = SimpleNamespace(
        settings=Settings(masking=Masking()),
        database=store.database,
        vault=store.vault,
        audit=Audit(store.database, Metrics()),
        webhooks=SimpleNamespace(tell=lambda *_, **__: None),
    )
    caller = Caller(Principal("key", TENANT, "recspace", frozenset(), "scale"), "req")
    said: list[str] = []
    numbers = [7, 8, 9]
    try:
        for number in numbers:
            payload = canary(number)
            made = await mask_payload(services, caller, MaskRequest(payload, reversible=True))
            await unmask_payload(
                services, caller, UnmaskRequest(made.mask_id, "r", f"for {payload['email']}")
            )
            wrongs = [
                MaskRequest({str(payload["email"]): 1}),
                MaskRequest(payload, [f"{payload['email']}..x"]),
                MaskRequest(payload, purpose=str(payload["email"])),
            ]
            for request in wrongs:
                with pytest.raises(InvalidRequest) as caught:
                    await mask_payload(services, caller, request)
                said.append(f"{caught.value} {caught.value.remedy}")
            with pytest.raises(NotFound) as missing:
                await unmask_payload(services, caller, UnmaskRequest(str(payload["email"]), "r", "x"))
            said.append(str(missing.value))
    finally:
        store.close()
    (tmp_path / "said.txt").write_text("\n".join([*said, caplog.text]))
    assert plain(tmp_path, numbers) == 0
    (tmp_path / "said.txt").write_text(str(canary(7)["email"]))
    assert plain(tmp_path, numbers) == 1, "the search finds what is there"
