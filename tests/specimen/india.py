"""Draws Indian documents: Aadhaar, PAN, driving licence, voter's card, sides and issues of each.

Sizes, headings, labels and the order of fields are those of the cards in use; grounds, faces and spacing are
invented and vary with the seed. Holders are invented here: an Indian document needs more of its holder than
`people.Person` knows.
"""

import datetime as dt
import random
from collections.abc import Callable
from pathlib import Path

from appliance.domain.ids import india
from tests.specimen.india_pen import GREY, Card
from tests.specimen.india_people import Both, Resident, invent
from tests.specimen.india_words import COVERED, DISCLAIMER, SEX
from tests.specimen.people import Person
from tests.specimen.sheet import Layout, Sheet, Told

Draw = Callable[[Card, Resident, Path | None], dict[str, str]]


def _slashes(day: dt.date) -> str:
    return f"{day:%d/%m/%Y}"


def _number(card: Card, holder: Resident, y: float, *, masked: bool, middle: float, mm: float = 5.0) -> str:
    number = "X" * 8 + holder.aadhaar[8:] if masked else holder.aadhaar
    card.write(middle, y, india.in_fours(number), mm, bold=True, middle=True, value=True)
    return number


def _vid(card: Card, holder: Resident, y: float, middle: float) -> dict[str, str]:
    card.write(
        middle, y, f"VID : {india.in_fours(holder.vid)}", 2.4, bold=card.rng.random() < 0.5, middle=True
    )
    return {"vid": holder.vid}


def _aadhaar_lines(
    card: Card, holder: Resident, x: float, y: float, to: float, *, year: bool
) -> dict[str, str]:
    """Name in both scripts, birth and sex, as all issues have them."""
    own, latin = holder.name[1], holder.name[0]
    step = card.rng.uniform(4.2, 4.9)
    card.write(x, y, own, 3.1, to=to, bold=card.rng.random() < 0.3)
    card.write(x, y + step, latin, 3.0, to=to, bold=card.rng.random() < 0.3, value=True)
    if year:
        label = card.rng.choice(
            [f"{card.words['year']} / Year of Birth : ", f"{card.words['year']}/Year of Birth: "]
        )
        born = str(holder.birth.year)
        card.write(x, y + 2 * step, label + born, 2.8, to=to)
    else:
        label = card.rng.choice(
            [f"{card.words['born']} / DOB : ", f"{card.words['born']}/DOB: ", f"{card.words['born']} / DOB: "]
        )
        born = holder.birth.isoformat()
        card.write(x, y + 2 * step, label + _slashes(holder.birth), 2.8, to=to)
    sex = SEX[holder.sex] if card.rng.random() < 0.7 else SEX[holder.sex].title()
    between = card.rng.choice([" / ", "/ ", "/"])
    card.write(x, y + 3 * step, card.words[holder.sex] + between + sex, 2.8, to=to)
    return {"full_name": latin, "full_name_local": own, "date_of_birth": born, "sex": holder.sex}


def _aadhaar_front(*, masked: bool = False, year: bool = False) -> Draw:
    """The letter's card of 2011 and later: tricolour heading, number and slogan at the foot."""

    def draw(card: Card, holder: Resident, portrait: Path | None) -> dict[str, str]:
        card.paint(0.7)
        card.band(1.5, 4.6, (250, 170, 90))
        card.band(9.2, 11.2, (110, 190, 110))
        card.emblem(2.5, 1.5, 9)
        card.write(43, 2.0, card.words["government"], 3.0, bold=True, middle=True)
        card.write(43, 5.6, "Government of India", 3.0, bold=True, middle=True)
        card.sheet.portrait((4, 14, 22, 37), portrait)
        fields = _aadhaar_lines(card, holder, 25, 14.5, 66, year=year)
        if card.rng.random() < 0.5:
            card.code(67, 16, 16, 45)
        if card.rng.random() < 0.4:
            card.upright(0.8, 14, f"Issue Date: {_slashes(holder.issue)}", 1.6)
        number = _number(card, holder, 40.2, masked=masked, middle=43)
        if card.rng.random() < 0.5:
            fields |= _vid(card, holder, 45.4, 43)
        card.band(48.4, 48.7, (190, 40, 40))
        card.write(43, 49.4, card.words["slogan"], 2.8, bold=True, middle=True)
        return fields | {"document_number": number}

    return draw


