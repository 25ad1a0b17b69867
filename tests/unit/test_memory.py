"""Freed memory goes back to the system."""

import ctypes
from pathlib import Path

import pytest

from hardware import memory


def resident() -> int:
    line = next(x for x in Path("/proc/self/status").read_text().splitlines() if x.startswith("VmRSS:"))
    return int(line.split()[1]) * 1024


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "malloc_trim"), reason="skipped: not glibc")
def test_freed_blocks_are_given_back() -> None:
    libc = ctypes.CDLL(None)
    libc.malloc.restype, libc.malloc.argtypes, libc.free.argtypes = (
        ctypes.c_void_p,
        [ctypes.c_size_t],
        [ctypes.c_void_p],
    )
    size, count = 64 * 1024, 1500  # below the size that is mapped on its own
    blocks = [libc.malloc(size) for _ in range(count)]
    for block in blocks:
        ctypes.memset(block, 1, size)
    for block in blocks[:-1]:  # the last one keeps the heap's end where it is
        libc.free(block)
    before = resident()
    assert memory.give_back()
    assert before - resident() > size * count // 2
    libc.free(blocks[-1])
