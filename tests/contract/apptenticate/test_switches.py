"""What an operator may change: status of refusals, keys of the answer, codes of attacks, models brought."""

import hashlib
import io
import os
import secrets
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import httpx
import numpy as np
import pytest
from PIL import Image

from appliance.config import PROJECT
from appliance.domain.bundle import Header, key_id
from appliance.engine import packs
from appliance.store.captures import seal_capture
from tests import box as boxes
from tests.contract.apptenticate.conftest import Account, account_of, logged_in
from tests.specimen.sets import Specimen, empty_set, specimen

OCR, LIVENESS = "/api/v3/ocr/", "/api/v3/biometrics/liveness/"
SETTINGS = """
[api.apptenticate]
invalid_as_400 = ["{strict}"]
fields = {{ numero = "document_number", apellidos = "last_name" }}
document_library = {{ X1 = "passport:UTO" }}

[api.apptenticate.spoof_codes]
PRINTED_COPY_ATTACK = 901

[api.apptenticate.spoof_errors]
PRINTED_COPY_ATTACK = "Copia."
"""


@pytest.fixture(scope="module")
def brought() -> Path | None:
    """Folder of the models that an operator may bring; None where there is none."""
    named = os.environ.get("KYCBOX_PACKS")
    folder = Path(named) if named else PROJECT.parent / "shared" / "packs"
    return folder if folder.is_dir() else None


@pytest.fixture(scope="module")
def switched(
    tmp_path_factory: pytest.TempPathFactory, installed_models: Path, brought: Path | None
) -> Iterator[tuple[boxes.Box, Account]]:
    """A box with other settings, and the account whose refusals have status 400."""
    folder = tmp_path_factory.mktemp("switched")
    data, models = folder / "data", folder / "models"
    data.mkdir()
    shutil.copytree(installed_models, models, copy_function=os.symlink)
    if brought is not None:
        packs.add_known(brought, PROJECT / "models", models)
    strict = account_of(data, "strict")
    (data / "kycbox.toml").write_text(SETTINGS.format(strict=strict.id))
    with boxes.running(data, environment={"KYCBOX_MODELS": str(models)}) as box:
        yield box, strict


def asked(client: httpx.Client, picture: bytes, **fields: str) -> httpx.Response:
    data = {"document_type": "passport", **fields}
    return client.post(OCR, data=data, files={"frontside": ("x.jpg", picture, "image/jpeg")})


def test_an_account_may_get_400(switched: tuple[boxes.Box, Account], passport: Specimen) -> None:
    box, strict = switched
    (table,) = empty_set(5, 1)
    with logged_in(box, strict) as client, logged_in(box, account_of(box.data, "lenient")) as lenient:
        for one, status in ((client, 400), (lenient, 200)):
            answer = asked(one, table.jpeg)
            assert (answer.status_code, answer.json()["error_code"]) == (status, 819)
        body = asked(client, passport.photograph.jpeg, document_id="X1")
        assert body.status_code == 200
        assert list(body.json()["data"]) == ["numero", "apellidos"]
        assert asked(client, table.jpeg, document_id="PAN").json() == {
            "document_id": ["This document is not in the library."]
        }


def faint(portraits: Path, seed: int) -> bytes:
    """A passport with colours too faint for a document, and too strong for a picture without colours."""
    photograph = specimen("TD3", seed, portrait=portraits / "obama.jpg").photograph
    colours = np.asarray(photograph.pixels(), np.float32)
    grey = colours @ np.array([0.299, 0.587, 0.114], np.float32)
    out = io.BytesIO()
    pixels = (0.25 * colours + 0.75 * grey[..., None]).round().astype(np.uint8)
    Image.fromarray(pixels).save(out, "JPEG", quality=92)
    return out.getvalue()


def test_a_copy_that_is_nearly_grey(switched: tuple[boxes.Box, Account], portraits: Path) -> None:
    """Of three, one has to be told: its place may be judged first."""
    box, strict = switched
    seen = []
    with logged_in(box, strict) as client:
        for seed in (32, 34, 31):
            answer = asked(client, faint(portraits, seed), return_id="1")
            assert answer.status_code == 400
            body = answer.json()
            seen.append(body["error_code"])
            if seen[-1] == 901:
                assert body == {"valid": False, "error_code": 901, "error": "Copia.", "id": body["id"]}
                return
    pytest.fail(f"a copy is not told of its pictures, but {seen}")


def sealed(box: boxes.Box, picture: bytes) -> bytes:
    public = bytes.fromhex(httpx.get(f"{box.url}/-/capture-key").json()["public_key"])
    digest = hashlib.sha256(picture).digest()
    now = datetime.now(UTC)
    header = Header(key_id(public), secrets.token_bytes(16), now, digest, "image/jpeg", "test")
    return seal_capture(public, header, picture)


def test_liveness_by_a_model_that_was_brought(
    switched: tuple[boxes.Box, Account], brought: Path | None
) -> None:
    """The model's authors say of their samples: F1 and F2 are attacks, T1 is alive."""
    if brought is None:
        pytest.skip("skipped: no packs")
    box, strict = switched
    said = {}
    with logged_in(box, account_of(box.data, "selfies")) as client:
        for name in ("F1", "T1"):
            picture = (brought / "minifasnet" / f"image_{name}.jpg").read_bytes()
            files = {"selfie": ("x.jpg", picture, "image/jpeg")}
            body = client.post(LIVENESS, data={"details": "True"}, files=files).json()
            if "error" in body:  # the face policy goes first
                continue
            said[name] = body["api_response"]["liveness"]
            assert set(body) == {"valid", "api_response"}
            assert set(body["api_response"]) == {"score", "quality", "liveness"}
            plain = client.post(LIVENESS, data={"details": "False"}, files=files).json()
            assert plain == {"valid": body["valid"]}
            once = {"encrypted_file": ("x", sealed(box, picture), "application/octet-stream")}
            answer = client.post(LIVENESS, data={"details": "True", "return_id": "True"}, files=once)
            plus = answer.json()
            assert set(plus) == {"valid", "api_response", "id"}
            assert plus["api_response"]["face_liveness"] == {"probability": said[name]}
            assert set(plus["api_response"]["capture_liveness"]) == {"score", "probability"}
            again = client.post(LIVENESS, files=once)
            assert again.status_code == 400
            assert again.json() == {"encrypted_file": ["Failed to read a meta data"]}
        assert said, "neither sample was judged"
        assert said.get("T1", 1.0) > 0.5
        assert said.get("F1", 0.0) < 0.5
    with logged_in(box, strict) as client:
        out = io.BytesIO()
        Image.new("RGB", (640, 480)).save(out, "JPEG")
        answer = client.post(LIVENESS, files={"selfie": ("x.jpg", out.getvalue())})
        assert (answer.status_code, answer.json()["valid"]) == (400, False)
