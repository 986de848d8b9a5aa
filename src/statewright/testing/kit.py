"""The test kit: runs one program in memory, in simulated time, against a world that says what a script tells it.

    finished = run(load_workflow(text), {"id": 7}, Script([Line(target="fetch", value={"title": "Seven"})]))

Nothing here touches disk, network or clock; a seed and `Faults` make the run rougher, never random.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping

import msgspec

from statewright.effects.memory.memories import Memories
from statewright.effects.performer import Answer, Finish, Refusal, Stop, Work
from statewright.errors import EXIT_INVALID_DEFINITION, StatewrightError
from statewright.hosts.simulated import SimulatedHost
from statewright.hosts.simulated_flights import Faults, Late, World
from statewright.kernel.effects import Call
from statewright.kernel.events import Started
from statewright.kernel.journal import Record
from statewright.kernel.program import LOGIC_VERSION, Program
from statewright.kernel.state import State
from statewright.kernel.values import Json
from statewright.language.loader import Loaded, load
from statewright.store.memory import MemoryStore

TENANT = "default"
RUN = "run-1"
FILE = "statewright.yaml"


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """What the world says to calls that fit: by `kind`, `target`, `attempt`, and a text that the request contains.

    `value` is answered, unless `refuse` is given; with `never` nothing comes back. `after` is simulated ms, and a line
    is said `times` times (0 for ever).
    """

    kind: str = ""
    target: str = ""
    attempt: int = 0
    contains: str = ""
    value: Json = None
    usage: dict[str, int] = {}
    simulated: bool = False
    refuse: Refusal | None = None
    never: bool = False
    after: int = 0
    times: int = 0

    def fits(self, call: Call) -> bool:
        """Says whether this line is about the call."""
        return (
            self.kind in ("", call.kind)
            and self.target in ("", call.target)
            and self.attempt in (0, call.attempt)
            and (not self.contains or self.contains in msgspec.json.encode(call.request).decode())
        )


class Script:
    """A world that says the first line that fits, and keeps conversations. It outlives a crash, as a world does."""

    def __init__(self, lines: Iterable[Line] = ()) -> None:
        self.calls: list[Call] = []
        self._lines = list(lines)
        self._said = [0] * len(self._lines)
        self._memories = Memories(instant_store())

    def __call__(self, call: Call, work: Work) -> Answer | Refusal | Late | None:
        """Returns what the world says."""
        self.calls.append(call)
        for number, line in enumerate(self._lines):
            if line.fits(call) and (not line.times or self._said[number] < line.times):
                self._said[number] += 1
                return _said(line)
        if call.kind == "memory":
            return self._converse(call, work)
        return Refusal(code="SCRIPT_SILENT", message=f"the script has no line for {call.kind} {call.target!r}")

    def _converse(self, call: Call, work: Work) -> Answer | Refusal:
        finished: list[Answer | Refusal] = []
        self._memories.begin(call, work, finished.append)
        return finished[0]


class WorldPerformer:
    """Lets a world answer the calls of a host that runs on an event loop."""

    def __init__(self, world: World) -> None:
        self._world = world

    def begin(self, call: Call, work: Work, finish: Finish) -> Stop | None:
        """Asks the world; what takes time takes the loop's time."""
        loop = asyncio.get_running_loop()
        said = self._world(call, work)
        late = said if isinstance(said, Late) else Late(said, 0) if said is not None else None
        answer = loop.call_later(late.after / 1000, finish, late.outcome) if late is not None else None

        def stop() -> None:
            if answer is not None:
                answer.cancel()
            finish(Refusal(code="CANCELLED", message=f"{call.kind} {call.target!r} was stopped"))

        return stop


class Finished(msgspec.Struct, frozen=True):
    """A run after nothing more happened: its state and journal, and the host that drove it."""

    state: State
    records: tuple[Record, ...]
    host: SimulatedHost
    store: MemoryStore


def run(
    program: Program,
    input: Json,
    world: World,
    *,
    seed: int | None = None,
    faults: Faults | None = None,
    listen: Callable[[SimulatedHost], None] | None = None,
) -> Finished:
    """Runs a program to rest. `listen` gets the host before it starts, to add listeners or deliver events.

    Raises `StatewrightError` where the input is refused.
    """
    store = instant_store()
    host = SimulatedHost(store, world, {program.digest: program}.__getitem__, seed=seed, faults=faults)
    if listen is not None:
        listen(host)
    refused = host.start(program, started(program, input, at=host.now))
    if refused is not None:
        raise StatewrightError(refused.code, refused.reason)
    host.settle()
    return Finished(host.state(TENANT, RUN), tuple(store.read(TENANT, RUN)), host, store)


def started(program: Program, input: Json, *, at: int, run: str = RUN, simulate: bool = False) -> Started:
    """Returns the first event of a run, with everything that its decisions depend on fixed."""
    return Started(
        at=at,
        run=run,
        tenant=TENANT,
        program=program.digest,
        logic=LOGIC_VERSION,
        seed="00" * 16,
        input=input,
        env=dict(program.env),
        simulate=simulate,
    )


def load_workflow(text: str | bytes, *, others: Mapping[str, bytes] | None = None) -> Program:
    """Returns the only workflow of a project file's text. Raises `StatewrightError` with its first problem."""
    files = {FILE: text.encode() if isinstance(text, str) else text, **(others or {})}
    loaded = load(files.get, lambda pattern: [], FILE)
    refuse_errors(loaded)
    if len(loaded.programs) != 1:
        found = ", ".join(loaded.programs) or "none"
        raise StatewrightError("WORKFLOW_NOT_ONE", f"the text holds these workflows: {found}; expected exactly one")
    (program,) = loaded.programs.values()
    return program


def refuse_errors(loaded: Loaded) -> None:
    """Raises `StatewrightError` with the project's first problem, where it has one."""
    for diagnostic in loaded.diagnostics:
        if diagnostic.severity == "error":
            place = f"{diagnostic.file}:{diagnostic.line}:{diagnostic.column}"
            raise StatewrightError(
                diagnostic.code,
                f"{place}: {diagnostic.message}",
                hint=diagnostic.hint,
                exit_code=EXIT_INVALID_DEFINITION,
            )


def instant_store() -> MemoryStore:
    """Returns a store in memory that acknowledges at once, as a simulation wants it."""
    return MemoryStore(hand_back=lambda acknowledge: acknowledge())


def _said(line: Line) -> Answer | Refusal | Late | None:
    if line.never:
        return None
    outcome = line.refuse or Answer(value=line.value, usage=line.usage, simulated=line.simulated)
    return Late(outcome, line.after) if line.after else outcome
