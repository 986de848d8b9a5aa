"""Statewright for programs that block: the same project and runs as `statewright.open`, without `await`.

    with statewright.sync.open("folder") as project:
        print(project.start("hello", {"name": "Ada"}).result())

An event loop in a thread of its own does the work, so this also serves inside a notebook whose loop already runs.
"""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import AsyncGenerator, Callable, Coroutine, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeVar, Unpack

from statewright import api
from statewright.api import Options, Step, Verdict
from statewright.api.records import Awaited, Fact
from statewright.effects.tools.python import Function
from statewright.errors import StatewrightError
from statewright.kernel.state import State
from statewright.kernel.values import Json

T = TypeVar("T")


def run(folder: str | os.PathLike[str], workflow: str, input: Json = None, **options: Unpack[Options]) -> Json:
    """Runs a workflow once and returns its output; raises `RunFailed` where it has none."""
    with open(folder, **options) as project:
        return project.start(workflow, input).result()


@contextmanager
def open(
    folder: str | os.PathLike[str] = "",
    *,
    write: bool = True,
    functions: Mapping[str, Function] | None = None,
    **options: Unpack[Options],
) -> Iterator[Project]:
    """Opens a project and its data folder; with `write=False` it only looks. See `statewright.open`."""
    with _loop() as loop:
        opened = api.open(folder, write=write, functions=functions, **options)
        project = loop.wait(opened.__aenter__())
        try:
            yield Project(loop, project)
        finally:
            loop.wait(opened.__aexit__(None, None, None))


class Project:
    """An open project; see `statewright.Project`."""

    def __init__(self, loop: _Loop, project: api.Project) -> None:
        self._loop = loop
        self._project = project
        self.workflows = project.workflows

    @property
    def owner(self) -> int:
        """The process that performs what is asked here, by its number; 0 where it is this one."""
        return self._loop.call(lambda: self._project.owner)

    def start(self, workflow: str, input: Json = None, *, id: str = "", seed: str = "", key: str = "") -> Run:
        """Starts a run; it is durable when this returns. With a key, starting again gives the same run."""
        return Run(self._loop, self._loop.wait(self._project.start(workflow, input, id=id, seed=seed, key=key)))

    def begin(self, workflow: str, input: Json = None, *, id: str = "", seed: str = "", key: str = "") -> Run:
        """Makes the start of a run durable and performs nothing of it."""
        return Run(self._loop, self._loop.wait(self._project.begin(workflow, input, id=id, seed=seed, key=key)))

    def find(self, run: str) -> Run:
        """Returns a run by its id, by a beginning that fits one run only, or by `last`."""
        return Run(self._loop, self._loop.call(lambda: self._project.find(run)))

    def runs(self, *, workflow: str = "", status: str = "", limit: int = 50) -> list[Run]:
        """Returns the newest runs first."""
        found = self._loop.call(lambda: self._project.runs(workflow=workflow, status=status, limit=limit))
        return [Run(self._loop, one) for one in found]

    def follow(self, *, after: str = "") -> Iterator[Fact]:
        """Yields what happens to all runs, in the order in which it was committed; it has no end.

        See `statewright.Project.follow`.
        """
        return self._loop.each(self._project.follow(after=after))

    def latest(self) -> str:
        """Returns the cursor behind all that is committed: with it, `follow` gives only what is to come."""
        return self._loop.call(self._project.latest)

    def recover(self) -> int:
        """Takes up every run that a stopped process left; returns how many."""
        return self._loop.wait(self._project.recover())


