"""Corrections: only what check digits prove, and no more than the network gives reason for."""

import numpy as np
import pytest

from appliance.domain.mrz import checks
from appliance.domain.mrz_layout import ALPHABET
from appliance.vision.documents.mrz_alphabet import MrzAlphabet
from appliance.vision.documents.mrz_confidence import Evidence, confidence
from appliance.vision.documents.mrz_repair import (
    Repaired,
    clear_blurred_fillers,
    clear_stray,
    close_names,
    numeric_states,
    repair,
)

PASSPORT = ("P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<", "L898902C36UTO7408122F1204159ZE184226B<<<<<10")


def posterior_of(text, **doubts):
    """Log probabilities: sure of `text`, and of `doubts` as column -> (character, nats behind)."""
    rows = np.full((len(text), len(ALPHABET)), -13.0, np.float32)
    rows[np.arange(len(text)), [ALPHABET.index(c) for c in text]] = -0.01
    for column, (character, behind) in doubts.items():
        rows[int(column[1:]), ALPHABET.index(character)] = -0.01 - behind
    return rows


def test_a_right_zone_is_left_alone():
    found = repair("TD3", PASSPORT, [posterior_of(line) for line in PASSPORT])
    assert (found.lines, found.changed, found.cost) == (PASSPORT, 0, 0.0)


@pytest.mark.parametrize(("column", "read"), [(0, "E"), (3, "6"), (13, "1"), (27, "3")])
def test_one_doubtful_character_is_corrected(column, read):
    wrong = PASSPORT[1][:column] + read + PASSPORT[1][column + 1 :]
    doubt = {f"c{column}": (PASSPORT[1][column], 2.0)}
    found = repair("TD3", (PASSPORT[0], wrong), [posterior_of(PASSPORT[0]), posterior_of(wrong, **doubt)])
    assert found.lines == PASSPORT
    assert found.changed == 1
    assert found.cost < 6.0
    assert found.margin > 0


def test_a_sure_misprint_stays():
    # a specimen whose digits are wrong on purpose: the network saw no other characters
    wrong = (PASSPORT[0], PASSPORT[1][:9] + "4" + PASSPORT[1][10:19] + "7" + PASSPORT[1][20:])
    found = repair("TD3", wrong, [posterior_of(line) for line in wrong])
    assert found.lines == wrong
    assert found.changed == 0
    assert not all(checks("TD3", found.lines).values())


def test_the_second_reader_decides_between_equal_corrections():
    wrong = "X" + PASSPORT[1][1:]
    posterior = posterior_of(wrong, c0=("L", 6.0), c1=("5", 6.0))
    found = repair("TD3", (PASSPORT[0], wrong), [posterior_of(PASSPORT[0]), posterior], [None, PASSPORT[1]])
    assert found.lines == PASSPORT


def test_names_end_where_fillers_begin():
    noisy = "P<UTOERIKSSON<<ANNA<MARIA<<<C<<K<<<<<A<<<<<<"
    posterior = posterior_of(noisy)
    for at in (28, 31, 37):
        posterior[at, ALPHABET.index("<")] = -1.2
    assert close_names(noisy, posterior, 5, 44) == PASSPORT[0]
    assert close_names(PASSPORT[0], posterior_of(PASSPORT[0]), 5, 44) == PASSPORT[0]
    full = "P<UTONILAVADHANANANDA<<CHAYAPA<DEJTHAMRONG<K"
    assert close_names(full, posterior_of(full), 5, 44) == full


def test_fillers_read_as_letters_in_a_blurred_line():
    blurred = "P<ITASALVEMINI<CSANDROCLIVIO<<<<<<<<<<<<<<<<"
    posterior = posterior_of(blurred, c15=("<", 1.5), c22=("<", 1.5))
    tail = [30, 31, 34, 40]
    posterior[tail, ALPHABET.index("C")] = -0.1
    posterior[tail, ALPHABET.index("<")] = -2.0
    assert clear_blurred_fillers(blurred, posterior, 5, 44) == "P<ITASALVEMINI<<SANDRO<LIVIO<<<<<<<<<<<<<<<<"


def test_a_true_c_stays():
    line = "P<ITACARACCI<<CARLO<<<<<<<<<<<<<<<<<<<<<<<<<"
    posterior = posterior_of(line)
    posterior[[25, 30, 35], ALPHABET.index("C")] = -0.1
    posterior[[25, 30, 35], ALPHABET.index("<")] = -2.0
    assert clear_blurred_fillers(line, posterior, 5, 44) == line


