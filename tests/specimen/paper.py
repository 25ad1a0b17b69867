"""What a drawn document is made of: fonts, security-print ground, portrait."""

import functools
import random
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter, ImageFont, ImageOps

from appliance.config import debian_file

DOTS_PER_MM = 10
Colour = tuple[int, int, int]

FACES = {
    "sans": "truetype/dejavu/DejaVuSans.ttf",
    "sans-bold": "truetype/dejavu/DejaVuSans-Bold.ttf",
    "condensed": "truetype/dejavu/DejaVuSansCondensed.ttf",
    "condensed-bold": "truetype/dejavu/DejaVuSansCondensed-Bold.ttf",
    "serif": "truetype/dejavu/DejaVuSerif.ttf",
    "mono": "truetype/dejavu/DejaVuSansMono.ttf",
    "ocr-b": "opentype/ocr-b/OCRB.otf",
    "noto": "truetype/noto/NotoSans-Regular.ttf",
    "noto-bold": "truetype/noto/NotoSans-Bold.ttf",
    **{
        f"{script}{suffix}": f"truetype/noto/NotoSans{script.title()}-{weight}.ttf"
        for script in ("devanagari", "bengali", "tamil", "telugu", "kannada", "gujarati")
        for suffix, weight in (("", "Regular"), ("-bold", "Bold"))
    },
}


@functools.cache
def font(face: str, size: int) -> ImageFont.FreeTypeFont:
    """A face of `FACES` at `size` pixels, from Debian's packages of fonts."""
    return ImageFont.truetype(str(debian_file(f"usr/share/fonts/{FACES[face]}")), size)


def security_print(rng: random.Random, width: int, height: int) -> Image.Image:
    """A pale ground of crossing wave lines in two inks, as guilloche looks from reading distance."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    first, second = (np.array([rng.uniform(200, 250) for _ in range(3)], np.float32) for _ in range(2))
    blend = (x / width * rng.uniform(-1, 1) + y / height * rng.uniform(-1, 1))[..., None]
    ground = first + (second - first) * (0.5 + 0.5 * blend)
    for _ in range(rng.randint(3, 6)):
        angle, period = rng.uniform(0, np.pi), rng.uniform(9, 60)
        bend = np.sin((x * np.sin(angle) - y * np.cos(angle)) * rng.uniform(0.004, 0.03)) * rng.uniform(4, 30)
        wave = np.sin((x * np.cos(angle) + y * np.sin(angle) + bend) * (2 * np.pi / period))
        ink = np.array([rng.uniform(0.1, 1) for _ in range(3)], np.float32) * rng.uniform(4, 13)
        line = np.clip(wave * 3 - 2, 0, 1) if rng.random() < 0.6 else (wave + 1) / 2
        ground -= line[..., None] * ink
    return Image.fromarray(ground.clip(0, 255).astype(np.uint8))


def portrait(rng: random.Random, source: Path | None, width: int, height: int) -> Image.Image:
    """A head-and-shoulders picture: cut from `source`, or a drawn neutral head where none is given."""
    if source is None:
        return _drawn_head(rng).resize((width, height), Image.Resampling.LANCZOS)
    with Image.open(source) as opened:
        upright = ImageOps.exif_transpose(opened).convert("RGB")
    return ImageOps.fit(upright, (width, height), Image.Resampling.LANCZOS, centering=(0.5, 0.35))


def _drawn_head(rng: random.Random) -> Image.Image:
    skin: Colour = rng.choice([(234, 200, 176), (205, 160, 128), (150, 108, 82), (104, 72, 54)])
    hair: Colour = rng.choice([(40, 30, 26), (92, 62, 38), (160, 128, 84), (120, 120, 122)])
    cloth: Colour = rng.choice([(50, 60, 90), (80, 80, 84), (110, 50, 54), (44, 84, 70)])
    shade: Colour = tuple(int(c * 0.82) for c in skin)  # type: ignore[assignment] # three in, three out
    picture = Image.new("RGB", (350, 450), (208, 212, 218))
    draw = ImageDraw.Draw(picture)
    draw.ellipse((20, 350, 330, 620), fill=cloth)
    draw.rectangle((138, 300, 212, 385), fill=shade)
    draw.ellipse((78, 52, 272, 300), fill=hair)
    draw.ellipse((92, 88, 258, 338), fill=skin)
    draw.pieslice((86, 60, 264, 250), 190, 350, fill=hair)
    for x in (135, 215):
        draw.ellipse((x - 19, 196, x + 19, 218), fill=(246, 246, 244))
        draw.ellipse((x - 9, 197, x + 9, 217), fill=(62, 48, 36))
        draw.arc((x - 27, 170, x + 27, 210), 200, 340, fill=hair, width=7)
    draw.polygon([(175, 205), (160, 258), (190, 258)], fill=shade)
    draw.ellipse((142, 282, 208, 302), fill=(176, 96, 92))
    draw.line((142, 292, 208, 292), fill=(128, 62, 60), width=2)
    return picture.filter(ImageFilter.GaussianBlur(2.2))


def as_pixels(picture: Image.Image) -> NDArray[np.uint8]:
    """H x W x 3, RGB."""
    return np.asarray(picture.convert("RGB"), np.uint8)
