"""`statewright runs logs`: what a run did, a line per task and event; with `-f` as it happens, whoever runs it."""

from __future__ import annotations

import time
from typing import Annotated, Literal

from cyclopts import Parameter

from statewright.app import App, now
from statewright.cli.board import Board, Change
from statewright.cli.exit_codes import of_run
from statewright.cli.following import execute, opened
from statewright.cli.options import HERE, Place
from statewright.cli.outcomes import Outcome, instant, outcome_lines
from statewright.cli.terminal import emit, to_json
from statewright.cli.views import row_json, row_line
from statewright.errors import EXIT_CONFLICT, EXIT_DONE, StatewrightError
from statewright.hosts.awaiting import awaited
from statewright.hosts.replay import Step
from statewright.kernel.program import Program
from statewright.kernel.state import State
from statewright.store.contract import IndexRow
from statewright.store.lock import is_owned

# How often somebody else's run is looked at: an eye takes this for at once.
POLL_S = 0.1

Lines = Annotated[Literal["text", "jsonl"], Parameter(name=("--output", "-o"), show_default=True)]
_FOLLOW = Parameter(name=("--follow", "-f"), negative="")


def logs(run: str, /, *, follow: Annotated[bool, _FOLLOW] = False, output: Lines = "text", place: Place = HERE) -> int:
    """Tell what a run did, a line per event and per change of a task.

    Parameters
    ----------
    run
        Its id, the beginning of it, or last.
    follow
        Stay until the run ends, waits for somebody, or nobody performs it any more.
    """
    return execute(_logs(run, follow, output, place))


async def _logs(run: str, follow: bool, output: Lines, place: Place) -> int:
    async with opened(place.settings(), project=False, write=False) as app:
        row = app.find(run)
        log = _Log(app, row, output)
        folded = app.watch(row.run, log.seen, log.more if follow else _enough)
    if folded.divergence is not None:
        raise StatewrightError("REPLAY_DIVERGED", f"run {row.run!r}: {folded.divergence.problem}")
    return log.close() if follow else EXIT_DONE


def _enough() -> bool:
    return False


class _Log:
    """Prints a run's steps, and says when there is nothing to wait for."""

    def __init__(self, app: App, row: IndexRow, output: Lines) -> None:
        self._app = app
        self._row = row
        self._output = output
        self._board = Board()
        self._state = State()
        self._is_left = False

    def seen(self, step: Step, state: State) -> None:
        """Prints a step."""
        self._state = state
        if step.decision is None:
            what = f"{type(step.event).__name__} set aside"
            self._print(Change(self._row.run, step.entry.seq, step.entry.at, what, ()))
            return
        self._print(self._board.take(self._row.run, step.entry.seq, step.event, step.decision.patch))

    def more(self) -> bool:
        """Waits for the next look; says no where nothing can come by itself."""
        if self._state.ended or self._waits():
            return False
        if not is_owned(self._app.settings.data):
            # What its owner wrote last is still to be read, once.
            last, self._is_left = self._is_left, True
            return not last
        time.sleep(POLL_S)
        return True

    def close(self) -> int:
        """Says how it stands, and returns the exit code that this means."""
        state = self._state
        waits = awaited(self._row.run, self._known, now())
        outcome = Outcome(self._row.workflow, state.status, state, waits)
        emit(outcome_lines(outcome), "stderr")
        if state.ended or waits:
            return of_run(state)
        raise StatewrightError(
            "RUN_ABANDONED",
            f"nobody performs run {self._row.run!r} now",
            hint=f"go on with it: statewright runs resume {self._row.run}",
            exit_code=EXIT_CONFLICT,
        )

    def _waits(self) -> bool:
        return bool(awaited(self._row.run, self._known, now()))

    def _known(self, run: str) -> tuple[State, Program] | None:
        if run == self._row.run:
            return self._state, self._app.program(self._row.program)
        try:
            state = self._app.state(run)
        except StatewrightError as error:
            if error.code != "RUN_UNKNOWN":
                raise
            return None
        return state, self._app.program(state.program)

    def _print(self, change: Change) -> None:
        at = instant(change.at)
        if self._output == "jsonl":
            tasks = [row_json(row) for row in change.rows]
            emit(to_json({"seq": change.seq, "at": at, "type": change.type, "tasks": tasks}))
            return
        emit(f"{at}  {change.seq:>5}  {change.type}")
        for row in change.rows:
            emit(f"{' ' * len(at)}         {row_line(row)}")
