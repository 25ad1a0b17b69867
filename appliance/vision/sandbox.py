"""What the process that decodes pictures may still do: compute, and answer on the socket it was given.

`confine` is called once, after all imports and before the first byte of a caller's picture. It needs no
privilege and no library besides libc, so it is the same in a container, under systemd and in a test.
Layers, outermost last: resource limits, no new privileges, no core dump, an empty network namespace,
Landlock, a seccomp filter with a list of allowed calls. Each layer stands without the others.

Sources: seccomp(2), landlock(7), prctl(2), unshare(2), setrlimit(2); Linux uapi headers for the numbers.
"""

import ctypes
import errno
import os
import platform
import re
import resource
import signal
import struct
from dataclasses import dataclass
from typing import Final, NamedTuple

_PR_SET_PDEATHSIG: Final = 1
_PR_SET_DUMPABLE: Final = 4
_PR_SET_NO_NEW_PRIVS: Final = 38

_CLONE_NEWNET: Final = 0x40000000
_CLONE_NEWUSER: Final = 0x10000000

_SYS_LANDLOCK_CREATE: Final = 444
_SYS_LANDLOCK_RESTRICT: Final = 446
_LANDLOCK_VERSION: Final = 1
_LANDLOCK_FILE_RIGHTS: Final = {1: 13, 2: 14, 3: 15, 4: 15}
"""Number of file rights by Landlock version; later versions have 16 (ioctl on devices came with 5)."""

_SECCOMP_SET_MODE_FILTER: Final = 1
_SECCOMP_TSYNC: Final = 1
_KILL: Final = 0x80000000
_ALLOW: Final = 0x7FFF0000
_DENY: Final = 0x00050000 | errno.EACCES
_AT_EMPTY_PATH: Final = 0x1000
_PROT_EXEC: Final = 4

_LD: Final = 0x20
_JEQ: Final = 0x15
_JSET: Final = 0x45
_RET: Final = 0x06
_OFFSET_NR: Final = 0
_OFFSET_ARCH: Final = 4
_OFFSET_ARG2: Final = 32
_OFFSET_ARG3: Final = 40


class _Processor(NamedTuple):
    """AUDIT_ARCH value that the kernel shows to a filter, and the column of the table below."""

    arch: int
    column: int


_PROCESSORS: Final = {"x86_64": _Processor(0xC000003E, 0), "aarch64": _Processor(0xC00000B7, 1)}

# Call numbers, x86-64 then aarch64; "-" where the processor's table has no such call.
_ALLOWED: Final = """
    read 0 63           write 1 64             close 3 57            fstat 5 80          lseek 8 62
    readv 19 65         writev 20 66           sendto 44 206         recvfrom 45 207     sendmsg 46 211
    recvmsg 47 212      poll 7 -               ppoll 271 73          select 23 -         pselect6 270 72
    fcntl 72 25         dup2 33 -              dup3 292 24           munmap 11 215       mremap 25 216
    madvise 28 233      brk 12 214             futex 202 98          membarrier 324 283  rseq 334 293
    rt_sigaction 13 134 rt_sigprocmask 14 135  rt_sigreturn 15 139   sigaltstack 131 132
    clock_gettime 228 113 clock_getres 229 114 clock_nanosleep 230 115 nanosleep 35 101  gettimeofday 96 169
    getpid 39 172       gettid 186 178         getuid 102 174        geteuid 107 175     getgid 104 176
    getegid 108 177     getrusage 98 165       sysinfo 99 179        getcpu 309 168      getrandom 318 278
    sched_yield 24 124  sched_getaffinity 204 123  exit 60 93       exit_group 231 94
    restart_syscall 219 128
"""
"""Calls that touch only this process's memory, clock and open descriptors."""
_ALLOWED_WITHOUT_EXEC: Final = "mmap 9 222  mprotect 10 226"
"""Allowed unless the third argument has PROT_EXEC: no new machine code."""
_ALLOWED_ON_DESCRIPTOR: Final = "newfstatat 262 79"
"""Allowed with AT_EMPTY_PATH: libc's fstat."""
_DENIED: Final = """
    open 2 -            openat 257 56          openat2 437 437       stat 4 -            lstat 6 -
    statx 332 291       access 21 -            faccessat 269 48      faccessat2 439 439  readlink 89 -
    readlinkat 267 78   getdents64 217 61      getcwd 79 17          uname 63 160        ioctl 16 29
    prlimit64 302 261   getsockname 51 204  getpeername 52 205
"""
"""Look-ups that libraries try and can live without (fonts, locale): EACCES. A call in no list kills."""
_SECCOMP: Final = "seccomp 317 277"


def _numbers(table: str, processor: _Processor) -> list[int]:
    found = re.findall(r"[a-z_0-9]+ (\d+|-) (\d+|-)", table)
    return [int(row[processor.column]) for row in found if row[processor.column] != "-"]


@dataclass(frozen=True, slots=True)
class Limits:
    """Resources of the confined process.

    Attributes:
        memory: bytes of address space on top of what is mapped when `confine` is called.
        cpu_seconds: processor time of the whole life of the process.
        descriptors: open descriptors, those already open included.
    """

    memory: int
    cpu_seconds: int
    descriptors: int = 16


