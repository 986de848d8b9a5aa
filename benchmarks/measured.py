"""What every contender prints, and how it is called: `python -m benchmarks.<file> <row> <size>` gives one JSON line.

It runs in both environments, so it uses the standard library only.
"""

from __future__ import annotations

import gc
import json
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter
from typing import Any

# A contender gets the row's size and an empty folder, and returns what it found.
Contender = Callable[[int, Path], "Measured"]


class Measured:
    """How long `units` took. `facts` say what was counted afterwards: a figure without its proof is worth nothing."""

    def __init__(self, *, units: int, facts: Mapping[str, Any]) -> None:
        self.units = units
        self.facts = dict(facts)
        self.seconds = 0.0

    @contextmanager
    def clock(self) -> Iterator[None]:
        """Times its body; several bodies add up. What was left behind before is collected first, for everybody."""
        gc.collect()
        begun = perf_counter()
        yield
        self.seconds += perf_counter() - begun


def main(rows: Mapping[str, Contender]) -> None:
    """Runs the row named on the command line, once small to warm up and once in full, and prints the second."""
    row, size = sys.argv[1], int(sys.argv[2])
    for amount in (max(1, size // 10), size):
        with tempfile.TemporaryDirectory(prefix="bench-") as folder:
            measured = rows[row](amount, Path(folder))
    print(json.dumps({"seconds": measured.seconds, "units": measured.units, "facts": measured.facts}))
