"""The parallel task: all children at once, or `max_workers` at a time, until its strategy has decided.

Source: workflows.md 5.4 and 5.5. A container that is finished cancels the children it no longer needs.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

import msgspec

from statewright.kernel.events import Closing
from statewright.kernel.moves import Move, Start, Starts
from statewright.kernel.program import Children, child_path
from statewright.kernel.progress import Family
from statewright.kernel.state import Frame, Result
from statewright.kernel.tasks.concurrent import CONCURRENCY_MAX, begun, counted, ended, extent
from statewright.kernel.tasks.strategy import Strategy
from statewright.kernel.tasks.task import CONTAINER_TIMED_OUT, Leaf
from statewright.kernel.turn import Visit
from statewright.kernel.values import Json
from statewright.kernel.views import ChildrenView, Lookup


class Fields(msgspec.Struct, frozen=True, kw_only=True):
    """`max_workers` of 0 means as many as `CONCURRENCY_MAX`."""

    tasks: Children
    strategy: Strategy = "wait_all"
    max_workers: int = 0


class Parallel(Leaf):
    """`type: parallel`."""

    name: Literal["parallel"] = "parallel"
    Fields = Fields
    times_out = CONTAINER_TIMED_OUT

    def start(self, visit: Visit) -> Move:
        """Starts the first children."""
        return self._go(visit, begun(len(visit.fields.tasks)))

    def child_done(self, visit: Visit, child: str) -> Move:
        """Counts the child and starts the next one."""
        return self._go(visit, counted(visit.frame.memory, visit.turn.result(child)))

    def answered(self, visit: Visit, role: str, closing: Closing) -> Move:
        """A parallel asks for nothing itself."""
        raise AssertionError(f"parallel {visit.path!r} asked for nothing, got {role!r}")

    def children(self, visit: Visit) -> Iterable[str]:
        """Returns the paths of the children started so far."""
        keys = visit.fields.tasks[: visit.frame.memory.get("started", 0)]
        return [child_path(visit.path, visit.turn.program.nodes[key]) for key in keys]

    def extent(self, frame: Frame) -> tuple[int, int]:
        """A strategy may have decided before all of them have begun."""
        return extent(frame)

    def view(self, lookup: Lookup, path: str, result: Result) -> Json:
        """Shows the children's outputs by id."""
        nodes = lookup.program.nodes
        keys = nodes[result.node].fields.tasks[: result.count]
        family = Family(path, result, [child_path(path, nodes[key]) for key in keys], result.left)
        return ChildrenView(lookup, family, as_list=False)

    def _go(self, visit: Visit, memory: dict[str, Json]) -> Move:
        fields = visit.fields
        last = ended(visit, fields.strategy, memory)
        if last is not None:
            return last
        alive = memory["started"] - memory["succeeded"] - memory["failed"]
        room = (fields.max_workers or CONCURRENCY_MAX) - alive
        first = memory["started"]
        keys = fields.tasks[first : first + room]
        starts = tuple(Start(key, "." + visit.turn.program.nodes[key].segment) for key in keys)
        return Starts(starts, memory | {"started": first + len(starts)})
