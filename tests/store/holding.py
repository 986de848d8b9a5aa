"""Another program that holds the data file. It is a process: two SQLites in one would not notice each other's locks."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.store.journals import PATIENCE_S

HOLDING = """
import sqlite3, sys
database = sqlite3.connect(sys.argv[1], isolation_level=None)
database.execute("BEGIN EXCLUSIVE")
print("held", flush=True)
sys.stdin.readline()
database.execute("ROLLBACK")
"""


@contextmanager
def held(file: Path) -> Iterator[Callable[[], object]]:
    """Holds the file until the block ends, or until what it gives is called."""
    command = [sys.executable, "-c", HOLDING, str(file)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"

        def let_go() -> None:
            if holder.poll() is None:
                holder.communicate("\n", timeout=PATIENCE_S)

        try:
            yield let_go
        finally:
            let_go()
