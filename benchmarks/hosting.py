"""How our own rows compile a workflow, open a host, run on it, and count what it wrote. No figure is taken here."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from time import time_ns

from benchmarks.measured import Measured
from statewright.effects.performer import Answer, Finish, Performer, Work
from statewright.hosts.embedded import EmbeddedHost
from statewright.hosts.limits import USUAL, Limits
from statewright.kernel.effects import Call
from statewright.kernel.events import Started
from statewright.kernel.program import LOGIC_VERSION, Program
from statewright.kernel.state import State
from statewright.kernel.values import Json
from statewright.language.loader import load
from statewright.store.contract import Store
from statewright.store.memory import MemoryStore
from statewright.store.sqlite import SqliteStore

TENANT = "bench"
TOOL = "tools: [{ id: add_one, type: python, execute: 'tools.py:add_one' }]"
# A program with the text that the journal keeps of it.
Compiled = tuple[Program, bytes]


class AddsOne:
    """Answers a call inside `begin`: no thread, no task, as the peers' functions are called."""

    def begin(self, call: Call, work: Work, finish: Finish) -> None:
        """Adds one."""
        finish(Answer(value={"n": call.request["input"]["n"] + 1}))


def compiled(text: str) -> Compiled:
    """Compiles a project of one file and one workflow."""
    files = {"statewright.yaml": text.encode()}
    loaded = load(files.get, lambda pattern: [], "statewright.yaml")
    assert not loaded.diagnostics, loaded.diagnostics
    (id, program), *_ = loaded.programs.items()
    return program, loaded.definitions[id]


def chain(kind: str, count: int) -> Compiled:
    """Compiles tasks in a row; each adds one to what the one before it gave, by itself or through a tool."""
    before = [".workflow.input.n", *(f".tasks.s{number}.output.n" for number in range(count - 1))]
    added = "" if kind == "tool" else " + 1"
    lines = [f"  - {step(f's{number}', kind, f'{{{{ {path}{added} }}}}')}\n" for number, path in enumerate(before)]
    outputs = f"outputs: {{ n: '{{{{ .tasks.s{count - 1}.output.n }}}}' }}"
    return compiled(f"name: bench\n{TOOL}\ntasks:\n{''.join(lines)}{outputs}\n")


def spread(*, mode: str = "parallel", after: str = "") -> Compiled:
    """Compiles a collection of one call per item, with the tasks `after` behind it."""
    items = "items: '{{ .workflow.input.items }}'"
    each = f"{{ id: spread, type: collection, mode: {mode}, {items}, task: {step('one', 'tool')} }}"
    outputs = "outputs: { n: '{{ .tasks.spread.output | length }}' }"
    return compiled(f"name: bench\n{TOOL}\ntasks:\n  - {each}\n{after}{outputs}\n")


def step(id: str, kind: str, n: str = "{{ .item }}") -> str:
    """Returns one task as YAML."""
    uses = ", tool: add_one" if kind == "tool" else ""
    return f"{{ id: {id}, type: basic{uses}, with: {{ n: '{n}' }} }}"


@asynccontextmanager
async def hosted(
    folder: Path | None, program: Program, performer: Performer, *, limits: Limits = USUAL
) -> AsyncIterator[tuple[EmbeddedHost, Store]]:
    """Opens a host on a store in memory, or in the folder where one is given."""
    loop = asyncio.get_running_loop()
    # The memory store has no thread of its own, so nothing has to be handed over.
    store: Store = MemoryStore(hand_back=loop.call_soon)
    if folder is not None:
        store = SqliteStore.open(folder, hand_back=loop.call_soon_threadsafe)
    host = EmbeddedHost(store, performer, lambda digest: program, clock=now, limits=limits)
    yield host, store
    host.close()
    store.close()


async def run(host: EmbeddedHost, program: Compiled, run: str, input: Json) -> State:
    """Starts a run and returns the state in which it ended."""
    await begin(host, program, run, input)
    return await host.ended(TENANT, run)


async def begin(host: EmbeddedHost, program: Compiled, run: str, input: Json) -> State:
    """Starts a run and returns its state once the start is durable."""
    started, definition = start_of(program, run, input), (program[0].digest, program[1])
    return await host.start(program[0], started, definition, is_new=True)


def start_of(program: Compiled, run: str, input: Json) -> Started:
    """Returns the event that starts a run."""
    return Started(
        at=now(),
        run=run,
        tenant=TENANT,
        program=program[0].digest,
        logic=LOGIC_VERSION,
        seed="0" * 32,
        input=input,
        env={},
        simulate=False,
    )


def now() -> int:
    """Returns the time in ms."""
    return time_ns() // 1_000_000


def counted(measured: Measured, store: Store, folder: Path | None, runs: int) -> Measured:
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
    measured.facts |= {"runs": runs, "events": kept, "commits": store.commits}
    measured.facts["bytes per event"] = sum(file.stat().st_size for file in folder.iterdir()) // kept
    return measured
