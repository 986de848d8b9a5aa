"""Read by the interpreter of a child process at its start: lets SQLite's n-th sync be the last thing it does.

`DIE_AT=7:before` kills the process before its seventh sync reaches the disk, `7:after` when it has. `SYNCS=<file>`
says where to count them. The command that runs in the process is the installed one and knows nothing of this.
"""

from __future__ import annotations

import os
import signal
import time

import apsw

# The file system that SQLite uses by itself; the one below only counts on top of it.
_UNDERNEATH = "unix"
_NUMBER, _, _MOMENT = os.environ.get("DIE_AT", "0:before").partition(":")
_COUNT = os.environ["SYNCS"]
# The last sync is that of a slow disk: what is released or printed before its commit has the time to show itself.
_SLOW_S = 0.15


class _File(apsw.VFSFile):
    count = 0

    def __init__(self, name: str | apsw.URIFilename | None, flags: list[int]) -> None:
        super().__init__(_UNDERNEATH, name, flags)

    def xSync(self, flags: int) -> None:
        """Syncs, and dies at the wanted one."""
        _File.count += 1
        self._die("before")
        super().xSync(flags)
        self._die("after")
        with open(_COUNT, "w", encoding="ascii") as file:
            file.write(str(_File.count))

    def _die(self, moment: str) -> None:
        if _File.count == int(_NUMBER) and moment == _MOMENT:
            time.sleep(_SLOW_S if moment == "before" else 0)
            os.kill(os.getpid(), signal.SIGKILL)


class _FileSystem(apsw.VFS):
    def __init__(self) -> None:
        super().__init__("counting", _UNDERNEATH, makedefault=True)

    def xOpen(self, name: str | apsw.URIFilename | None, flags: list[int]) -> apsw.VFSFile:
        """Opens a file that counts."""
        return _File(name, flags)


# SQLite holds no reference of its own.
_file_system = _FileSystem()
