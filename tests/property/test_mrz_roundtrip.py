"""What is written is read back; a wrong digit breaks a check; no text makes parsing fail."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.domain.mrz import KINDS, MrzFields, checks, compose, identify, parse
from appliance.domain.states import STATES

TODAY = date(2026, 11, 20)
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
NUMBERS = LETTERS + "0123456789"
LONGEST = {"TD1": 20, "TD2": 14, "FRID": 12}
CODES = {"TD1": "I", "TD2": "I", "TD3": "P", "MRVA": "V", "MRVB": "V", "FRID": "ID"}

words = st.lists(st.text(LETTERS, min_size=1, max_size=5), min_size=1, max_size=2).map(" ".join)
short_words = st.text(LETTERS, min_size=1, max_size=12)


@st.composite
def zones(draw, kinds=tuple(KINDS)):
    kind = draw(st.sampled_from(kinds))
    french = kind == "FRID"
    state = st.just("FRA") if french else st.sampled_from(sorted(STATES))
    number = draw(st.text(NUMBERS, min_size=12 if french else 1, max_size=LONGEST.get(kind, 9)))
    room = 0 if len(number) > 9 else 7
    return MrzFields(
        kind=kind,
        document_code=CODES[kind],
        issuing_country=draw(state),
        document_number=number,
        nationality=draw(state),
        date_of_birth=draw(st.dates(date(1926, 11, 21), TODAY)).isoformat(),
        sex=draw(st.sampled_from("MFX")),
        expiry_date="" if french else draw(st.dates(date(1957, 1, 1), date(2056, 12, 31))).isoformat(),
        last_name=draw(short_words if french else words),
        first_name=draw(short_words if french else words),
        personal_number="" if french else draw(st.text(NUMBERS, max_size=room)),
    )


@given(zones())
def test_round_trip(fields):
    lines = compose(fields)
    layout = KINDS[fields.kind]
    assert [len(line) for line in lines] == [layout.columns] * layout.rows
    assert all(c in "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789<" for line in lines for c in line)
    assert all(checks(fields.kind, lines).values())
    assert parse(fields.kind, lines, today=TODAY) == fields
    if fields.kind != "FRID" or fields.sex != "X":
        assert identify(lines) == fields.kind


@given(zones(), st.data())
def test_any_single_wrong_digit_breaks_a_check(fields, data):
    lines = list(compose(fields))
    covered = sorted(
        {
            (line, column)
            for check in KINDS[fields.kind].checks
            for line, first, end in (*check.spans, (check.at[0], check.at[1], check.at[1] + 1))
            for column in range(first, end)
            if lines[line][column].isdigit()
        }
    )
    line, column = data.draw(st.sampled_from(covered))
    was = lines[line][column]
    lines[line] = (
        lines[line][:column]
        + data.draw(st.sampled_from([d for d in "0123456789" if d != was]))
        + lines[line][column + 1 :]
    )
    assert not all(checks(fields.kind, lines).values())


@given(st.sampled_from(sorted(KINDS)), st.lists(st.text(max_size=60), max_size=5))
def test_no_text_makes_parsing_fail(kind, lines):
    fields = parse(kind, lines, today=TODAY)
    assert fields.kind == kind
    assert set(checks(kind, lines)) == {check.name for check in KINDS[kind].checks}
    identify(lines or [""])


@pytest.mark.parametrize("kind", sorted(KINDS))
@given(text=st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789<", min_size=132, max_size=132))
def test_no_zone_text_makes_parsing_fail(kind, text):
    columns = KINDS[kind].columns
    lines = [text[i * columns : (i + 1) * columns] for i in range(KINDS[kind].rows)]
    parse(kind, lines, today=TODAY)
    checks(kind, lines)
    identify(lines)


@given(st.text(max_size=80), st.text(max_size=80))
def test_any_names_can_be_written(last_name, first_name):
    fields = MrzFields("TD1", "I", "UTO", "1", "UTO", "", "X", "", last_name, first_name)
    lines = compose(fields)
    assert len(lines[2]) == 30
    assert set(lines[2]) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZ<")
