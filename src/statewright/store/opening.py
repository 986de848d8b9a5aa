"""Opens the data file: ours and of this version, or not at all. What it is refused for has a code and a next step."""

from __future__ import annotations

import errno
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import apsw

from statewright.errors import EXIT_CONFLICT, EXIT_DIVERGED, EXIT_UNREACHABLE, StatewrightError
from statewright.store import wal
from statewright.store.contract import JournalCorrupt
from statewright.store.copying import copy_database
from statewright.store.placing import free_name, placed
from statewright.store.queries import MIGRATIONS, QUERIES, SCHEMA
from statewright.store.sealing import know_seals

DATA_FILE = "statewright.db"
SCHEMA_VERSION = 4
# "Stat" in ASCII: `file` and we know the data file by it.
APPLICATION_ID = 0x53746174
# A person at a SQLite shell may hold the file for a while. A lock that outlives this is not going away.
BUSY_MS = 60_000
# What the machine says of a disk that is full, over its quota, or broken.
_DISK_ERRORS = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EIO})
# Opening stays quick with any number of runs; `doctor --deep` looks at all of them.
CHECKED_AT_OPEN_MAX = 100

# What is freed is given back a little at a time; a file made without this has to be written anew once.
INCREMENTAL = 2

# Releases that may corrupt a database when two connections write and checkpoint at once (sqlite.org/wal.html, "The
# WAL-Reset Bug"). We write through one connection, but other programs may not.
_WAL_RESET_BUG = ((3, 7, 0), (3, 51, 2))


def open_for_writing(file: Path) -> apsw.Connection:
    """Returns the only connection that writes. The caller holds the folder's lock."""
    with explained(file):
        _refuse_log_without_database(file)
        # SQLite gives the log the permissions of the database: the data of runs is the owner's alone.
        os.close(os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
        connection = connected(file, apsw.SQLITE_OPEN_READWRITE)
        try:
            _prepare(connection, file)
        except BaseException:
            # Whatever is wrong with the file, closing it must not make it worse.
            connection.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1)
            connection.close()
            raise
        return connection


def open_for_reading(file: Path) -> apsw.Connection:
    """Returns a connection that cannot write, beside an owner or without one. No file reads as an empty store."""
    with explained(file):
        _refuse_log_without_database(file)
        if not file.exists() or not file.stat().st_size:
            return _empty()
        connection = _connected_for_reading(file)
        try:
            if _is_new(connection, file):
                connection.close()
                return _empty()
            if connection.pragma("user_version") < SCHEMA_VERSION:
                raise _version(connection, file, "start a run there once: that brings the folder up to date")
        except BaseException:
            connection.close()
            raise
        return connection


@contextmanager
def explained(file: Path) -> Iterator[None]:
    """Turns what the machine and SQLite say about the file into our own errors."""
    try:
        yield
    except (apsw.NotADBError, apsw.CorruptError) as fault:
        raise unreadable(file, fault) from fault
    except apsw.BusyError as fault:
        raise busy(file) from fault
    except (OSError, apsw.Error) as fault:
        if _is_of_the_disk(fault):
            raise failed(file, fault) from fault
        raise StatewrightError(
            "DATA_UNWRITABLE",
            f"{file.parent}: {getattr(fault, 'strerror', None) or fault}",
            hint="it must be a folder on a local disk that you may write to, with space left; name another with --data",
        ) from fault


def busy(file: Path) -> StatewrightError:
    """Returns the error for a file that another program keeps locked for longer than anybody should."""
    return StatewrightError(
        "STORE_BUSY",
        f"{file}: another program has kept it locked for {BUSY_MS / 1_000:g} seconds",
        hint="end that program, such as a SQLite shell with an open transaction, then try again",
        exit_code=EXIT_UNREACHABLE,
    )


def failed(file: Path, fault: Exception | None) -> StatewrightError:
    """Returns the error for a disk that is full or broken."""
    return StatewrightError(
        "STORE_FAILED",
        f"{file}: writing stopped after an error: {fault}",
        hint="what was acknowledged is kept; see to the disk, then start again: statewright runs resume --all",
        exit_code=EXIT_UNREACHABLE,
    )


def _is_of_the_disk(fault: Exception) -> bool:
    """Tells a disk that is full or broken from a folder that is none to write to."""
    return isinstance(fault, apsw.FullError | apsw.IOError) or getattr(fault, "errno", None) in _DISK_ERRORS


def unreadable(file: Path, fault: apsw.Error | UnicodeDecodeError) -> StatewrightError:
    """Returns the error for what SQLite says while reading, or for a text of ours that is none any more."""
    if isinstance(fault, UnicodeDecodeError):
        return corrupt(file, f"a text in it is not UTF-8: {fault.reason}")
    if isinstance(fault, apsw.NotADBError):
        return _not_ours(file, "it is not a SQLite database")
    if isinstance(fault, apsw.CorruptError):
        return corrupt(file, str(fault))
    return StatewrightError("STORE_UNREADABLE", f"{file}: {fault}", hint="look at the disk, then try again")


def library_notice(version: str) -> str:
    """Returns a warning about the SQLite library, or an empty text."""
    first, last = _WAL_RESET_BUG
    if not first <= tuple(map(int, version.split("."))) <= last:
        return ""
    return f"SQLite {version} has the WAL-reset bug (3.7.0 to 3.51.2), which can corrupt data: install a newer apsw"