def test_numeric_state_only_where_letters_make_no_code():
    line = "HD198025<5IEZ8505095M130509012049941"
    posterior = posterior_of(line)
    for at, digit in zip((10, 11, 12), "132", strict=True):
        posterior[at, ALPHABET.index(digit)] = -0.001
    assert numeric_states("TD2", ("", line), [posterior_of("I<" + "<" * 34), posterior])[1][10:13] == "132"
    known = line[:10] + "ROU" + line[13:]
    assert numeric_states("TD2", ("", known), [posterior_of("I<" + "<" * 34), posterior])[1] == known


def test_look_alikes_count_for_what_they_stand_for():
    characters = ("", "A", "<", "く", "ヘ", " ", "x")
    alphabet = MrzAlphabet(characters)
    probabilities = np.array([[0.0, 0.1, 0.3, 0.3, 0.3, 0.0, 0.0], [0.2, 0, 0, 0, 0, 0.8, 0]], np.float32)
    folded = np.exp(alphabet.log_probabilities(probabilities))
    assert folded[0, 1 + ALPHABET.index("<")] == pytest.approx(0.9, abs=1e-3)
    assert folded[1, 0] == pytest.approx(1.0, abs=1e-3)
    assert folded.sum(axis=1) == pytest.approx([1.0, 1.0])


def evidence_of(lines, posteriors, changed=0, per_step=-0.002):
    return Evidence.of("TD3", Repaired(tuple(lines), changed, 0.0, 20.0), posteriors, per_step)


def test_confidence_falls_with_doubt_that_no_check_digit_sees():
    sure = evidence_of(PASSPORT, [posterior_of(line) for line in PASSPORT])
    number = "L898902C6" + PASSPORT[1][9:]
    lines = (PASSPORT[0], number)
    doubt = Evidence.of(
        "TD3",
        Repaired(lines, 0, 0.0, 20.0),
        [posterior_of(PASSPORT[0]), posterior_of(number, c8=("G", 0.5))],
        -0.002,
    )
    assert doubt.unseen > sure.unseen + 0.2
    protected = evidence_of(PASSPORT, [posterior_of(PASSPORT[0]), posterior_of(PASSPORT[1], c1=("9", 0.5))])
    assert protected.unseen == pytest.approx(sure.unseen, abs=1e-3)
    assert confidence(sure) > 0.9


def test_confidence_is_capped_after_repair_and_where_checks_fail():
    posteriors = [posterior_of(line) for line in PASSPORT]
    assert confidence(evidence_of(PASSPORT, posteriors, changed=1)) <= 0.90
    wrong = (PASSPORT[0], PASSPORT[1][:9] + "4" + PASSPORT[1][10:])
    assert confidence(evidence_of(wrong, posteriors)) <= 0.50
    strange = (PASSPORT[0].replace("UTO", "UTQ"), PASSPORT[1])
    assert confidence(evidence_of(strange, posteriors)) < confidence(evidence_of(PASSPORT, posteriors))
    blurred = evidence_of(PASSPORT, posteriors, per_step=-0.1)
    assert confidence(blurred) < confidence(evidence_of(PASSPORT, posteriors))


@pytest.mark.parametrize(
    ("kind", "line", "expected"),
    [
        (
            "MRVA",
            "DK67575944ESP8809036F3107221<<<<<<<<<<<<<<<W",
            "DK67575944ESP8809036F3107221<<<<<<<<<<<<<<<<",
        ),
        ("MRVB", "4566741140D<<6205276M3401170B3LISB00", "4566741140D<<6205276M3401170B3LISB00"),
        (
            "TD3",
            "DK67575944ESP8809036F3107221<<<<<<<<<<<<<<02",
            "DK67575944ESP8809036F3107221<<<<<<<<<<<<<<02",
        ),
        ("TD2", "DK67575944ESP8809036F3107221<<<<<<<8", "DK67575944ESP8809036F3107221<<<<<<<8"),
    ],
    ids=["stray mark", "optional data", "check digits", "check digit"],
)
def test_a_character_alone_at_a_visas_end_is_a_mark(kind, line, expected):
    assert clear_stray(kind, line) == expected
