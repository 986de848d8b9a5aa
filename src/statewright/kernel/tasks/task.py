"""What task types share: a leaf has no children, and a task's output is what it returned."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from statewright.kernel.events import Closing
from statewright.kernel.moves import Move
from statewright.kernel.state import Frame, Result
from statewright.kernel.turn import Visit
from statewright.kernel.values import Json
from statewright.kernel.views import Lookup

# The code of a container whose time is over: the world was slow, so its policy may start it over (R17).
CONTAINER_TIMED_OUT = "TIMED_OUT"


class NoFields(msgspec.Struct, frozen=True):
    """A task type that says nothing of its own."""


class Leaf:
    """A task type without children. Subclasses give `name`, `Fields` and `start`, and `answered` if they call."""

    name = ""
    Fields: type[msgspec.Struct] = NoFields
    asks: bool = False
    times_out = ""

    def start(self, visit: Visit) -> Move:
        """Each leaf says how it starts."""
        raise NotImplementedError

    def answered(self, visit: Visit, role: str, closing: Closing) -> Move:
        """A leaf that asked for nothing is answered nothing."""
        raise AssertionError(f"task type {self.name!r} asked for nothing, got {role!r}")

    def child_done(self, visit: Visit, child: str) -> Move:
        """A leaf has no children."""
        raise AssertionError(f"task type {self.name!r} has no child {child!r}")

    def received(self, visit: Visit) -> Move:
        """Only a wait listens."""
        raise AssertionError(f"task type {self.name!r} listens to nothing")

    def children(self, visit: Visit) -> Iterable[str]:
        """A leaf has no children."""
        return ()

    def extent(self, frame: Frame) -> tuple[int, int]:
        """Only who begins children at its own pace ends before it has begun them all."""
        return 0, 0

    def view(self, lookup: Lookup, path: str, result: Result) -> Json:
        """Returns the stored output."""
        return result.output
