"""The memory of captures: a picture saved anew is recognised, another one is not."""

import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageOps

from appliance.store.capture_memory import NEAR
from appliance.vision.attacks.look import look

PORTRAITS = 120


def saved(image: Image.Image, quality: int) -> Image.Image:
    stream = io.BytesIO()
    image.save(stream, "JPEG", quality=quality)
    return Image.open(stream).convert("RGB")


def scaled(image: Image.Image, share: float) -> Image.Image:
    return image.resize((int(image.width * share), int(image.height * share)), Image.Resampling.BILINEAR)


CHANGES: dict[str, Callable[[Image.Image], Image.Image]] = {
    "JPEG 90": lambda image: saved(image, 90),
    "JPEG 60": lambda image: saved(image, 60),
    "JPEG 30": lambda image: saved(image, 30),
    "half size": lambda image: scaled(image, 0.5),
    "brighter by a tenth": lambda image: image.point(lambda level: min(255, int(level * 1.1))),
    "crop of 4 %": lambda image: ImageOps.crop(image, int(image.width * 0.02)),
    "mirrored": ImageOps.mirror,
}


def apart(one: bytes, other: bytes) -> int:
    return int(np.unpackbits(np.frombuffer(one, np.uint8) ^ np.frombuffer(other, np.uint8)).sum())


def of(image: Image.Image) -> bytes:
    return look(np.asarray(image.convert("RGB")))


def test_saving_anew_is_recognised_and_others_are_not(datasets: Path) -> None:
    files = sorted((datasets / "portraits").glob("*.jpg"))[:PORTRAITS]
    pictures = [Image.open(file).convert("RGB") for file in files]
    looks = [of(picture) for picture in pictures]
    found = {
        name: sum(
            apart(one, of(change(picture))) <= NEAR for one, picture in zip(looks, pictures, strict=True)
        )
        for name, change in CHANGES.items()
    }
    pairs = [(a, b) for a in range(len(looks)) for b in range(a)]
    mistaken = sum(apart(looks[a], looks[b]) <= NEAR for a, b in pairs)
    print(
        f"\nrecognised of {len(files)}: {found}; mistaken {mistaken} of {len(pairs)} pairs of two photographs"
    )
    assert mistaken == 0
    assert found["JPEG 90"] >= 0.97 * len(files)
    assert found["half size"] >= 0.9 * len(files)


def test_one_person_photographed_again_is_another_picture(portraits: Path) -> None:
    first, second = (of(Image.open(portraits / name)) for name in ("obama.jpg", "obama2.jpg"))
    assert apart(first, second) > 3 * NEAR


@pytest.mark.parametrize("name", ["JPEG 60", "half size"])
def test_the_portraits_at_hand(portraits: Path, name: str) -> None:
    picture = Image.open(portraits / "obama.jpg").convert("RGB")
    assert apart(of(picture), of(CHANGES[name](picture))) <= NEAR