def _aadhaar_card(card: Card, holder: Resident, portrait: Path | None) -> dict[str, str]:
    """The plastic card of 2020: larger print, disclaimer, virtual ID below the number."""
    card.paint(0.55)
    card.emblem(3, 2, 8)
    card.write(14, 2.6, card.words["government"], 2.8, bold=True)
    card.write(14, 6.4, "Government of India", 2.8, bold=True)
    card.write(66, 3.2, "AADHAAR", 3.0, bold=True, ink=(180, 40, 40))
    card.sheet.portrait((3.5, 12.5, 21, 34.5), portrait)
    fields = _aadhaar_lines(card, holder, 24, 13.2, 82, year=False)
    card.upright(0.8, 12, f"Download Date: {_slashes(holder.issue)}", 1.6)
    for k, line in enumerate(DISCLAIMER):
        card.write(24, 32.4 + 2.1 * k, line, 1.45, to=82, ink=GREY)
    number = _number(card, holder, 38.6, masked=False, middle=43, mm=5.4)
    fields |= _vid(card, holder, 44.6, 43)
    card.band(48.2, 48.5, (190, 40, 40))
    card.write(43, 49.3, card.words["slogan"], 2.8, bold=True, middle=True)
    return fields | {"document_number": number}


def _care(holder: Resident) -> Both:
    """Whose child, before the address."""
    own = holder.region.son if holder.sex == "M" else holder.region.daughter
    return f"{'S/O' if holder.sex == 'M' else 'D/O'}: {holder.father[0]}, ", f"{own}: {holder.father[1]}, "


def _aadhaar_back(card: Card, holder: Resident, _portrait: Path | None) -> dict[str, str]:
    """Two columns: the address in the own script on the left, in Latin letters on the right."""
    card.paint(0.7)
    card.emblem(2.5, 1.5, 8)
    card.write(46, 2.0, card.words["authority"], 2.6, bold=True, middle=True, to=84)
    card.write(46, 5.6, "Unique Identification Authority of India", 2.6, bold=True, middle=True)
    latin, own = (care + address for care, address in zip(_care(holder), holder.address, strict=True))
    card.write(4, 12, f"{card.words['address']}:", 2.4, bold=True)
    card.block(4, 15.6, own, 2.3, 24, to=40)
    card.write(44, 12, "Address:", 2.4, bold=True)
    card.block(44, 15.6, latin, 2.3, 25, to=83)
    number = _number(card, holder, 38.5, masked=False, middle=43, mm=4.6)
    fields = _vid(card, holder, 43.6, 43) if card.rng.random() < 0.4 else {}
    card.band(47.4, 47.7, (190, 40, 40))
    card.write(8, 48.8, "1947", 2.2)
    card.write(26, 48.8, "help@uidai.gov.in", 2.2)
    card.write(58, 48.8, "www.uidai.gov.in", 2.2)
    return fields | {"address": latin, "address_local": own, "document_number": number}


def _aadhaar_card_back(card: Card, holder: Resident, _portrait: Path | None) -> dict[str, str]:
    """One above the other, a large code on the right; `Address:` stands before its first words."""
    card.paint(0.55)
    card.emblem(3, 1.5, 7.5)
    card.write(12.5, 2.0, card.words["authority"], 2.5, bold=True, to=70)
    card.write(12.5, 5.4, "Unique Identification Authority of India", 2.5, bold=True)
    latin, own = (care + address for care, address in zip(_care(holder), holder.address, strict=True))
    y = card.block(4, 11.4, f"{card.words['address']}: {own}", 2.3, 34, to=52)
    card.block(4, y + 1.2, f"Address: {latin}", 2.3, 34, to=52)
    card.code(54, 10.5, 28, 61)
    number = _number(card, holder, 40.0, masked=False, middle=34, mm=4.6)
    fields = _vid(card, holder, 45.0, 34)
    card.band(48.4, 48.7, (190, 40, 40))
    card.write(8, 49.6, "1947", 2.2)
    card.write(26, 49.6, "help@uidai.gov.in", 2.2)
    card.write(58, 49.6, "www.uidai.gov.in", 2.2)
    return fields | {"address": latin, "address_local": own, "document_number": number}


