"""The gallery in RAM against a plain dictionary, over random sequences of changes."""

import uuid

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.store.gallery import ExactGallery

WIDTH = 8


def vector(seed: int) -> np.ndarray:
    drawn = np.random.default_rng(seed % 7).standard_normal(WIDTH).astype(np.float32)  # many equal ones
    return drawn / np.linalg.norm(drawn)


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
    gallery, known = ExactGallery(WIDTH), dict[str, np.ndarray]()
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
