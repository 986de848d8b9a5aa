"""DBOS on SQLite, set to WAL and FULL as ours is: ten steps one after the other, and many workflows that sleep."""

from __future__ import annotations

import asyncio
from importlib.metadata import version
from pathlib import Path
from typing import Any

import sqlalchemy
from dbos import DBOS
from sqlalchemy import event, text
from sqlalchemy.engine import Engine

from benchmarks.measured import Measured, main

STEPS = 10


@event.listens_for(Engine, "connect")
def wal_and_full(connection: Any, record: Any) -> None:
    """Sets what SQLite promises; DBOS itself keeps SQLite's defaults, the rollback journal and FULL."""
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")


@DBOS.step()
def add_one(n: int) -> int:
    """Adds one."""
    return n + 1


@DBOS.workflow()
def ten_steps() -> int:
    """Takes ten steps."""
    n = 0
    for _ in range(STEPS):
        n = add_one(n)
    return n


@DBOS.step()
async def sleep() -> int:
    """Sleeps 50 ms."""
    return await asyncio.sleep(0.05, result=1)


@DBOS.workflow()
async def sleepy() -> int:
    """Sleeps in one step."""
    return await sleep()


def durable_step(size: int, folder: Path) -> Measured:
    """Runs `size` times ten steps, each committed."""
    url = _launched(folder)
    measured = Measured(units=size * STEPS, facts={"version": version("dbos")})
    with measured.clock():
        ends = [ten_steps() for _ in range(size)]
    assert ends == [STEPS] * size
    return _counted(measured, url)


def concurrent_runs(size: int, folder: Path) -> Measured:
    """Starts `size` workflows at once and waits for all."""
    url = _launched(folder)
    measured = Measured(units=size, facts={"version": version("dbos")})
    asyncio.run(_all(measured, size))
    return _counted(measured, url)


async def _all(measured: Measured, size: int) -> None:
    with measured.clock():
        handles = [await DBOS.start_workflow_async(sleepy) for _ in range(size)]
        done = await asyncio.gather(*(handle.get_result() for handle in handles))
    assert sum(done) == size


def _launched(folder: Path) -> str:
    url = f"sqlite:///{folder / 'dbos.db'}"
    DBOS(config={"name": "bench", "system_database_url": url, "log_level": "ERROR"})
    DBOS.launch()
    return url


def _counted(measured: Measured, url: str) -> Measured:
    DBOS.destroy()
    engine = sqlalchemy.create_engine(url)
    with engine.connect() as connection:
        for name in ("journal_mode", "synchronous"):
            measured.facts[name] = connection.execute(text(f"PRAGMA {name}")).scalar()
        for table in ("workflow_status", "operation_outputs"):
            measured.facts[table] = connection.execute(text(f"SELECT count(*) FROM {table}")).scalar()
    engine.dispose()
    assert (measured.facts["journal_mode"], measured.facts["synchronous"]) == ("wal", 2)
    assert measured.facts["operation_outputs"] == measured.units
    return measured


if __name__ == "__main__":
    main({"durable_step": durable_step, "concurrent_runs": concurrent_runs})
