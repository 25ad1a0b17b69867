"""The confinement of the decoding process, tried from inside: each attempt runs in a process of its own."""

import signal
import struct
import subprocess
import sys
from pathlib import Path

import pytest

from appliance.config import PROJECT
from appliance.vision import sandbox

PROBE = """
import ctypes, os, socket, sys, mmap, threading, resource
sys.path.insert(0, sys.argv[1])
from appliance.vision.sandbox import Limits, confine
given = open(sys.argv[2], "r+b", buffering=0)
libc = ctypes.CDLL(None)
pair = socket.socketpair()
layers = confine(Limits(memory=64 << 20, cpu_seconds=1))
print(*layers, flush=True)
{attempt}
print("done", flush=True)
"""


def attempt(code: str, file: Path) -> subprocess.CompletedProcess[str]:
    program = PROBE.replace("{attempt}", code)
    return subprocess.run(
        [sys.executable, "-I", "-c", program, str(PROJECT), str(file)],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "given"
    path.write_bytes(b"before")
    return path


def test_layers_here(file: Path) -> None:
    done = attempt("", file)
    assert done.returncode == 0, done.stderr
    layers = done.stdout.splitlines()[0].split()
    assert {"rlimits", "no-new-privileges", "not-dumpable", "dies-with-parent", "seccomp"} <= set(layers)


@pytest.mark.parametrize(
    "code",
    [
        "socket.socket()",
        "socket.socket(socket.AF_UNIX)",
        "socket.socketpair()",
        "pair[0].connect('/run/x')",
        "os.fork()",
        "os.execv('/bin/true', ['true'])",
        "os.posix_spawn('/bin/true', ['true'], {})",
        "threading.Thread(target=int).start()",
        "os.kill(os.getppid(), 0)",
        "os.unlink(sys.argv[2])",
        "os.rename(sys.argv[2], sys.argv[2] + '2')",
        "os.mkdir('/tmp/kycbox-probe')",
        "os.chmod(sys.argv[2], 0)",
        "os.truncate(given.fileno(), 0)",
        "os.memfd_create('x')",
        "os.setuid(0)",
        "libc.ptrace(0, 0, 0, 0)",
        "libc.unshare(0x10000000)",
        "libc.mount(b'x', b'/', b'tmpfs', 0, 0)",
        "libc.syscall(425, 1, 0)",
        "libc.syscall(321, 0, 0, 0)",
        "mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_EXEC)",
    ],
)
def test_what_kills(code: str, file: Path) -> None:
    done = attempt(code, file)
    assert done.returncode == -signal.SIGSYS, done.stderr
    assert "done" not in done.stdout
    assert file.read_bytes() == b"before"


@pytest.mark.parametrize(
    "code",
    [
        "open('/etc/passwd')",
        "open(sys.argv[2], 'wb')",
        "open('/tmp/kycbox-probe', 'w')",
        "open('/proc/self/mem', 'r+b')",
        "os.listdir('/')",
        "os.stat('/etc')",
        "os.readlink('/proc/self/exe')",
        "os.open('/dev/null', os.O_RDWR)",
        "resource.setrlimit(resource.RLIMIT_AS, (1, 1))",
    ],
)
def test_what_is_denied(code: str, file: Path) -> None:
    refused = f"""
try:
    {code}
except OSError as error:
    print("denied", error.errno)
except ValueError as error:
    print("denied 13" if "rlimit" in str(error) or "not allowed" in str(error) else "other")
"""
    done = attempt(refused, file)
    assert done.returncode == 0, done.stderr
    assert "denied 13" in done.stdout
    assert file.read_bytes() == b"before"


def test_memory_and_time_and_file_size_are_bounded(file: Path) -> None:
    assert "MemoryError" in attempt("bytearray(100 << 20)", file).stderr
    assert attempt("bytearray(20 << 20)", file).returncode == 0
    assert attempt("while True: pass", file).returncode in (-signal.SIGKILL, -signal.SIGXCPU)
    assert "File too large" in attempt("given.write(b'overwritten')", file).stderr
    assert file.read_bytes() == b"before"


@pytest.mark.parametrize("layer", ["landlock", "network-namespace"])
def test_the_outer_layers_hold_alone(layer: str, file: Path) -> None:
    """Without the filter, so that it is these layers that refuse."""
    code = "import appliance.vision.sandbox as s; s._seccomp = lambda libc: False\n"
    program = PROBE.replace("layers = confine", code + "layers = confine").replace(
        "{attempt}",
        {
            "landlock": "open('/etc/passwd')",
            "network-namespace": "socket.create_connection(('127.0.0.1', int(os.environ['PORT'])), 2)",
        }[layer],
    )
    import socket  # noqa: PLC0415 - only this test listens

    with socket.create_server(("127.0.0.1", 0)) as server:
        done = subprocess.run(
            [sys.executable, "-I", "-c", program, str(PROJECT), str(file)],
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
            env={"PORT": str(server.getsockname()[1])},
        )
    if layer not in done.stdout:
        pytest.skip(f"skipped: this kernel or container does not permit {layer}")
    assert done.returncode == 1
    assert "PermissionError" in done.stderr or "Network is unreachable" in done.stderr


@pytest.mark.parametrize(("machine", "arch"), [("x86_64", 0xC000003E), ("aarch64", 0xC00000B7)])
def test_the_filter_of_each_processor(machine: str, arch: int) -> None:
    """Run the filter's own instructions over every call number."""
    program = sandbox.seccomp_program(machine)
    assert program is not None
    steps = list(struct.iter_unpack("=HBBI", program))

    def verdict(number: int, seen_arch: int = arch, arg2: int = 0, arg3: int = 0) -> int:
        fields = {0: number, 4: seen_arch, 32: arg2, 40: arg3}
        at = value = 0
        while True:
            code, yes, no, operand = steps[at]
            if code == 0x06:
                return int(operand)
            if code == 0x20:
                value = fields[operand]
                at += 1
            else:
                holds = value == operand if code == 0x15 else bool(value & operand)
                at += 1 + (yes if holds else no)

    allowed, kill = 0x7FFF0000, 0x80000000
    execute, mapping, stat_at, socket_call = {
        "x86_64": ((59, 322, 56, 57, 58, 435), 9, 262, (41, 42, 49, 50)),
        "aarch64": ((221, 281, 220, 435), 222, 79, (198, 203, 200, 201)),
    }[machine]
    for number in (*execute, *socket_call):
        assert verdict(number) == kill
    assert verdict(mapping) == allowed
    assert verdict(mapping, arg2=4) == kill
    assert verdict(stat_at, arg3=0x1000) == allowed
    assert verdict(stat_at) == 0x0005000D
    assert verdict(0, seen_arch=0x40000003) == kill
    assert verdict(0x40000000) == kill
    counts = [verdict(number) for number in range(600)]
    assert counts.count(allowed) < 55
    assert counts.count(kill) > 500


def test_an_unknown_processor_has_no_filter() -> None:
    assert sandbox.seccomp_program("riscv64") is None
