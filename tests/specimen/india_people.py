"""Invented holders of invented Indian documents, with their names in Latin letters and in their own script.

Names are common ones put together by chance; streets and towns are put together likewise.
"""

import datetime as dt
import random
import string
from dataclasses import dataclass

from appliance.domain.ids import india, verhoeff

Both = tuple[str, str]
"""Latin letters, own script."""


@dataclass(frozen=True, slots=True)
class Region:
    """Names and places of one script.

    Attributes:
        script: as `appliance.vision.documents.scripts` names it.
        men, women, surnames: names.
        streets: what stands behind a house's number.
        towns: town, state, first digits of its postal code.
        son, daughter: of whom, before a father's name in an address.
    """

    script: str
    men: tuple[Both, ...]
    women: tuple[Both, ...]
    surnames: tuple[Both, ...]
    streets: tuple[Both, ...]
    towns: tuple[tuple[Both, Both, str], ...]
    son: str
    daughter: str


def _pairs(text: str) -> tuple[Both, ...]:
    words = text.split(",")
    found: list[Both] = []
    for word in words:
        latin, _, own = word.strip().partition("=")
        found.append((latin, own))
    return tuple(found)


REGIONS = (
    Region(
        "devanagari",
        _pairs("Rajesh=राजेश,Amit=अमित,Suresh=सुरेश,Vikram=विक्रम,Anil=अनिल,Manoj=मनोज,Deepak=दीपक,Arjun=अर्जुन,Krishna=कृष्णा,Harish=हरीश"),
        _pairs("Sunita=सुनीता,Priya=प्रिया,Anjali=अंजलि,Kavita=कविता,Pooja=पूजा,Meena=मीना,Rekha=रेखा,Shanti=शांति,Lakshmi=लक्ष्मी,Usha=उषा"),
        _pairs("Sharma=शर्मा,Verma=वर्मा,Gupta=गुप्ता,Singh=सिंह,Yadav=यादव,Mishra=मिश्रा,Tiwari=तिवारी,Chauhan=चौहान,Kumar=कुमार,Pandey=पाण्डेय,Patil=पाटिल,Joshi=जोशी"),
        _pairs("Gandhi Nagar=गांधी नगर,Station Road=स्टेशन रोड,Main Bazar=मुख्य बाजार,Subhash Marg=सुभाष मार्ग"),
        (
            (("Jaipur", "जयपुर"), ("Rajasthan", "राजस्थान"), "302"),
            (("Lucknow", "लखनऊ"), ("Uttar Pradesh", "उत्तर प्रदेश"), "226"),
            (("Bhopal", "भोपाल"), ("Madhya Pradesh", "मध्य प्रदेश"), "462"),
            (("Pune", "पुणे"), ("Maharashtra", "महाराष्ट्र"), "411"),
            (("Patna", "पटना"), ("Bihar", "बिहार"), "800"),
        ),
        "आत्मज",
        "आत्मजा",
    ),
    Region(
        "bengali",
        _pairs("Subrata=সুব্রত,Amit=অমিত,Sourav=সৌরভ,Debashis=দেবাশিস,Ranjit=রঞ্জিত,Tapan=তপন"),
        _pairs("Mousumi=মৌসুমী,Sharmila=শর্মিলা,Ananya=অনন্যা,Rupa=রূপা,Soma=সোমা,Kakali=কাকলি"),
        _pairs("Das=দাস,Ghosh=ঘোষ,Banerjee=ব্যানার্জী,Mondal=মণ্ডল,Roy=রায়,Sarkar=সরকার,Dutta=দত্ত,Bose=বসু"),
        _pairs("Rabindra Sarani=রবীন্দ্র সরণি,Netaji Road=নেতাজী রোড,College Para=কলেজ পাড়া"),
        (
            (("Kolkata", "কলকাতা"), ("West Bengal", "পশ্চিমবঙ্গ"), "700"),
            (("Howrah", "হাওড়া"), ("West Bengal", "পশ্চিমবঙ্গ"), "711"),
        ),
        "পিতা",
        "পিতা",
    ),
    Region(
        "tamil",
        _pairs("Murugan=முருகன்,Senthil=செந்தில்,Karthik=கார்த்திக்,Rajesh=ராஜேஷ்,Saravanan=சரவணன்,Kumar=குமார்"),
        _pairs("Lakshmi=லட்சுமி,Meenakshi=மீனாட்சி,Kavitha=கவிதா,Selvi=செல்வி,Revathi=ரேவதி,Priya=பிரியா"),
        _pairs("Subramanian=சுப்பிரமணியன்,Raman=ராமன்,Ganesan=கணேசன்,Arumugam=ஆறுமுகம்,Pandian=பாண்டியன்,Krishnan=கிருஷ்ணன்"),
        _pairs("Gandhi Street=காந்தி தெரு,Anna Nagar=அண்ணா நகர்,Kamarajar Salai=காமராஜர் சாலை"),
        (
            (("Chennai", "சென்னை"), ("Tamil Nadu", "தமிழ்நாடு"), "600"),
            (("Madurai", "மதுரை"), ("Tamil Nadu", "தமிழ்நாடு"), "625"),
        ),
        "த/பெ",
        "த/பெ",
    ),
    Region(
        "telugu",
        _pairs("Venkatesh=వెంకటేష్,Srinivas=శ్రీనివాస్,Ravi=రవి,Nagaraju=నాగరాజు,Suresh=సురేష్,Prasad=ప్రసాద్"),
        _pairs("Lakshmi=లక్ష్మి,Padma=పద్మ,Swathi=స్వాతి,Sirisha=శిరీష,Anitha=అనిత,Saritha=సరిత"),
        _pairs("Reddy=రెడ్డి,Rao=రావు,Naidu=నాయుడు,Chowdary=చౌదరి,Varma=వర్మ,Goud=గౌడ్"),
        _pairs("Gandhi Nagar=గాంధీ నగర్,Main Road=మెయిన్ రోడ్,Rama Street=రామ వీధి"),
        (
            (("Hyderabad", "హైదరాబాద్"), ("Telangana", "తెలంగాణ"), "500"),
            (("Guntur", "గుంటూరు"), ("Andhra Pradesh", "ఆంధ్ర ప్రదేశ్"), "522"),
        ),
        "తండ్రి",
        "తండ్రి",
    ),
    Region(
        "kannada",
        _pairs("Manjunath=ಮಂಜುನಾಥ್,Basavaraj=ಬಸವರಾಜ್,Ramesh=ರಮೇಶ್,Shivakumar=ಶಿವಕುಮಾರ್,Mahesh=ಮಹೇಶ್,Nagaraj=ನಾಗರಾಜ್"),
        _pairs("Savitha=ಸವಿತಾ,Geetha=ಗೀತಾ,Shobha=ಶೋಭಾ,Roopa=ರೂಪಾ,Asha=ಆಶಾ,Latha=ಲತಾ"),
        _pairs("Gowda=ಗೌಡ,Hegde=ಹೆಗಡೆ,Shetty=ಶೆಟ್ಟಿ,Rao=ರಾವ್,Patil=ಪಾಟೀಲ್,Naik=ನಾಯ್ಕ್"),
        _pairs("Gandhi Nagar=ಗಾಂಧಿ ನಗರ,Market Road=ಮಾರುಕಟ್ಟೆ ರಸ್ತೆ,Temple Street=ದೇವಸ್ಥಾನ ಬೀದಿ"),
        (
            (("Bengaluru", "ಬೆಂಗಳೂರು"), ("Karnataka", "ಕರ್ನಾಟಕ"), "560"),
            (("Mysuru", "ಮೈಸೂರು"), ("Karnataka", "ಕರ್ನಾಟಕ"), "570"),
        ),
        "ತಂದೆ",
        "ತಂದೆ",
    ),
    Region(
        "gujarati",
        _pairs("Bhavesh=ભાવેશ,Jignesh=જીગ્નેશ,Hitesh=હિતેશ,Mehul=મેહુલ,Nilesh=નીલેશ,Kiran=કિરણ"),
        _pairs("Hetal=હેતલ,Jyoti=જ્યોતિ,Kajal=કાજલ,Daksha=દક્ષા,Nisha=નિશા,Rupal=રૂપલ"),
        _pairs("Patel=પટેલ,Shah=શાહ,Desai=દેસાઈ,Mehta=મહેતા,Solanki=સોલંકી,Parmar=પરમાર,Trivedi=ત્રિવેદી"),
        _pairs("Gandhi Road=ગાંધી રોડ,Ashram Road=આશ્રમ રોડ,Nehru Nagar=નેહરુ નગર"),
        (
            (("Ahmedabad", "અમદાવાદ"), ("Gujarat", "ગુજરાત"), "380"),
            (("Surat", "સુરત"), ("Gujarat", "ગુજરાત"), "395"),
        ),
        "પિતા",
        "પિતા",
    ),
)  # fmt: skip

