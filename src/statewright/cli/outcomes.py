"""What a run came to, as one JSON object and as the lines that people read."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec

from statewright.api.records import Awaited, Outcome
from statewright.cli.next_step import command
from statewright.cli.terminal import Colour, duration, paint, printable, several
from statewright.kernel.state import Failure, State
from statewright.kernel.values import Json

_COLOURS: dict[str, Colour] = {"done": "green", "failed": "red", "cancelled": "yellow", "terminated": "yellow"}
_SUSPENDED = "a fault of Statewright parked it; look at: {events}"
# What a run waits for, and the command that lets it go on.
_AWAITED = {
    "signal": "task {task} waits for signal {name}; send it with: {signal} -d PAYLOAD",
    "outcome": "nobody knows whether {name} of task {task} happened ({show}); say it with: "
    "{resolve} --happened, or --did-not",
    "pause": "it is paused; go on with: {resume}",
}


def outcome_json(outcome: Outcome) -> Json:
    """Returns the object that `-o json` prints."""
    state = outcome.state
    waits = {"waits_for": [awaited_json(one) for one in outcome.awaited]} if outcome.awaited else {}
    return {
        "run": state.run,
        "workflow": outcome.workflow,
        "status": outcome.status,
        **waits,
        "output": state.output,
        "error": failure_json(state.error),
        "simulated": state.simulated,
        "usage": state.usage,
        "seq": state.seq,
        "started_at": instant(state.started_at),
        "took_ms": state.at - state.started_at,
    }


def awaited_json(one: Awaited) -> dict[str, str]:
    """Returns what a run waits for, with the command that lets it go on."""
    return {**msgspec.to_builtins(one), "next": _next(one).partition("with: ")[2]}


def _next(one: Awaited) -> str:
    about_run = {verb: command("runs", verb, one.run) for verb in ("show", "resume")}
    about_name = {verb: command("runs", verb, one.run, one.name) for verb in ("signal", "resolve")}
    task = one.task or "(the workflow)"
    return _AWAITED[one.kind].format(name=one.name, task=task, **about_run, **about_name)


def failure_json(failure: Failure | None) -> Json:
    """Returns a failure as JSON data."""
    if failure is None:
        return None
    return {"code": failure.code, "message": failure.message, "task": failure.task, "details": failure.details}


def outcome_lines(outcome: Outcome) -> str:
    """Returns the last lines of a run's progress."""
    state = outcome.state
    head = paint("waiting" if outcome.awaited else outcome.status, _COLOURS.get(outcome.status, "yellow"))
    facts = [f"in {duration(state.at - state.started_at)}", several(state.seq, "event"), *usage_of(state)]
    lines = [f"{head} {'  '.join(facts)}{'  simulated' if state.simulated else ''}"]
    if state.error is not None:
        lines += failure_lines(state.error)
    elif outcome.status == "suspended":
        lines.append(f"  help: {_SUSPENDED.format(events=command('runs', 'events', state.run))}")
    lines += [f"  help: {printable(_next(one))}" for one in outcome.awaited]
    return "\n".join(lines)


def failure_lines(failure: Failure) -> list[str]:
    """Returns code, sentence, place and advice of a failure."""
    where = f"  in task {printable(failure.task)}" if failure.task else ""
    lines = [f"{paint(failure.code, 'red')} {printable(failure.message)}{where}"]
    hint = failure.details.get("hint") if isinstance(failure.details, dict) else None
    if isinstance(hint, str):
        lines.append(f"  help: {printable(hint)}")
    return lines


def usage_of(state: State) -> list[str]:
    """Returns what the run used, one text per kind."""
    return [f"{count} {kind.replace('_', ' ')}" for kind, count in state.usage.items()]


def instant(at: int) -> str:
    """Returns a time in ms as RFC 3339 in UTC: `2026-11-21T10:00:00.000Z`."""
    return datetime.fromtimestamp(at / 1_000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
