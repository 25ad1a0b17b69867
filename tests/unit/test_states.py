"""The table of states is whole and names find their codes."""

import hashlib

import pytest

from appliance.domain.states import ISO_3166, STATES, from_print, is_known, normalised_code


def test_iso_table_is_whole():
    assert len(ISO_3166) == 249
    assert len({state.alpha2 for state in ISO_3166.values()}) == 249
    assert all(len(s.code) == 3 and s.code.isalpha() and s.code.isupper() for s in STATES.values())
    assert all(len(s.alpha2) == 2 and s.alpha2.isupper() for s in ISO_3166.values())
    # digest of all "alpha3 alpha2" pairs as Debian's iso-codes 4.15 has them
    pairs = " ".join(f"{code} {ISO_3166[code].alpha2}" for code in sorted(ISO_3166))
    assert hashlib.sha256(pairs.encode()).hexdigest() == PAIRS


@pytest.mark.parametrize(
    ("printed", "code"),
    [
        ("UNITED STATES OF AMERICA", "USA"),
        ("U.S.A.", "USA"),
        ("Deutsch / German", "DEU"),
        ("D<<", "DEU"),
        ("BUNDESREPUBLIK DEUTSCHLAND", "DEU"),
        ("Türkiye", "TUR"),
        ("POLSKIE/POLISH", "POL"),
        ("The Netherlands", "NLD"),
        ("Korea, Republic of", "KOR"),
        ("CÔTE D'IVOIRE", "CIV"),
        ("IN", "IND"),
        ("NIGER", "NER"),
        ("NIGERIA", "NGA"),
        ("DOMINICA", "DMA"),
        ("DOMINICAN REPUBLIC", "DOM"),
        ("BRITISH CITIZEN", "GBR"),
        ("UTOPIA", "UTO"),
        ("Kosovo", "RKS"),
        ("POLSKIE/GERMAN", None),
        ("ERIKSSON", None),
        ("", None),
        ("/", None),
        ("山田", None),
    ],
)
def test_printed_names(printed, code):
    assert from_print(printed) == code


def test_every_name_and_code_leads_home():
    for state in STATES.values():
        assert from_print(state.code) == state.code
        assert from_print(state.name) == state.code, state.name


def test_zone_codes():
    assert normalised_code("D<<") == "DEU"
    assert is_known("D<<")
    assert is_known("XXA")
    assert not is_known("<D<")
    assert not is_known("COU")
    assert not is_known("132")
    assert not is_known("D")


PAIRS = "95d566ec9af7ccdfdcf1479ed88092800fe96caca0d8e265d779465bf3a29e2d"
