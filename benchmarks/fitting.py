"""A line through measured times. It runs in every environment, so it uses the standard library only."""

from __future__ import annotations

from collections.abc import Iterable
from statistics import linear_regression

from benchmarks.measured import Measured

# Runs of so many times `size` units make the line.
PARTS = (1, 2, 4, 8)
# In a shorter run its fixed cost hides the units: a line through such runs warms up, and proves nothing.
UNITS_MIN = 100


def slope(points: Iterable[tuple[int, float]]) -> Measured:
    """Returns what one more unit costs, of (units, seconds); what a run costs beside its units is a fact of its own.

    A slope that is not above zero says that the time went elsewhere, and measures nothing.
    """
    units, seconds = zip(*points, strict=True)
    line = linear_regression(units, seconds)
    assert line.slope > 0 or max(units) < UNITS_MIN, f"no cost per unit in {units} units, {seconds} seconds"
    measured = Measured(units=1, facts={"points": len(units), "ms beside the steps": round(line.intercept * 1_000, 1)})
    measured.seconds = line.slope
    return measured
