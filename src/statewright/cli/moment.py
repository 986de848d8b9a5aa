"""One record of a run, explained: what happened, which task that was about, where it stands, and what it changed."""

from __future__ import annotations

import msgspec

from statewright.api.records import IndexRow, Step
from statewright.api.runs import Run
from statewright.cli.outcomes import instant
from statewright.cli.terminal import printable, to_json
from statewright.kernel import values
from statewright.kernel.events import AnyEvent
from statewright.kernel.program import Node, Place, Program, key_of
from statewright.kernel.state import SECTIONS, Pending, State
from statewright.kernel.values import Json

# What of a value is shown to people in one line; -o json has it whole.
VALUE_LENGTH_MAX = 300
# What of a moment is told first, and what people skip.
_HIDDEN = frozenset({"type", "at"})
# What an event that closes no effect says of itself.
_TOLD = ("name", "reason", "origin")
_ROOT = "(workflow)"


class Moment(msgspec.Struct, frozen=True):
    """A step with the state after it, and the effect that its event closed."""

    step: Step
    state: State
    asked: Pending | None
    node: Node | None


def moment_of(run: Run, seq: int) -> Moment:
    """Returns a moment of a run; raises `StatewrightError` where its journal cannot be followed that far."""
    steps = list(run.steps(until=seq))
    step = steps[-1]
    asked = _asked(steps, getattr(step.event, "effect", ""))
    return Moment(step, run.state(at=seq), asked, _node(run.program(), asked) if asked is not None else None)


def moment_json(row: IndexRow, moment: Moment) -> Json:
    """Returns the object that `-o json` prints."""
    step = moment.step
    return {
        "run": row.run,
        "workflow": row.workflow,
        "seq": step.seq,
        "at": instant(step.at),
        "event": msgspec.to_builtins(step.event),
        "why": _why(moment),
        "patch": None if step.suspended else _patch(step),
        "effects": [_plain(effect) for effect in step.effects],
        "state": _plain(moment.state),
        "suspended": step.suspended or None,
    }


def moment_text(row: IndexRow, moment: Moment) -> str:
    """Returns the moment as people read it."""
    step = moment.step
    lines = [
        f"{printable(row.run)}  {printable(row.workflow)}  record {step.seq} of {row.seq}",
        "",
        f"why    {_because(moment)}",
        *_given(step.event),
    ]
    if step.suspended:
        lines.append(f"       set aside: {printable(step.suspended)}")
    if not step.suspended:
        lines += ["", "patch", *(f"  {_line(key, value)}" for key, value in _patch(step).items())]
        lines += ["", "asks", *(f"  {_line(type(e).__name__, _plain(e))}" for e in step.effects)]
    lines += ["", "state", *_state_lines(moment.state)]
    return "\n".join(lines)


def _asked(steps: list[Step], effect: str) -> Pending | None:
    """Returns what the event closed: the newest word that the decisions before it said of that effect."""
    for step in reversed(steps[:-1]):
        pending = step.patch.pending.get(effect)
        if pending is not None:
            return pending
    return None


def _node(program: Program, asked: Pending) -> Node | None:
    return program.nodes.get(key_of(asked.frame))


def _why(moment: Moment) -> Json:
    asked, node = moment.asked, moment.node
    place = node.place if node is not None else None
    return {
        "event": type(moment.step.event).__name__,
        "effect": None if asked is None else _plain(asked.effect),
        "task": None if asked is None else asked.frame,
        "place": None if place is None else msgspec.to_builtins(place),
    }


def _because(moment: Moment) -> str:
    event, asked, node = moment.step.event, moment.asked, moment.node
    name = type(event).__name__
    if asked is None:
        told = (str(getattr(event, field, "")) for field in _TOLD)
        return f"{name} {printable(' '.join(filter(None, told)))}".rstrip()
    what = getattr(asked.effect, "target", "") or getattr(asked.effect, "workflow", "") or asked.role
    kind = getattr(asked.effect, "kind", "") or type(asked.effect).__name__.lower()
    task = f"of task {printable(asked.frame)}" if asked.frame else "of the workflow"
    return f"{name}: {kind} {printable(str(what))} {task}{_at(node.place) if node is not None else ''}"


def _at(place: Place | None) -> str:
    return f"  ({printable(place.file)}:{place.line}:{place.column})" if place is not None else ""


def _given(event: AnyEvent) -> list[str]:
    fields = {name: value for name, value in msgspec.to_builtins(event).items() if name not in _HIDDEN}
    return [f"       {_line(name, value)}" for name, value in fields.items()]


def _patch(step: Step) -> dict[str, Json]:
    patch = step.patch
    keys = {f"run.{key}": _plain(value) for key, value in patch.run.items()}
    for section in SECTIONS:
        keys |= {f"{section}.{key}": _plain(value) for key, value in getattr(patch, section).items()}
    return keys


def _state_lines(state: State) -> list[str]:
    lines = [f"  status {state.status}{', paused' if state.paused else ''}"]
    lines += [f"  alive {printable(path) or _ROOT}  {frame.phase}" for path, frame in state.frames.items()]
    for path, result in state.results.items():
        lines.append(f"  {_line(f'{result.status} {path or _ROOT}', result.output)}")
    lines += [f"  open {printable(id)}  {pending.status}" for id, pending in state.pending.items()]
    return lines


def _line(name: str, value: Json) -> str:
    text = "(gone)" if value is None else to_json(value)
    more = f"… ({len(text)} characters)" if len(text) > VALUE_LENGTH_MAX else ""
    return f"{printable(name)}  {text[:VALUE_LENGTH_MAX]}{more}"


def _plain(value: Json) -> Json:
    """Returns plain data; a reference in it shows as it is stored."""
    return msgspec.json.decode(values.encode(value))
