"""`statewright runs show`: one run, as its journal tells it."""

from __future__ import annotations

from statewright.api.folder import is_owned
from statewright.api.records import Outcome, asked_by
from statewright.cli.board import Board, Row
from statewright.cli.following import execute, opened
from statewright.cli.journal import Story, read_story
from statewright.cli.next_step import command
from statewright.cli.options import HERE, Place, Told
from statewright.cli.outcomes import instant, outcome_json, outcome_lines
from statewright.cli.terminal import emit, printable, to_json
from statewright.cli.views import output_text, row_json, row_line
from statewright.errors import EXIT_DONE
from statewright.kernel.effects import Timer
from statewright.kernel.state import Pending
from statewright.kernel.values import Json

_ALIVE = frozenset({"running", "cancelling"})
# How it stands with what a task has asked for.
_PENDING = {
    "issued": "no answer yet",
    "held": "held back while the run is paused",
    "closing": "being called off",
    "unknown": "nobody knows whether it happened",
}


def show(run: str, /, *, output: Told = "text", place: Place = HERE) -> int:
    """Show a run: its tasks with their results, its output or error.

    Parameters
    ----------
    run
        Its id, the beginning of it, or last.
    """
    return execute(_show(run, output, place))


async def _show(run: str, output: Told, place: Place) -> int:
    async with opened(place.settings(), project=False, write=False) as project:
        found = project.find(run)
        row, story = found.row(), read_story(found)
        waits = () if story.problem else found.awaited(story.state)
        is_left = not waits and row.status in _ALIVE and not is_owned(project.data)
    outcome = Outcome(row.workflow, row.status, story.state, waits)
    rows = _rows(row.run, story)
    emit(to_json(_json(outcome, rows)) if output == "json" else _text(outcome, rows))
    if is_left:
        emit(f"nobody performs it now; go on with: {command('runs', 'resume', row.run)}", "stderr")
    if story.problem is not None:
        raise story.problem
    return EXIT_DONE


def _rows(run: str, story: Story) -> list[Row]:
    """Returns the tasks as the journal shows them, so that each knows when it began."""
    board = Board()
    for step in story.steps:
        board.take(run, step)
    return list(board.rows.values())


def _json(outcome: Outcome, rows: list[Row]) -> Json:
    state = outcome.state
    tasks = [row_json(row) | {"output": _output(outcome, row)} for row in rows]
    pending = [_pending(id, pending) for id, pending in state.pending.items()]
    return outcome_json(outcome) | {"input": state.input, "tasks": tasks, "pending": pending}


def _output(outcome: Outcome, row: Row) -> Json:
    result = outcome.state.results.get(row.path)
    return None if result is None else result.output


def _pending(id: str, pending: Pending) -> Json:
    return {"effect": id, "task": asked_by(pending), "status": pending.status, "attempt": pending.attempt}


def _text(outcome: Outcome, rows: list[Row]) -> str:
    state = outcome.state
    lines = [f"{printable(state.run)}  {printable(outcome.workflow)}", f"  input {to_json(state.input)}"]
    for row in rows:
        lines.append(f"  {row_line(row, state.at)}")
        value = _output(outcome, row)
        if value is not None:
            lines.append(f"      {to_json(value)}")
        if row.error is not None:
            lines.append(f"      {printable(row.error.message)}")
    lines += [f"  {printable(asked_by(pending))}: {_standing(pending)}" for pending in state.pending.values()]
    lines.append(outcome_lines(outcome))
    if outcome.status == "done":
        lines.append(output_text(outcome))
    return "\n".join(lines)


def _standing(pending: Pending) -> str:
    effect = pending.effect
    if isinstance(effect, Timer) and pending.status == "issued":
        return f"goes on by itself at {instant(effect.due)}"
    return f"{_PENDING[pending.status]} ({type(effect).__name__} {effect.id})"
