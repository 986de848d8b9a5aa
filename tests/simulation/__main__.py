"""Runs one simulation again, or many: `python -m tests.simulation SEED`, `python -m tests.simulation FIRST COUNT`.

A failing seed is told in one line that runs it again, and then in its plainest form.
"""

from __future__ import annotations

import argparse
import json
import sys

from tests.simulation.seeds import breaks, run_seeds, told_plainly


def main(arguments: list[str]) -> int:
    """Runs the seeds that the command line names."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("seed", type=int)
    parser.add_argument("count", type=int, nargs="?", default=1)
    wanted = parser.parse_args(arguments)
    summary = run_seeds(range(wanted.seed, wanted.seed + wanted.count), _tell)
    print(json.dumps(summary.as_json(), indent=2))
    return 1 if summary.broken else 0


def _tell(seed: int, promise: str) -> None:
    print(f"python -m tests.simulation {seed}   # {promise}")
    print(told_plainly(seed, breaks), flush=True)


sys.exit(main(sys.argv[1:]))
