"""The rows of growth, their sizes, and playing them: each size of each row in a process of its own."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any

from benchmarks.rounds import printed

TENS = (10, 100, 1_000, 10_000, 100_000)
# A larger size is measured once: it takes long, and the long time evens itself out.
SEVERAL_TIMES_MAX = 1_000
ROUNDS = 3


@dataclass(frozen=True)
class Growing:
    """One row: what grows, by which sizes, and what one unit of it is.

    What the largest size costs per unit is compared with `reference`, where fixed costs no longer show.
    """

    id: str
    title: str
    group: str
    module: str
    sizes: tuple[int, ...]
    reference: int


@dataclass
class Cell:
    """What a row showed at one size: us per unit in each round, and what was counted."""

    row: Growing
    size: int
    figures: list[float] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)


WORK, JOURNALS, COUNTED = (f"benchmarks.growth.{name}" for name in ("work", "journals", "counted"))
IN_A_RUN, RUNS, VALUES, READING = "tasks in one run, in memory", "runs", "KB handed through a step, durable", "records"
COUNTS, IDLE = "counted work of a fan-out", "an idle run"
ROWS = (
    # 10,000 tasks are what a workflow may be written with.
    Growing("tasks_written", "a task, one written after the other", IN_A_RUN, WORK, TENS[:-1], 1_000),
    Growing("items_in_turn", "an item of a collection, in turn", IN_A_RUN, WORK, TENS, 1_000),
    Growing("items_at_once", "an item of a collection, at once", IN_A_RUN, WORK, TENS, 1_000),
    Growing("runs", "a run of one step, durable, up to 1,000 at once", RUNS, WORK, (1, *TENS), 1_000),
    Growing("value_kb", "a KB of a value", VALUES, WORK, (1, 10, 100, 1_000), 100),
    Growing("replay", "a record replayed, every digest compared", READING, JOURNALS, TENS, 1_000),
    Growing("open_run", "a record of a run that is opened", READING, JOURNALS, TENS, 1_000),
    Growing("fan_out_work", "micro-steps and map writes", COUNTS, COUNTED, (1_000, 10_000), 1_000),
    Growing("idle_run", "bytes of a run that waits", IDLE, COUNTED, (1_000, 10_000), 1_000),
)


def play(rows: Iterable[Growing], rounds: int = ROUNDS, shrink: int = 1) -> list[Cell]:
    """Returns the cells of every row; `shrink` leaves out what is larger than the largest size divided by it."""
    cells = [Cell(row, size) for row in rows for size in row.sizes if size <= max(row.sizes) // shrink]
    for number in range(rounds):
        begun = perf_counter()
        for cell in cells:
            if number == 0 or (cell.size <= SEVERAL_TIMES_MAX and cell.row.group not in (COUNTS, IDLE)):
                _measure(cell)
        said = f"growth, round {number + 1} of {rounds}: {perf_counter() - begun:.0f} s"
        print(said, file=sys.stderr, flush=True)
    return cells


def _measure(cell: Cell) -> None:
    found = printed("ours", cell.row.module, cell.row.id, cell.size)
    cell.figures.append(found["seconds"] * 1_000_000 / found["units"])
    cell.facts = found["facts"]
