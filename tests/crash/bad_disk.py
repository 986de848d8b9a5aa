"""A disk that obeys a plan: at its n-th operation the process dies, the power goes, the disk is full, or it says no.

It sits below SQLite as a VFS and below our own code as the functions of `os` that change names, so it works on every
machine. What the power takes with it is decided in `unsynced.py`.
"""

from __future__ import annotations

import errno
import os
import signal
import stat
import sys
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, Literal

import apsw
import msgspec

from tests.crash.unsynced import Unsynced

Fault = Literal["", "kill", "power", "full", "error"]
# The file system that SQLite uses by itself; the one below stands on top of it.
_UNDERNEATH = "unix"
WRITES = ("write",)
# After each of these something is durable, or has another name.
BOUNDARIES = ("sync", "truncate", "delete", "mkdir", "rename", "link", "unlink", "fsync")
EVERYTHING = (*WRITES, *BOUNDARIES)
# What a disk without room refuses, and what a broken one does: cutting and deleting are no matter of either.
_FAILING = {"full": ("write",), "error": ("write", "sync", "fsync", "mkdir", "rename", "link")}
# How many of an act's arguments are paths; the others have two.
_PATHS = {"mkdir": 1, "unlink": 1}
# Before it dies a process gets this long to say or send too early what it should not have.
_GRACE_S = 0.005


class Plan(msgspec.Struct, frozen=True):
    """What goes wrong, at which operation of these kinds, counted from one; with `on`, at all later ones too."""

    fault: Fault = ""
    at: int = 0
    kinds: tuple[str, ...] = EVERYTHING
    on: bool = False
    seed: int = 0


class Disk(apsw.VFS):
    """The disk under a process from its making on. `broken` says whether the fault has happened."""

    def __init__(self, plan: Plan, spare: Path) -> None:
        self.plan = plan
        self.counts: Counter[str] = Counter()
        self.after_broken: list[str] = []
        self.broken = False
        self.unsynced = Unsynced(spare, plan.seed) if plan.fault == "power" else None
        self._number = 0
        super().__init__("bad", _UNDERNEATH, makedefault=True)

    def xOpen(self, name: str | apsw.URIFilename | None, flags: list[int]) -> apsw.VFSFile:
        """Opens a file that asks the plan."""
        return _File(self, name, flags)

    def xDelete(self, filename: str, syncdir: bool) -> None:
        """Deletes a file, unless the plan forbids it."""
        self.before("delete")
        if self.unsynced is not None:
            self.unsynced.unlinking(filename)
        super().xDelete(filename, syncdir)
        if self.unsynced is not None and syncdir:
            self.unsynced.synced(os.path.dirname(filename))

    def before(self, kind: str) -> int:
        """Counts an operation that is about to happen; returns how it fails, as an error of SQLite, or 0."""
        self.counts[kind] += 1
        if self.broken:
            self.after_broken.append(kind)
        if kind not in self.plan.kinds:
            return 0
        self._number += 1
        is_due = self._number == self.plan.at or (self.plan.on and self.plan.at and self._number > self.plan.at)
        # Nothing new fails while an error is being dealt with: Python could raise one of the two only.
        if not is_due or kind not in _FAILING.get(self.plan.fault, EVERYTHING) or sys.exc_info()[0] is not None:
            return 0
        self.broken = True
        if self.plan.fault in ("kill", "power"):
            self._die()
        return {"full": apsw.SQLITE_FULL, "error": apsw.SQLITE_IOERR}.get(self.plan.fault, 0)

    def _die(self) -> None:
        time.sleep(_GRACE_S)
        if self.unsynced is not None:
            self.unsynced.lose()
        os.kill(os.getpid(), signal.SIGKILL)


