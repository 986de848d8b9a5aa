"""What every performer promises, and the bridge for those that are coroutines.

A performer turns a `Call` into exactly one `Answer` or `Refusal`. It may be called again with the same effect id
after a crash: it hands the id on as the idempotency key, or keeps it where the store is our own (R35).
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Protocol

import msgspec

from statewright.kernel.effects import Call
from statewright.kernel.program import Program
from statewright.kernel.values import Json


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """The world's answer. `usage` counts in integers (tokens, micro-units); `simulated` is said of every fake."""

    value: Json
    usage: dict[str, int] = {}
    simulated: bool = False


class Refusal(msgspec.Struct, frozen=True, kw_only=True):
    """No answer. `left` is False only where the request surely never left this process.

    `unknown` is said where it left and nothing came back, not even a no: it may have happened.
    """

    code: str
    message: str
    details: Json = None
    retryable: bool = False
    retry_after: int = 0  # ms
    left: bool = True
    unknown: bool = False


class Work(msgspec.Struct, frozen=True, kw_only=True):
    """Whose call it is: what a performer may know beyond the call itself."""

    tenant: str
    run: str
    program: Program
    seed: str
    simulate: bool = False


Finish = Callable[[Answer | Refusal], None]
Stop = Callable[[], None]


class Performer(Protocol):
    """Does one kind of call."""

    def begin(self, call: Call, work: Work, finish: Finish) -> Stop | None:
        """Begins the call and returns what stops it. `finish` is called once, on the host's loop, also inside here.

        A stopped call still finishes, with its answer if it came, else with a `Refusal`.
        """


Perform = Callable[[Call, Work], Awaitable[Answer | Refusal]]


class Coroutines:
    """A performer made of one coroutine function; each call is a task, and stopping cancels it."""

    def __init__(self, perform: Perform) -> None:
        self._perform = perform
        self._running: set[asyncio.Future[Answer | Refusal]] = set()

    def begin(self, call: Call, work: Work, finish: Finish) -> Stop:
        """Starts the task. Finishing hangs on the task, not in it: one that is stopped early never runs at all."""
        task = asyncio.ensure_future(self._perform(call, work))
        self._running.add(task)

        def done(task: asyncio.Future[Answer | Refusal]) -> None:
            self._running.discard(task)
            finish(_outcome(call, task))

        def stop() -> None:
            task.cancel()

        task.add_done_callback(done)
        return stop


def _outcome(call: Call, task: asyncio.Future[Answer | Refusal]) -> Answer | Refusal:
    """A fault of the performer becomes a refusal that names its type, never its message: it may hold a secret."""
    if task.cancelled():
        return Refusal(code="CANCELLED", message=f"{call.kind} {call.target!r} was stopped")
    fault = task.exception()
    if fault is not None:
        name = type(fault).__name__
        message = f"the {call.kind} performer failed with {name}"
        return Refusal(code="PERFORMER_FAULT", message=message, unknown=True)
    return task.result()
