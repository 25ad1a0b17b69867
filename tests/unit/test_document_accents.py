"""Accents that the issuing state's alphabet and the zone bring back."""

import datetime as dt

import numpy as np
import pytest

from appliance.vision.documents.accents import respelled, restored, spelled
from appliance.vision.documents.alphabets import ACCENTED
from appliance.vision.documents.anchors import Found, Print
from appliance.vision.documents.ctc import greedy, runs
from appliance.vision.documents.letter_families import LetterFamilies
from appliance.vision.documents.values import Situation

QUAD = np.zeros((4, 2), np.float32)


def line(text, others=None, sure=0.99):
    """Print with other letters at one place: `others` is (place, certainty there, {letter: probability})."""
    chances, more = [sure] * len(text), [()] * len(text)
    if others:
        at, chance, letters = others
        chances[at], more[at] = chance, tuple(letters.items())
    return Print(text, tuple(chances), QUAD, tuple(more))


@pytest.mark.parametrize(
    ("state", "text", "others", "expected"),
    [
        ("POL", "LUKASZ", (0, 0.85, {"Ł": 0.15}), "ŁUKASZ"),
        ("POL", "LUKASZ", (0, 0.98, {"Ł": 0.01}), "LUKASZ"),
        ("POL", "Lukasz", (0, 0.85, {"Ł": 0.15}), "Łukasz"),
        ("DEU", "LUKASZ", (0, 0.85, {"Ł": 0.15}), "LUKASZ"),
        ("PRT", "ARAUJO", (2, 0.80, {"Á": 0.19}), "ARAUJO"),
        ("PRT", "ARAUJO", (2, 0.60, {"Á": 0.38}), "ARÁUJO"),
        ("SWE", "AKE", (0, 0.6, {"Å": 0.2, "Ä": 0.15}), "ÅKE"),
        ("POL", "ZIELIÑSKI", (5, 0.83, {"Ń": 0.01, "N": 0.13}), "ZIELIŃSKI"),
        ("POL", "ZIELIÑSKI", None, "ZIELIŃSKI"),
        ("ESP", "MUÑOZ", None, "MUÑOZ"),
        ("FRA", "MUÑOZ", None, "MUÑOZ"),
        ("FRA", "CHÁTEAU", (2, 0.5, {"Â": 0.45}), "CHÂTEAU"),
        ("FRA", "ÁLVAREZ", None, "ÁLVAREZ"),
        ("CZE", "RÛŽIČKA", None, "RŮŽIČKA"),
        ("TUR", "ERDOČAN", None, "ERDOĞAN"),
        ("CZE", "DVOŘÁK 12", None, "DVOŘÁK 12"),
    ],
)
def test_letters_of_the_state(state, text, others, expected):
    read = line(text, others)
    found = spelled(read, ACCENTED[state])
    assert found.text == expected
    assert (found is read) is (text == expected)
    assert len(found.sure) == len(expected)


def test_a_letter_that_the_alphabet_decided_is_less_sure():
    assert min(spelled(line("ZIELIÑSKI"), ACCENTED["POL"]).sure) < 0.9


def test_only_names_and_places_are_respelled():
    today = dt.date(2026, 11, 20)
    found = Found("ZIELIÑSKI", line("ZIELIÑSKI"))
    assert respelled("last_name", found, Situation(today, "POL")).value == "ZIELIŃSKI"
    assert respelled("last_name", found, Situation(today, "")) is found
    assert respelled("nationality", found, Situation(today, "POL")) is found


@pytest.mark.parametrize(
    ("printed", "zone", "state", "expected"),
    [
        ("GOTZ", "GOETZ", "DEU", "GÖTZ"),
        ("STÄHL", "STAAHL", "SWE", "STÅHL"),
        ("JOERG", "JOERG", "DEU", "JOERG"),
        ("Müller-Bruck", "MUELLER BRUECK", "AUT", "Müller-Brück"),
        ("SORENSEN", "SOERENSEN", "DNK", "SØRENSEN"),
        ("HAAKON", "HAAKON", "NOR", "HAAKON"),
        ("GOTZ", "GOETZE", "DEU", ""),
        ("GATZ", "GOETZ", "DEU", ""),
        ("", "GOETZ", "DEU", ""),
    ],
)
def test_letters_that_only_the_zone_shows(printed, zone, state, expected):
    assert restored(printed, zone, ACCENTED[state]) == expected


def test_other_letters_of_a_family_come_from_the_recogniser():
    characters = ("", "A", "Á", "Ä", "B", " ")
    probabilities = np.array(
        [[0.9, 0.1, 0, 0, 0, 0], [0, 0.7, 0.2, 0.005, 0, 0], [0.9, 0, 0, 0.1, 0, 0], [0, 0, 0, 0, 1, 0]],
        np.float32,
    )
    assert greedy(probabilities, characters)[0] == "AB"
    assert runs(probabilities) == [(1, 1, 2), (4, 3, 4)]
    first, second = LetterFamilies(characters).of(probabilities)
    assert {letter: round(chance, 2) for letter, chance in first} == {"Á": 0.2, "Ä": 0.1}
    assert second == ()
