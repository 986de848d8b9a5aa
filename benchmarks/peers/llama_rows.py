"""llama-index workflows: a workflow of ten steps, one that fans out, many that sleep at once."""

from __future__ import annotations

import asyncio
from importlib.metadata import version
from itertools import pairwise
from pathlib import Path
from typing import Any

from workflows import Workflow, step
from workflows.events import Event, StartEvent, StopEvent

from benchmarks.measured import Measured, main

STEPS = 10
# Its default. The items do nothing, and with 1,000 workers the same fan-out takes three times as long.
WORKERS = 4


class Numbered(Event):
    """What a step hands to the next."""

    n: int


class Done(Event):
    """What an item came to."""

    index: int


class Spread(Workflow):
    """Sends a batch and waits for the whole of it."""

    @step
    async def begin(self, ev: StartEvent) -> list[Numbered]:
        """Begins every item."""
        return [Numbered(n=index) for index in range(ev.size)]

    @step(num_workers=WORKERS)
    async def work(self, ev: Numbered) -> Done:
        """Does nothing."""
        return Done(index=ev.n)

    @step
    async def end(self, ev: list[Done]) -> StopEvent:
        """Gets the whole batch."""
        return StopEvent(result=sorted(done.index for done in ev))


class Sleepy(Workflow):
    """Sleeps in its one step."""

    @step
    async def sleep(self, ev: StartEvent) -> StopEvent:
        """Sleeps 50 ms."""
        return StopEvent(result=await asyncio.sleep(0.05, result=1))


def step_memory(size: int, folder: Path) -> Measured:
    """Runs `size` times ten steps, nothing kept."""
    return asyncio.run(_in_a_row(size))


def concurrent_memory(size: int, folder: Path) -> Measured:
    """Starts `size` workflows at once, nothing kept."""
    return asyncio.run(_at_once(size))


def fan_out(size: int, folder: Path) -> Measured:
    """Sends `size` events and collects them, nothing kept."""
    return asyncio.run(_fanned_out(size))


async def _in_a_row(size: int) -> Measured:
    workflow = _ten_steps()(timeout=None)
    measured = _measured(size * STEPS)
    with measured.clock():
        ends = [await workflow.run(n=0) for _ in range(size)]
    assert ends == [STEPS] * size
    return measured


async def _at_once(size: int) -> Measured:
    workflow = Sleepy(timeout=None)
    measured = _measured(size)
    with measured.clock():
        done = await asyncio.gather(*(workflow.run() for _ in range(size)))
    assert sum(done) == size
    return measured


async def _fanned_out(size: int) -> Measured:
    workflow = Spread(timeout=None)
    measured = _measured(size)
    with measured.clock():
        end = await workflow.run(size=size)
    assert end == list(range(size))
    return measured


def _ten_steps() -> type[Workflow]:
    """Returns a workflow with an event of its own between each two steps; the types of a step are its wiring."""
    workflow = type("TenSteps", (Workflow,), {})
    between = [type(f"After{number}", (Numbered,), {}) for number in range(STEPS - 1)]
    for number, (taken, given) in enumerate(pairwise([StartEvent, *between, StopEvent])):
        _add_step(workflow, f"s{number}", taken, given)
    return workflow


def _add_step(workflow: type[Workflow], name: str, taken: type[Event], given: type[Event]) -> None:
    field = "result" if given is StopEvent else "n"

    async def add_one(ev: Any) -> Any:
        return given(**{field: ev.n + 1})

    add_one.__name__ = add_one.__qualname__ = name
    add_one.__annotations__ = {"ev": taken, "return": given}
    step(workflow=workflow)(add_one)


def _measured(units: int) -> Measured:
    return Measured(units=units, facts={"version": version("llama-index-workflows")})


if __name__ == "__main__":
    main({"step_memory": step_memory, "concurrent_memory": concurrent_memory, "fan_out": fan_out})