def log_notice(connection: apsw.Connection, file: Path) -> str:
    """Returns a warning about what a crash has left in the log, or an empty text. Nothing was written since."""
    log = _log_of(file)
    valid, _ = connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_NOOP)
    if not log.exists() or not wal.torn(log, max(0, valid)):
        return ""
    return (
        f"{file}: a crash cut the last transaction off, which nobody was told of as done; everything before it is here"
    )


def refuse_foreign(connection: apsw.Connection, file: Path) -> None:
    """Raises where the file is empty, not ours, or newer than this program."""
    if _is_new(connection, file):
        raise _not_ours(file, "it is empty")


def connected(file: Path, flags: int) -> apsw.Connection:
    """Returns a connection with our settings, whatever the file is."""
    connection = apsw.Connection(str(file), flags=flags)
    try:
        connection.set_busy_timeout(BUSY_MS)
        connection.execute(QUERIES["connect"]).fetchall()
        know_seals(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def _connected_for_reading(file: Path) -> apsw.Connection:
    try:
        return connected(file, apsw.SQLITE_OPEN_READONLY)
    except apsw.ReadOnlyError:
        # The file's very first opening was cut off, and left a journal that somebody who may write must take back.
        connected(file, apsw.SQLITE_OPEN_READWRITE).close()
        return connected(file, apsw.SQLITE_OPEN_READONLY)


def new_schema() -> apsw.Connection:
    """Returns an empty store in memory, with the tables of this version."""
    connection = apsw.Connection(":memory:")
    know_seals(connection)
    connection.execute(SCHEMA).fetchall()
    return connection


def _empty() -> apsw.Connection:
    connection = new_schema()
    connection.execute("PRAGMA query_only = ON").fetchall()
    return connection


def _prepare(connection: apsw.Connection, file: Path) -> None:
    is_new = _is_new(connection, file)
    # Also of a new file: one that looks new may have lost the beginning of its log.
    _check_log(connection, file)
    if is_new:
        connection.pragma("auto_vacuum", INCREMENTAL)
    mode = connection.pragma("journal_mode", "wal")
    if mode != "wal":
        raise OSError(f"this file system has no shared memory for SQLite (journal mode {mode!r})")
    if is_new:
        with connection:
            connection.execute(SCHEMA).fetchall()
            connection.pragma("application_id", APPLICATION_ID)
            connection.pragma("user_version", SCHEMA_VERSION)
        return
    _migrate(connection, file)
    for run, seq in connection.execute(QUERIES["contradictions"], (CHECKED_AT_OPEN_MAX,)):
        raise JournalCorrupt(str(file), run, seq, "the index names it as the last one, and it is not there")


def _migrate(connection: apsw.Connection, file: Path) -> None:
    """Brings an older file to this version, step by step, in one transaction. The file as it was stays beside it."""
    found = connection.pragma("user_version")
    if found == SCHEMA_VERSION:
        return
    stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
    kept = free_name(file.with_name(f"{file.name}.version-{found}.{stamp}"))
    with placed(kept) as copy:
        copy_database(connection, copy)
    try:
        if connection.pragma("auto_vacuum") != INCREMENTAL:
            connection.pragma("auto_vacuum", INCREMENTAL)
            connection.execute(QUERIES["vacuum"]).fetchall()
        with connection:
            for version in range(found, SCHEMA_VERSION):
                connection.execute(MIGRATIONS[f"to_{version + 1}"]).fetchall()
                connection.pragma("user_version", version + 1)
    except apsw.Error:
        # The file is as it was; trying again must not fill the disk with copies of it.
        kept.unlink()
        raise


def _is_new(connection: apsw.Connection, file: Path) -> bool:
    """Says whether the file is still empty; raises where it is not ours, or newer than this program."""
    owner, version = connection.pragma("application_id"), connection.pragma("user_version")
    if not owner and not connection.execute("SELECT count(*) FROM sqlite_schema").get:
        return True
    if owner != APPLICATION_ID:
        raise _not_ours(file, "another program made this database")
    if version > SCHEMA_VERSION:
        raise _version(connection, file, "use the release that wrote it, or a newer one")
    return False


def _check_log(connection: apsw.Connection, file: Path) -> None:
    log = _log_of(file)
    valid, _ = connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_NOOP)
    if log.exists() and wal.damaged(log, file, max(0, valid)):
        raise corrupt(file, f"{log.name} is damaged after frame {max(0, valid)}: acknowledged records are behind it")


def _refuse_log_without_database(file: Path) -> None:
    """SQLite would begin anew and throw the log away."""
    log = _log_of(file)
    if log.exists() and log.stat().st_size and not (file.exists() and file.stat().st_size):
        raise corrupt(file, f"the database is missing, but its log {log.name} is there")


def _log_of(file: Path) -> Path:
    return file.with_name(file.name + "-wal")


def _version(connection: apsw.Connection, file: Path, hint: str) -> StatewrightError:
    found = connection.pragma("user_version")
    message = f"{file} has data version {found}, this program knows version {SCHEMA_VERSION}"
    return StatewrightError("DATA_VERSION", message, hint=hint, exit_code=EXIT_CONFLICT)


def _not_ours(file: Path, problem: str) -> StatewrightError:
    return StatewrightError(
        "DATA_NOT_OURS", f"{file}: {problem}", hint="name another data folder with --data", exit_code=EXIT_DIVERGED
    )


def corrupt(file: Path, problem: str) -> StatewrightError:
    """Returns the error for a file that is not what was written."""
    return StatewrightError(
        "JOURNAL_CORRUPT",
        f"{file}: {problem}",
        hint="keep a copy of the folder, then restore a backup",
        exit_code=EXIT_DIVERGED,
    )
