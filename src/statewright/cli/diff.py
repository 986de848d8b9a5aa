"""`statewright diff`: where two runs part, and what their tasks came to on either side."""

from __future__ import annotations

import msgspec

from statewright.api.records import IndexRow
from statewright.cli.comparing import Changed, Parting, changed, parting, timeless
from statewright.cli.following import execute, opened
from statewright.cli.journal import Story, read_story
from statewright.cli.options import HERE, Place, Told
from statewright.cli.outcomes import failure_json
from statewright.cli.terminal import emit, paint, printable, to_json
from statewright.errors import EXIT_DONE
from statewright.kernel.events import AnyEvent
from statewright.kernel.state import Result, State
from statewright.kernel.values import Json

# A value longer than this is cut in the text; `-o json` has it whole.
VALUE_LENGTH_MAX = 200
TASKS_SHOWN_MAX = 100


def diff(left: str, right: str, /, *, output: Told = "text", place: Place = HERE) -> int:
    """Tell where two runs part, and which tasks came to something else. Times and ids do not count.

    Leaves with 0 whether they differ or not; -o json says which.

    Parameters
    ----------
    left
        A run: its id, the beginning of it, or last.
    right
        Another run.
    """
    return execute(_diff(left, right, output, place))


async def _diff(left: str, right: str, output: Told, place: Place) -> int:
    async with opened(place.settings(), project=False, write=False) as project:
        runs = project.find(left), project.find(right)
        rows = runs[0].row(), runs[1].row()
        stories = read_story(runs[0]), read_story(runs[1])
    for story in stories:
        if story.problem is not None:
            raise story.problem
    states = stories[0].state, stories[1].state
    where, tasks = parting(stories[0].steps, stories[1].steps), changed(*states)
    emit(to_json(_json(rows, states, where, tasks)) if output == "json" else _text(rows, stories, where, tasks))
    return EXIT_DONE


def _json(
    rows: tuple[IndexRow, IndexRow], states: tuple[State, State], where: Parting | None, tasks: list[Changed]
) -> Json:
    return {
        "left": _run_json(rows[0], states[0]),
        "right": _run_json(rows[1], states[1]),
        "same_definition": rows[0].program == rows[1].program,
        "identical": where is None,
        "parting": None if where is None else _parting_json(where),
        "tasks": [
            {"path": one.path, "changed": one.fields, "left": _result(one.left), "right": _result(one.right)}
            for one in tasks
        ],
    }


def _run_json(row: IndexRow, state: State) -> Json:
    return {"run": row.run, "workflow": row.workflow, "status": row.status, "seq": row.seq, "output": state.output}


def _parting_json(where: Parting) -> Json:
    return {
        "seq": where.seq,
        "differs": "event" if where.is_event else "decision",
        "left": _event(where.left),
        "right": _event(where.right),
        "keys": list(where.keys),
    }


def _event(event: AnyEvent | None) -> Json:
    return None if event is None else msgspec.to_builtins(event)


def _result(result: Result | None) -> Json:
    if result is None:
        return None
    error = failure_json(result.error)
    return {"status": result.status, "input": result.input, "output": result.output, "error": error}


def _text(
    rows: tuple[IndexRow, IndexRow], stories: tuple[Story, Story], where: Parting | None, tasks: list[Changed]
) -> str:
    lines = [
        f"{sign} {printable(row.run)}  {printable(row.workflow)}  {row.status}"
        for sign, row in zip("-+", rows, strict=True)
    ]
    if rows[0].program != rows[1].program:
        lines.append("their definitions differ")
    if where is None:
        return "\n".join([*lines, paint("the runs are the same", "green", "stdout")])
    lines += ["", f"they part at record {where.seq}, in {'its event' if where.is_event else 'what was decided'}"]
    if where.is_event:
        lines += _both(*_shown(where.left, where.right))
    lines += [f"    {printable(key)}" for key in where.keys[:TASKS_SHOWN_MAX]]
    for one in tasks[:TASKS_SHOWN_MAX]:
        lines += ["", f"{printable(one.path)}"]
        for field in one.fields:
            lines.append(f"  {field}")
            lines += _both(_field(one.left, field), _field(one.right, field))
    if len(tasks) > TASKS_SHOWN_MAX:
        lines.append(f"… {len(tasks) - TASKS_SHOWN_MAX} more tasks; see them with -o json")
    return "\n".join(lines)


def _both(left: str, right: str) -> list[str]:
    return [f"    {paint(f'- {left}', 'red', 'stdout')}", f"    {paint(f'+ {right}', 'green', 'stdout')}"]


def _shown(left: AnyEvent | None, right: AnyEvent | None) -> tuple[str, str]:
    """Returns two events as far as they differ; of the times and ids that always do nothing is shown."""
    both = [{} if event is None else msgspec.to_builtins(timeless(event)) for event in (left, right)]
    differing = {name for one in both for name in one if both[0].get(name) != both[1].get(name)} - {"effect"}
    told = [{name: value for name, value in one.items() if name == "type" or name in differing} for one in both]
    return tuple("(no such record)" if not one else _cut(to_json(one)) for one in told)  # type: ignore[return-value]  # two


def _field(result: Result | None, field: str) -> str:
    return "(not there)" if result is None else _cut(to_json(_result(result)[field]))


def _cut(text: str) -> str:
    return text if len(text) <= VALUE_LENGTH_MAX else f"{text[:VALUE_LENGTH_MAX]}… ({len(text)} characters)"
