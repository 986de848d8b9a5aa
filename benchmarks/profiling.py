"""Looks into our own side of a row: which file, and which function, spends the time."""

from __future__ import annotations

import cProfile
import pstats
import tempfile
from collections import Counter
from pathlib import Path

from benchmarks import language, ours
from benchmarks.contest import ROWS

OURS = {**ours.ROWS, **language.ROWS}
PROFILED = sorted(OURS)
# A profile shows this many functions; what comes below them is noise.
LINES = 25


def profile(row: str, shrink: int) -> None:
    """Prints where our own time goes; the profiler itself slows calls down, so read shares, not times."""
    size = max(1, next(one.size for one in ROWS if one.id == row) // shrink)
    profiler = cProfile.Profile()
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        profiler.runcall(OURS[row], size, Path(folder))
    stats = pstats.Stats(profiler)
    print(_shares(stats))
    stats.strip_dirs().sort_stats("tottime").print_stats(LINES)


def _shares(stats: pstats.Stats) -> str:
    """Returns which file spends how much of the time, built-in functions counted where they are called."""
    spent: Counter[str] = Counter()
    for (file, _, _), (_, _, own, _, callers) in stats.stats.items():  # type: ignore[attr-defined]  # not in the stubs
        if file != "~":
            spent[_short(file)] += own
        for (caller, _, _), (_, _, share, _) in callers.items() if file == "~" else ():
            spent[_short(caller)] += share
    total = sum(spent.values())
    return "\n".join(f"{seconds / total:6.1%}  {file}" for file, seconds in spent.most_common(LINES))


def _short(file: str) -> str:
    return "/".join(Path(file).parts[-3:]) if "statewright" in file else Path(file).name
