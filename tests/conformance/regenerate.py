"""Writes the golden journals of the corpus anew, as the simulated host gives them. Read the difference, then commit.

With names of cases, only theirs: `python -m tests.conformance.regenerate wait wait_early`.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from tests.conformance import corpus, golden
from tests.conformance.hosts import simulated


def regenerate(names: Sequence[str]) -> None:
    """Runs every case that starts, and keeps its journals."""
    for name in names or corpus.names():
        case = corpus.case(name)
        if not case.expect.start:
            ran = simulated(case)
            golden.write(name, golden.of(ran.records, ran.beside))


if __name__ == "__main__":
    regenerate(sys.argv[1:])
