"""Prefect: flows of several lengths, and a line through what their calls took. Its server runs beside the process.

A flow costs a second whatever is in it, so a flow's time is never divided by its tasks. The server writes task runs
later and in bulk: a call that has returned is not yet durable.
"""

from __future__ import annotations

from importlib.metadata import version
from pathlib import Path
from time import perf_counter, process_time

from prefect import flow, task

from benchmarks.fitting import PARTS, slope
from benchmarks.measured import Measured, main

# Several flows of each length even out what the server does beside.
TIMES = 2


@task
def add_one(n: int) -> int:
    """Adds one."""
    return n + 1


@flow
def in_a_row(count: int) -> tuple[int, float, float]:
    """Calls the task `count` times; returns the sum, and what the calls took on the wall and of the processor."""
    n, begun, used = 0, perf_counter(), process_time()
    for _ in range(count):
        n = add_one(n)
    return n, perf_counter() - begun, process_time() - used


def long_flow(size: int, folder: Path) -> Measured:
    """Takes the slope over flows of up to eight times `size` calls."""
    points: list[tuple[int, float]] = []
    spent = 0.0
    for part in PARTS * TIMES:
        count = size * part
        n, seconds, used = in_a_row(count)
        assert n == count
        spent += used
        points.append((count, seconds))
    measured = slope(points)
    share = spent / sum(seconds for _, seconds in points)
    measured.facts |= {"version": version("prefect"), "processor share of the calls": round(share, 2)}
    return measured


if __name__ == "__main__":
    main({"long_flow": long_flow})
