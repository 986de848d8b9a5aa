"""Copies a database as of one commit into one file, while others write it."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import apsw


def copy_database(source: apsw.Connection, target: Path) -> None:
    """Copies into a file that is there; it needs no log beside it afterwards."""
    with closing(apsw.Connection(str(target), flags=apsw.SQLITE_OPEN_READWRITE)) as copy:
        # One step is one read transaction: no commit makes it begin again, and none waits for it.
        with copy.backup("main", source, "main") as work:
            while not work.done:
                work.step(-1)
        copy.pragma("journal_mode", "delete")
