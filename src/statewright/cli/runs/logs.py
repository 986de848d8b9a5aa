"""`statewright runs logs`: what a run did, a line per task and event; with `-f` as it happens, whoever runs it."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from statewright.api.folder import is_owned
from statewright.api.records import Outcome, Step
from statewright.api.runs import Run
from statewright.cli.board import Board, Change
from statewright.cli.exit_codes import of_run
from statewright.cli.following import execute, opened
from statewright.cli.next_step import command
from statewright.cli.options import HERE, Place
from statewright.cli.outcomes import instant, outcome_lines
from statewright.cli.terminal import emit, to_json
from statewright.cli.views import row_json, row_line
from statewright.errors import EXIT_CONFLICT, EXIT_DONE, StatewrightError
from statewright.kernel.state import State

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
    async with opened(place.settings(), project=False, write=False) as project:
        log = _Log(project.find(run), project.data, output)
        folded = log.run.watch(log.seen, log.more if follow else _enough)
    if folded.divergence is not None:
        raise StatewrightError("REPLAY_DIVERGED", f"run {log.run.id!r}: {folded.divergence.problem}")
    return log.close() if follow else EXIT_DONE


def _enough() -> bool:
    return False


class _Log:
    """Prints a run's steps, and says when there is nothing to wait for."""

    def __init__(self, run: Run, data: Path, output: Lines) -> None:
        self.run = run
        self._data = data
        self._output = output
        self._board = Board()
        self._state = State()
        self._is_left = False

    def seen(self, step: Step, state: State) -> None:
        """Prints a step."""
        self._state = state
        if step.suspended:
            self._print(Change(self.run.id, step.seq, step.at, f"{type(step.event).__name__} set aside", ()))
            return
        self._print(self._board.take(self.run.id, step))

    def more(self) -> bool:
        """Waits for the next look; says no where nothing can come by itself."""
        if self._state.ended or self.run.awaited(self._state):
            return False
        if not is_owned(self._data):
            # What its owner wrote last is still to be read, once.
            last, self._is_left = self._is_left, True
            return not last
        time.sleep(POLL_S)
        return True

    def close(self) -> int:
        """Says how it stands, and returns the exit code that this means."""
        state = self._state
        waits = self.run.awaited(state)
        outcome = Outcome(self.run.workflow, state.status, state, waits)
        emit(outcome_lines(outcome), "stderr")
        if state.ended or waits:
            return of_run(state)
        raise StatewrightError(
            "RUN_ABANDONED",
            f"nobody performs run {self.run.id!r} now",
            hint=f"go on with it: {command('runs', 'resume', self.run.id)}",
            exit_code=EXIT_CONFLICT,
        )

    def _print(self, change: Change) -> None:
        at = instant(change.at)
        if self._output == "jsonl":
            tasks = [row_json(row) for row in change.rows]
            emit(to_json({"seq": change.seq, "at": at, "type": change.type, "tasks": tasks}))
            return
        emit(f"{at}  {change.seq:>5}  {change.type}")
        for row in change.rows:
            emit(f"{' ' * len(at)}         {row_line(row)}")
