"""CrewAI: a flow of ten methods, its events suppressed. A flow serves one run, so building it is part of that."""

from __future__ import annotations

import asyncio
from importlib.metadata import version
from pathlib import Path
from typing import Any

from crewai.flow.dsl import listen, start
from crewai.flow.flow import Flow
from pydantic import BaseModel

from benchmarks.measured import Measured, main

STEPS = 10


class Counted(BaseModel):
    """The state of the ten methods."""

    n: int = 0


def step_memory(size: int, folder: Path) -> Measured:
    """Runs `size` times ten methods, nothing kept."""
    return asyncio.run(_in_a_row(size))


async def _in_a_row(size: int) -> Measured:
    flow = _ten_methods()
    measured = Measured(units=size * STEPS, facts={"version": version("crewai")})
    with measured.clock():
        ends = [await flow(suppress_flow_events=True, tracing=False).kickoff_async() for _ in range(size)]
    assert ends == [STEPS] * size
    return measured


def _ten_methods() -> Any:
    """Returns a flow class; each method waits for the one before it."""
    methods: dict[str, Any] = {}
    wired = start()
    for number in range(STEPS):
        methods[f"s{number}"] = wired(_add_one(f"s{number}"))
        wired = listen(methods[f"s{number}"])
    return type("TenMethods", (Flow[Counted],), methods)


def _add_one(name: str) -> Any:
    async def add_one(self: Any) -> int:
        self.state.n += 1
        return int(self.state.n)

    add_one.__name__ = add_one.__qualname__ = name
    return add_one


if __name__ == "__main__":
    main({"step_memory": step_memory})
