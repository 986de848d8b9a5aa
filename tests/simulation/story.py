"""What the simulation's own books say of a run: kept from stored bytes and what was seen to leave, nothing else."""

from __future__ import annotations

from collections import Counter

import msgspec

from statewright.kernel.decision import Decision
from statewright.kernel.effects import AnyEffect, Call, Cancel, Timer
from statewright.kernel.events import Answered, AnyEvent, Fired, Received, Refused
from statewright.kernel.journal import GENESIS
from statewright.kernel.program import Program
from statewright.kernel.state import State, Undo
from statewright.store.contract import Append


class Seen(msgspec.Struct, frozen=True):
    """A record at the moment when it became durable, and the run as it was before."""

    append: Append
    event: AnyEvent
    digest: str
    decision: Decision
    indexed: bool  # the index says the same as the record
    whole: bool  # what the record names by content is stored
    at: int
    ended: bool
    paused: bool
    visits: dict[str, int]  # which visit each frame was of
    undo: tuple[tuple[str, Undo], ...]


class Story:
    """One run."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.state = State()  # folded a second time
        self.prev = GENESIS
        self.hashes: list[bytes] = []
        self.asked: Counter[tuple[str, int]] = Counter()  # attempts that were decided, by effect
        self.due: dict[str, int] = {}
        self.answered: Counter[str] = Counter()
        self.closed: Counter[tuple[str, int]] = Counter()
        self.fired: Counter[str] = Counter()
        self.heard: Counter[str] = Counter()  # what came from outside, by the token that it carries
        self.left: Counter[tuple[str, int]] = Counter()  # attempts that left the process, by effect
        self.calls: dict[str, list[Call]] = {}  # the same, in order
        self.events: list[AnyEvent] = []

    def take(self, event: AnyEvent, effects: tuple[AnyEffect, ...]) -> None:
        """Books an event, and what was asked for because of it."""
        self.events.append(event)
        if isinstance(event, Answered):
            self.answered[event.effect] += 1
        if isinstance(event, Answered | Refused):
            self.closed[event.effect, event.attempt] += 1
        if isinstance(event, Fired):
            self.fired[event.effect] += 1
        if isinstance(event, Received) and not event.source and isinstance(event.payload, dict):
            self.heard[str(event.payload["token"])] += 1
        for effect in effects:
            if isinstance(effect, Timer):
                self.due[effect.id] = effect.due
            if not isinstance(effect, Cancel):
                self.asked[effect.id, 1 if isinstance(effect, Timer) else effect.attempt] += 1

    def leave(self, call: Call) -> None:
        """Books an attempt that leaves the process."""
        self.left[call.id, call.attempt] += 1
        self.calls.setdefault(call.id, []).append(call)
