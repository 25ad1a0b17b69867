"""The demo's picture: the photographed document, the selfie, and what the box said of them."""

import io
from typing import Any

from PIL import Image, ImageDraw

from tests.specimen import paper
from tests.specimen.photograph import Photograph

HEIGHT = 900
MARGIN = 24
GREEN, RED, BLUE = (21, 128, 61), (185, 28, 28), (29, 78, 216)


def annotate(
    shot: Photograph, read: dict[str, Any], selfie: bytes, face: dict[str, Any], verdict: dict[str, Any]
) -> Image.Image:
    """Draw both pictures side by side with the answers under them.

    Args:
        shot: the photographed document; its true outline is drawn.
        read: answer of document/scan.
        selfie: JPEG.
        face: answer of face/detect on the selfie; box and points are drawn.
        verdict: answer of identity/verify.
    """
    left = _document(shot)
    right = _selfie(selfie, face)
    document, match = verdict["document"]["confidence"], verdict["faceMatch"]["confidence"]
    found, overall = verdict["faceDetection"]["confidence"], verdict["overallConfidence"]
    lines = [
        f"{read['documentType']}  {read['issuingCountry']}  {read['documentNumber']}",
        f"{read['fullName']}, born {read['dateOfBirth']}, valid until {read['expirationDate']}",
        f"document {document:.1f}   face {found:.1f}   match {match:.1f} of 80   overall {overall:.1f}",
    ]
    width = left.width + right.width + 3 * MARGIN
    sheet = Image.new("RGB", (width, HEIGHT + 260), (255, 255, 255))
    sheet.paste(left, (MARGIN, MARGIN))
    sheet.paste(right, (left.width + 2 * MARGIN, MARGIN))
    pen, font = ImageDraw.Draw(sheet), paper.font("sans", 30)
    for row, line in enumerate(lines):
        pen.text((MARGIN, HEIGHT + 2 * MARGIN + row * 46), line, fill=(15, 23, 42), font=font)
    word, colour = ("VERIFIED", GREEN) if verdict["verified"] else ("REFUSED", RED)
    pen.text((MARGIN, HEIGHT + 2 * MARGIN + 140), word, fill=colour, font=paper.font("sans-bold", 44))
    return sheet


def _fit(picture: Image.Image) -> tuple[Image.Image, float]:
    scale = HEIGHT / picture.height
    return picture.resize((round(picture.width * scale), HEIGHT), Image.Resampling.LANCZOS), scale


def _document(shot: Photograph) -> Image.Image:
    picture, scale = _fit(Image.open(io.BytesIO(shot.jpeg)).convert("RGB"))
    if shot.quad is not None:
        corners = [(float(x) * scale, float(y) * scale) for x, y in shot.quad]
        ImageDraw.Draw(picture).line([*corners, corners[0]], fill=GREEN, width=4)
    return picture


def _selfie(selfie: bytes, face: dict[str, Any]) -> Image.Image:
    picture, _ = _fit(Image.open(io.BytesIO(selfie)).convert("RGB"))
    if face["faceDetected"]:
        pen, box = ImageDraw.Draw(picture), face["boundingBox"]
        left, top = box["left"] * picture.width, box["top"] * picture.height
        corner = (left + box["width"] * picture.width, top + box["height"] * picture.height)
        pen.rectangle(((left, top), corner), outline=BLUE, width=5)
        for point in face["landmarks"]:
            x, y = point["x"] * picture.width, point["y"] * picture.height
            pen.ellipse((x - 7, y - 7, x + 7, y + 7), fill=BLUE)
    return picture
