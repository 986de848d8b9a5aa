"""Copies a data folder into one file while a host writes it, and such a file back into a folder.

A copy is a moment between two commits. It is checked as a whole before anybody is told that it is there.
"""

from __future__ import annotations

import errno
import os
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import apsw
import msgspec

from statewright.errors import EXIT_CONFLICT, EXIT_NOT_FOUND, StatewrightError
from statewright.store.checking import check
from statewright.store.copying import copy_database
from statewright.store.lock import Lock
from statewright.store.opening import DATA_FILE, connected, explained, open_for_reading, refuse_foreign, unreadable
from statewright.store.placing import free_name, made, placed, sync

# The names that SQLite gives the companions of a database.
_COMPANIONS = ("-wal", "-shm")
_SET_ASIDE = "before-restore-%Y%m%dT%H%M%SZ"


class Copied(msgspec.Struct, frozen=True):
    """What a copy holds, and where what it replaced lies."""

    runs: int
    records: int
    size: int  # bytes
    set_aside: Path | None = None


def back_up(folder: Path, target: Path) -> Copied:
    """Writes everything in the folder to one file. Hosts go on meanwhile; their later commits are not in it.

    Raises `DATA_MISSING`, `FILE_EXISTS`, `OUTPUT_UNWRITABLE`, or what the check of the copy finds.
    """
    file = folder / DATA_FILE
    if not file.is_file():
        raise _missing(file, "name the data folder with --data")
    with placed(target) as partial:
        with closing(open_for_reading(file)) as source:
            _copy(source, file, partial)
        return _checked(partial, file)


def restore(backup: Path, folder: Path, *, replace: bool = False) -> Copied:
    """Makes a folder of a backup. With `replace`, data that is there is set aside, in a folder inside.

    Raises `DATA_LOCKED` where a process uses the folder, `DATA_EXISTS` where it has data, or what is wrong with the
    backup; the folder is as it was then.
    """
    if not backup.is_file():
        raise _missing(backup, "name a file that statewright backup has written")
    file = folder / DATA_FILE
    with explained(file):
        made(folder)
        lock = Lock(folder)
    try:
        there = [path for path in _files(file) if path.exists()]
        if there and not replace:
            raise _has_data(folder)
        staged = folder / f"{DATA_FILE}.restored"
        with explained(file):
            # Left by a restore that was killed.
            staged.unlink(missing_ok=True)
        copied = _stage(backup, staged)
        with explained(file):
            aside = _set_aside(folder, there) if there else None
            os.rename(staged, file)
            sync(folder)
        return msgspec.structs.replace(copied, set_aside=aside)
    finally:
        lock.release()


def _copy(source: apsw.Connection, file: Path, target: Path) -> None:
    """Copies a database; `file` is named in errors."""
    try:
        copy_database(source, target)
    except (apsw.CorruptError, apsw.NotADBError) as fault:
        raise unreadable(file, fault) from fault
    except apsw.Error as fault:
        # While it copies, SQLite says "not an error". Whoever places the file names it as it was asked for.
        number = errno.ENOSPC if isinstance(fault, apsw.FullError) else errno.EIO
        raise OSError(number, os.strerror(number)) from fault


def _checked(copy: Path, file: Path) -> Copied:
    """Returns what a copy of the file holds; raises the first thing that is wrong with it."""
    with closing(connected(copy, apsw.SQLITE_OPEN_READONLY)) as connection:
        health = check(connection, file)
    for problem in health.problems:
        raise problem
    return Copied(health.runs, health.records, copy.stat().st_size)


def _stage(backup: Path, staged: Path) -> Copied:
    with placed(staged) as partial:
        with _understood(backup) as source:
            _copy(source, backup, partial)
        return _checked(partial, backup)


@contextmanager
def _understood(backup: Path) -> Iterator[apsw.Connection]:
    """Opens a backup of this release or an older one; an older one is brought up to date where it is opened."""
    with explained(backup):
        connection = connected(backup, apsw.SQLITE_OPEN_READONLY)
    with closing(connection):
        with explained(backup):
            refuse_foreign(connection, backup)
        yield connection


def _set_aside(folder: Path, there: list[Path]) -> Path:
    """Moves data away, the database first: a log without one is refused, but one without its log would be believed."""
    aside = made(free_name(folder / time.strftime(_SET_ASIDE, time.gmtime())))
    for path in there:
        os.rename(path, aside / path.name)
        # Each name lasts before the next one goes.
        sync(aside)
        sync(folder)
    return aside


def _files(file: Path) -> list[Path]:
    return [file, *(file.with_name(file.name + companion) for companion in _COMPANIONS)]


def _missing(file: Path, hint: str) -> StatewrightError:
    return StatewrightError("DATA_MISSING", f"there is no file {file}", hint=hint, exit_code=EXIT_NOT_FOUND)


def _has_data(folder: Path) -> StatewrightError:
    return StatewrightError(
        "DATA_EXISTS",
        f"{folder} has data",
        hint="name an empty folder with --into, or set what is there aside with --replace",
        exit_code=EXIT_CONFLICT,
    )
