"""Statewright itself: the embedded host with a performer that answers at once, on the memory store or on SQLite.

The peers' steps are plain functions in the same process; so is this performer. Each step's answer is journaled.
"""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from time import time_ns

from benchmarks.measured import Contender, Measured, main
from statewright.effects.performer import Answer, Coroutines, Finish, Performer, Work
from statewright.hosts.embedded import EmbeddedHost
from statewright.kernel.effects import Call
from statewright.kernel.events import Started
from statewright.kernel.program import LOGIC_VERSION, Program
from statewright.kernel.state import State
from statewright.kernel.values import Json
from statewright.language.loader import load
from statewright.store.contract import Store
from statewright.store.memory import MemoryStore
from statewright.store.sqlite import SqliteStore

STEPS = 10
TENANT = "bench"
TOOL = "tools: [{ id: add_one, type: python, execute: 'tools.py:add_one' }]"


class AddsOne:
    """Answers a call inside `begin`: no thread, no task, as the peers' functions are called."""

    def begin(self, call: Call, work: Work, finish: Finish) -> None:
        """Adds one."""
        finish(Answer(value={"n": call.request["input"]["n"] + 1}))


async def _sleeps(call: Call, work: Work) -> Answer:
    return Answer(value=await asyncio.sleep(0.05, result={"n": 1}))


def pass_memory(size: int, folder: Path) -> Measured:
    """Runs `size` times ten pass-through tasks: one decision each, since nobody is asked."""
    return asyncio.run(_one_by_one(_chain("basic"), size, None))


def step_memory(size: int, folder: Path) -> Measured:
    """Runs `size` times ten steps, each answered and journaled in memory."""
    return asyncio.run(_one_by_one(_chain("tool"), size, None))


def durable_step(size: int, folder: Path) -> Measured:
    """Runs `size` times ten steps, one run at a time, each answer committed."""
    return asyncio.run(_one_by_one(_chain("tool"), size, folder))


def concurrent_runs(size: int, folder: Path) -> Measured:
    """Starts `size` runs at once; each sleeps 50 ms in its one step."""
    return asyncio.run(_at_once(size, folder))


def events_at_once(size: int, folder: Path) -> Measured:
    """Starts `size` runs of ten steps at once; whatever waits for the disk is committed together."""
    return asyncio.run(_in_step(size, folder))


def fan_out(size: int, folder: Path) -> Measured:
    """Runs one collection of `size` calls, in memory."""
    return asyncio.run(_fanned_out(size, None))


def fan_out_durable(size: int, folder: Path) -> Measured:
    """Runs one collection of `size` calls, journaled on disk."""
    return asyncio.run(_fanned_out(size, folder))


_ROWS = (pass_memory, step_memory, durable_step, concurrent_runs, events_at_once, fan_out, fan_out_durable)
ROWS: dict[str, Contender] = {row.__name__: row for row in _ROWS}


async def _one_by_one(program: tuple[Program, bytes], size: int, folder: Path | None) -> Measured:
    measured = Measured(units=size * STEPS, facts={})
    async with _host(folder, program[0], AddsOne()) as (host, store):
        with measured.clock():
            for run in range(size):
                state = await _run(host, program, f"run-{run}", {"n": 0})
                assert state.output == {"n": STEPS}, state.error
    return _counted(measured, store, folder, size)


async def _at_once(size: int, folder: Path) -> Measured:
    program = _compiled(f"name: bench\n{TOOL}\ntasks: [{_step('s0', 'tool', '0')}]\n")
    measured = Measured(units=size, facts={})
    async with _host(folder, program[0], Coroutines(_sleeps)) as (host, store):
        with measured.clock():
            runs = [_run(host, program, f"run-{number}", {"n": 0}) for number in range(size)]
            states = await asyncio.gather(*runs)
    assert all(state.status == "done" for state in states)
    return _counted(measured, store, folder, size)


async def _in_step(size: int, folder: Path) -> Measured:
    program = _chain("tool")
    measured = Measured(units=size * (STEPS + 1), facts={})
    async with _host(folder, program[0], AddsOne()) as (host, store):
        with measured.clock():
            runs = [_run(host, program, f"run-{number}", {"n": 0}) for number in range(size)]
            states = await asyncio.gather(*runs)
    assert all(state.output == {"n": STEPS} for state in states)
    return _counted(measured, store, folder, size)


