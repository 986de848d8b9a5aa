"""Statewright from Python: open a project, start its workflows, follow, signal, fork and verify their runs.

Asynchronous; `statewright.sync` is the same for programs that block. It decides nothing: the application does it all.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from typing import TypedDict, Unpack

import msgspec

from statewright.app import App, load_project, now, open_app
from statewright.effects.tools.python import Function
from statewright.errors import (
    EXIT_CANCELLED,
    EXIT_CONFLICT,
    EXIT_INTERNAL,
    EXIT_RUN_FAILED,
    StatewrightError,
)
from statewright.hosts.awaiting import Awaited, awaited
from statewright.hosts.editing import Change
from statewright.hosts.forking import Cut
from statewright.hosts.lane import Taken
from statewright.hosts.replay import Divergence
from statewright.kernel.events import AnyEvent
from statewright.kernel.program import Program
from statewright.kernel.state import Failure, Patch, Result, State
from statewright.kernel.values import Json
from statewright.language.diagnostics.diagnostic import Diagnostic
from statewright.language.loader import Loaded
from statewright.settings.place import Settings, read_settings
from statewright.store.contract import IndexRow


class Options(TypedDict, total=False):
    """How a project is opened. What is not given comes from the environment, then from the `.env` file.

    Relative paths count from the project's folder.
    """

    data: str | os.PathLike[str]  # the data folder, instead of .statewright in the project's
    config: str | os.PathLike[str]  # the project file, if it has another name
    env_file: str | os.PathLike[str]
    operator: str | os.PathLike[str]  # the operator's file: host mappings, modules
    simulate: bool  # every model answers simulated


class RunFailed(StatewrightError):
    """Raised where a run has no result. `code` says why, `state` is all that the run is."""

    def __init__(self, state: State, failure: Failure, *, hint: str, exit_code: int) -> None:
        where = f" (task {failure.task})" if failure.task else ""
        super().__init__(failure.code, f"run {state.run!r}: {failure.message}{where}", hint=hint, exit_code=exit_code)
        self.state = state


class Step(msgspec.Struct, frozen=True):
    """One record of a run: the fact that happened, and what it changed."""

    seq: int
    event: AnyEvent
    patch: Patch

    @property
    def finished(self) -> dict[str, Result]:
        """What the tasks that ended here left behind, by their paths."""
        return {path: result for path, result in self.patch.results.items() if path and result is not None}


Follower = Callable[[Step], None]
Followers = dict[str, list[Follower]]  # by run


class Verdict(msgspec.Struct, frozen=True):
    """What verifying a run came to: how many records were decided again, and where the first one differs."""

    records: int
    divergence: Divergence | None

    @property
    def identical(self) -> bool:
        """Whether every decision came out as recorded."""
        return self.divergence is None


def load(folder: str | os.PathLike[str] = "", **options: Unpack[Options]) -> Loaded:
    """Reads and compiles a project, and runs nothing. What is wrong with it is in `.diagnostics`."""
    return load_project(_settings(folder, options))


def check(folder: str | os.PathLike[str] = "", **options: Unpack[Options]) -> tuple[Diagnostic, ...]:
    """Returns everything that is wrong with a project, errors and warnings."""
    return load(folder, **options).diagnostics


async def run(folder: str | os.PathLike[str], workflow: str, input: Json = None, **options: Unpack[Options]) -> Json:
    """Runs a workflow once and returns its output; raises `RunFailed` where it has none."""
    async with open(folder, **options) as project:
        return await (await project.start(workflow, input)).result()


@asynccontextmanager
async def open(
    folder: str | os.PathLike[str] = "", *, functions: Mapping[str, Function] | None = None, **options: Unpack[Options]
) -> AsyncIterator[Project]:
    """Opens a project and its data folder, to run workflows and to look at runs; without a folder, the current one.

    `functions` take the place of the project's Python tools, by their ids. A run that has not ended when the project
    is closed can be taken up by whoever opens it next. Raises `DefinitionInvalid` where the project has errors.
    """
    async with open_app(_settings(folder, options), functions=functions) as app:
        yield Project(app)


class Project:
    """An open project."""

    def __init__(self, app: App) -> None:
        assert app.loaded is not None, "a project is opened with its definition"
        self._app = app
        self._followers: Followers = {}
        self.workflows = tuple(app.loaded.programs)
        app.listen(self._told)

    async def start(self, workflow: str, input: Json = None, *, id: str = "", seed: str = "") -> Run:
        """Starts a run; it is durable when this returns. The same seed draws the same random values."""
        return self.find(await self._app.start(workflow, input, run=id, seed=seed))

    def find(self, run: str) -> Run:
        """Returns a run by its id, by a beginning that fits one run only, or by `last`."""
        row = self._app.find(run)
        return Run(self._app, self._followers, row.run, row.workflow)

    def runs(self, *, workflow: str = "", status: str = "", limit: int = 50) -> list[Run]:
        """Returns the newest runs first."""
        rows = self._app.runs(workflow=workflow, status=status, limit=limit)
        return [Run(self._app, self._followers, row.run, row.workflow) for row in rows]

    async def recover(self) -> int:
        """Takes up every run that a stopped process left; returns how many."""
        return await self._app.recover()

    def _told(self, taken: Taken, state: State) -> None:
        for follower in self._followers.get(state.run, ()):
            follower(Step(taken.append.record.seq, taken.event, taken.patch))


class Run:
    """One execution of a workflow. It lives in the data folder: this only names it."""

    def __init__(self, app: App, followers: Followers, id: str, workflow: str) -> None:
        self.id = id
        self.workflow = workflow
        self._app = app
        self._followers = followers

    def __repr__(self) -> str:
        return f"<Run {self.id} of {self.workflow}>"

    @property
    def status(self) -> str:
        """`running`, `cancelling`, `suspended`, or how it ended: `done`, `failed`, `cancelled`, `terminated`."""
        return self.row().status

    def row(self) -> IndexRow:
        """Returns what the index says of the run now, without reading its journal."""
        return self._app.find(self.id)

    async def result(self) -> Json:
        """Waits for the end and returns the output; raises `RunFailed` where there is none.

        A run that a stopped process left goes on.
        """
        state = await self.ended()
        if state.status == "done":
            return state.output
        raise _failed(state, is_suspended=self.status == "suspended")

    async def ended(self) -> State:
        """Returns all that the run is, once it has ended, or a person must say what became of something.

        A run that waits for a signal, or is paused, is waited for: somebody here may send it.
        """
        stirred = asyncio.Event()
        with self._following(lambda _: stirred.set()):
            while True:
                stirred.clear()
                state = await self._app.ended(self.id)
                in_doubt = any(pending.status == "unknown" for pending in state.pending.values())
                if state.ended or in_doubt or self.status == "suspended":
                    return state
                await stirred.wait()

    async def stream(self, *, after: int = 0) -> AsyncGenerator[Step, None]:
        """Yields each record above `after`, those of the past and then those to come, until the run has ended."""
        queue: asyncio.Queue[Step | None] = asyncio.Queue()
        with self._following(queue.put_nowait):
            resting = asyncio.ensure_future(self.ended())
            # Whoever waits for the end is told after those who listen, so nothing comes behind the None.
            resting.add_done_callback(lambda _: queue.put_nowait(None))
            try:
                for step in self.steps():
                    if step.seq > after:
                        yield step
                    after = max(after, step.seq)
                while (told := await queue.get()) is not None:
                    if told.seq > after:
                        yield told
                await resting
            finally:
                resting.cancel()

    def steps(self) -> Iterator[Step]:
        """Returns the records so far; each is decided again on the way, and nothing is performed."""
        for step in self._app.steps(self.id):
            yield Step(step.entry.seq, step.event, step.decision.patch if step.decision is not None else Patch())

    def awaited(self) -> tuple[Awaited, ...]:
        """Returns the signals and decisions of people that the run waits for; nothing where it goes on by itself."""
        return awaited(self.id, self._known, now())

    def state(self, *, at: int = 0) -> State:
        """Returns all that the run is now, or was after record `at`."""
        return self._app.state(self.id, at=at)

    def verify(self) -> Verdict:
        """Decides the whole journal again, and compares. Raises `JOURNAL_CORRUPT` where stored bytes were changed."""
        folded = self._app.replay(self.id)
        return Verdict(folded.records, folded.divergence)

    async def fork(self, *, at: int = 0, task: str = "", changes: Mapping[str, Json] | None = None) -> Run:
        """Makes a new, paused run of this one's beginning; `unpause` lets it go on.

        The beginning reaches up to record `at`, or to where `task` began. `changes` are values of it by their paths,
        which begin with `input` or with a task: `{"classify.category": "billing"}`.
        """
        made = tuple(Change(name, value) for name, value in (changes or {}).items())
        forked = await self._app.fork(self.id, Cut(at or self._app.began(self.id, task), made))
        return Run(self._app, self._followers, forked.lane.state.run, self.workflow)

    async def signal(self, name: str, payload: Json = None, *, key: str = "") -> None:
        """Sends a signal. With a key, sending it again changes nothing."""
        await self._app.signal(self.id, name, payload, key=key)

    async def cancel(self, reason: str = "") -> None:
        """Asks the run to end in an orderly way: what it did is undone where the workflow says how."""
        await self._app.cancel(self.id, reason)

    async def terminate(self, reason: str = "") -> None:
        """Ends the run at once."""
        await self._app.terminate(self.id, reason)

    async def pause(self, reason: str = "") -> None:
        """Lets nothing new begin until `unpause`."""
        await self._app.pause(self.id, reason)

    async def unpause(self) -> None:
        """Goes on after a pause."""
        await self._app.unpause(self.id)

    async def resume(self) -> None:
        """Takes the run up again where a stopped process left it."""
        await self._app.resume(self.id)

    async def resolve(self, effect: str, *, happened: bool, value: Json = None) -> None:
        """Says what became of an effect whose outcome nobody knows."""
        await self._app.resolve(self.id, effect, happened=happened, value=value)

    def _known(self, run: str) -> tuple[State, Program] | None:
        try:
            state = self._app.state(run)
        except StatewrightError as error:
            # A child that was asked for and has not begun.
            if error.code == "RUN_UNKNOWN":
                return None
            raise
        return state, self._app.program(state.program)

    @contextmanager
    def _following(self, told: Follower) -> Iterator[None]:
        followers = self._followers.setdefault(self.id, [])
        followers.append(told)
        try:
            yield
        finally:
            followers.remove(told)
            if not followers:
                self._followers.pop(self.id, None)


def _settings(folder: str | os.PathLike[str], options: Options) -> Settings:
    flags = {name: value if isinstance(value, bool) else os.fspath(value) for name, value in options.items()}  # type: ignore[call-overload]
    return read_settings(os.environ, cwd=os.fspath(folder) or None, **flags)


# How a run ended that is no failure of its own, and what ended it.
_ENDED = {"cancelled": "CANCELLED", "terminated": "TERMINATED"}


def _failed(state: State, *, is_suspended: bool) -> RunFailed:
    if state.status in _ENDED:
        failure = Failure(_ENDED[state.status], f"it was {state.status}: {state.reason or 'no reason was given'}")
        return RunFailed(state, failure, hint="", exit_code=EXIT_CANCELLED)
    if state.error is not None and state.ended:
        details = state.error.details
        advice = details.get("hint") if isinstance(details, dict) else None
        hint = advice if isinstance(advice, str) else f"look at it with: statewright runs show {state.run}"
        return RunFailed(state, state.error, hint=hint, exit_code=EXIT_RUN_FAILED)
    if is_suspended:
        failure = Failure("RUN_SUSPENDED", "a fault of Statewright itself parked it")
        return RunFailed(state, failure, hint="it can be resumed with a later release", exit_code=EXIT_INTERNAL)
    unknown = next((id for id, one in state.pending.items() if one.status == "unknown"), "")
    failure = Failure("OUTCOME_UNKNOWN", f"nobody knows whether {unknown} happened")
    return RunFailed(state, failure, hint=f"say it with: resolve({unknown!r}, happened=…)", exit_code=EXIT_CONFLICT)
