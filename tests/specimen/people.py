"""Invented holders of invented documents."""

import datetime as dt
import random
import string
from dataclasses import dataclass

UTOPIA = "UTO"

LANGUAGE = {
    UTOPIA: "en",
    "GBR": "en",
    "IRL": "en",
    "DEU": "de",
    "AUT": "de",
    "FRA": "fr",
    "ESP": "es",
    "ITA": "it",
    "PRT": "pt",
    "POL": "pl",
    "CZE": "cs",
    "SWE": "sv",
}
"""Language of the first label on each state's documents; the second is English, or French beside English."""

STATE_NAME = {
    UTOPIA: "REPUBLIC OF UTOPIA",
    "GBR": "UNITED KINGDOM",
    "IRL": "ÉIRE IRELAND",
    "DEU": "BUNDESREPUBLIK DEUTSCHLAND",
    "AUT": "REPUBLIK ÖSTERREICH",
    "FRA": "RÉPUBLIQUE FRANÇAISE",
    "ESP": "REINO DE ESPAÑA",
    "ITA": "REPUBBLICA ITALIANA",
    "PRT": "REPÚBLICA PORTUGUESA",
    "POL": "RZECZPOSPOLITA POLSKA",
    "CZE": "ČESKÁ REPUBLIKA",
    "SWE": "SVERIGE",
}

_SURNAMES = {
    "en": ["Ashworth", "O'Connell", "Pemberton", "Quill", "Hawthorne", "Langley-Moss", "Fairbrother", "Ives"],
    "de": ["Müller", "Größmann", "Jäger", "Köhler", "Weißenfels", "Brandt", "Schönfelder", "Ebert"],
    "fr": ["Lefèvre", "Béranger", "d'Aubigné", "François", "Château", "Moreau", "Noël", "Garçon"],
    "es": ["Muñoz", "García Peña", "Ibáñez", "Núñez", "Castaño", "Echeverría", "Rubio", "Vázquez"],
    "it": ["Bianchi", "D'Angelo", "Fabbri", "Nicolò", "Rinaldi", "Salvemini", "Tebaldi", "Zanetti"],
    "pt": ["Gonçalves", "Magalhães", "Simões", "Araújo", "Leitão", "Furtado", "Brandão", "Queirós"],
    "pl": ["Wiśniewski", "Łukasik", "Gołąb", "Żurawski", "Dąbek", "Kościelny", "Maćkowiak", "Zieliński"],
    "cs": ["Dvořák", "Říha", "Černý", "Šťastný", "Žižka", "Kolář", "Němec", "Vacek"],
    "sv": ["Åkesson", "Öberg", "Sjöström", "Lindqvist", "Hägg", "Norén", "Ståhl", "Wallin"],
}
_GIVEN = {
    "en": (["Oscar", "Edmund", "Theo", "Gareth"], ["Imogen", "Beatrice", "Zoë", "Hester"]),
    "de": (["Jürgen", "Matthias", "Götz", "Anton"], ["Käthe", "Annelie", "Jördis", "Ruth"]),
    "fr": (["Rémi", "Gaël", "Théodore", "Luc"], ["Hélène", "Maëlle", "Cécile", "Agnès"]),
    "es": (["Íñigo", "Ramón", "Joaquín", "Tomás"], ["Begoña", "Inés", "Lucía", "Pilar"]),
    "it": (["Nicolò", "Ettore", "Livio", "Sandro"], ["Ornella", "Chiara", "Mirella", "Gaia"]),
    "pt": (["João", "Estêvão", "Caetano", "Rui"], ["Conceição", "Inês", "Beatriz", "Lurdes"]),
    "pl": (["Łukasz", "Michał", "Wacław", "Jan"], ["Małgorzata", "Józefina", "Bożena", "Ewa"]),
    "cs": (["Jiří", "Ondřej", "Řehoř", "Marek"], ["Božena", "Jiřina", "Žofie", "Klára"]),
    "sv": (["Björn", "Göran", "Åke", "Nils"], ["Märta", "Åsa", "Linnéa", "Karin"]),
}
_PLACES = {
    "en": ["Highmoor", "Saltford Bay", "Nether Wick", "Arden Cross"],
    "de": ["Grünhausen", "Oberweiß", "Bad Lindtal", "Rotheim"],
    "fr": ["Saint-Aurèle", "Montclair", "Beauséjour", "Vieux-Port"],
    "es": ["Peñablanca", "Villarreal", "Monteclaro", "Alcoreña"],
    "it": ["Montefiore", "Castelnuovo", "Rocca Blu", "Pianalta"],
    "pt": ["Vila Formosa", "Ribeirão", "Monção Nova", "Altamira"],
    "pl": ["Białogóra", "Złotowiec", "Nowa Łąka", "Dębowo"],
    "cs": ["Nové Údolí", "Říčany Dol", "Kamenná", "Zelenec"],
    "sv": ["Björkvik", "Sandåker", "Norrhamn", "Älgnäs"],
}
_STREETS = [
    "Linden Row 12",
    "Harbour Lane 4",
    "Mill Street 31",
    "Station Road 7",
    "Garden Walk 88",
    "Elm Court 3",
]
_NUMBER_ALPHABET = "CFGHJKLMNPRTVWXYZ0123456789"


@dataclass(frozen=True, slots=True)
class Person:
    """A holder with everything that any of the drawn documents prints."""

    state: str
    surname: str
    given: str
    sex: str
    birth: dt.date
    issue: dt.date
    expiry: dt.date
    number: str
    personal_number: str
    place: str
    address: str
    height_cm: int

    @property
    def language(self) -> str:
        """First language of the documents of this person's state."""
        return LANGUAGE[self.state]


def invent(rng: random.Random, state: str | None = None) -> Person:
    """A person of `state`, or of one drawn by chance."""
    state = state or rng.choice(sorted(LANGUAGE))
    language = LANGUAGE[state]
    sex = rng.choice("MF")
    names = _GIVEN[language][sex == "F"]
    given = " ".join(rng.sample(names, 2 if rng.random() < 0.35 else 1))
    issue = _day(rng, 2019, 2025)
    return Person(
        state=state,
        surname=rng.choice(_SURNAMES[language]),
        given=given,
        sex=sex,
        birth=_day(rng, 1945, 2006),
        issue=issue,
        expiry=issue.replace(year=issue.year + 10),
        number=_number(rng),
        personal_number="".join(rng.choices(string.digits, k=9)) if rng.random() < 0.4 else "",
        place=rng.choice(_PLACES[language]),
        address=f"{rng.choice(_STREETS)}, {rng.randint(10000, 99999)} {rng.choice(_PLACES[language])}",
        height_cm=rng.randint(150, 199),
    )


def _day(rng: random.Random, first: int, last: int) -> dt.date:
    return dt.date(rng.randint(first, last), rng.randint(1, 12), rng.randint(1, 28))


def _number(rng: random.Random) -> str:
    if rng.random() < 0.25:
        return "".join(rng.choices(_NUMBER_ALPHABET, k=9))
    letters = "".join(rng.choices(string.ascii_uppercase, k=rng.choice([0, 1, 2])))
    return letters + "".join(rng.choices(string.digits, k=9 - len(letters)))