_CODES = {
    "Rajasthan": "RJ", "Uttar Pradesh": "UP", "Madhya Pradesh": "MP", "Maharashtra": "MH", "Bihar": "BR",
    "West Bengal": "WB", "Tamil Nadu": "TN", "Telangana": "TS", "Andhra Pradesh": "AP", "Karnataka": "KA",
    "Gujarat": "GJ",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Resident:
    """A holder with everything that any Indian document prints."""

    region: Region
    given: Both
    surname: Both
    father: Both
    sex: str
    birth: dt.date
    issue: dt.date
    expiry: dt.date
    aadhaar: str
    vid: str
    pan: str
    epic: str
    old_epic: str
    licence: str
    blood: str
    house: str
    street: Both
    town: Both
    state: Both
    pin: str

    @property
    def name(self) -> Both:
        """Given name, then surname."""
        return (f"{self.given[0]} {self.surname[0]}", f"{self.given[1]} {self.surname[1]}")

    @property
    def address(self) -> Both:
        """House, street, town, state and postal code."""
        latin, own = (
            f"{self.house}, {self.street[k]}, {self.town[k]}, {self.state[k]} - {self.pin}" for k in (0, 1)
        )
        return latin, own


def invent(rng: random.Random, script: str = "") -> Resident:
    """Someone whose own script is `script`; without one every second writes Devanagari."""
    regions = [region for region in REGIONS if region.script == script] or [REGIONS[0]] * 5 + list(
        REGIONS[1:]
    )
    region = rng.choice(regions)
    sex = rng.choice("MF")
    surname = rng.choice(region.surnames)
    father = rng.choice(region.men)
    town, state, pin = rng.choice(region.towns)
    issue = dt.date(rng.randint(2009, 2025), rng.randint(1, 12), rng.randint(1, 28))
    digits = lambda count: "".join(rng.choices(string.digits, k=count))  # noqa: E731  # six uses below
    letters = lambda count: "".join(rng.choices(string.ascii_uppercase, k=count))  # noqa: E731  # as above
    code = _CODES[state[0]]
    serial = digits(6)
    epic = letters(3) + next(serial + d for d in string.digits if india.epic_check_holds(f"AAA{serial}{d}"))
    aadhaar, vid = (rng.choice("23456789") + digits(count) for count in (10, 14))
    return Resident(
        region=region,
        given=rng.choice(region.men if sex == "M" else region.women),
        surname=surname,
        father=(f"{father[0]} {surname[0]}", f"{father[1]} {surname[1]}"),
        sex=sex,
        birth=dt.date(rng.randint(1950, 1990), rng.randint(1, 12), rng.randint(1, 28)),
        issue=issue,
        expiry=issue.replace(year=issue.year + 20),
        aadhaar=aadhaar + verhoeff.check_digit(aadhaar),
        vid=vid + verhoeff.check_digit(vid),
        pan=f"{letters(3)}P{surname[0][0]}{digits(4)}{letters(1)}",
        epic=epic,
        old_epic=f"{code}/{rng.randint(1, 80):02d}/{rng.randint(1, 400):03d}/{digits(rng.choice([6, 7]))}",
        licence=f"{code}{rng.randint(1, 60):02d}{issue.year}{digits(7)}",
        blood=rng.choice(["A+", "B+", "O+", "AB+", "O-", "B-"]),
        house=rng.choice(
            [
                str(rng.randint(1, 240)),
                f"{rng.randint(1, 90)}/{rng.choice('ABCD')}",
                f"H.No. {rng.randint(2, 99)}",
            ]
        ),
        street=rng.choice(region.streets),
        town=town,
        state=state,
        pin=pin + digits(3),
    )
