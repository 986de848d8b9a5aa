"""The limits: what plain asyncio and plain sqlite3 need for the same work, with no framework at all."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

from benchmarks.measured import Measured, main

# About what one journal record of a step takes on disk.
ROW_BYTES = 170
STEPS = 10


def durable_step(size: int, folder: Path) -> Measured:
    """Commits one row per step: `size` times ten."""
    return _rows(size * STEPS, 1, folder)


def events_at_once(size: int, folder: Path) -> Measured:
    """Commits as many rows as the runs have events, a hundred at a time."""
    return _rows(size * (STEPS + 1), 100, folder)


def _rows(size: int, together: int, folder: Path) -> Measured:
    base = sqlite3.connect(folder / "bare.db", isolation_level=None)
    base.execute("PRAGMA journal_mode=WAL")
    base.execute("PRAGMA synchronous=FULL")
    base.execute("CREATE TABLE step (seq INTEGER PRIMARY KEY, body BLOB)")
    body = b"x" * ROW_BYTES
    measured = Measured(units=size, facts={"sqlite": sqlite3.sqlite_version})
    with measured.clock():
        for first in range(0, size, together):
            base.execute("BEGIN IMMEDIATE")
            rows = [(seq, body) for seq in range(first, min(first + together, size))]
            base.executemany("INSERT INTO step VALUES (?, ?)", rows)
            base.execute("COMMIT")
    base.close()
    with closing(sqlite3.connect(folder / "bare.db")) as reader:
        measured.facts["rows"] = reader.execute("SELECT count(*) FROM step").fetchone()[0]
    assert measured.facts["rows"] == size
    return measured


def step_memory(size: int, folder: Path) -> Measured:
    """Awaits a task per step: `size` times ten, one after the other."""
    return asyncio.run(_one_by_one(size))


async def _one_by_one(size: int) -> Measured:
    measured = Measured(units=size * STEPS, facts={})
    with measured.clock():
        ends = [await _ten_tasks() for _ in range(size)]
    assert ends == [STEPS] * size
    return measured


async def _ten_tasks() -> int:
    n = 0
    for _ in range(STEPS):
        n = await asyncio.create_task(_add_one(n))
    return n


async def _add_one(n: int) -> int:
    return n + 1


def concurrent_runs(size: int, folder: Path) -> Measured:
    """Sleeps 50 ms in each of `size` tasks at once."""
    return asyncio.run(_gathered(size, 0.05))


def fan_out(size: int, folder: Path) -> Measured:
    """Awaits `size` tasks that do nothing."""
    return asyncio.run(_gathered(size, 0))


async def _gathered(size: int, seconds: float) -> Measured:
    measured = Measured(units=size, facts={})
    with measured.clock():
        done = await asyncio.gather(*(asyncio.sleep(seconds, result=1) for _ in range(size)))
    measured.facts["done"] = sum(done)
    assert measured.facts["done"] == size
    return measured


if __name__ == "__main__":
    rows = (step_memory, durable_step, events_at_once, concurrent_runs, fan_out)
    main({row.__name__: row for row in rows} | {"concurrent_memory": concurrent_runs})
