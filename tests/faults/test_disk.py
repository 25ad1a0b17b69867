"""A full disk and a dying disk: no acknowledged write is a lie, and what frees room still works."""

import os
import resource
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

HERE = Path(__file__).parent
MOUNT = 'mount -t tmpfs -o size=16m,mode=700 tmpfs "$1" && shift && exec "$@"'


def test_a_full_disk(tmp_path):
    """On a file system of 16 MiB, in a mount namespace of its own."""
    own = ["unshare", "--mount", *(["--map-root-user"] if os.getuid() else []), "sh", "-c", MOUNT, "sh"]
    disk = tmp_path / "disk"
    disk.mkdir()
    if not shutil.which("unshare") or subprocess.run([*own, disk, "true"], check=False).returncode:
        pytest.skip("skipped: this machine lets no test mount a file system of its own")
    command = [*own, disk, sys.executable, HERE / "full_disk.py", disk]
    told = subprocess.run(command, capture_output=True, text=True, check=False)
    assert told.stdout == "right\n", told.stderr


def test_a_file_that_may_not_grow(tmp_path):
    """The same by a limit that every machine has: nothing after it is written until the next start."""
    script = """
        import resource, sys
        from pathlib import Path
        from appliance.domain.credential import AuditEntry
        from appliance.errors import ServiceError
        from appliance.store.store import Store

        store = Store.open(Path(sys.argv[1]), floor_bytes=0, ballast_bytes=4096, serving=False)
        done = 0
        resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, resource.RLIM_INFINITY))
        try:
            while True:
                store.database.commit_blocking(AuditEntry("a", "a", "b", details={"x": "y" * 4000}))
                done += 1
        except ServiceError as error:
            print(type(error).__name__)
        assert done > 5
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        assert not store.database.alive
        store.close()
        store = Store.open(Path(sys.argv[1]), floor_bytes=0, ballast_bytes=4096, serving=False)
        count = store.database.read_blocking(lambda c: c.row("SELECT count(*) FROM ledger_leaf"))[0]
        assert count == 2 + done, (count, done)
        store.database.commit_blocking(AuditEntry("a", "a", "b"))
        store.database.read_blocking(lambda c: store.checkpoints.check(c, deep=True))
        store.close()
    """
    command = [sys.executable, "-c", textwrap.dedent(script), str(tmp_path / "data")]
    told = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (told.returncode, told.stdout) == (0, "StorageFailed\n"), told.stderr
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] == resource.RLIM_INFINITY


def test_a_disk_that_loses_a_sync(tmp_path):
    """With fsync replaced below SQLite."""
    compiler = shutil.which("cc")
    if compiler is None:
        pytest.skip("skipped: no C compiler to build the failing fsync with")
    library = tmp_path / "other_disk.so"
    subprocess.run(
        [compiler, "-shared", "-fPIC", "-O1", "-o", library, HERE / "other_disk.c", "-ldl"], check=True
    )
    environment = {**os.environ, "LD_PRELOAD": str(library), "FAILING_SYNC": str(tmp_path / "failing")}
    command = [sys.executable, HERE / "failing_sync.py", tmp_path / "data"]
    told = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert told.stdout == "right\n", told.stderr
