"""The made-up documents themselves: what tests and benches rest on."""

import datetime as dt
import random

import numpy as np
import pytest

from appliance.domain.mrz import checks, parse
from appliance.vision.documents import quad as quads
from tests.specimen.draw import SIZE_MM, document
from tests.specimen.paper import DOTS_PER_MM
from tests.specimen.people import invent
from tests.specimen.photograph import CONDITIONS
from tests.specimen.sets import ALL_MIX, CONDITION_MIX, MRZ_MIX, STATE_OF, specimen


@pytest.fixture(scope="module")
def specimens():
    """One kind of each size."""
    kinds = {size: kind for kind, size in reversed(SIZE_MM.items())}.values()
    return {kind: specimen(kind, 3, condition="clean") for kind in kinds}


def test_same_seed_same_bytes():
    once, again, other = (specimen("TD2", seed, condition="clean").photograph.jpeg for seed in (3, 3, 4))
    assert once == again
    assert once != other


@pytest.mark.parametrize("kind", ["TD3", "TD2", "TD1", "MRVA", "MRVB"])
@pytest.mark.parametrize("state", ["UTO", "DEU", "SWE", "POL"])
def test_drawn_lines_are_valid_and_say_the_truth(kind, state):
    rng = random.Random(f"{kind}/{state}")
    drawn = document(kind, invent(rng, state), rng)
    assert all(checks(kind, drawn.mrz).values())
    zone = parse(kind, drawn.mrz, today=dt.date(2026, 11, 20))
    names = ("document_number", "date_of_birth", "expiry_date", "sex", "nationality", "issuing_country")
    assert {name: getattr(zone, name) for name in names} == {name: drawn.fields[name] for name in names}


def test_lines_of_the_french_card_are_valid():
    drawn = specimen("FRID", 5).drawn
    assert all(checks("FRID", drawn.mrz).values())
    zone = parse("FRID", drawn.mrz, today=dt.date(2026, 11, 20))
    names = ("document_number", "date_of_birth", "sex", "nationality", "issuing_country")
    assert {name: getattr(zone, name) for name in names} == {name: drawn.fields[name] for name in names}


def test_documents_have_their_true_size():
    for kind, size in SIZE_MM.items():
        rng = random.Random(f"size/{kind}")
        picture = document(kind, invent(rng, STATE_OF.get(kind)), rng).picture
        assert picture.size == tuple(round(side * DOTS_PER_MM) for side in size)


def test_corners_lie_in_the_picture_and_keep_the_shape(specimens):
    for kind, made in specimens.items():
        quad, (width, height) = made.photograph.quad, SIZE_MM[kind]
        rows, columns = made.photograph.pixels().shape[:2]
        assert (quad >= 0).all()
        assert (quad < np.array([columns, rows])).all()
        across, down = quads.size(quad)
        assert across / down == pytest.approx(width / height, rel=0.12)


def test_every_kind_meets_every_condition():
    for mix in (MRZ_MIX, ALL_MIX):
        met = {(mix[k % len(mix)], CONDITION_MIX[k % len(CONDITION_MIX)]) for k in range(len(mix) * 8)}
        assert met == {(kind, condition) for kind in mix for condition in CONDITIONS}
