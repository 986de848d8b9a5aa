"""`python -m benchmarks`: measures, prints the table; `--write` puts it into docs/performance.md, `--profile ROW` looks
into ours instead."""

from __future__ import annotations

import argparse
import cProfile
import os
import pstats
import sys
import tempfile
from collections import Counter
from pathlib import Path

from benchmarks import language, ours, table
from benchmarks.contest import ROWS
from benchmarks.rounds import PEERS, ROOT, play

OURS = {**ours.ROWS, **language.ROWS}
PAGE = ROOT / "docs" / "performance.md"
# Enough rounds for a median that one disturbed round does not move.
ROUNDS = 5
# A profile shows this many functions; what comes below them is noise.
PROFILE_LINES = 25


def main() -> None:
    """Reads the command line and does one of the two things."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("rows", nargs="*", metavar="ROW", help=f"only these: {', '.join(row.id for row in ROWS)}")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--shrink", type=int, default=1, help="divide the sizes, to try the programs out")
    parser.add_argument("--write", action="store_true", help=f"put the table into {PAGE.relative_to(ROOT)}")
    parser.add_argument("--profile", metavar="ROW", choices=sorted(OURS), help="profile ours in one row")
    given = parser.parse_args()
    if given.profile:
        profile(given.profile, given.shrink)
    else:
        measure(given)


def measure(given: argparse.Namespace) -> None:
    """Plays the rounds and prints the table."""
    if not PEERS.is_dir():
        sys.exit("the peers are not installed: make bench does it")
    rows = [row for row in ROWS if not given.rows or row.id in given.rows]
    before = os.getloadavg()[0]
    series = play(rows, given.rounds, given.shrink)
    text = table.rendered(series, given.rounds, (before, os.getloadavg()[0]))
    print(text)
    if given.write:
        PAGE.write_text(table.put(PAGE.read_text("utf-8"), text), "utf-8")


def profile(row: str, shrink: int) -> None:
    """Prints where our own time goes; the profiler itself slows calls down, so read shares, not times."""
    size = max(1, next(one.size for one in ROWS if one.id == row) // shrink)
    profiler = cProfile.Profile()
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        profiler.runcall(OURS[row], size, Path(folder))
    stats = pstats.Stats(profiler)
    print(shares(stats))
    stats.strip_dirs().sort_stats("tottime").print_stats(PROFILE_LINES)


def shares(stats: pstats.Stats) -> str:
    """Returns which file spends how much of the time, built-in functions counted where they are called."""
    spent: Counter[str] = Counter()
    for (file, _, _), (_, _, own, _, callers) in stats.stats.items():  # type: ignore[attr-defined]  # not in the stubs
        if file != "~":
            spent[short(file)] += own
        for (caller, _, _), (_, _, share, _) in callers.items() if file == "~" else ():
            spent[short(caller)] += share
    total = sum(spent.values())
    return "\n".join(f"{seconds / total:6.1%}  {file}" for file, seconds in spent.most_common(PROFILE_LINES))


def short(file: str) -> str:
    """Returns a file's path from the package it belongs to."""
    return "/".join(Path(file).parts[-3:]) if "statewright" in file else Path(file).name


main()
