"""Read by the interpreter of a child process at its start: gives the installed command a disk with a plan.

`DISK` is the plan as JSON, `FREE` the share of its room that the disk says is free, `BUSY_MS` how long a locked file is
waited for. The command knows nothing of this.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import msgspec

from statewright.store import opening
from tests.crash.bad_disk import Plan, install

if "DISK" in os.environ:
    # SQLite holds no reference of its own.
    _disk = install(msgspec.json.decode(os.environ["DISK"], type=Plan), Path(tempfile.gettempdir()))

if "BUSY_MS" in os.environ:
    opening.BUSY_MS = int(os.environ["BUSY_MS"])

if "FREE" in os.environ:
    _asked = os.statvfs

    def _statvfs(path: str) -> os.statvfs_result:
        found = list(_asked(path))
        # A gigabyte in all, whatever the machine has: its blocks, those that are free, those that are free for us.
        found[1:5] = [4_096, 262_144, *[int(float(os.environ["FREE"]) * 262_144)] * 2]
        return os.statvfs_result(found)

    os.statvfs = _statvfs  # type: ignore[assignment]  # what `os` has takes open files as well