def _pan_new(card: Card, holder: Resident, portrait: Path | None) -> dict[str, str]:
    """The card since 2018: labels in two languages, a code, the number under the heading."""
    card.paint(0.25, (205, 225, 240))
    card.write(4, 2.6, "आयकर विभाग", 2.7, bold=True)
    card.write(4, 6.0, "INCOME TAX DEPARTMENT", 2.5, bold=True)
    card.emblem(39, 1.8, 7.5)
    card.write(56, 2.6, "भारत सरकार", 2.7, bold=True)
    card.write(56, 6.0, "GOVT. OF INDIA", 2.5, bold=True)
    card.write(46, 11.2, "स्थायी लेखा संख्या कार्ड", 2.2, middle=True)
    card.write(46, 14.2, "Permanent Account Number Card", 2.2, middle=True)
    card.write(46, 17.6, holder.pan, 4.0, bold=True, middle=True, value=True)
    card.sheet.portrait((4, 11, 20, 30), portrait)
    card.code(63, 22, 19, 49)
    upper = (holder.name[0].upper(), holder.father[0].upper())
    rows = [("नाम / Name", upper[0]), ("पिता का नाम / Father's Name", upper[1]),
            ("जन्म की तारीख / Date of Birth", _slashes(holder.birth))]  # fmt: skip
    y = 31.4
    for label, value in rows:
        card.write(4, y, label, 1.9, ink=GREY)
        card.write(4, y + 2.7, value, 2.7, bold=True, to=60, value=True)
        y += 7.0
    card.write(42, 50.2, "हस्ताक्षर / Signature", 1.7, ink=GREY)
    return _pan_fields(holder, upper)


def _pan_fields(holder: Resident, upper: tuple[str, str]) -> dict[str, str]:
    return {"full_name": upper[0], "father_name": upper[1], "date_of_birth": holder.birth.isoformat(),
            "document_number": holder.pan}  # fmt: skip


def _pan_old(card: Card, holder: Resident, portrait: Path | None) -> dict[str, str]:
    """The card before 2018: no labels but the number's."""
    card.paint(0.25, (205, 225, 240))
    card.write(4, 2.6, "आयकर विभाग", 2.8, bold=True)
    card.write(4, 6.0, "INCOME TAX DEPARTMENT", 2.6, bold=True)
    card.emblem(40, 1.8, 8)
    card.write(57, 2.6, "भारत सरकार", 2.8, bold=True)
    card.write(57, 6.0, "GOVT. OF INDIA", 2.6, bold=True)
    upper = (holder.name[0].upper(), holder.father[0].upper())
    card.write(4, 13.0, upper[0], 3.0, bold=True, to=60, value=True)
    card.write(4, 19.0, upper[1], 3.0, bold=True, to=60, value=True)
    card.write(4, 25.5, _slashes(holder.birth), 3.0, bold=True, value=True)
    card.write(4, 31.0, "Permanent Account Number", 2.4)
    card.write(4, 35.0, holder.pan, 3.8, bold=True, value=True)
    card.write(4, 48.6, "Signature", 1.9, ink=GREY)
    card.sheet.portrait((64, 24, 80, 43), portrait)
    return _pan_fields(holder, upper)


def _licence_number(card: Card, number: str) -> str:
    return card.rng.choice(
        [
            f"{number[:4]} {number[4:]}",
            f"{number[:2]}-{number[2:]}",
            f"{number[:4]}/{number[4:8]}/{number[8:]}",
            number,
        ]
    )


