"""The page of a report. Every value of the run passes `said`; the page holds no script and asks for nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from html import escape

import msgspec

from statewright.api.records import IndexRow, Step
from statewright.cli.board import Row, last_of
from statewright.cli.outcomes import failure_json, instant, usage_of
from statewright.cli.reporting.style import STYLE
from statewright.cli.reporting.timeline import timeline
from statewright.cli.terminal import duration, lines_of, printable, several
from statewright.kernel import values
from statewright.kernel.program import Node, Program, key_of
from statewright.kernel.state import State
from statewright.kernel.values import Json

# What one page is for; `runs events -o jsonl` and `runs show -o json` have all of it.
TASKS_MAX = 500
EVENTS_MAX = 2_000
VALUE_LENGTH_MAX = 20_000
# A browser that obeys this asks for nothing, whatever a value looks like.
POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"


class Reported(msgspec.Struct, frozen=True):
    """What a report tells: a run, its state, its journal and its tasks, and the program that it is pinned to."""

    row: IndexRow
    state: State
    steps: Sequence[Step]
    tasks: Sequence[Row]
    program: Program


def page(told: Reported) -> str:
    """Returns the whole document."""
    title = f"{told.row.workflow} · {told.row.run}"
    return "\n".join(
        [
            "<!doctype html>",
            '<html lang="en"><head><meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f'<meta http-equiv="Content-Security-Policy" content="{escape(POLICY)}">',
            '<meta name="referrer" content="no-referrer">',
            f"<title>{said(title)}</title><style>{STYLE}</style></head><body><main>",
            *_head(told),
            *_ends(told.state),
            *_timeline(told),
            *_tasks(told),
            *_events(told),
            "</main></body></html>",
        ]
    )


def said(text: str) -> str:
    """Returns a text of the run as it may stand in the page."""
    return escape(lines_of(text))


def block(value: Json) -> str:
    """Returns a value as it is read, cut where it is long."""
    shown = msgspec.json.decode(values.encode(value))
    text = shown if isinstance(shown, str) else json.dumps(shown, ensure_ascii=False, indent=2)
    if len(text) > VALUE_LENGTH_MAX:
        text = f"{text[:VALUE_LENGTH_MAX]}\n… {len(text) - VALUE_LENGTH_MAX:,} more characters"
    return f"<pre>{said(text)}</pre>"


def _head(told: Reported) -> Iterator[str]:
    row, state = told.row, told.state
    yield f"<header><h1>{said(row.workflow)} <span class='badge {escape(row.status)}'>{said(row.status)}</span></h1>"
    facts = [
        row.run,
        f"began {instant(row.started_at)}",
        f"took {duration(row.updated_at - row.started_at)}",
        several(row.seq, "event"),
        *usage_of(state),
        *["simulated"] * state.simulated,
        f"definition {row.program[:12]}",
    ]
    yield f"<p class='facts'>{' · '.join(map(said, facts))}</p></header>"


def _ends(state: State) -> Iterator[str]:
    yield f"<section><h2>Input</h2>{block(state.input)}</section>"
    if state.error is not None:
        yield f"<section class='failed'><h2>Error</h2>{block(failure_json(state.error))}</section>"
    elif state.ended:
        yield f"<section><h2>Output</h2>{block(state.output)}</section>"


def _timeline(told: Reported) -> Iterator[str]:
    tasks = told.tasks[:TASKS_MAX]
    if tasks:
        yield "<section class='times'><h2>Time line</h2>"
        yield timeline(tasks, told.row.started_at, told.row.updated_at)
        yield f"{_more(told.tasks, TASKS_MAX, 'task')}</section>"


def _tasks(told: Reported) -> Iterator[str]:
    if not told.tasks:
        return
    yield "<section><h2>Tasks</h2>"
    for row in told.tasks[:TASKS_MAX]:
        facts = [duration(row.took(told.row.updated_at))]
        facts += [f"attempt {row.attempt}"] * (row.attempt > 1)
        facts += ["simulated"] * row.simulated
        # A path names a task by its number where its id cannot stand in a path.
        facts += [row.id] * (bool(row.id) and row.id != last_of(row.path))
        facts += _place(told.program.nodes.get(key_of(row.path)))
        yield f"<details><summary><i class='dot {row.status}'></i><b>{said(row.path)}</b> {row.status}"
        yield f"<span class='facts'>{' · '.join(map(said, facts))}</span></summary>"
        result = told.state.results.get(row.path)
        if result is not None:
            yield f"<h3>Input</h3>{block(result.input)}"
            if row.error is None or result.output is not None:
                yield f"<h3>Output</h3>{block(result.output)}"
        if row.error is not None:
            yield f"<h3>Error</h3>{block(failure_json(row.error))}"
        yield "</details>"
    yield f"{_more(told.tasks, TASKS_MAX, 'task')}</section>"


def _place(node: Node | None) -> list[str]:
    place = node.place if node is not None else None
    return [] if place is None else [f"{place.file}:{place.line}"]


def _events(told: Reported) -> Iterator[str]:
    yield "<section><h2>Events</h2>"
    asking: dict[str, str] = {}
    for step in told.steps[:EVENTS_MAX]:
        asking.update((id, held.frame) for id, held in step.patch.pending.items() if held is not None)
        after = duration(max(0, step.at - told.row.started_at))
        effect = getattr(step.event, "effect", "")
        # Readers know the task that asked; the id of what it asked for stands in the event itself.
        about = getattr(step.event, "name", "") or asking.get(effect) or effect
        facts = [f"after {after}", f"digest {step.digest[:12]}", *filter(None, [step.suspended])]
        yield f"<details><summary><span class='seq'>{step.seq}</span><b>{type(step.event).__name__}</b> "
        yield f"{said(printable(str(about)))}<span class='facts'>{' · '.join(map(said, facts))}</span></summary>"
        yield f"{block(msgspec.to_builtins(step.event))}</details>"
    yield f"{_more(told.steps, EVENTS_MAX, 'event')}</section>"


def _more(listed: Sequence[object], most: int, noun: str) -> str:
    left = len(listed) - most
    return f"<p class='facts'>… {several(left, noun)} more are not on this page</p>" if left > 0 else ""
