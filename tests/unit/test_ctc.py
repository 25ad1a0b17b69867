"""The constrained decoder against plain enumeration of all paths."""

import itertools

import numpy as np
import pytest

from appliance.vision.documents.ctc import constrained, greedy


def collapsed(path):
    return [symbol for symbol, _ in itertools.groupby(path) if symbol]


def best_by_enumeration(log_probabilities, weights):
    """Highest total over every path that collapses to one allowed symbol per place."""
    steps, classes = log_probabilities.shape
    best = (-np.inf, None)
    for path in itertools.product(range(classes), repeat=steps):
        symbols = collapsed(path)
        if len(symbols) != len(weights):
            continue
        bonus = sum(weights[place, symbol - 1] for place, symbol in enumerate(symbols))
        total = sum(log_probabilities[step, symbol] for step, symbol in enumerate(path)) + bonus
        best = max(best, (total, symbols), key=lambda entry: entry[0])
    return best


@pytest.mark.parametrize("seed", range(40))
def test_finds_the_best_path_there_is(seed):
    rng = np.random.default_rng(seed)
    steps, symbols, places = 6, 3, int(rng.integers(1, 5))
    raw = rng.normal(size=(steps, symbols + 1)) * rng.choice([1.0, 4.0])
    log_probabilities = (raw - np.log(np.exp(raw).sum(1, keepdims=True))).astype(np.float32)
    weights = np.where(rng.random((places, symbols)) < 0.3, -np.inf, rng.choice([0.0, -1.5])).astype(
        np.float32
    )
    weights[np.arange(places), rng.integers(0, symbols, places)] = 0.0
    total, expected = best_by_enumeration(log_probabilities, weights)
    found = constrained(log_probabilities, weights)
    if expected is None or np.isinf(total):
        assert found is None
    else:
        assert found.log_probability == pytest.approx(total, abs=1e-4)
        assert [symbol + 1 for symbol in found.symbols] == expected


def line_of(text, alphabet, sure=0.97, gap=1):
    """Log probabilities of a line that says `text`, blanks between."""
    rows = []
    for character in text:
        row = np.full(len(alphabet) + 1, (1 - sure) / len(alphabet))
        row[1 + alphabet.index(character)] = sure
        rows.append(row)
        for _ in range(gap):
            blank = np.full(len(alphabet) + 1, (1 - sure) / len(alphabet))
            blank[0] = sure
            rows.append(blank)
    return np.log(np.array(rows, np.float32))


def test_places_decide_between_look_alikes():
    log_probabilities = line_of("AO0", "AO0")
    letters_then_digit = np.array([[0, 0, -np.inf], [0, 0, -np.inf], [-np.inf, -np.inf, 0]], np.float32)
    assert list(constrained(log_probabilities, letters_then_digit).symbols) == [0, 1, 2]
    digits = np.array([[0, 0, -np.inf], [-np.inf, -np.inf, 0], [-np.inf, -np.inf, 0]], np.float32)
    found = constrained(log_probabilities, digits)
    assert list(found.symbols) == [0, 2, 2]
    assert found.posterior.shape == (3, 3)
    assert found.posterior[1].argmax() == 1


def test_a_lost_repetition_is_put_back():
    alphabet = "AB<"
    log_probabilities = line_of("A<<B", alphabet)
    weights = np.zeros((5, 3), np.float32)
    weights[1:, 0] = weights[:4, 1] = -np.inf
    assert "".join(alphabet[i] for i in constrained(log_probabilities, weights).symbols) == "A<<<B"


@pytest.mark.parametrize("seed", range(10))
def test_clear_print_is_read_without_a_search_as_with_one(seed):
    """A weight that all symbols of a place bear changes no order of paths, and leaves only the search."""
    rng = np.random.default_rng(seed)
    text = "".join(rng.choice(list("AB<"), 12))
    log_probabilities = line_of(text, "AB<", sure=float(rng.uniform(0.6, 0.99)))
    log_probabilities += rng.normal(scale=0.1, size=log_probabilities.shape).astype(np.float32)
    free = np.zeros((len(text), 3), np.float32)
    quick, searched = constrained(log_probabilities, free), constrained(log_probabilities, free - 1)
    assert list(quick.symbols) == list(searched.symbols) == ["AB<".index(letter) for letter in text]
    assert quick.log_probability == pytest.approx(searched.log_probability + len(text), abs=1e-4)
    assert np.array_equal(quick.posterior, searched.posterior)


def test_too_few_steps_give_none():
    log_probabilities = line_of("AA", "AB", gap=0)
    assert constrained(log_probabilities, np.zeros((3, 2), np.float32)) is None
    same = np.array([[0, -np.inf], [0, -np.inf]], np.float32)
    assert constrained(log_probabilities, same) is None


def test_greedy_collapses_runs_and_keeps_the_peak():
    probabilities = np.array(
        [[0.1, 0.9, 0], [0.3, 0.7, 0], [0.8, 0.1, 0.1], [0.2, 0.8, 0], [0, 0.1, 0.9]], np.float32
    )
    text, sure = greedy(probabilities, ("", "a", "b"))
    assert text == "aab"
    assert sure == pytest.approx((0.9, 0.8, 0.9))


def test_greedy_of_nothing():
    assert greedy(np.zeros((0, 3), np.float32), ("", "a", "b")) == ("", ())
    assert greedy(np.array([[1.0, 0, 0]], np.float32), ("", "a", "b")) == ("", ())