def _licence_new(card: Card, holder: Resident, portrait: Path | None) -> dict[str, str]:
    """The card of form 7 since 2019: labels above values."""
    card.paint(0.3, (250, 236, 214))
    card.write(43, 1.8, "Indian Union Driving Licence", 3.0, bold=True, middle=True)
    card.write(43, 5.6, f"Issued by {holder.state[0]}", 2.5, bold=True, middle=True)
    card.write(4, 10.0, _licence_number(card, holder.licence), 3.6, bold=True, value=True)
    upper = (holder.name[0].upper(), holder.father[0].upper())
    dates = ((4, "Issue Date", holder.issue), (24, "Validity (NT)", holder.expiry))
    for x, label, day in dates:
        card.write(x, 15.6, label, 1.9, ink=GREY)
        card.write(x, 18.2, f"{day:%d-%m-%Y}", 2.5, bold=True, value=True)
    card.write(46, 15.6, "Validity (TR)", 1.9, ink=GREY)
    card.write(4, 22.4, "Name", 1.9, ink=GREY)
    card.write(4, 25.0, upper[0], 2.6, bold=True, to=60, value=True)
    card.write(4, 29.0, "Date of Birth", 1.9, ink=GREY)
    card.write(4, 31.6, f"{holder.birth:%d-%m-%Y}", 2.5, bold=True, value=True)
    card.write(26, 29.0, "Blood Group", 1.9, ink=GREY)
    card.write(26, 31.6, holder.blood, 2.5, bold=True)
    card.write(44, 29.0, "Organ Donor", 1.9, ink=GREY)
    card.write(44, 31.6, "N", 2.5, bold=True)
    card.write(4, 35.6, "Son/Daughter/Wife of", 1.9, ink=GREY)
    card.write(4, 38.2, upper[1], 2.6, bold=True, to=60, value=True)
    card.write(4, 42.2, "Address", 1.9, ink=GREY)
    address = holder.address[0].upper()
    card.block(4, 44.8, address, 2.2, 40, to=80)
    card.sheet.portrait((64, 10, 81, 31), portrait)
    return _licence_fields(holder, upper, address)


def _licence_fields(holder: Resident, upper: tuple[str, str], address: str) -> dict[str, str]:
    return {
        "document_number": holder.licence,
        "full_name": upper[0],
        "father_name": upper[1],
        "date_of_birth": holder.birth.isoformat(),
        "issue_date": holder.issue.isoformat(),
        "expiry_date": holder.expiry.isoformat(),
        "blood_group": holder.blood,
        "address": address,
    }


def _licence_old(card: Card, holder: Resident, portrait: Path | None) -> dict[str, str]:
    """A state's card of 2009 and later: labels before values, classes of vehicles with their dates."""
    card.paint(0.3, (226, 240, 226))
    card.write(43, 1.4, "THE UNION OF INDIA", 2.5, bold=True, middle=True)
    card.write(43, 4.8, f"{holder.state[0].upper()} STATE MOTOR DRIVING LICENCE", 2.5, bold=True, middle=True)
    mm, day = 2.4, lambda date: f"{date:%d-%m-%Y}"
    card.write(4, 9.6, f"DL No : {_licence_number(card, holder.licence)}", mm, bold=True)
    card.write(52, 9.6, f"DOI : {day(holder.issue)}", mm, bold=True)
    card.write(4, 13.4, f"Valid Till : {day(holder.expiry)} (NT)", mm)
    card.write(4, 17.2, "AUTHORISATION TO DRIVE FOLLOWING CLASS", 1.9)
    card.write(4, 19.8, "OF VEHICLES THROUGHOUT INDIA", 1.9)
    card.write(4, 22.8, "COV", 2.0)
    card.write(20, 22.8, "DOI", 2.0)
    classes = card.rng.sample(COVERED, card.rng.randint(1, 2))
    for k, name in enumerate(classes):
        card.write(4, 25.8 + 2.9 * k, name, 2.1)
        card.write(20, 25.8 + 2.9 * k, day(holder.issue), 2.1)
    upper = (holder.name[0].upper(), holder.father[0].upper())
    card.write(4, 32.2, f"DOB : {day(holder.birth)}", mm)
    card.write(36, 32.2, f"BG : {holder.blood}", mm)
    card.write(4, 36.0, f"Name : {upper[0]}", mm, to=62)
    card.write(4, 39.6, f"S/D/W of : {upper[1]}", mm, to=62)
    address = holder.address[0].upper()
    card.block(4, 43.2, f"Add : {address}", 2.2, 42, to=82)
    card.write(52, 51.0, "Signature / Thumb", 1.6, ink=GREY)
    card.sheet.portrait((65, 14, 81, 34), portrait)
    return _licence_fields(holder, upper, address) | {"vehicle_classes": ", ".join(classes)}


