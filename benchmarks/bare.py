"""The limits: what plain asyncio and plain sqlite3 need for the same work, with no framework at all."""

from __future__ import annotations

import asyncio
import sqlite3
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
    measured.facts["rows"] = base.execute("SELECT count(*) FROM step").fetchone()[0]
    base.close()
    assert measured.facts["rows"] == size
    return measured


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
    rows = (durable_step, events_at_once, concurrent_runs, fan_out)
    main({row.__name__: row for row in rows})
