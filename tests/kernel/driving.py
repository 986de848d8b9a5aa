"""Drives the kernel by hand: one lane, events as the test says, and what each decision asked for."""

from __future__ import annotations

from typing import Any

import msgspec

from statewright.hosts.lane import Lane, Taken
from statewright.kernel.decision import Rejected
from statewright.kernel.effects import Call, Cancel, Timer
from statewright.kernel.events import Answered, AnyEvent, Fired, Refused
from statewright.kernel.program import Program
from statewright.kernel.state import State
from statewright.testing import load_workflow, started


class Driven:
    """A run that the test drives. Time passes by a second with each event."""

    def __init__(self, workflow: str | Program, input: Any = None) -> None:
        program = workflow if isinstance(workflow, Program) else load_workflow(workflow)
        self.lane = Lane(program, lambda digest: None)
        self.now = 0
        self.take(started(program, input if input is not None else {}, at=0))

    @property
    def state(self) -> State:
        """The state now."""
        return self.lane.state

    def status(self) -> str:
        """Returns the run's status now."""
        return self.lane.state.status

    def take(self, event: AnyEvent) -> Taken:
        """Delivers an event that must be taken; remembers what it came to as `last`."""
        self.now += 1_000
        taken = self.lane.take(msgspec.structs.replace(event, at=self.now))
        assert isinstance(taken, Taken), taken
        self.last = taken
        return taken

    def refuse(self, event: AnyEvent) -> str:
        """Delivers an event that must be refused; returns the code."""
        refused = self.lane.take(msgspec.structs.replace(event, at=self.now))
        assert isinstance(refused, Rejected), refused
        return refused.code

    def answer(self, effect: str, value: Any = None, **more: Any) -> Taken:
        """Answers a call."""
        return self.take(Answered(at=0, effect=effect, attempt=self._attempt(effect), value=value, **more))

    def deny(self, effect: str, code: str = "BROKEN", **more: Any) -> Taken:
        """Refuses a call."""
        return self.take(Refused(at=0, effect=effect, attempt=self._attempt(effect), code=code, **more))

    def fire(self, role: str) -> Taken:
        """Fires the only timer of a role; time passes to when it is due."""
        ((id, pending),) = [(id, one) for id, one in self.state.pending.items() if one.role.startswith(role)]
        assert isinstance(pending.effect, Timer)
        self.now = max(self.now, pending.effect.due)
        return self.take(Fired(at=0, effect=id))

    def calls(self) -> list[Call]:
        """Returns the calls of the last decision."""
        return [effect for effect in self.last.effects if isinstance(effect, Call)]

    def cancels(self) -> list[str]:
        """Returns what the last decision cancelled."""
        return [effect.id for effect in self.last.effects if isinstance(effect, Cancel)]

    def open(self, target: str) -> str:
        """Returns the id of the only open call to a target."""
        (id,) = [
            id
            for id, pending in self.state.pending.items()
            if isinstance(pending.effect, Call) and pending.effect.target == target
        ]
        return id

    def tasks(self) -> dict[str, str]:
        """Returns what became of each task."""
        return {path: result.status for path, result in self.state.results.items()}

    def _attempt(self, effect: str) -> int:
        return self.state.pending[effect].attempt
