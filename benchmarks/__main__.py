"""`python -m benchmarks`: measures, prints the tables; `--write` puts them into docs/performance.md, `--profile ROW`
looks into ours instead."""

from __future__ import annotations

import argparse
import os
import sys

from benchmarks import contest, table
from benchmarks.growth import cells, tables
from benchmarks.profiling import PROFILED, profile
from benchmarks.rounds import HOMES, ROOT, play

PAGE = ROOT / "docs" / "performance.md"
# Enough rounds for a median that one disturbed round does not move.
ROUNDS = 5
PEER_ROWS = [row.id for row in contest.ROWS]
GROWTH_ROWS = [row.id for row in cells.ROWS]


def main() -> None:
    """Reads the command line and does one of the two things."""
    given = _parser().parse_args()
    if given.profile:
        profile(given.profile, given.shrink)
        return
    chosen = set(given.rows or [*PEER_ROWS, *GROWTH_ROWS])
    places = [place for place in PLACES if not chosen.isdisjoint(place[1])]
    for _, rows, _ in places if given.write else ():
        if not chosen.issuperset(rows):
            sys.exit(f"the page holds a table whole: leave --rows out, or name all of {' '.join(rows)}")
    for place, _, measured in places:
        text = measured(chosen, given)
        print(text, flush=True)
        if given.write:
            PAGE.write_text(table.put(PAGE.read_text("utf-8"), text, place), "utf-8")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    names = [*PEER_ROWS, *GROWTH_ROWS]
    parser.add_argument("--rows", nargs="+", metavar="ROW", choices=names, help=f"only these: {', '.join(names)}")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--shrink", type=int, default=1, help="divide the sizes, to try the programs out")
    parser.add_argument("--write", action="store_true", help=f"put the tables into {PAGE.relative_to(ROOT)}")
    parser.add_argument("--profile", metavar="ROW", choices=PROFILED, help="profile ours in one row")
    return parser


def against_peers(chosen: set[str], given: argparse.Namespace) -> str:
    """Plays the rounds and returns the table."""
    rows = [row for row in contest.ROWS if row.id in chosen]
    missing = sorted({one.home for row in rows for one in row.contenders if not HOMES[one.home].is_dir()})
    if missing:
        sys.exit(f"not installed: {', '.join(missing)}; make bench does it")
    before = os.getloadavg()[0]
    series = play(rows, given.rounds, given.shrink)
    return table.rendered(series, given.rounds, (before, os.getloadavg()[0]))


def growth(chosen: set[str], given: argparse.Namespace) -> str:
    """Plays the rows that grow and returns their tables."""
    rows = [row for row in cells.ROWS if row.id in chosen]
    return tables.rendered(cells.play(rows, min(given.rounds, cells.ROUNDS), given.shrink))


# A table of the page: its place, its rows, and what measures it.
PLACES = (("measured", PEER_ROWS, against_peers), ("growth", GROWTH_ROWS, growth))

main()
