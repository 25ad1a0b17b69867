"""Core files: what a crash would leave of the memory, and of whoever's data is in it, on disk."""

import resource

NONE = 1
"""Bytes. Zero keeps the kernel from writing a file, but not from handing the memory to a program such as
systemd-coredump (core(5), "Piping core dumps to a program"); one byte, which no core fits in, keeps it from
both.
"""


def forbid() -> None:
    """Have this process and those it starts leave no core file."""
    _, most = resource.getrlimit(resource.RLIMIT_CORE)
    limit = min(NONE, most) if most != resource.RLIM_INFINITY else NONE
    resource.setrlimit(resource.RLIMIT_CORE, (limit, limit))
