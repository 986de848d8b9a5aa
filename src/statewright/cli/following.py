"""Watches runs until they rest, or until somebody wants to leave. A run that is left behind can be resumed."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any, TypeVar

from statewright.api import opening
from statewright.api.checking import DefinitionInvalid
from statewright.api.following import Watch, now
from statewright.api.project import Project
from statewright.api.records import Outcome
from statewright.cli.board import Board
from statewright.cli.exit_codes import EXIT_INTERRUPTED, EXIT_TERMINATED, of_run
from statewright.cli.findings import findings
from statewright.cli.next_step import command
from statewright.cli.problems import ProjectInvalid
from statewright.cli.terminal import emit, printable, stdout_for_data
from statewright.cli.views import View
from statewright.errors import EXIT_DONE, StatewrightError
from statewright.kernel.state import State
from statewright.settings.place import Settings

T = TypeVar("T")
# How often a drawing moves while nothing happens; ten pictures a second look alive.
TICK_S = 0.1
# How long a command that was asked to leave waits for calls under way: somebody sits before it, and may ask again.
GRACE_S = 3.0
_SIGNALS = {signal.SIGINT: EXIT_INTERRUPTED, signal.SIGTERM: EXIT_TERMINATED}


def execute(work: Coroutine[Any, Any, int]) -> int:
    """Runs a command on an event loop and returns its exit code.

    Like `asyncio.run`, but it waits for no thread, which may never end (see `entry.leave`).
    """
    loop = asyncio.new_event_loop()
    try:
        return loop.run_until_complete(work)
    finally:
        left = asyncio.all_tasks(loop)
        for task in left:
            task.cancel()
        loop.run_until_complete(_gathered(left))
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()


async def _gathered(tasks: set[asyncio.Task[Any]]) -> None:
    await asyncio.gather(*tasks, return_exceptions=True)


@asynccontextmanager
async def opened(settings: Settings, *, project: bool | None = True, write: bool = True) -> AsyncIterator[Project]:
    """Opens the project; one with errors is refused with all of its diagnostics."""
    try:
        async with opening.opened(settings, project=project, write=write) as found:
            for notice in found.notices:
                emit(f"warning: {printable(notice)}", "stderr")
            yield found
    except DefinitionInvalid as invalid:
        diagnostics = invalid.loaded.diagnostics
        raise ProjectInvalid(invalid, diagnostics, findings(invalid.loaded)) from invalid


@contextmanager
def following(project: Project, view: View) -> Iterator[Follower]:
    """Gives a follower; while it is there, SIGINT and SIGTERM mean that somebody wants to leave."""
    loop = asyncio.get_running_loop()
    leaving: asyncio.Future[int] = loop.create_future()

    def leave(number: signal.Signals) -> None:
        # The second time the signal means what it always means.
        _release(loop)
        if not leaving.done():
            leaving.set_result(_SIGNALS[number])

    def fail(_: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        # A callback of the host failed; without this the run would be waited for in vain.
        if not leaving.done():
            leaving.set_exception(context.get("exception") or RuntimeError(context["message"]))

    for number in _SIGNALS:
        loop.add_signal_handler(number, leave, number)
    loop.set_exception_handler(fail)
    try:
        with stdout_for_data(), project.watch() as watch:
            yield Follower(watch, view, leaving)
    finally:
        _release(loop)
        view.left()
        if not leaving.done():
            leaving.cancel()


class Follower:
    """Shows runs. What happens is kept by the watch: a view that fails must not disturb a run."""

    def __init__(self, watch: Watch, view: View, leaving: asyncio.Future[int]) -> None:
        self._watch = watch
        self._view = view
        self._leaving = leaving
        self._board = Board()

    def expect(self, run: str, workflow: str, state: State | None = None) -> None:
        """Is told of this run from now on; `state` is what it has done before."""
        self._watch.expect(run, workflow, state)
        if state is not None:
            self._board.seed(state)

    def forget(self, run: str) -> None:
        """Is told of this run no longer."""
        self._watch.forget(run)

    async def told(self, telling: Coroutine[Any, Any, T]) -> T:
        """Returns what came of telling somebody something, once it is durable; raises what keeps it from that."""
        task = asyncio.ensure_future(telling)
        either: list[asyncio.Future[Any]] = [task, self._leaving]
        await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        if not task.done():
            task.cancel()
            raise await self._leave(list(self._watch.runs))
        return await task

    async def rest(self) -> int:
        """Shows the expected runs until all of them rest; returns their highest exit code.

        A run that waits for somebody rests as well, however long it may wait. Raises `INTERRUPTED` where somebody
        wants to leave before.
        """
        for run, workflow in self._watch.runs.items():
            self._view.opened(run, workflow)
        waiting: dict[asyncio.Future[Any], str] = {
            asyncio.ensure_future(self._watch.ended(run)): run for run in self._watch.runs
        }
        code = EXIT_DONE
        while waiting:
            either: list[asyncio.Future[Any]] = [*waiting, self._leaving]
            finished, _ = await asyncio.wait(either, timeout=TICK_S, return_when=asyncio.FIRST_COMPLETED)
            self._show()
            if self._leaving in finished:
                for task in waiting:
                    task.cancel()
                raise await self._leave(list(waiting.values()))
            for task, run in list(waiting.items()):
                rested = task.result() if task in finished else self._watch.waits(run)
                if rested is not None:
                    task.cancel()
                    del waiting[task]
                    code = max(code, self._close(rested))
        return code

    async def _leave(self, runs: list[str]) -> StatewrightError:
        """Lets what is under way here come to an end, for a moment; a second signal does not wait for that."""
        await self._watch.drain(GRACE_S)
        code, owner = self._leaving.result(), self._watch.owner
        what = f"run {runs[0]!r} goes" if len(runs) == 1 else f"{len(runs)} runs go"
        if owner:
            message, hint = f"stopped looking; {what} on in process {owner}", command("runs", "logs", runs[0], "-f")
        else:
            what_next = runs[0] if len(runs) == 1 else "--all"
            message, hint = f"stopped; {what} on when resumed", command("runs", "resume", what_next)
        return StatewrightError("INTERRUPTED", message, hint=hint, exit_code=code)

    def _show(self) -> None:
        for run, step in self._watch.taken():
            self._view.changed(self._board.take(run, step), self._board)
        self._view.ticked(self._board, now())

    def _close(self, outcome: Outcome) -> int:
        self._view.closed(outcome)
        return of_run(outcome.state, is_suspended=outcome.status == "suspended")


def _release(loop: asyncio.AbstractEventLoop) -> None:
    for number in _SIGNALS:
        loop.remove_signal_handler(number)
