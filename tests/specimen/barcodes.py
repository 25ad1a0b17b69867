"""Barcodes as printed on drawn documents."""

import numpy as np
import zxingcpp
from PIL import Image

from tests.specimen.paper import DOTS_PER_MM
from tests.specimen.sheet import Sheet


def paste(sheet: Sheet, content: bytes | str, form: str, box: tuple[float, float, float, float]) -> None:
    """Draw a barcode over left, top, right, bottom in millimetres, on white.

    Args:
        sheet: the document.
        content: what it holds.
        form: PDF417, QRCode or Code128.
        box: a QR code keeps square modules and lies in the middle of it; others fill it.
    """
    options = {"columns": 13} if form == "PDF417" else {"ec_level": "L"} if form == "QRCode" else {}
    made = zxingcpp.create_barcode(content, getattr(zxingcpp.BarcodeFormat, form), **options)
    modules = np.array(made.to_image(scale=1, add_quiet_zones=False))
    left, top, right, bottom = (round(side * DOTS_PER_MM) for side in box)
    width, height = right - left, bottom - top
    sheet.pen.rectangle((left - 12, top - 12, right + 12, bottom + 12), fill=(252, 252, 252))
    code = Image.fromarray(modules).convert("RGB")
    if form == "QRCode":
        width = height = min(width, height)
    method = Image.Resampling.BOX if width < 3 * code.width else Image.Resampling.NEAREST
    sheet.picture.paste(code.resize((width, height), method), (left, top))
