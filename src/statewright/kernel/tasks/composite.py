"""The composite task: its children run in list order, the first failure ends it unless the child handles it.

Source: workflows.md 5.4 and 5.5. The workflow itself is the same with an explicit graph: see workflow.py.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from statewright.kernel.events import Closing
from statewright.kernel.moves import Done, Failed, Move, Start, Starts
from statewright.kernel.program import Children, Next, Node, child_path, key_of
from statewright.kernel.progress import Family
from statewright.kernel.state import Failure, Result
from statewright.kernel.tasks.task import CONTAINER_TIMED_OUT, Leaf
from statewright.kernel.turn import Visit
from statewright.kernel.values import Json
from statewright.kernel.views import ChildrenView, Lookup

# In a sequence's memory: the place in its order behind which the flow left it.
BEHIND = "behind"


class Fields(msgspec.Struct, frozen=True, kw_only=True):
    """`order` holds the children that follow each other without being told to; empty for an explicit graph."""

    tasks: Children
    order: tuple[str, ...] = ()
    places: dict[str, int] = {}  # where in the order a child stands; follows from it

    def __post_init__(self) -> None:
        """Numbers the order once: looking through it at every step would make a long sequence slow."""
        msgspec.structs.force_setattr(self, "places", {key: place for place, key in enumerate(self.order)})


class Composite(Leaf):
    """`type: composite`."""

    name: str = "composite"
    Fields: type[msgspec.Struct] = Fields
    times_out = CONTAINER_TIMED_OUT

    def start(self, visit: Visit) -> Move:
        """Starts the first child."""
        fields = visit.fields
        return Starts((_start(visit, (fields.order or fields.tasks)[0]),))

    def child_done(self, visit: Visit, child: str) -> Move:
        """Goes where the child's result leads."""
        result = visit.turn.result(child)
        node = visit.turn.program.nodes[result.node]
        if result.status != "success":
            return self._after_failure(visit, node, result)
        if node.final:
            return self._done(visit, child)
        if node.on_success is not None:
            return _go(visit, node, node.on_success.node, node.on_success)
        if result.target:
            return _go(visit, node, key_of(result.target))
        return self._in_order(visit, node, child)

    def answered(self, visit: Visit, role: str, closing: Closing) -> Move:
        """A sequence asks for nothing itself."""
        raise AssertionError(f"sequence {visit.path!r} asked for nothing, got {role!r}")

    def children(self, visit: Visit) -> Iterable[str]:
        """Returns the paths of all that lie directly inside: one of them can be alive."""
        program = visit.turn.program
        return (child_path(visit.path, program.nodes[key]) for key in program.inside.get(visit.node.key, ()))

    def view(self, lookup: Lookup, path: str, result: Result) -> Json:
        """Shows the children's outputs by id."""
        nodes = lookup.program.nodes
        keys = nodes[result.node].fields.tasks
        family = Family(path, result, [child_path(path, nodes[key]) for key in keys])
        return ChildrenView(lookup, family, as_list=False)

    def _in_order(self, visit: Visit, node: Node, child: str) -> Move:
        """A task outside the order was routed to: an inline route goes on behind its router, any other task ends."""
        fields = visit.fields
        place = fields.places.get(node.key)
        if place is None:
            if node.key in fields.tasks:
                return self._done(visit, child)
            place = visit.frame.memory[BEHIND]
        following = place + 1
        if following >= len(fields.order):
            return self._done(visit, child)
        return Starts((_start(visit, fields.order[following]),))

    def _after_failure(self, visit: Visit, node: Node, result: Result) -> Move:
        target: str | None = getattr(node.fields, "on_timeout", None)
        if target and result.error is not None and result.error.code == node.kind.times_out:
            return _go(visit, node, target)
        if node.on_error is not None:
            return _go(visit, node, node.on_error.node, node.on_error)
        return Failed(result.error or Failure("TASK_CANCELLED", f"task {result.id!r} was cancelled", visit.path))

    def _done(self, visit: Visit, last: str) -> Move:
        return Done(count=len(visit.fields.tasks))


def _go(visit: Visit, node: Node, target: str, arrow: Next | None = None) -> Starts:
    """Goes where a child leads. Outside the order, the place that the flow came from is remembered."""
    places = visit.fields.places
    memory = None
    if target not in places:
        memory = {BEHIND: places.get(node.key, visit.frame.memory.get(BEHIND, -1))}
    with_ = visit.tree(arrow.with_) if arrow is not None and arrow.with_ is not None else None
    return Starts((_start(visit, target, with_),), memory)


def _start(visit: Visit, key: str, with_: Json = None) -> Start:
    return Start(key, "." + visit.turn.program.nodes[key].segment, with_=with_)
