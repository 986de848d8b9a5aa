"""Burr: an application of ten actions. It is good for one run, so building it is part of the run."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from importlib.metadata import version
from itertools import pairwise
from pathlib import Path
from typing import Any

from burr.core import ApplicationBuilder, State, action
from burr.core.persistence import SQLitePersister

from benchmarks.measured import Measured, main

STEPS = 10
NAMES = [f"s{number}" for number in range(STEPS)]


@action(reads=["n"], writes=["n"])
def add_one(state: State) -> State:
    """Adds one."""
    return state.update(n=state["n"] + 1)


@action(reads=["n"], writes=["n"])
async def sleep(state: State) -> State:
    """Sleeps 50 ms."""
    return state.update(n=await asyncio.sleep(0.05, result=1))


def step_memory(size: int, folder: Path) -> Measured:
    """Runs `size` times ten steps, nothing kept."""
    measured = _measured(size * STEPS)
    with measured.clock():
        ends = [_run(_ten_steps()) for _ in range(size)]
    assert ends == [STEPS] * size
    return measured


def durable_step(size: int, folder: Path) -> Measured:
    """Runs `size` times ten steps, the state committed after each."""
    persister = _persister(folder)
    measured = _measured(size * STEPS)
    with measured.clock():
        ends = [_run(_kept(persister, run)) for run in range(size)]
    assert ends == [STEPS] * size
    return _counted(measured, persister)


def concurrent_memory(size: int, folder: Path) -> Measured:
    """Runs `size` applications at once, nothing kept."""
    return asyncio.run(_at_once(size))


async def _at_once(size: int) -> Measured:
    measured = _measured(size)
    with measured.clock():
        ended = await asyncio.gather(*(_nap().arun(halt_after=["sleep"]) for _ in range(size)))
    assert sum(state["n"] for _, _, state in ended) == size
    return measured


def _run(builder: Any) -> int:
    return int(builder.build().run(halt_after=[NAMES[-1]])[2]["n"])


def _ten_steps() -> Any:
    return (
        ApplicationBuilder()
        .with_actions(**dict.fromkeys(NAMES, add_one))
        .with_transitions(*pairwise(NAMES))
        .with_state(n=0)
        .with_entrypoint(NAMES[0])
    )


def _kept(persister: SQLitePersister, run: int) -> Any:
    return _ten_steps().with_identifiers(app_id=str(run)).with_state_persister(persister)


def _nap() -> Any:
    return ApplicationBuilder().with_actions(sleep=sleep).with_state(n=0).with_entrypoint("sleep").build()


def _persister(folder: Path) -> SQLitePersister:
    """Opens what it ships, with WAL and FULL; its own default is the rollback journal, which is slower."""
    connection = sqlite3.connect(folder / "burr.db")
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    persister = SQLitePersister(str(folder / "burr.db"), connection=connection)
    persister.initialize()
    return persister


def _counted(measured: Measured, persister: SQLitePersister) -> Measured:
    for name in ("journal_mode", "synchronous"):
        measured.facts[name] = persister.connection.execute(f"PRAGMA {name}").fetchone()[0]
    persister.connection.close()
    with closing(sqlite3.connect(persister.db_path)) as reader:
        measured.facts["states"] = reader.execute("SELECT count(*) FROM burr_state").fetchone()[0]
    assert (measured.facts["journal_mode"], measured.facts["synchronous"]) == ("wal", 2)
    assert measured.facts["states"] >= measured.units
    return measured


def _measured(units: int) -> Measured:
    return Measured(units=units, facts={"version": version("apache-burr")})


if __name__ == "__main__":
    rows = (step_memory, durable_step, concurrent_memory)
    main({row.__name__: row for row in rows} | {"pass_memory": step_memory})
