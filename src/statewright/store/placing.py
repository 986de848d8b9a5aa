"""Puts a finished file in its place, or nothing: whoever looks sees all of it or none, also after a crash."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path

from statewright.errors import EXIT_CONFLICT, EXIT_UNREACHABLE, StatewrightError

_PARTIAL = ".partial"
# What a file system without hard links says to one, such as that of a memory stick.
_NO_LINKS = frozenset({errno.EPERM, errno.ENOTSUP, errno.ENOSYS})


@contextmanager
def placed(target: Path) -> Iterator[Path]:
    """Gives an empty file beside the target to be written; it takes the target's place once it is durable.

    Raises `FILE_EXISTS`, and `OUTPUT_UNWRITABLE` for what the machine says.
    """
    if os.path.lexists(target):
        raise _exists(target)
    partial = target.with_name(f"{target.name}.{os.getpid()}{_PARTIAL}")
    try:
        # What runs hold is their owner's alone.
        os.close(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600))
        yield partial
        sync(partial)
        _place(partial, target)
        sync(target.parent)
    except OSError as fault:
        raise unwritable(target, fault.strerror or str(fault)) from fault
    finally:
        with suppress(OSError):
            partial.unlink(missing_ok=True)


def free_name(path: Path) -> Path:
    """Returns the path, or one with a number behind it where that is taken: a second may see two tries."""
    names = (path if not number else path.with_name(f"{path.name}-{number + 1}") for number in count())
    return next(name for name in names if not os.path.lexists(name))


def made(folder: Path) -> Path:
    """Makes a folder, and those above it, so that they last; whoever else is there may read none of it."""
    missing = [one for one in (folder, *folder.parents) if not one.exists()]
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for one in missing:
        sync(one.parent)
    return folder


def unwritable(target: Path, problem: str) -> StatewrightError:
    """Returns the error for a file that cannot be written."""
    return StatewrightError(
        "OUTPUT_UNWRITABLE",
        f"{target}: {problem}",
        hint="free some space, or name a file in another folder",
        exit_code=EXIT_UNREACHABLE,
    )


def _place(partial: Path, target: Path) -> None:
    try:
        # Unlike a rename it never takes the place of a file that came meanwhile.
        os.link(partial, target)
    except FileExistsError:
        raise _exists(target) from None
    except OSError as fault:
        if fault.errno not in _NO_LINKS:
            raise
        os.rename(partial, target)


def _exists(target: Path) -> StatewrightError:
    return StatewrightError(
        "FILE_EXISTS", f"{target} exists", hint="name another file, or move that one away", exit_code=EXIT_CONFLICT
    )


def sync(path: Path) -> None:
    """Makes a file, or the names in a folder, durable."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
