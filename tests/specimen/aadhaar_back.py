"""Draws the back of an Aadhaar card: address in two scripts, number, Secure QR signed by a key of its own."""

import datetime as dt
import random
from pathlib import Path

from tests.specimen import paper, secure_qr
from tests.specimen.barcodes import paste
from tests.specimen.india_people import Resident, invent
from tests.specimen.paper import DOTS_PER_MM, font
from tests.specimen.people import Person
from tests.specimen.sheet import Layout, Sheet, Told

ISSUER = "specimen"
"""Seed of the signing key; its certificate is `secure_qr.certificate(ISSUER)`."""


def in_code(holder: Resident) -> secure_qr.Resident:
    """What the holder's Secure QR says."""
    return secure_qr.Resident(
        last_digits=holder.aadhaar[-4:],
        name=holder.name[0],
        birth=holder.birth,
        sex=holder.sex,
        care_of=f"C/O {holder.father[0]}",
        district=holder.town[0],
        landmark="",
        house=holder.house,
        locality="",
        pin=holder.pin,
        post_office=holder.town[0],
        state=holder.state[0],
        street=holder.street[0],
        sub_district=holder.town[0],
        town=holder.town[0],
        mobile_digits="3210",
    )


def _back(sheet: Sheet, person: Person, portrait: Path | None) -> Told:
    """The person decides which Indian resident this is, as in `india.py`."""
    chance = f"resident/{person.number}/{person.birth}/{person.given}/{person.surname}"
    holder = invent(random.Random(chance))
    sheet.picture.paste((250, 250, 248), (0, 0, *sheet.picture.size))
    sheet.text(18, 1.6, "Unique Identification Authority of India", 2.9, face="sans-bold", to=82)
    lines = holder.address[1].split(", ")
    local = font(holder.region.script, 25)
    for row, text in enumerate((", ".join(lines[:2]) + ",", ", ".join(lines[2:]))):
        sheet.pen.text((4 * DOTS_PER_MM, (6.4 + row * 3.6) * DOTS_PER_MM), text, font=local, fill=sheet.ink)
    sheet.text(4, 15.4, "Address:", 2.6, face="sans-bold")
    parts = holder.address[0].split(", ")
    for row, text in enumerate((f"C/O {holder.father[0]},", ", ".join(parts[:2]) + ",", *parts[2:])):
        sheet.value(4, 19.2 + row * 3.7, text, 2.6, to=46)
    sheet.value(24, 42.4, " ".join(holder.aadhaar[at : at + 4] for at in (0, 4, 8)), 4.4)
    vid = " ".join(holder.vid[at : at + 4] for at in (0, 4, 8, 12))
    sheet.text(27, 47.4, f"VID : {vid}", 2.4, face="sans")
    head = paper.portrait(sheet.rng, portrait, 350, 450)
    issued = dt.datetime.combine(holder.issue, dt.time(10, 20, 30))
    signed = secure_qr.data(in_code(holder), head, issued, ISSUER)
    paste(sheet, secure_qr.digits(signed), "QRCode", (48, 6, 82, 40))
    return {
        "full_name": holder.name[0],
        "date_of_birth": holder.birth.isoformat(),
        "sex": holder.sex,
        "document_number": holder.aadhaar,
        "vid": holder.vid,
        "issuing_country": "IND",
    }, ()


LAYOUTS = {"AADHAAR-back": Layout(85.6, 54.0, "aadhaar", _back)}
