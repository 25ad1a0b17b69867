"""What an SQLite error means for the box: which typed error, and whether the file may be trusted."""

import pysqlite3

from appliance.errors import ServiceError, StorageFailed, StorageFull

_FULL = 13
_IOERR = 10
_CONSTRAINT = 19
_IOERR_READ = 266
_IOERR_SHORT_READ = 522
_IOERR_WRITE = 778
_HARMLESS = frozenset({_IOERR_READ, _IOERR_SHORT_READ, _IOERR_WRITE})


def is_full(error: pysqlite3.Error) -> bool:
    """Whether the disk had no room."""
    return _primary(error) == _FULL


def loses_trust(error: pysqlite3.Error) -> bool:
    """Whether writing must stop until the database is opened again.

    After a failed fsync the kernel may have marked the lost pages clean, so that a second fsync "succeeds"
    without them (Rebello et al., USENIX ATC 2020). A failed `write` is different: the frames of that
    transaction were never committed, and the next one writes over them.
    """
    code = _code(error)
    return code & 0xFF == _IOERR and code not in _HARMLESS


def storage_error(error: pysqlite3.Error) -> ServiceError:
    """Turn an error of the library into one of the box. SQLite names columns, no values."""
    if is_full(error):
        return StorageFull(
            "the data disk is full", remedy="Free room on the disk of the data folder.", retry_after=60
        )
    name = getattr(error, "sqlite_errorname", "") or type(error).__name__
    if _primary(error) == _CONSTRAINT:
        return StorageFailed(f"the database refused the write: {name}: {error}")
    return StorageFailed(f"the database failed: {name}", remedy="Check the disk, then start the box again.")


def _code(error: pysqlite3.Error) -> int:
    return int(getattr(error, "sqlite_errorcode", 0) or 0)


def _primary(error: pysqlite3.Error) -> int:
    return _code(error) & 0xFF
