"""818 to 829: each told of a picture that has the fault, in the page's own words; none of a clean one."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from appliance.api.apptenticate import codes
from appliance.config import Apptenticate
from appliance.domain.attack import FACE_ATTACKS, Attack
from appliance.domain.document import DocumentFault as Fault
from tests.contract.apptenticate.conftest import NewClient
from tests.specimen.sets import empty_set, specimen

OCR = "/api/v3/ocr/"
TEXTS = {
    818: "Image quality for document liveness not acceptable.",
    819: "The document is not detected in the image.",
    820: "The document photo is not detected in the image.",
    821: "The document is cropped, part of the document is not present in the image.",
    822: "The size of the document is lower than 10 % of the size of the image.",
    823: "The document borders are outside of the photo frame.",
    824: "There is more than one document in the photo frame.",
    825: "The document is near of the edges of the photo frame.",
    826: "The document is too blurry.",
    827: "The document is overly compressed..",
    828: "The document is either too bright or too dark.",
    829: "The document has reflections",
}
"""As on the page, letter by letter."""
CONDITIONS = {
    818: "grey",
    821: "cropped",
    822: "small",
    823: "outside",
    824: "two",
    825: "near",
    826: "blur",
    827: "jpeg",
    828: "dark",
    829: "glare",
}
SEEDS = (32, 31, 34, 38)
FIRST = {824: 31, 825: 31}
"""Not every fault of every picture is told (docs/document-quality.md): of four, one has to be."""
ORDER = (819, 824, 821, 823, 820, 822, 825, 826, 827, 828, 829, 818)


def pictures(code: int, portraits: Path) -> Iterator[bytes]:
    """Pictures that have the fault."""
    if code == 819:
        yield from (table.jpeg for table in empty_set(5, 4))
        return
    for seed in sorted(SEEDS, key=lambda seed: seed != FIRST.get(code, seed)):
        if code == 820:  # the back of a card shows no portrait
            yield specimen("TD1", seed).photograph.jpeg
        else:
            portrait = portraits / "obama.jpg"
            yield specimen("TD3", seed, condition=CONDITIONS[code], portrait=portrait).photograph.jpeg


def told(client: httpx.Client, picture: bytes) -> dict[str, Any]:
    data = {"document_type": "passport", "return_id": "True"}
    answer = client.post(OCR, data=data, files={"frontside": ("x.jpg", picture, "image/jpeg")})
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


@pytest.mark.parametrize("code", TEXTS)
def test_each_is_reached_by_a_picture(client: httpx.Client, portraits: Path, code: int) -> None:
    seen = []
    for picture in pictures(code, portraits):
        body = told(client, picture)
        seen.append(body.get("error_code"))
        if seen[-1] == code:
            number = body.pop("id")
            assert isinstance(number, int)
            assert body == {"valid": False, "error_code": code, "error": TEXTS[code]}
            return
    pytest.fail(f"{code} is not told of its pictures, but {seen}")


@pytest.mark.parametrize(("kind", "seed"), [("TD3", 31), ("TD3", 38), ("MRVA", 31)])
def test_none_is_told_of_a_clean_picture(client: httpx.Client, portraits: Path, kind: str, seed: int) -> None:
    picture = specimen(kind, seed, portrait=portraits / "obama.jpg").photograph.jpeg
    body = told(client, picture)
    if kind == "MRVA":  # clean, but no passport
        assert body["error_code"] == 819
    else:
        assert body["valid"] is True, body


def test_without_the_proof_of_life_a_picture_is_only_read(new_client: NewClient, portraits: Path) -> None:
    grey = specimen("TD3", 31, condition="grey", portrait=portraits / "obama.jpg").photograph.jpeg
    (table,) = empty_set(5, 1)
    reader, prover = (
        new_client("--scope", "ocr"),
        new_client("--scope", "ocr", "--scope", "document_liveness"),
    )
    assert told(reader, grey)["valid"] is True
    assert told(prover, grey)["valid"] is False
    assert told(reader, table.jpeg)["error_code"] == 819


def test_of_several_the_hardest_is_told() -> None:
    by_code = {codes.REFUSALS[fault].code: fault for fault in Fault}
    assert tuple(refusal.code for refusal in codes.REFUSALS.values()) == ORDER
    assert set(by_code) == set(TEXTS)
    for place, code in enumerate(ORDER):
        assert codes.of_faults({by_code[later] for later in ORDER[place:]}).code == code


def test_texts_are_the_pages() -> None:
    assert {one.code: one.text for one in codes.REFUSALS.values()} == TEXTS


@pytest.mark.parametrize(
    ("attack", "code"),
    [
        (Attack.SCREEN_REPLAY_ATTACK, 830),
        (Attack.PRINTED_COPY_ATTACK, 831),
        (Attack.PORTRAIT_SUBSTITUTION_ATTACK, 832),
        (Attack.DIGITAL_MANIPULATION_ATTACK, 833),
    ],
)
def test_attacks_have_the_operators_codes(attack: Attack, code: int) -> None:
    assert codes.of_attack(attack, Apptenticate()).code == code
    chosen = Apptenticate(spoof_codes={attack.value: 901}, spoof_errors={attack.value: "No."})  # type: ignore[dict-item]  # one of the names
    assert codes.of_attack(attack, chosen) == codes.Refusal(901, "No.")
    assert codes.looked_for(chosen) == (attack,)


def test_all_attacks_on_documents_are_looked_for() -> None:
    assert set(codes.looked_for(Apptenticate())) == set(Attack) - FACE_ATTACKS
