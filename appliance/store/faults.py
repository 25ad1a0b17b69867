"""What an SQLite error means for the box: which typed error, and whether the file may be trusted."""

import pysqlite3

from appliance.errors import ServiceError, StorageFailed, StorageFull

_IOERR = 10
_CORRUPT = 11
_FULL = 13
_CONSTRAINT = 19
_NOTADB = 26


def is_full(error: pysqlite3.Error) -> bool:
    """Whether the disk had no room (ENOSPC)."""
    return _code(error) == _FULL


def loses_trust(error: pysqlite3.Error) -> bool:
    """Whether writing must stop until the database is opened again.

    After a failed fsync the kernel may have marked the lost pages clean, so that a second fsync "succeeds"
    without them (Rebello et al., USENIX ATC 2020). pysqlite3 gives the primary code only, so that a failed
    fsync and a failed write look alike: every I/O error but a full disk counts as the worse one.
    """
    return _code(error) in (_IOERR, _CORRUPT, _NOTADB)


def storage_error(error: pysqlite3.Error) -> ServiceError:
    """Turn an error of the library into one of the box. SQLite names columns, no values."""
    if is_full(error):
        return StorageFull(
            "the data disk is full", remedy="Free room on the disk of the data folder.", retry_after=60
        )
    name = getattr(error, "sqlite_errorname", "") or type(error).__name__
    if _code(error) == _CONSTRAINT:
        return StorageFailed(f"the database refused the write: {name}: {error}")
    return StorageFailed(f"the database failed: {name}", remedy="Check the disk, then start the box again.")


def _code(error: pysqlite3.Error) -> int:
    return int(getattr(error, "sqlite_errorcode", 0) or 0) & 0xFF
