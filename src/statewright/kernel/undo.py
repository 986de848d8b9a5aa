"""Compensation: when a run fails or is cancelled, steps that may have run are undone, newest first (rule R11).

A step is noted when it starts and forgotten where the world says that nothing left. Undoing begins once nothing is
closing any more, one step at a time, shielded from cancelling. An undo that fails parks the run for a person.
"""

from __future__ import annotations

from itertools import chain
from typing import Any

import msgspec

from statewright.kernel.effects import Call
from statewright.kernel.events import Answered, Closing, Refused
from statewright.kernel.program import ROOT
from statewright.kernel.state import Failure, Frame, Pending, Result, Undo
from statewright.kernel.turn import Turn, Visit
from statewright.kernel.values import Json
from statewright.kernel.views import plain

UNDOING = "undoing"
STUCK = "stuck"
# What an arrow gave the step is its own input, and not that of the task that undoes it.
ARROW_WITH = "with_"
_UNSEEN = object()


def note(visit: Visit) -> None:
    """Notes that a task with a `compensate` starts: from now on it may have happened. What undoes is not undone."""
    turn, key = visit.turn, key_of(visit)
    if turn.alive(ROOT).frame.phase == UNDOING or _noted(turn, key) is not None:
        return
    turn.overlay.patch.undo[key] = Undo(node=visit.node.compensate, path=visit.path, extra=_given(visit))


def keep(visit: Visit, result: Result) -> None:
    """Keeps what the step came to, for the task that undoes it: a loop or a retry overwrites the result itself."""
    undo = _noted(visit.turn, key_of(visit))
    if undo is not None:
        visit.turn.overlay.patch.undo[key_of(visit)] = msgspec.structs.replace(undo, result=_whole(visit, result))


def key_of(visit: Visit) -> str:
    """Returns under what a visit's undo is noted: a loop comes to the same place several times."""
    return f"{visit.path}@{visit.frame.visit}" if visit.node.compensate else ""


def closed(turn: Turn, pending: Pending, closing: Closing) -> None:
    """Forgets a step of which surely nothing has ever left this process."""
    undo = _noted(turn, pending.undo)
    if undo is None or undo.left:
        return
    stayed = isinstance(closing, Refused) and not closing.left and pending.attempt == 1
    turn.overlay.patch.undo[pending.undo] = None if stayed else msgspec.structs.replace(undo, left=True)


def disown(turn: Turn) -> None:
    """Forgets the steps that have ended: a run that was copied until now did not do them itself.

    Whoever copies a run that is being undone wants just that to go on.
    """
    if turn.alive(ROOT).frame.phase == UNDOING:
        return
    for key, noted in turn.overlay.state.undo.items():
        if turn.overlay.frame(noted.path) is None:
            turn.overlay.patch.undo[key] = None


def following(turn: Turn) -> tuple[str, Undo] | None:
    """Returns the step to undo next: the newest. What this decision noted is newer than what the state holds."""
    state, patch = turn.overlay.state.undo, turn.overlay.patch.undo
    fresh = ((key, undo) for key, undo in reversed(patch.items()) if key not in state)
    # Not merged: each step that is undone looks here, and there may be thousands.
    kept = ((key, patch.get(key, undo)) for key, undo in reversed(state.items()))
    return next(((key, undo) for key, undo in chain(fresh, kept) if undo is not None), None)


def frame_of(turn: Turn, undo: Undo, number: int) -> tuple[str, Frame]:
    """Returns the path and the frame of the task that undoes a step; it sees the step as `.compensated`."""
    node = turn.program.nodes[undo.node]
    container = undo.path.rpartition(".")[0]
    path = f"{container}.{node.segment}" if container else node.segment
    extra = {**undo.extra, "compensated": _told(undo, undo.result)}
    return path, Frame(node=node.key, parent=ROOT, at=turn.at, visit=number, extra=extra)


def stuck(turn: Turn, id: str, result: Result, key: str) -> Pending:
    """Returns the open question that a failed undo leaves; only `Resolved` closes it."""
    request = {"step": key, "error": msgspec.to_builtins(result.error)}
    question = Call(id=id, kind="undo", target=result.id, request=request)
    return Pending(effect=question, frame=ROOT, role=STUCK, status="unknown")


def happened(closing: Closing) -> bool:
    """Says whether a person has seen to it that the step is undone; else it is tried again."""
    return isinstance(closing, Answered)


def _noted(turn: Turn, key: str) -> Undo | None:
    undo = turn.overlay.patch.undo.get(key, _UNSEEN)
    return turn.overlay.state.undo.get(key) if undo is _UNSEEN else undo  # type: ignore[return-value]  # sentinel


def _given(visit: Visit) -> dict[str, Json]:
    """Returns the variables that the step sees: the nearest container that gives one wins."""
    given: dict[str, Json] = {}
    at: Visit | None = visit
    while at is not None:
        given = {**at.frame.extra, **given}
        at = at.parent()
    return {name: value for name, value in given.items() if name != ARROW_WITH}


def _whole(visit: Visit, result: Result) -> Result:
    """A container's output is a view of its children, which may be visited again as well."""
    if result.status != "success" or visit.node.outputs is not None:
        return result
    shown = visit.node.kind.view(visit.turn.lookup, visit.path, result)
    return msgspec.structs.replace(result, output=plain(shown))


def _told(undo: Undo, result: Result | None) -> Any:
    if result is None:
        return {"path": undo.path, "status": "unknown"}
    error = msgspec.to_builtins(result.error) if isinstance(result.error, Failure) else None
    return {
        "id": result.id,
        "path": undo.path,
        "status": result.status,
        "input": result.input,
        "output": result.output,
        "error": error,
    }