def _voter_front(card: Card, holder: Resident, portrait: Path | None) -> dict[str, str]:
    """The plastic card since 2015: number at the top right, pairs of lines beside the portrait."""
    card.paint(0.5)
    card.emblem(3, 1.6, 7)
    card.write(12, 1.8, card.words["election"], 2.7, bold=True, to=80)
    card.write(12, 5.4, "ELECTION COMMISSION OF INDIA", 2.5, bold=True)
    card.write(12, 8.8, "Elector Photo Identity Card", 2.0)
    card.write(58, 9.6, holder.epic, 3.2, bold=True, value=True)
    card.sheet.portrait((4, 14, 24, 39), portrait)
    gap = card.rng.choice([" : ", ": "])
    rows = [
        (f"{card.words['elector']}{gap}{holder.name[1]}", False),
        (f"Name{gap}{holder.name[0]}", True),
        (f"{card.words['father']}{gap}{holder.father[1]}", False),
        (f"Father's Name{gap}{holder.father[0]}", True),
        (f"{card.words['sex']} / Gender{gap}{SEX[holder.sex].title()}", True),
        (f"{card.words['born']} / Date of Birth{gap}{holder.birth:%d-%m-%Y}", True),
    ]
    y = 14.4
    for text, _ in rows:
        card.write(27, y, text, 2.6, to=83)
        y += 4.4
    return _voter_fields(holder, holder.epic) | {"date_of_birth": holder.birth.isoformat()}


def _voter_fields(holder: Resident, number: str, *, upper: bool = False) -> dict[str, str]:
    name, father = (text.upper() if upper else text for text in (holder.name[0], holder.father[0]))
    return {"document_number": number, "full_name": name, "full_name_local": holder.name[1],
            "father_name": father, "sex": holder.sex}  # fmt: skip


def _voter_front_old(card: Card, holder: Resident, portrait: Path | None) -> dict[str, str]:
    """The laminated slip, higher than wide: everything below the portrait, age instead of birth on most."""
    card.paint(0.5, (240, 246, 238))
    card.write(27, 1.8, card.words["election"], 2.7, bold=True, middle=True)
    card.write(27, 5.4, "ELECTION COMMISSION OF INDIA", 2.5, bold=True, middle=True)
    card.write(27, 8.8, "IDENTITY CARD", 2.6, bold=True, middle=True)
    number = holder.old_epic if card.rng.random() < 0.6 else holder.epic
    card.write(27, 12.6, number, 3.2, bold=True, middle=True, value=True)
    card.sheet.portrait((17, 17, 37, 42), portrait)
    rows = [
        f"{card.words['elector']} : {holder.name[1]}",
        f"Elector's Name : {holder.name[0].upper()}",
        f"{card.words['father']} : {holder.father[1]}",
        f"Father's Name : {holder.father[0].upper()}",
        f"Sex / {card.words['sex']} : {SEX[holder.sex].title()} / {card.words[holder.sex]}",
    ]
    fields = _voter_fields(holder, number, upper=True)
    if card.rng.random() < 0.5:
        rows.append(f"Date of Birth : {_slashes(holder.birth)}")
        fields["date_of_birth"] = holder.birth.isoformat()
    else:
        rows.append(f"Age as on 1.1.{holder.issue.year} : {holder.issue.year - holder.birth.year}")
    y = 46.0
    for text in rows:
        card.write(3, y, text, 2.7, to=52)
        y += 5.6
    return fields


