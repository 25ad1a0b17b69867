"""The gallery in RAM against a plain dictionary, over random sequences of changes; and under many threads."""

import threading
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.store.gallery import ExactGallery
from appliance.store.product import Product

WIDTH = 8
PRODUCT = Product(3)


def vector(seed: int) -> np.ndarray:
    drawn = np.random.default_rng(seed % 7).standard_normal(WIDTH).astype(np.float32)  # many equal ones
    return drawn / np.linalg.norm(drawn)


def some(count: int, width: int, seed: int) -> np.ndarray:
    drawn = np.random.default_rng(seed).standard_normal((count, width)).astype(np.float32)
    return drawn / np.linalg.norm(drawn, axis=1, keepdims=True)


def names(count: int) -> list[str]:
    return [str(uuid.uuid4()) for _ in range(count)]


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.one_of(
            st.tuples(st.just("add"), st.integers(0, 200)),
            st.tuples(st.just("remove"), st.integers(0, 200)),
            st.tuples(st.just("search"), st.integers(1, 30)),
        ),
        max_size=80,
    )
)
def test_it_answers_as_a_dictionary_would(steps: list[tuple[str, int]]) -> None:
    gallery, known = ExactGallery(WIDTH, PRODUCT), dict[str, np.ndarray]()
    for verb, number in steps:
        name = str(uuid.UUID(int=number, version=4))
        if verb == "add" and name not in known:
            gallery.add([name], vector(number)[None])
            known[name] = vector(number)
        elif verb == "remove" and name in known:
            gallery.remove(name)
            del known[name]
        elif verb == "search":
            probe = vector(number)
            hits = gallery.search(probe, number)
            best = sorted((float(known[key] @ probe) for key in known), reverse=True)[:number]
            assert np.allclose([hit.cosine for hit in hits], best, atol=1e-5)
            assert len({hit.record_id for hit in hits}) == len(hits)
            assert all(abs(float(known[hit.record_id] @ probe) - hit.cosine) < 1e-5 for hit in hits)
            assert [(-h.cosine, h.record_id) for h in hits] == sorted((-h.cosine, h.record_id) for h in hits)
        assert len(gallery) == len(known)
        assert (name in gallery) == (name in known)


@settings(max_examples=40, deadline=None)
@given(
    st.integers(1, 700), st.sampled_from([16, 128, 512]), st.integers(1, 80), st.integers(0, 2**32), st.data()
)
def test_its_best_are_the_best(count: int, width: int, limit: int, seed: int, data: st.DataObject) -> None:
    """Against float64 over all rows, with near doubles among them: the very same, in the same order."""
    vectors = some(count, width, seed)
    for row in data.draw(st.lists(st.integers(0, count - 1), max_size=20)):
        vectors[row] = vectors[0]
        vectors[row, 0] = np.nextafter(vectors[row, 0], data.draw(st.sampled_from([-1, 1])), dtype=np.float32)
    ids, probe = names(count), some(1, width, seed + 1)[0]
    gallery = ExactGallery(width, PRODUCT)
    gallery.add(ids, vectors)
    cosines = np.clip((vectors.astype(np.float64) * probe).sum(axis=1), -1, 1)
    best = sorted(zip(-cosines, ids, strict=True))[:limit]
    assert [(-hit.cosine, hit.record_id) for hit in gallery.search(probe, limit)] == best


def test_the_answer_does_not_depend_on_the_rows() -> None:
    vectors, ids = some(1500, 512, 3), names(1500)
    vectors[700:] = vectors[:800]  # equal ones, in rows that the product treats differently
    answers = []
    for order in (np.arange(1500), np.random.default_rng(4).permutation(1500)):
        gallery = ExactGallery(512, PRODUCT)
        gallery.add([ids[one] for one in order], vectors[order])
        answers.append(gallery.search(vectors[5], 1500))
    assert answers[0] == answers[1]


def test_it_keeps_what_it_holds_while_it_grows() -> None:
    gallery, ids, vectors = ExactGallery(128, PRODUCT), names(20_000), some(20_000, 128, 5)
    for begin in range(0, 20_000, 500):
        gallery.add(ids[begin : begin + 500], vectors[begin : begin + 500])
    for row in range(0, 20_000, 997):
        assert gallery.search(vectors[row], 1)[0].record_id == ids[row]


def test_nothing_of_a_removed_vector_stays_in_memory() -> None:
    gallery, ids, vectors = ExactGallery(128, PRODUCT), names(3), some(3, 128, 6)
    gallery.add(ids, vectors)
    for one in ids:
        gallery.remove(one)
    assert not gallery._vectors.rows(np.float32).any()
    assert not gallery._ids.rows(np.uint8).any()
    with pytest.raises(KeyError):
        gallery.remove(ids[0])


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_the_product_is_the_product(threads: int) -> None:
    product = Product(threads)
    for count in (1, 4095, 4096, 4097, 40_001):
        matrix, probe = some(count, 512, count), some(1, 512, 9)[0]
        assert np.allclose(product(matrix, probe), matrix @ probe, atol=1e-6)


def test_searches_never_see_half_a_change() -> None:
    """All rows are u or -u, so half a row, an empty row or a row moved in the middle of a search shows."""
    one = np.full(64, 0.125, np.float32)
    gallery, lasting = ExactGallery(64, PRODUCT), names(400)
    gallery.add(lasting, np.tile(one, (400, 1)))

    def change() -> None:
        for _ in range(60):
            passing = names(50)
            gallery.add(passing, np.stack([one, -one] * 25))
            for name in passing:
                gallery.remove(name)

    def look() -> None:
        hits = gallery.search(one, 10_000)
        found = {hit.record_id for hit in hits}
        assert {hit.cosine for hit in hits} <= {1.0, -1.0}, "a row that nobody added"
        assert len(found) == len(hits), "a record twice"
        assert set(lasting) <= found, "a record missed"

    beside(change, look)
    assert len(gallery) == 400


def test_it_grows_while_it_is_searched() -> None:
    gallery, vectors = ExactGallery(512, PRODUCT), some(100, 512, 8)

    def change() -> None:
        for _ in range(120):
            gallery.add(names(100), vectors)

    beside(change, lambda: gallery.search(vectors[0], 5))
    assert len(gallery) == 24_000


def beside(change: Callable[[], None], look: Callable[[], object]) -> None:
    """Run two threads that change and two that look; raise what any of them raised."""
    over, looks = threading.Event(), [0]

    def looking() -> None:
        while not over.is_set():
            look()
            looks[0] += 1

    with ThreadPoolExecutor(4) as pool:
        readers = [pool.submit(looking) for _ in range(2)]
        writers = [pool.submit(change) for _ in range(2)]
        try:
            for writer in writers:
                writer.result()
        finally:
            over.set()
        for reader in readers:
            reader.result()
    assert looks[0] > 0
