"""Writes the golden journals of the corpus anew, as the simulated host gives them. Read the difference, then commit."""

from __future__ import annotations

from tests.conformance import corpus, golden
from tests.conformance.hosts import simulated


def regenerate() -> None:
    """Runs every case that starts, and keeps its journal."""
    for name in corpus.names():
        case = corpus.case(name)
        if not case.expect.start:
            golden.write(name, simulated(case).records)


if __name__ == "__main__":
    regenerate()