def confine(limits: Limits) -> tuple[str, ...]:
    """Give up everything but computing, for good.

    Must run in a process of one thread.

    Returns:
        Names of the layers in force: always `rlimits`, `no-new-privileges`, `not-dumpable`,
        `dies-with-parent`; `network-namespace`, `landlock` and `seccomp` where the kernel and the
        surroundings permit them.

    Raises:
        OSError: a layer that every Linux has was refused.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    _limit(limits)
    layers = ["rlimits", "no-new-privileges", "not-dumpable", "dies-with-parent"]
    for option, value in (
        (_PR_SET_PDEATHSIG, signal.SIGKILL),
        (_PR_SET_NO_NEW_PRIVS, 1),
        (_PR_SET_DUMPABLE, 0),
    ):
        if libc.prctl(option, value, 0, 0, 0) != 0:
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    if _leave_network(libc):
        layers.append("network-namespace")
    if _landlock(libc):
        layers.append("landlock")
    if _seccomp(libc):
        layers.append("seccomp")
    return tuple(layers)


def _limit(limits: Limits) -> None:
    with open("/proc/self/statm", "rb") as statm:  # noqa: PTH123 - pathlib costs the worker 2 MB
        mapped = int(statm.read().split()[0]) * resource.getpagesize()
    for kind, value in (
        (resource.RLIMIT_AS, mapped + limits.memory),
        (resource.RLIMIT_CPU, limits.cpu_seconds),
        (resource.RLIMIT_NOFILE, limits.descriptors),
        (resource.RLIMIT_NPROC, 0),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        hard = resource.getrlimit(kind)[1]
        bound = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(kind, (bound, bound))


def _leave_network(libc: ctypes.CDLL) -> bool:
    """Enter an empty network namespace: directly as root, through a user namespace otherwise."""
    return any(libc.unshare(flags) == 0 for flags in (_CLONE_NEWNET, _CLONE_NEWUSER | _CLONE_NEWNET))


def _landlock(libc: ctypes.CDLL) -> bool:
    """Refuse every access to files by path: a ruleset that handles all rights and grants none."""
    version = libc.syscall(_SYS_LANDLOCK_CREATE, None, ctypes.c_size_t(0), ctypes.c_uint(_LANDLOCK_VERSION))
    if version < 1:
        return False
    rights = (1 << _LANDLOCK_FILE_RIGHTS.get(version, 16)) - 1
    attributes = ctypes.create_string_buffer(struct.pack("=Q", rights), 8)
    ruleset = libc.syscall(_SYS_LANDLOCK_CREATE, attributes, ctypes.c_size_t(8), ctypes.c_uint(0))
    if ruleset < 0:
        return False
    try:
        return bool(libc.syscall(_SYS_LANDLOCK_RESTRICT, ctypes.c_int(ruleset), ctypes.c_uint(0)) == 0)
    finally:
        os.close(ruleset)


def seccomp_program(machine: str) -> bytes | None:
    """The filter as an array of `struct sock_filter`; None for a processor without a table here."""
    processor = _PROCESSORS.get(machine)
    if processor is None:
        return None
    arch = processor.arch
    steps = [(_LD, 0, 0, _OFFSET_ARCH), (_JEQ, 1, 0, arch), (_RET, 0, 0, _KILL), (_LD, 0, 0, _OFFSET_NR)]
    for number in _numbers(_ALLOWED, processor):
        steps += [(_JEQ, 0, 1, number), (_RET, 0, 0, _ALLOW)]
    for number in _numbers(_DENIED, processor):
        steps += [(_JEQ, 0, 1, number), (_RET, 0, 0, _DENY)]
    for number in _numbers(_ALLOWED_WITHOUT_EXEC, processor):
        steps += [
            (_JEQ, 0, 4, number),
            (_LD, 0, 0, _OFFSET_ARG2),
            (_JSET, 0, 1, _PROT_EXEC),
            (_RET, 0, 0, _KILL),
            (_RET, 0, 0, _ALLOW),
        ]
    for number in _numbers(_ALLOWED_ON_DESCRIPTOR, processor):
        steps += [
            (_JEQ, 0, 4, number),
            (_LD, 0, 0, _OFFSET_ARG3),
            (_JEQ, 0, 1, _AT_EMPTY_PATH),
            (_RET, 0, 0, _ALLOW),
            (_RET, 0, 0, _DENY),
        ]
    steps.append((_RET, 0, 0, _KILL))
    return b"".join(struct.pack("=HBBI", *step) for step in steps)


def _seccomp(libc: ctypes.CDLL) -> bool:
    machine = platform.machine()
    program = seccomp_program(machine)
    if program is None:
        return False
    steps = ctypes.create_string_buffer(program, len(program))
    header = ctypes.create_string_buffer(
        struct.pack("@HP", len(program) // 8, ctypes.addressof(steps)), struct.calcsize("@HP")
    )
    (seccomp,) = _numbers(_SECCOMP, _PROCESSORS[machine])
    mode, flags = ctypes.c_uint(_SECCOMP_SET_MODE_FILTER), ctypes.c_uint(_SECCOMP_TSYNC)
    return bool(libc.syscall(seccomp, mode, flags, header) == 0)
