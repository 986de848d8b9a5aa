"""What a fork changes in what it copies: a value in the run's input, or in the answer that a task got."""

from __future__ import annotations

import json
from collections.abc import Sequence

import msgspec

from statewright.errors import EXIT_NOT_FOUND, StatewrightError
from statewright.hosts.replay import Step
from statewright.kernel.effects import Call
from statewright.kernel.events import Answered, AnyEvent, Started
from statewright.kernel.state import Pending
from statewright.kernel.values import Json

INPUT = "input"
MODEL, MEMORY = "model", "memory"
# What a model's answer holds: the text, and the object where one was asked for.
_CONTENT, _OBJECT, _RESPONSE = "content", "object", "response"


class Change(msgspec.Struct, frozen=True):
    """`name` is a path: it begins with `input`, or with the path of a task whose last answer is meant."""

    name: str
    value: Json


def edits_of(steps: Sequence[Step], changes: Sequence[Change]) -> dict[int, list[Change]]:
    """Returns the changes by the record that they change, each with the path that is left below it.

    Raises `FORK_SET_UNKNOWN` where no event before the cut has such a value.
    """
    answered = _answers(steps)
    edits: dict[int, list[Change]] = {}
    for change in changes:
        parts = change.name.split(".")
        found = next((end for end in range(len(parts), 0, -1) if ".".join(parts[:end]) in answered), 0)
        if not found:
            raise _unknown(change.name, answered)
        rest = ".".join(parts[found:])
        edits.setdefault(answered[".".join(parts[:found])], []).append(Change(rest, change.value))
    return edits


def edited(event: AnyEvent, kind: str, change: Change) -> AnyEvent:
    """Returns the event with one value in it changed; `kind` says who answered."""
    path = change.name.split(".") if change.name else []
    if isinstance(event, Started):
        return msgspec.structs.replace(event, input=_put(event.input, path, change.value))
    assert isinstance(event, Answered)
    value = _said(event.value, path, change.value) if kind == MODEL else _put(event.value, path, change.value)
    return msgspec.structs.replace(event, value=value)


def _answers(steps: Sequence[Step]) -> dict[str, int]:
    """Returns by task the record of the last answer that its output is made of; the input has record 1."""
    open_calls: dict[str, Pending] = {}
    answered = {INPUT: 1}
    for step in steps:
        pending = open_calls.get(step.event.effect) if isinstance(step.event, Answered) else None
        if pending is not None and not _is_remembering(pending, answered):
            answered[pending.frame] = step.entry.seq
        for id, asked in step.decision.patch.pending.items() if step.decision is not None else ():
            if asked is not None:
                open_calls[id] = asked
    return answered


def _is_remembering(pending: Pending, answered: dict[str, int]) -> bool:
    """An agent's conversation is read before its answer and written after it; neither is what the task says."""
    effect = pending.effect
    return isinstance(effect, Call) and effect.kind == MEMORY and pending.frame in answered


def _unknown(name: str, answered: dict[str, int]) -> StatewrightError:
    known = ", ".join(list(answered)[:20])
    return StatewrightError(
        "FORK_SET_UNKNOWN",
        f"--set {name}: nothing before the cut has that name",
        hint=f"begin with one of: {known}",
        exit_code=EXIT_NOT_FOUND,
    )


def _said(answer: Json, path: list[str], value: Json) -> Json:
    """A model's answer is a text, and an object where one was asked for: both say the same afterwards."""
    if not isinstance(answer, dict):
        return _put(answer, path, value)
    if answer.get(_OBJECT) is None:
        return {**answer, _CONTENT: _put(answer.get(_CONTENT), path[1:] if path[:1] == [_RESPONSE] else path, value)}
    changed = _put(answer[_OBJECT], path, value)
    return {**answer, _OBJECT: changed, _CONTENT: json.dumps(changed, ensure_ascii=False)}


def _put(value: Json, path: list[str], new: Json) -> Json:
    if not path:
        return new
    name, rest = path[0], path[1:]
    if isinstance(value, list) and name.isdecimal() and int(name) < len(value):
        return [_put(item, rest, new) if index == int(name) else item for index, item in enumerate(value)]
    if value is None or isinstance(value, dict):
        inside = value or {}
        return {**inside, name: _put(inside.get(name), rest, new)}
    raise StatewrightError(
        "FORK_SET_INVALID",
        f"--set: there is no {name!r} in a value of type {type(value).__name__}",
        hint="look at the value with: statewright replay RUN --at SEQ",
    )
