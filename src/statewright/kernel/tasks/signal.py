"""The signal task: tells the project that something happened, and goes on once that is known to all who listen.

Source: workflows.md 5.5 and 10.1. Waits of running workflows hear it, and workflows whose trigger names it start.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from statewright.kernel.events import Closing, Refused
from statewright.kernel.moves import SEND, Done, Failed, Move, Request, Waiting, refused
from statewright.kernel.program import Signalled
from statewright.kernel.state import Failure
from statewright.kernel.tasks.task import Leaf
from statewright.kernel.turn import Visit

SENT = "sent"


class Fields(msgspec.Struct, frozen=True, kw_only=True):
    """The name that others wait for, and what the signal carries."""

    signal: Signalled


class Signal(Leaf):
    """`type: signal`."""

    name: Literal["signal"] = "signal"
    Fields = Fields
    asks = True

    def start(self, visit: Visit) -> Move:
        """Sends the signal."""
        words, payload = visit.fields.signal
        name = visit.text(words)
        if not name:
            message = "the signal's id came to an empty text, not to a name"
            return Failed(Failure("SIGNAL_NAME_INVALID", message, visit.path))
        carried = None if payload is None else visit.tree(payload)
        request = Request(kind=SEND, target=name, request=carried, role=SENT)
        return Waiting((request,), {"name": name})

    def answered(self, visit: Visit, role: str, closing: Closing) -> Move:
        """The signal is durable wherever it was heard."""
        if isinstance(closing, Refused):
            return refused(closing, visit.path)
        return Done({"signal_dispatched": True, "signal_id": visit.frame.memory["name"]})
