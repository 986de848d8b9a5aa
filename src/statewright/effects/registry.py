"""The registry: one performer made of many, chosen by the kind of the call. It enforces nothing else."""

from __future__ import annotations

from collections.abc import Mapping

from statewright.effects.performer import Finish, Performer, Refusal, Stop, Work
from statewright.kernel.effects import Call


class Performers:
    """Performs each call with the performer of its kind."""

    def __init__(self, by_kind: Mapping[str, Performer]) -> None:
        self._by_kind = dict(by_kind)

    def begin(self, call: Call, work: Work, finish: Finish) -> Stop | None:
        """Begins the call; refuses a kind that nobody performs."""
        performer = self._by_kind.get(call.kind)
        if performer is None:
            finish(missing(call))
            return None
        return performer.begin(call, work, finish)


def missing(call: Call) -> Refusal:
    """Returns the refusal of a call that nobody here can perform."""
    message = f"nothing performs the {call.kind} {call.target!r} in this process"
    return Refusal(code="PERFORMER_MISSING", message=message, left=False)