class Run:
    """One execution of a workflow; see `statewright.Run`."""

    def __init__(self, loop: _Loop, run: api.Run) -> None:
        self._loop = loop
        self._run = run
        self.id = run.id
        self.workflow = run.workflow

    def __repr__(self) -> str:
        return repr(self._run)

    @property
    def status(self) -> str:
        """`running`, `cancelling`, `suspended`, or how it ended."""
        return self._loop.call(lambda: self._run.status)

    def result(self) -> Json:
        """Waits for the end and returns the output; raises `RunFailed` where there is none."""
        return self._loop.wait(self._run.result())

    def ended(self) -> State:
        """Returns all that the run is, once it has ended, or a person must say what became of something."""
        return self._loop.wait(self._run.ended())

    def stream(self, *, after: int = 0) -> Iterator[Step]:
        """Yields each record above `after`, past and to come, until the run has ended."""
        return self._loop.each(self._run.stream(after=after))

    def steps(self) -> Iterator[Step]:
        """Returns the records so far."""
        return iter(self._loop.call(lambda: list(self._run.steps())))

    def awaited(self) -> tuple[Awaited, ...]:
        """Returns the signals and decisions of people that the run waits for."""
        return self._loop.call(self._run.awaited)

    def state(self, *, at: int = 0) -> State:
        """Returns all that the run is now, or was after record `at`."""
        return self._loop.call(lambda: self._run.state(at=at))

    def verify(self) -> Verdict:
        """Decides the whole journal again, and compares."""
        return self._loop.call(self._run.verify)

    def fork(self, *, at: int = 0, task: str = "", changes: Mapping[str, Json] | None = None) -> Run:
        """Makes a new, paused run of this one's beginning; `unpause` lets it go on."""
        return Run(self._loop, self._loop.wait(self._run.fork(at=at, task=task, changes=changes)))

    def signal(self, name: str, payload: Json = None, *, key: str = "") -> None:
        """Sends a signal. With a key, sending it again changes nothing."""
        self._loop.wait(self._run.signal(name, payload, key=key))

    def cancel(self, reason: str = "") -> None:
        """Asks the run to end in an orderly way."""
        self._loop.wait(self._run.cancel(reason))

    def terminate(self, reason: str = "") -> None:
        """Ends the run at once."""
        self._loop.wait(self._run.terminate(reason))

    def pause(self, reason: str = "") -> None:
        """Lets nothing new begin until `unpause`."""
        self._loop.wait(self._run.pause(reason))

    def unpause(self) -> None:
        """Goes on after a pause."""
        self._loop.wait(self._run.unpause())

    def resume(self) -> None:
        """Takes the run up again where a stopped process left it."""
        self._loop.wait(self._run.resume())

    def resolve(self, effect: str, *, happened: bool, value: Json = None) -> None:
        """Says what became of an effect whose outcome nobody knows."""
        self._loop.wait(self._run.resolve(effect, happened=happened, value=value))


class _Loop:
    """An event loop in a thread. The application belongs to that thread alone, so every call is made there."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop

    def wait(self, work: Coroutine[Any, Any, T]) -> T:
        """Returns what the coroutine comes to. Whoever interrupts the waiting stops the coroutine."""
        if self._loop.is_closed():
            work.close()
            raise StatewrightError("STORE_CLOSED", "the project is closed", hint="stay inside its `with` block")
        waiting = asyncio.run_coroutine_threadsafe(work, self._loop)
        try:
            return waiting.result()
        finally:
            waiting.cancel()

    def call(self, act: Callable[[], T]) -> T:
        """Returns what the function returns, called in the thread."""

        async def acting() -> T:
            return act()

        return self.wait(acting())

    def each(self, source: AsyncGenerator[T, None]) -> Iterator[T]:
        """Yields what the iterator does."""
        end = object()

        async def following() -> T | object:
            return await anext(source, end)

        try:
            while (one := self.wait(following())) is not end:
                yield one  # type: ignore[misc]  # whatever is not the end is a T
        finally:
            self.wait(source.aclose())


@contextmanager
def _loop() -> Iterator[_Loop]:
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="statewright", daemon=True)
    thread.start()
    entered = _Loop(loop)
    try:
        yield entered
    finally:
        entered.wait(_left_behind())
        entered.wait(loop.shutdown_asyncgens())
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _left_behind() -> None:
    """Stops what other threads still wait for: nobody would ever answer them."""
    left = asyncio.all_tasks() - {asyncio.current_task()}
    for task in left:
        task.cancel()
    await asyncio.gather(*left, return_exceptions=True)
