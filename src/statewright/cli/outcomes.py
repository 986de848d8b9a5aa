"""What a run came to, as one JSON object and as the lines that people read."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec

from statewright.cli.terminal import Colour, duration, paint, printable, several
from statewright.kernel.state import Failure, State
from statewright.kernel.values import Json

_COLOURS: dict[str, Colour] = {"done": "green", "failed": "red", "cancelled": "yellow", "terminated": "yellow"}
_HINTS = {
    "suspended": "a fault of Statewright parked it; look at: statewright runs events {run}",
    "running": "it waits for a person: the outcome of an effect is unknown; look at: statewright runs show {run}",
}


class Outcome(msgspec.Struct, frozen=True):
    """A run at rest."""

    workflow: str
    status: str
    state: State


def outcome_json(outcome: Outcome) -> Json:
    """Returns the object that `-o json` prints."""
    state = outcome.state
    return {
        "run": state.run,
        "workflow": outcome.workflow,
        "status": outcome.status,
        "output": state.output,
        "error": failure_json(state.error),
        "simulated": state.simulated,
        "usage": state.usage,
        "seq": state.seq,
        "started_at": instant(state.started_at),
        "took_ms": state.at - state.started_at,
    }


def failure_json(failure: Failure | None) -> Json:
    """Returns a failure as JSON data."""
    if failure is None:
        return None
    return {"code": failure.code, "message": failure.message, "task": failure.task, "details": failure.details}


def outcome_lines(outcome: Outcome) -> str:
    """Returns the last lines of a run's progress."""
    state = outcome.state
    head = paint(outcome.status, _COLOURS.get(outcome.status, "yellow"))
    facts = [f"in {duration(state.at - state.started_at)}", several(state.seq, "event"), *usage_of(state)]
    lines = [f"{head} {'  '.join(facts)}{'  simulated' if state.simulated else ''}"]
    if state.error is not None:
        lines += failure_lines(state.error)
    elif outcome.status in _HINTS:
        lines.append(f"  help: {_HINTS[outcome.status].format(run=state.run)}")
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
