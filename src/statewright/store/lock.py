"""The lock of a data folder: one process writes it. The kernel of the machine frees it however that process ends."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from statewright.errors import EXIT_CONFLICT, StatewrightError

LOCK_FILE = "lock"
# A process id is a few digits; whatever else lies in the file is not read.
_PID_BYTES_MAX = 20


class Lock:
    """Holds a folder from the moment it is made until `release`. Raises `DATA_LOCKED`, or OSError."""

    def __init__(self, folder: Path) -> None:
        # The file is never removed: a lock on a removed file would hold nobody back.
        self._file = os.open(folder / LOCK_FILE, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise _locked(folder, self._owner()) from None
        except OSError:
            os.close(self._file)
            raise
        os.ftruncate(self._file, 0)
        os.pwrite(self._file, b"%d\n" % os.getpid(), 0)

    def release(self) -> None:
        """Lets the next process in."""
        os.close(self._file)

    def _owner(self) -> str:
        pid = os.pread(self._file, _PID_BYTES_MAX, 0).decode("ascii", "replace").strip()
        os.close(self._file)
        return pid


def is_owned(folder: Path) -> bool:
    """Says whether the process that last held the folder is alive; asking disturbs nobody who wants the lock."""
    try:
        pid = int((folder / LOCK_FILE).read_bytes()[:_PID_BYTES_MAX])
        os.kill(pid, 0)
    except PermissionError:
        # It is there, and somebody else's.
        return True
    except (OSError, ValueError):
        return False
    return True


def _locked(folder: Path, pid: str) -> StatewrightError:
    return StatewrightError(
        "DATA_LOCKED",
        f"{folder} is in use by process {pid or '(unknown)'}",
        hint="wait for it, stop it, or name another data folder",
        exit_code=EXIT_CONFLICT,
    )
