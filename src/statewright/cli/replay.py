"""`statewright replay`: decides a run's journal again, offline and without performing anything, and compares."""

from __future__ import annotations

import hashlib
import time
from typing import Annotated

from cyclopts import Parameter
from cyclopts.validators import Number

from statewright.api.project import Project
from statewright.api.records import IndexRow
from statewright.cli.board import Board
from statewright.cli.following import execute, opened
from statewright.cli.journal import Story, read_story
from statewright.cli.moment import moment_json, moment_of, moment_text
from statewright.cli.options import HERE, Flag, Place, Told
from statewright.cli.terminal import duration, emit, paint, printable, several, to_json
from statewright.cli.views import row_line
from statewright.errors import EXIT_DONE, EXIT_NOT_FOUND, StatewrightError
from statewright.kernel import values
from statewright.kernel.program import Program
from statewright.kernel.state import State
from statewright.kernel.values import Json
from statewright.language.diagnostics.diagnostic import did_you_mean

# Enough of a digest to compare two by eye.
_DIGEST_SHOWN = 16


def replay(
    run: str,
    /,
    *,
    at: Annotated[int | None, Parameter(validator=Number(gte=1))] = None,
    verify: Flag = False,
    project: Flag = False,
    output: Told = "text",
    place: Place = HERE,
) -> int:
    """Decide a run's journal again, offline; every decision is compared with the recorded one.

    Parameters
    ----------
    run
        Its id, the beginning of it, or last.
    at
        Explain this record alone: why it came about, what it changed, and the state after it.
    verify
        Print the verdict alone, not what happened on the way.
    project
        Decide with the project as it is now, not with the definition that the run is pinned to.
    """
    if at is not None:
        if verify or project:
            raise StatewrightError("ARGUMENT_INVALID", "--at explains what was recorded", hint="leave the others out")
        return execute(_explain(run, at, output, place))
    return execute(_replay(run, (verify, project), output, place))


async def _replay(run: str, wanted: tuple[bool, bool], output: Told, place: Place) -> int:
    verify, project = wanted
    began = time.perf_counter()
    async with opened(place.settings(), project=project, write=False) as opened_project:
        found = opened_project.find(run)
        row = found.row()
        story = read_story(found, _program(opened_project, row) if project else None)
    took = round((time.perf_counter() - began) * 1_000)
    if output == "json":
        emit(to_json(_json(row, story, took)))
    else:
        if not verify:
            _tell_steps(row, story)
        if story.problem is None:
            emit(_verdict(story, took))
    if story.problem is not None:
        raise story.problem
    return EXIT_DONE


async def _explain(run: str, seq: int, output: Told, place: Place) -> int:
    async with opened(place.settings(), project=False, write=False) as project:
        found = project.find(run)
        row, moment = found.row(), moment_of(found, seq)
    emit(to_json(moment_json(row, moment)) if output == "json" else moment_text(row, moment))
    return EXIT_DONE


def state_digest(state: State) -> str:
    """Returns the SHA-256 (hex) of everything that a run is."""
    return hashlib.sha256(values.encode(state)).hexdigest()


def _program(project: Project, row: IndexRow) -> Program:
    programs = project.loaded.programs if project.loaded is not None else {}
    if row.workflow in programs:
        return programs[row.workflow]
    hint = did_you_mean(row.workflow, programs, listed="this project has")
    message = f"the project has no workflow {row.workflow!r}"
    raise StatewrightError("WORKFLOW_UNKNOWN", message, hint=hint, exit_code=EXIT_NOT_FOUND)


def _tell_steps(row: IndexRow, story: Story) -> None:
    board = Board()
    for step in story.steps:
        emit(f"{step.seq:>5}  {type(step.event).__name__}")
        for shown in board.take(row.run, step).rows:
            emit(f"         {row_line(shown)}")


def _verdict(story: Story, took: int) -> str:
    count = len(story.steps)
    digest = state_digest(story.state)[:_DIGEST_SHOWN]
    equal = paint("bit-identical", "green", "stdout")
    said = f"replayed {several(count, 'event')} offline in {duration(took)}   {equal}   state {digest}"
    parked = story.folded.suspended if story.folded is not None else ""
    return f"{said}\nthe run is suspended: {printable(parked)}" if parked else said


def _json(row: IndexRow, story: Story, took: int) -> Json:
    folded = story.folded
    at = folded.divergence if folded is not None else None
    return {
        "run": row.run,
        "workflow": row.workflow,
        "identical": story.problem is None,
        "events": len(story.steps),
        "divergence": None if at is None else {"seq": at.seq, "key": at.key, "problem": at.problem},
        "state": state_digest(folded.state) if folded is not None and at is None else None,
        "head": folded.prev.hex() if folded is not None and at is None else None,
        "took_ms": took,
    }
