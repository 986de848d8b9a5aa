"""Effects: what a decision asks of the world, as plain data.

An effect's id is `<run>:<sequence of the causing event>.<ordinal>`, unique for ever (R2); a retry keeps it and raises
`attempt`. The id is the idempotency key. Each effect gets exactly one closing event (R10).
"""

from __future__ import annotations

import msgspec

from statewright.kernel.values import Json


class Effect(msgspec.Struct, frozen=True, gc=False, kw_only=True, tag_field="type", omit_defaults=True):
    """A request; `id` is the idempotency key that every attempt carries."""

    id: str


class Call(Effect, frozen=True, kw_only=True, tag="Call"):
    """Asks a performer: `kind` is `model`, `tool` or `memory`, `target` names which one.

    `deadline` is absolute (ms); the host answers `Refused(timed_out)` when it passes (R16). An `at_most_once` call is
    never issued again after a crash: it parks as `unknown` until `Resolved` (R4, I-14).
    """

    kind: str
    target: str
    request: Json = None
    attempt: int = 1
    deadline: int = 0
    at_most_once: bool = False


class Timer(Effect, frozen=True, kw_only=True, tag="Timer"):
    """Fires at `due` (ms) or later, once. Timers are for waiting; time-outs are deadlines (R16)."""

    due: int


class Spawn(Effect, frozen=True, kw_only=True, tag="Spawn"):
    """Starts a child run, or finds the one that an earlier attempt started; its outcome is the answer (R15).

    `workflow` is its id in the project. The child's own id is this effect's, see `child_id`.
    """

    workflow: str
    input: Json = None
    attempt: int = 1


class Send(Effect, frozen=True, kw_only=True, tag="Send"):
    """Tells every run of the tenant that listens, and every trigger, exactly once each (R14)."""

    name: str
    payload: Json = None
    attempt: int = 1


class Cancel(Effect, frozen=True, kw_only=True, tag="Cancel"):
    """Asks to stop effect `id`. It has no closing event of its own: the cancelled effect still gets one (R10)."""


def child_id(effect: str) -> str:
    """Returns the id of the run that a Spawn starts: the effect's own, in the letters that a run id may have."""
    return effect.replace(":", "-").replace(".", "-")


AnyEffect = Call | Timer | Spawn | Send | Cancel