def _voter_back(card: Card, holder: Resident, _portrait: Path | None) -> dict[str, str]:
    """The plastic card's back: address in both scripts, constituency, note."""
    card.paint(0.5)
    card.write(58, 2.0, holder.epic, 2.8, bold=True, value=True)
    latin, own = holder.address
    y = card.block(4, 6.6, f"{card.words['address']} : {own}", 2.4, 50, to=82)
    y = card.block(4, y + 0.8, f"Address : {latin}", 2.4, 52, to=82)
    card.write(
        4,
        y + 1.4,
        f"Assembly Constituency No. and Name : {card.rng.randint(1, 400)} - {holder.town[0]}",
        2.1,
        to=82,
    )
    card.write(4, y + 5.2, f"Part No. and Name : {card.rng.randint(1, 300)} - {holder.street[0]}", 2.1, to=82)
    card.write(4, y + 9.2, f"Date : {holder.issue:%d-%m-%Y}", 2.2)
    card.write(52, y + 12.4, "Electoral Registration Officer", 2.0)
    card.write(
        4, 47.6, "Note : Mere possession of this card is no proof that the holder is an elector.", 1.6, to=82
    )
    return {"document_number": holder.epic, "address": latin, "address_local": own,
            "issue_date": holder.issue.isoformat()}  # fmt: skip


def _voter_back_old(card: Card, holder: Resident, _portrait: Path | None) -> dict[str, str]:
    """The slip's back: address in both scripts, officer, constituency."""
    card.paint(0.5, (240, 246, 238))
    number = holder.old_epic if card.rng.random() < 0.6 else holder.epic
    card.write(27, 2.4, number, 2.8, bold=True, middle=True, value=True)
    latin, own = holder.address
    card.write(3, 7.6, f"{card.words['address']} :", 2.5)
    y = card.block(3, 11.4, own, 2.4, 28, to=51)
    card.write(3, y + 1.6, "Address :", 2.5)
    y = card.block(3, y + 5.4, latin.upper(), 2.3, 28, to=51)
    card.write(3, y + 2.0, f"Date : {_slashes(holder.issue)}", 2.3)
    card.write(3, y + 8.0, "Facsimile Signature of", 2.0)
    card.write(3, y + 11.0, "Electoral Registration Officer", 2.0)
    card.write(3, y + 15.4, f"Assembly Constituency : {holder.town[0]}", 2.1, to=51)
    return {"document_number": number, "address": latin.upper(), "address_local": own,
            "issue_date": holder.issue.isoformat()}  # fmt: skip


def _layout(kind: str, draw: Draw, *, high: bool = False) -> Layout:
    def drawn(sheet: Sheet, person: Person, portrait: Path | None) -> Told:
        # The person of other layouts decides who this is, so that the same one holds front and back.
        chance = random.Random(f"resident/{person.number}/{person.birth}/{person.given}/{person.surname}")
        holder = invent(chance)
        return draw(Card(sheet, holder), holder, portrait) | {"issuing_country": "IND"}, ()

    return Layout(*((54.0, 85.6) if high else (85.6, 54.0)), kind, drawn)


LAYOUTS = {
    "IN-AADHAAR-FRONT": _layout("aadhaar", _aadhaar_front()),
    "IN-AADHAAR-FRONT-CARD": _layout("aadhaar", _aadhaar_card),
    "IN-AADHAAR-MASKED": _layout("aadhaar", _aadhaar_front(masked=True)),
    "IN-AADHAAR-YEAR": _layout("aadhaar", _aadhaar_front(year=True)),
    "IN-AADHAAR-BACK": _layout("aadhaar", _aadhaar_back),
    "IN-AADHAAR-BACK-CARD": _layout("aadhaar", _aadhaar_card_back),
    "IN-PAN": _layout("pan", _pan_new),
    "IN-PAN-OLD": _layout("pan", _pan_old),
    "IN-DL": _layout("driving_licence", _licence_new),
    "IN-DL-OLD": _layout("driving_licence", _licence_old),
    "IN-VOTER-FRONT": _layout("voter_id", _voter_front),
    "IN-VOTER-FRONT-OLD": _layout("voter_id", _voter_front_old, high=True),
    "IN-VOTER-BACK": _layout("voter_id", _voter_back),
    "IN-VOTER-BACK-OLD": _layout("voter_id", _voter_back_old, high=True),
}