async def _fanned_out(size: int, folder: Path | None) -> Measured:
    task = f"{{ id: spread, type: collection, items: '{{{{ .workflow.input.items }}}}', task: {_step('one', 'tool')} }}"
    outputs = "outputs: { n: '{{ .tasks.spread.output | length }}' }"
    program = _compiled(f"name: bench\n{TOOL}\ntasks: [{task}]\n{outputs}\n")
    measured = Measured(units=size, facts={})
    async with _host(folder, program[0], AddsOne()) as (host, store):
        with measured.clock():
            state = await _run(host, program, "run-0", {"items": list(range(size))})
    assert state.output == {"n": size}, state.error
    return _counted(measured, store, folder, 1)


def _chain(kind: str) -> tuple[Program, bytes]:
    """Compiles ten tasks in a row; each adds one to what the one before it gave."""
    before = [".workflow.input.n", *(f".tasks.s{number}.output.n" for number in range(STEPS - 1))]
    tasks = [_step(f"s{number}", kind, f"{{{{ {path} }}}}") for number, path in enumerate(before)]
    if kind == "basic":
        tasks = [_step(f"s{number}", kind, f"{{{{ {path} + 1 }}}}") for number, path in enumerate(before)]
    lines = "".join(f"  - {task}\n" for task in tasks)
    outputs = f"outputs: {{ n: '{{{{ .tasks.s{STEPS - 1}.output.n }}}}' }}"
    return _compiled(f"name: bench\n{TOOL}\ntasks:\n{lines}{outputs}\n")


def _step(id: str, kind: str, n: str = "{{ .item }}") -> str:
    uses = ', $use: "tool(local::tools.#(id==\\"add_one\\"))"' if kind == "tool" else ""
    return f"{{ id: {id}, type: basic{uses}, with: {{ n: '{n}' }} }}"


def _compiled(text: str) -> tuple[Program, bytes]:
    files = {"statewright.yaml": text.encode()}
    loaded = load(files.get, lambda pattern: [], "statewright.yaml")
    assert not loaded.diagnostics, loaded.diagnostics
    (id, program), *_ = loaded.programs.items()
    return program, loaded.definitions[id]


@asynccontextmanager
async def _host(
    folder: Path | None, program: Program, performer: Performer
) -> AsyncIterator[tuple[EmbeddedHost, Store]]:
    """Opens a host. What loading left behind is collected first, so that the clock sees only the run's own garbage."""
    loop = asyncio.get_running_loop()
    # The memory store has no thread of its own, so nothing has to be handed over.
    store: Store = MemoryStore(hand_back=loop.call_soon)
    if folder is not None:
        store = SqliteStore.open(folder, hand_back=loop.call_soon_threadsafe)
    host = EmbeddedHost(store, performer, lambda digest: program, clock=lambda: time_ns() // 1_000_000)
    gc.collect()
    yield host, store
    host.close()
    store.close()


async def _run(host: EmbeddedHost, program: tuple[Program, bytes], run: str, input: Json) -> State:
    compiled, definition = program
    started = Started(
        at=time_ns() // 1_000_000,
        run=run,
        tenant=TENANT,
        program=compiled.digest,
        logic=LOGIC_VERSION,
        seed="0" * 32,
        input=input,
        env={},
        simulate=False,
    )
    await host.start(compiled, started, (compiled.digest, definition))
    return await host.ended(TENANT, run)


def _counted(measured: Measured, store: Store, folder: Path | None, runs: int) -> Measured:
    """Opens a durable journal again and counts what it holds."""
    if folder is None:
        return measured
    assert isinstance(store, SqliteStore)
    reader = SqliteStore.open(folder, hand_back=lambda work: None, write=False)
    rows = reader.runs(TENANT, limit=runs)
    assert len(rows) == runs
    kept = sum(1 for row in rows for _ in reader.read(TENANT, row.run))
    reader.close()
    assert kept >= measured.units
    measured.facts = {"runs": runs, "events": kept, "commits": store.commits}
    measured.facts["bytes per event"] = sum(file.stat().st_size for file in folder.iterdir()) // kept
    return measured


if __name__ == "__main__":
    main(ROWS)