class _File(apsw.VFSFile):
    """A file of the disk, opened by SQLite."""

    def __init__(self, disk: Disk, name: str | apsw.URIFilename | None, flags: list[int]) -> None:
        self._disk = disk
        self._name = name.filename() if isinstance(name, apsw.URIFilename) else str(name or "")
        is_new = bool(self._name) and not os.path.exists(self._name)
        super().__init__(_UNDERNEATH, name, flags)
        if disk.unsynced is not None and is_new:
            disk.unsynced.created(self._name)
        # SQLite syncs the folder together with the first sync of a log or journal that it has made.
        self._syncs_folder = is_new

    def xWrite(self, data: bytes, offset: int) -> None:
        """Writes; a process that dies here has written half."""
        if self._disk.plan.fault == "kill" and self._is_last():
            super().xWrite(data[: len(data) // 2], offset)
        _refuse(self._disk.before("write"))
        if self._disk.unsynced is not None:
            size = self.xFileSize()
            before = self.xRead(min(len(data), size - offset), offset) if offset < size else b""
            self._disk.unsynced.wrote(self._name, offset, bytes(data), before, size)
        super().xWrite(data, offset)

    def xTruncate(self, newsize: int) -> None:
        """Cuts the file."""
        self._disk.before("truncate")
        if self._disk.unsynced is not None and newsize < (size := self.xFileSize()):
            self._disk.unsynced.wrote(self._name, newsize, b"", self.xRead(size - newsize, newsize), size)
        super().xTruncate(newsize)

    def xSync(self, flags: int) -> None:
        """Makes durable what was written."""
        _refuse(self._disk.before("sync"))
        super().xSync(flags)
        if self._disk.unsynced is not None:
            self._disk.unsynced.synced(self._name)
            if self._syncs_folder:
                self._disk.unsynced.synced(os.path.dirname(self._name))
        self._syncs_folder = False

    def _is_last(self) -> bool:
        plan = self._disk.plan
        return "write" in plan.kinds and self._disk._number + 1 == plan.at


class _Connection(apsw.Connection):
    """Overlooks what SQLite overlooks when it closes a file: the copying of the log can be done by the next one."""

    def close(self, force: bool = False) -> None:
        """Closes; a VFS in C would have told nobody of its errors."""
        with suppress(apsw.FullError, apsw.IOError):
            super().close(force)


def _refuse(code: int) -> None:
    if code == apsw.SQLITE_FULL:
        raise apsw.FullError("database or disk is full")
    if code:
        raise apsw.IOError("disk I/O error")


def install(plan: Plan, spare: Path) -> Disk:
    """Puts the disk under this process for good; `spare` is a folder beside what is looked at."""
    disk = Disk(plan, spare)
    for name in ("mkdir", "rename", "replace", "link", "unlink"):
        setattr(os, name, _named(disk, name, getattr(os, name)))
    setattr(os, "fsync", _fsync(disk, os.fsync))  # noqa: B010  # as the names above
    setattr(os, "open", _open(disk, os.open))  # noqa: B010
    setattr(apsw, "Connection", _Connection)  # noqa: B010
    return disk


def _named(disk: Disk, name: str, real: Callable[..., Any]) -> Callable[..., Any]:
    def act(*paths: Any, **options: Any) -> Any:
        if disk.before("rename" if name == "replace" else name):
            raise _error(disk)
        if disk.unsynced is not None:
            disk.unsynced.naming(name, *map(os.fspath, paths[: _PATHS.get(name, 2)]))
        return real(*paths, **options)

    return act


def _fsync(disk: Disk, real: Callable[[int], None]) -> Callable[[int], None]:
    def fsync(descriptor: int) -> None:
        if disk.before("fsync"):
            raise _error(disk)
        real(descriptor)
        if disk.unsynced is not None:
            disk.unsynced.synced_descriptor(os.fstat(descriptor))

    return fsync


def _open(disk: Disk, real: Callable[..., int]) -> Callable[..., int]:
    def open(path: Any, flags: int, mode: int = 0o777, *, dir_fd: int | None = None) -> int:
        is_new = bool(flags & os.O_CREAT) and not os.path.lexists(path)
        descriptor = real(path, flags, mode, dir_fd=dir_fd)
        if is_new and disk.unsynced is not None and stat.S_ISREG(os.fstat(descriptor).st_mode):
            disk.unsynced.created(os.fspath(path))
        return descriptor

    return open


def _error(disk: Disk) -> OSError:
    number = errno.ENOSPC if disk.plan.fault == "full" else errno.EIO
    return OSError(number, os.strerror(number))
