"""Moves: what a task type answers when it is asked to go on."""

from __future__ import annotations

import msgspec

from statewright.kernel.events import Refused
from statewright.kernel.state import Failure
from statewright.kernel.values import Json


class Done(msgspec.Struct, frozen=True, gc=False):
    """The task is finished with this raw output; `count` children lie below it, `target` is a router's choice."""

    output: Json = None
    count: int = 0
    target: str = ""


class Failed(msgspec.Struct, frozen=True, gc=False):
    """The task failed."""

    failure: Failure


# Kinds of request that are not a performer's work but the host's: another run begins, or is told.
SPAWN = "workflow"
SEND = "signal"


class Request(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """A call that the task wants made; `role` is handed back with its closing event."""

    kind: str
    target: str
    request: Json
    role: str
    attempts: int = 1
    timeout: int = 0  # ms
    at_most_once: bool = False


class Waiting(msgspec.Struct, frozen=True, gc=False):
    """The task waits for what it asked (or asked before); `memory` replaces what it remembers."""

    requests: tuple[Request, ...] = ()
    memory: dict[str, Json] | None = None


class Start(msgspec.Struct, frozen=True, gc=False):
    """A child to begin: key of its node, its step below the container's path, and what the container gives it."""

    node: str
    step: str  # ".segment" or "[3]"
    extra: dict[str, Json] = {}
    with_: Json = None  # merged below the child's own `with`


class Starts(msgspec.Struct, frozen=True, gc=False):
    """The task begins children and waits for them; with `more` it is asked again at once (`child` is empty then)."""

    children: tuple[Start, ...] = ()
    memory: dict[str, Json] | None = None
    more: bool = False


class Again(msgspec.Struct, frozen=True, gc=False):
    """The task remembers something new and starts over with it."""

    memory: dict[str, Json]


Move = Done | Failed | Waiting | Starts | Again


def refused(closing: Refused, path: str) -> Failed:
    """Returns the move of a task whose call the world refused."""
    return Failed(Failure(closing.code, closing.message, path, closing.details, closing.retryable))
