"""What a run that goes on by nobody's hand but a person's is waiting for. It is read from the state alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import msgspec

from statewright.kernel.effects import Call, Spawn, Timer, child_id
from statewright.kernel.program import Program
from statewright.kernel.signals import WAIT
from statewright.kernel.state import Pending, State

# Whoever started a run stays for a timer that is due within this; a longer wait is somebody else's.
PATIENCE_MS = 60_000


class Awaited(msgspec.Struct, frozen=True):
    """A signal of that name, a person's word on an effect of that id, or the end of a pause."""

    run: str
    kind: Literal["signal", "outcome", "pause"]
    name: str = ""
    task: str = ""


# Returns what is known of a run: its state and its program; None where there is no such run.
Known = Callable[[str], "tuple[State, Program] | None"]


def awaited(run: str, known: Known, now: int) -> tuple[Awaited, ...]:
    """Returns what a run waits for; nothing where it may still go on by itself, or has ended.

    A child's waiting is its parent's.
    """
    found = known(run)
    if found is None or found[0].ended:
        return ()
    state, program = found
    waits: list[Awaited] = []
    for id, pending in state.pending.items():
        effect = pending.effect
        if isinstance(effect, Timer):
            if effect.due - now < PATIENCE_MS:
                return ()
        elif pending.status == "unknown":
            waits.append(Awaited(run, "outcome", id, asked_by(pending)))
        elif isinstance(effect, Spawn) and pending.status == "issued":
            inside = awaited(child_id(id), known, now)
            if not inside:
                return ()
            waits.extend(inside)
        elif pending.status != "held":
            return ()
    if state.paused:
        waits.append(Awaited(run, "pause"))
    return (*waits, *_listening(state, program))


def asked_by(pending: Pending) -> str:
    """Returns the path of the task that asked; a failed undo hangs on the workflow, and is known by its own task."""
    effect = pending.effect
    return pending.frame or (effect.target if isinstance(effect, Call) else "")


def _listening(state: State, program: Program) -> list[Awaited]:
    return [
        Awaited(state.run, "signal", frame.memory["name"], path)
        for path, frame in state.frames.items()
        if program.nodes[frame.node].kind.name == WAIT and "name" in frame.memory
    ]
