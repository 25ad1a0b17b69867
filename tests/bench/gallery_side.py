"""One side of `test_bench_gallery.py`: `python gallery_side.py ours|numpy|faiss COUNT WIDTH`.

Holds COUNT random unit vectors, the same ones on every side. Says what memory that took, then answers each
line it reads (a seed for a probe) by one line of JSON: seconds, and the rows of the best five. The side
`faiss` is run by the interpreter of `.cache/peers`.
"""

import json
import os
import resource
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

BLOCK = 10_000
BEST = 5


def unit(seed: int, count: int, width: int) -> np.ndarray:
    drawn = np.random.default_rng(seed).standard_normal((count, width), dtype=np.float32)
    return drawn / np.linalg.norm(drawn, axis=1, keepdims=True)


def blocks(count: int, width: int) -> Iterator[tuple[int, np.ndarray]]:
    for begin in range(0, count, BLOCK):
        yield begin, unit(begin, min(BLOCK, count - begin), width)


def megabytes() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 1e6


def ours(count: int, width: int) -> Callable[[np.ndarray], list[int]]:
    from appliance.store.gallery import ExactGallery  # noqa: PLC0415 - not there on the peers' side
    from appliance.store.product import Product  # noqa: PLC0415 - as above

    gallery = ExactGallery(width, Product(int(os.environ["OMP_NUM_THREADS"])))
    for begin, vectors in blocks(count, width):
        rows = range(begin, begin + len(vectors))
        gallery.add([str(uuid.UUID(int=row, version=4)) for row in rows], vectors)
    return lambda probe: [_row(hit.record_id) for hit in gallery.search(probe, BEST)]


def _row(record_id: str) -> int:
    return uuid.UUID(record_id).int & 0xFFFFFFFF


def numpy(count: int, width: int) -> Callable[[np.ndarray], list[int]]:
    matrix = np.empty((count, width), np.float32)
    for begin, vectors in blocks(count, width):
        matrix[begin : begin + len(vectors)] = vectors

    def search(probe: np.ndarray) -> list[int]:
        cosines = matrix @ probe
        best = np.argpartition(-cosines, BEST)[:BEST]
        return best[np.argsort(-cosines[best])].tolist()

    return search


def faiss(count: int, width: int) -> Callable[[np.ndarray], list[int]]:
    import faiss as library  # noqa: PLC0415 - not there on our side

    index = library.IndexFlatIP(width)
    for _, vectors in blocks(count, width):
        index.add(vectors)
    return lambda probe: index.search(probe[None], BEST)[1][0].tolist()


def main() -> None:
    side, count, width = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    before = megabytes()
    search = {"ours": ours, "numpy": numpy, "faiss": faiss}[side](count, width)
    search(unit(1, 1, width)[0])
    print(json.dumps({"process": megabytes(), "gallery": megabytes() - before}), flush=True)
    for line in sys.stdin:
        probe = unit(int(line), 1, width)[0]
        began = time.perf_counter()
        rows = search(probe)
        print(json.dumps({"seconds": time.perf_counter() - began, "rows": rows}), flush=True)


main()
