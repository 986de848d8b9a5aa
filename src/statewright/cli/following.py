"""Watches runs until they rest, or until somebody wants to leave. A run that is left behind can be resumed."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

from statewright.app import App, DefinitionInvalid, now, open_app
from statewright.cli.board import Board, Change
from statewright.cli.exit_codes import EXIT_INTERRUPTED, EXIT_TERMINATED, of_run
from statewright.cli.findings import findings
from statewright.cli.outcomes import Outcome
from statewright.cli.problems import ProjectInvalid
from statewright.cli.terminal import emit, printable, stdout_for_data
from statewright.cli.views import View
from statewright.errors import EXIT_DONE, StatewrightError
from statewright.hosts.awaiting import Awaited, awaited
from statewright.hosts.lane import Taken
from statewright.kernel.program import Program
from statewright.kernel.state import State
from statewright.settings.place import Settings

# How often a drawing moves while nothing happens; ten pictures a second look alive.
TICK_S = 0.1
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
async def opened(settings: Settings, *, project: bool | None = True, write: bool = True) -> AsyncIterator[App]:
    """Opens the application; a project with errors is refused with all of its diagnostics."""
    try:
        async with open_app(settings, project=project, write=write) as app:
            for notice in app.notices:
                emit(f"warning: {printable(notice)}", "stderr")
            yield app
    except DefinitionInvalid as invalid:
        diagnostics = invalid.loaded.diagnostics
        raise ProjectInvalid(invalid, diagnostics, findings(invalid.loaded)) from invalid


@contextmanager
def following(app: App, view: View) -> Iterator[Follower]:
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
        with stdout_for_data():
            yield Follower(app, view, leaving)
    finally:
        _release(loop)
        view.left()
        if not leaving.done():
            leaving.cancel()


class Follower:
    """Shows runs. What the host tells is queued: a view that fails must not disturb a run."""

    def __init__(self, app: App, view: View, leaving: asyncio.Future[int]) -> None:
        self._app = app
        self._view = view
        self._leaving = leaving
        self._board = Board()
        self._queue: list[Change] = []
        self._workflows: dict[str, str] = {}
        # The runs that are watched and the children of runs, as they stand, and those of them that have changed.
        self._states: dict[str, State] = {}
        self._stirred: set[str] = set()
        app.listen(self._told)

    def expect(self, run: str, workflow: str, state: State | None = None) -> None:
        """Is told of this run from now on; `state` is what it has done before."""
        self._workflows[run] = workflow
        self._stirred.add(run)
        if state is not None:
            self._states[run] = state
            self._board.seed(state)

    async def told(self, telling: Coroutine[Any, Any, Any]) -> None:
        """Waits until the host has taken something, or raises what keeps it from that."""
        task = asyncio.ensure_future(telling)
        await asyncio.wait([task, self._leaving], return_when=asyncio.FIRST_COMPLETED)
        if not task.done():
            task.cancel()
            raise _left(list(self._workflows), self._leaving.result())
        await task

    async def rest(self) -> int:
        """Shows the expected runs until all of them rest; returns their highest exit code.

        A run that waits for somebody rests as well, however long it may wait. Raises `INTERRUPTED` where somebody
        wants to leave before.
        """
        for run, workflow in self._workflows.items():
            self._view.opened(run, workflow)
        waiting: dict[asyncio.Future[Outcome], str] = {
            asyncio.ensure_future(self._ended(run)): run for run in self._workflows
        }
        code = EXIT_DONE
        while waiting:
            either: list[asyncio.Future[Any]] = [*waiting, self._leaving]
            finished, _ = await asyncio.wait(either, timeout=TICK_S, return_when=asyncio.FIRST_COMPLETED)
            self._show()
            if self._leaving in finished:
                raise _left(list(waiting.values()), self._leaving.result())
            for task in [task for task in waiting if task in finished]:
                del waiting[task]
                code = max(code, self._close(task.result()))
            for task, run in list(waiting.items()):
                waits = self._waits(run)
                if waits:
                    task.cancel()
                    del waiting[task]
                    state = self._states[run]
                    code = max(code, self._close(Outcome(self._workflows[run], state.status, state, waits)))
        return code

    def _waits(self, run: str) -> tuple[Awaited, ...]:
        if run not in self._stirred:
            return ()
        self._stirred.discard(run)
        return awaited(run, self._known, now())

    def _known(self, run: str) -> tuple[State, Program] | None:
        state = self._states.get(run)
        if state is None:
            try:
                state = self._states[run] = self._app.state(run)
            except StatewrightError as error:
                if error.code != "RUN_UNKNOWN":
                    raise
                return None
        return state, self._app.program(state.program)

    async def _ended(self, run: str) -> Outcome:
        state = await self._app.ended(run)
        is_suspended = not state.ended and self._app.find(run).status == "suspended"
        self._states[run] = state
        waits = () if state.ended or is_suspended else awaited(run, self._known, now())
        return Outcome(self._workflows[run], "suspended" if is_suspended else state.status, state, waits)

    def _told(self, taken: Taken, state: State) -> None:
        self._stir(state)
        if state.run in self._workflows:
            self._queue.append(self._board.take(state.run, taken.append.record.seq, taken.event, taken.patch))

    def _stir(self, state: State) -> None:
        run = state.run
        if run in self._workflows or state.parent:
            self._states[run] = state
        while run:
            self._stirred.add(run)
            run = self._states[run].parent.rpartition(":")[0] if run in self._states else ""

    def _show(self) -> None:
        changes, self._queue = self._queue, []
        for change in changes:
            self._view.changed(change, self._board)
        self._view.ticked(self._board, now())

    def _close(self, outcome: Outcome) -> int:
        self._view.closed(outcome)
        return of_run(outcome.state, is_suspended=outcome.status == "suspended")


def _left(runs: list[str], code: int) -> StatewrightError:
    what = f"run {runs[0]!r} goes" if len(runs) == 1 else f"{len(runs)} runs go"
    hint = f"statewright runs resume {runs[0] if len(runs) == 1 else '--all'}"
    return StatewrightError("INTERRUPTED", f"stopped; {what} on when resumed", hint=hint, exit_code=code)


def _release(loop: asyncio.AbstractEventLoop) -> None:
    for number in _SIGNALS:
        loop.remove_signal_handler(number)
