"""Scenarios: a whole project, run in memory and simulated time against what a test says; and questions to such a run.

run = open_simulated("expenses").run("expenses", {"amount": 4_000}, signals=[Signal("decided", after="1 day")])
assert run.path == ["size", "decision", "decline"]
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TypedDict, Unpack

import msgspec

from statewright.api import load
from statewright.effects.models.scripted import Line as Said
from statewright.effects.models.scripted import Scripted
from statewright.effects.models.simulated import Simulated
from statewright.effects.performer import Answer, Finish, Refusal, Work
from statewright.errors import EXIT_NOT_FOUND, StatewrightError
from statewright.hosts.reaching import Offered
from statewright.hosts.replay import Step, fold
from statewright.hosts.simulated import SimulatedHost
from statewright.hosts.simulated_flights import Late
from statewright.kernel.effects import Call
from statewright.kernel.events import Received
from statewright.kernel.program import Program
from statewright.kernel.state import Failure, Result, State
from statewright.kernel.values import Json
from statewright.language.loader import Loaded
from statewright.language.yaml.durations import parse_duration
from statewright.store.contract import Store
from statewright.testing.kit import RUN, TENANT, Script, instant_store, refuse_errors, started

# What a tool says: a value, a refusal, or what a function makes of its input.
Told = Json | Refusal | Callable[[Json], Json | Refusal]


class Signal(msgspec.Struct, frozen=True):
    """A signal that somebody sends, so long after the start: `"2 days"`, or milliseconds."""

    name: str
    payload: Json = None
    after: str | int = 0


class World(TypedDict, total=False):
    """What a test says about the world. Whatever is asked beyond that is refused with `SCRIPT_SILENT`.

    `models` are answers in order, or by a text that stands in the question. `tools` are answers by the tool's id.
    """

    models: Mapping[str, Said] | Iterable[Said]
    tools: Mapping[str, Told]
    signals: Iterable[Signal]
    simulate: bool  # the simulated model answers instead of `models`


class SimulatedRun(msgspec.Struct, frozen=True, kw_only=True):
    """A run to which nothing more will happen, and what it asked of the world."""

    state: State
    steps: tuple[Step, ...]
    calls: tuple[Call, ...]
    folder: Path  # what golden journals' paths count from
    regenerate: bool

    def __repr__(self) -> str:
        # What a failed assertion shows; the state would be pages of it.
        return f"<SimulatedRun {self.status}: {' > '.join(self.path)}>"

    @property
    def status(self) -> str:
        """How it ended; `running` where it waits for what never came."""
        return self.state.status

    @property
    def output(self) -> Json:
        """What it returned."""
        return self.state.output

    @property
    def error(self) -> Failure | None:
        """Why it failed."""
        return self.state.error

    @property
    def took_ms(self) -> int:
        """How long it took, in simulated time."""
        return self.state.at - self.state.started_at

    @property
    def path(self) -> list[str]:
        """The tasks in the order in which they ended, each as often as it did."""
        return [path for path, _ in self._finished()]

    def took_route(self, task: str) -> str:
        """Returns the task that a router sent the run to, the last time that it was there."""
        routes = {path: result.target for path, result in self._finished() if result.target}
        if task not in routes:
            raise AssertionError(f"{task!r} is no router that the run came to; it took routes at: {list(routes)}")
        return routes[task]

    def _finished(self) -> list[tuple[str, Result]]:
        patches = [step.decision.patch for step in self.steps if step.decision is not None]
        return [(path, result) for patch in patches for path, result in patch.results.items() if path and result]


class SimulatedProject:
    """A project whose runs stay in memory. Every run begins anew: same id, same seed, same time."""

    def __init__(self, loaded: Loaded, *, folder: Path, regenerate: bool = False) -> None:
        refuse_errors(loaded)
        self._loaded = loaded
        self._folder = folder
        self._regenerate = regenerate

    def run(self, workflow: str, input: Json = None, **world: Unpack[World]) -> SimulatedRun:
        """Runs a workflow until nothing more can happen; waiting takes no time.

        Raises `StatewrightError` where the input, or a signal, is refused.
        """
        scripted = _Scripted(world)
        store, program = instant_store(), self._program(workflow)
        by_digest = {one.digest: one for one in self._loaded.programs.values()}
        host = SimulatedHost(store, scripted, by_digest.__getitem__, library=_Library(self._loaded))
        simulate = world.get("simulate", False)
        refused = host.start(program, started(program, input, at=host.now, simulate=simulate))
        if refused is not None:
            raise StatewrightError(refused.code, refused.reason)
        for signal in world.get("signals", ()):
            _send_later(host, signal)
        host.settle()
        state, steps = _told(program, store)
        calls = tuple(scripted.calls)
        return SimulatedRun(state=state, steps=steps, calls=calls, folder=self._folder, regenerate=self._regenerate)

    def _program(self, workflow: str) -> Program:
        if workflow in self._loaded.programs:
            return self._loaded.programs[workflow]
        raise StatewrightError(
            "WORKFLOW_UNKNOWN",
            f"there is no workflow {workflow!r}",
            hint=f"this project has: {', '.join(self._loaded.programs) or 'none'}",
            exit_code=EXIT_NOT_FOUND,
        )


def open_simulated(folder: str | os.PathLike[str]) -> SimulatedProject:
    """Reads a project from its folder. Raises `StatewrightError` with its first problem."""
    return SimulatedProject(load(folder), folder=Path(folder))


class _Scripted:
    """The world of one run."""

    def __init__(self, world: World) -> None:
        self.calls: list[Call] = []
        self._model = Simulated() if world.get("simulate") else _model(world.get("models", ()))
        self._tools = world.get("tools", {})
        self._else = Script()

    def __call__(self, call: Call, work: Work) -> Answer | Refusal | Late | None:
        """Returns what the test said."""
        self.calls.append(call)
        if call.kind == "model":
            said: list[Answer | Refusal] = []
            finish: Finish = said.append
            self._model.begin(call, work, finish)
            # A held line is never said: nothing else happens before the run rests.
            return said[0] if said else None
        if call.kind == "tool" and call.target in self._tools:
            told = self._tools[call.target]
            outcome = told(call.request["input"]) if callable(told) else told
            return outcome if isinstance(outcome, Refusal) else Answer(value=outcome)
        return self._else(call, work)


def _model(models: Mapping[str, Said] | Iterable[Said]) -> Scripted:
    return Scripted(matching=models) if isinstance(models, Mapping) else Scripted(models)


class _Library:
    """The project's workflows, for those that start each other."""

    def __init__(self, loaded: Loaded) -> None:
        self._loaded = loaded

    def find(self, workflow: str) -> Offered | None:
        program = self._loaded.programs.get(workflow)
        if program is None:
            return None
        return Offered(program, (program.digest, self._loaded.definitions[workflow]), dict(program.env))

    def triggered_by(self, signal: str) -> list[str]:
        return [id for id, program in self._loaded.programs.items() if signal in program.triggers]


def _send_later(host: SimulatedHost, signal: Signal) -> None:
    after = signal.after if isinstance(signal.after, int) else parse_duration(signal.after)
    if after is None:
        hint = "write it as: 90s, 2 hours, 1 day"
        raise StatewrightError("DURATION_INVALID", f"{signal.after!r} is no span of time", hint=hint)

    def send() -> None:
        refused = host.deliver(TENANT, RUN, Received(at=host.now, name=signal.name, payload=signal.payload))
        if refused is not None:
            raise StatewrightError(refused.code, f"signal {signal.name!r}: {refused.reason}")

    host.outside(host.now + after, send)


def _told(program: Program, store: Store) -> tuple[State, tuple[Step, ...]]:
    """Reads the run back from its journal, so that every test also proves that a replay comes out the same."""
    steps: list[Step] = []
    folded = fold(program, store.read(TENANT, RUN), store.blob, seen=lambda step, state: steps.append(step))
    assert folded.divergence is None, folded.divergence
    return folded.state, tuple(steps)
