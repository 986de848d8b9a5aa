"""One run that grows: tasks in a row, items of a collection, the values that go through it; and many runs."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

from benchmarks.hosting import TENANT, TOOL, AddsOne, Compiled, chain, compiled, hosted, run, spread, step
from benchmarks.measured import Contender, Measured, main
from statewright.effects.performer import Answer, Finish, Work
from statewright.hosts.embedded import EmbeddedHost
from statewright.kernel.effects import Call
from statewright.kernel.values import Json

# A row of small size is repeated until about so many units were measured.
UNITS_MIN = 1_000
# The same where each is durable, and dearer.
RUNS_MIN = 100
# As many runs are alive at once as in the table of peers.
AT_ONCE = 1_000
STEPS = 10


class Echoes:
    """Answers with what it was asked."""

    def begin(self, call: Call, work: Work, finish: Finish) -> None:
        """Answers at once."""
        finish(Answer(value=call.request["input"]))


def tasks_written(size: int, folder: Path) -> Measured:
    """Runs `size` tasks that stand in the workflow one after the other."""
    return asyncio.run(_repeated(chain("tool", size), {"n": 0}, size))


def items_in_turn(size: int, folder: Path) -> Measured:
    """Runs a sequential collection of `size` items."""
    return asyncio.run(_repeated(spread(mode="sequential"), {"items": list(range(size))}, size))


def items_at_once(size: int, folder: Path) -> Measured:
    """Runs a parallel collection of `size` items."""
    return asyncio.run(_repeated(spread(), {"items": list(range(size))}, size))


def runs(size: int, folder: Path) -> Measured:
    """Runs `size` runs of one step each, durable, up to a thousand at once."""
    return asyncio.run(_many(size, folder))


def value_kb(size: int, folder: Path) -> Measured:
    """Hands a value of `size` KB through ten steps, durable."""
    return asyncio.run(_handed_on(size, folder))


async def _repeated(program: Compiled, input: Json, size: int) -> Measured:
    times = max(1, UNITS_MIN // size)
    measured = Measured(units=size * times, facts={"runs": times})
    async with hosted(None, program[0], AddsOne()) as (host, _):
        with measured.clock():
            states = [await run(host, program, f"run-{number}", input) for number in range(times)]
    assert all(state.output == {"n": size} for state in states), states[0].error
    return measured


async def _many(size: int, folder: Path) -> Measured:
    program = compiled(f"name: bench\n{TOOL}\ntasks: [{step('s0', 'tool', '{{ .workflow.input.n }}')}]\n")
    total = size * max(1, RUNS_MIN // size)
    measured = Measured(units=total, facts={})
    async with hosted(folder, program[0], AddsOne()) as (host, store):
        with measured.clock():
            for first in range(0, total, size):
                numbers = iter(range(first, first + size))
                await asyncio.gather(*(_worker(host, program, numbers) for _ in range(min(size, AT_ONCE))))
        kept = store.runs(TENANT, limit=total)
    # A start and an answer of each.
    assert [row.seq for row in kept] == [2] * total
    return measured


async def _worker(host: EmbeddedHost, program: Compiled, numbers: Iterator[int]) -> None:
    for number in numbers:
        state = await run(host, program, f"run-{number}", {"n": number})
        assert state.status == "done", state.error


async def _handed_on(size: int, folder: Path) -> Measured:
    program = _echoing()
    text = "x" * size * 1_024
    times = max(1, RUNS_MIN // size)
    measured = Measured(units=size * STEPS * times, facts={"steps": STEPS * times})
    async with hosted(folder, program[0], Echoes()) as (host, _):
        with measured.clock():
            states = [await run(host, program, f"run-{number}", {"text": text}) for number in range(times)]
    assert all(state.output == {"text": text} for state in states), states[0].error
    return measured


def _echoing() -> Compiled:
    """Compiles ten tasks in a row; each is handed what the one before it answered."""
    paths = [".workflow.input", *(f".tasks.s{number}.output" for number in range(STEPS - 1))]
    tasks = "".join(
        f"  - {{ id: s{number}, type: basic, tool: add_one, with: {{ text: '{{{{ {path}.text }}}}' }} }}\n"
        for number, path in enumerate(paths)
    )
    outputs = f"outputs: {{ text: '{{{{ .tasks.s{STEPS - 1}.output.text }}}}' }}"
    return compiled(f"name: bench\n{TOOL}\ntasks:\n{tasks}{outputs}\n")


_ROWS = (tasks_written, items_in_turn, items_at_once, runs, value_kb)
ROWS: dict[str, Contender] = {row.__name__: row for row in _ROWS}


if __name__ == "__main__":
    main(ROWS)
