"""An upper bound of how often one run of a workflow asks a model, or does anything else that is counted by task.

A sequence costs its dearest way, concurrent tasks cost their sum, a collection its items times its child. Retries
count. A circle that costs anything has no bound.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import msgspec

from statewright.kernel.program import ROOT, Node, Program, Prompt
from statewright.kernel.tasks.collection import ITEMS_MAX
from statewright.language.proofs.fanout import items_written
from statewright.language.proofs.flow import BEGIN, DONE, FAILED, POINTS, Flow
from statewright.language.proofs.layout import Layout, children_of, name_of
from statewright.language.proofs.outcomes import outcomes, taken
from statewright.language.proofs.shapes import Shapes

# How often one visit of a task does what is counted; its own retries included.
Cost = Callable[[Node], int]


class Bound(msgspec.Struct, frozen=True):
    """At most `calls`; None where nothing bounds them. `through` names what multiplies them, or goes round."""

    calls: int | None
    through: str = ""

    def shown(self) -> str:
        """Returns the bound as people read it."""
        if self.calls is None:
            return f"unbounded model calls per run ({self.through})"
        if not self.calls:
            return "no model call"
        why = f" ({self.through})" if self.through else ""
        return f"≤ {self.calls:,} model call{'' if self.calls == 1 else 's'} per run{why}"


NOTHING = Bound(0)


def model_calls(program: Program, others: Mapping[str, Program] | None = None) -> Bound:
    """Returns how many model calls a run makes at most; `others` are the project's workflows, which it may start."""
    return _Questions(others or {}).of(program)


def counted(program: Program, flow: Flow, cost: Cost) -> Bound:
    """Returns how often a run does what `cost` counts."""
    return _Count(program, flow, cost, lambda node: NOTHING).of(program.nodes[ROOT])


class _Questions:
    """Counts the model calls of workflows that start each other; each is counted once."""

    def __init__(self, others: Mapping[str, Program]) -> None:
        self._others = others
        self._known: dict[str, Bound] = {}

    def of(self, program: Program) -> Bound:
        known = self._known.get(program.id)
        if known is None:
            # Whoever asks for it while it is counted has found a circle of workflows.
            self._known[program.id] = Bound(None, f"{program.id} starts itself")
            layout = Layout(program)
            shapes = Shapes(layout)
            routes = {node.key: taken(node, outcomes(node, shapes)) for node in layout.routers}
            count = _Count(program, Flow(program, routes), _questions, self._started)
            known = self._known[program.id] = count.of(program.nodes[ROOT])
        return known

    def _started(self, node: Node) -> Bound:
        other = self._others.get(node.fields.workflow)
        return NOTHING if other is None else self.of(other)


def _questions(node: Node) -> int:
    """The attempts of a task and of its model's provider are the same ones: the larger number counts."""
    component = getattr(node.fields, "component", None)
    return max(node.retry.attempts, component.model.retry.attempts) if isinstance(component, Prompt) else 0


class _Count:
    """Adds up one program."""

    def __init__(self, program: Program, flow: Flow, cost: Cost, started: Callable[[Node], Bound]) -> None:
        self._program = program
        self._flow = flow
        self._cost = cost
        self._started = started
        self._shapes = Shapes(Layout(program))
        self._order = {
            flow.keys[point // POINTS]: at for at, point in enumerate(flow.reached) if point % POINTS == BEGIN
        }
        self._circling = {point for group in flow.circles for point in group}

    def of(self, node: Node) -> Bound:
        """Returns the bound of one visit of a task, and of undoing it."""
        undo = self._program.nodes.get(node.compensate) if node.compensate else None
        return self._visit(node) if undo is None else _sum([self._visit(node), self._visit(undo)])

    def _visit(self, node: Node) -> Bound:
        kind = node.kind.name
        if node.key == ROOT or kind == "composite":
            bound = self._sequence(node)
        elif kind == "workflow":
            bound = self._started(node)
        elif kind == "collection":
            bound = self._collection(node)
        elif kind == "wait":
            bound = self._wait(node)
        elif kind == "parallel":
            bound = self._together(node)
        else:
            # What a leaf costs is the cost of all of its attempts.
            return Bound(self._cost(node))
        return _times(bound, node.retry.attempts, "")

    def _together(self, node: Node) -> Bound:
        return _sum([self.of(self._program.nodes[key]) for key in children_of(node) if key in self._program.nodes])

    def _collection(self, node: Node) -> Bound:
        each = self._together(node)
        count = items_written(node) or self._items_of_schema(node)
        if node.fields.items.constant:
            return _times(each, items_written(node), "")
        return _times(each, min(count, ITEMS_MAX), f"{name_of(node)} has up to {min(count, ITEMS_MAX):,} items")

    def _items_of_schema(self, node: Node) -> int:
        shape = self._shapes.of(node.fields.items.value, node, "body") or {}
        most = shape.get("maxItems")
        return most if isinstance(most, int) and shape.get("type") == "array" else ITEMS_MAX

    def _wait(self, node: Node) -> Bound:
        """Each signal is looked at, and nobody bounds how many come."""
        each = self._together(node)
        return Bound(None, f"each signal that {name_of(node)} waits for") if each.calls != 0 else each

    def _sequence(self, node: Node) -> Bound:
        own = self._inside(node)
        costs = {key: self.of(self._program.nodes[key]) for key in own}
        dear = [key for key, bound in costs.items() if bound.calls != 0]
        for key in dear:
            begin = self._flow.point(key)
            circle = self._flow.path(begin, begin) if begin in self._circling else None
            if circle is not None:
                return Bound(None, f"cycle {self._flow.shown(circle)}")
            if costs[key].calls is None:
                return costs[key]
        return self._dearest(own, costs) if dear else NOTHING

    def _inside(self, node: Node) -> dict[str, list[str]]:
        """Returns the tasks of a sequence that are reached, each with those that it leads to."""
        flow = self._flow
        found: dict[str, list[str]] = {}
        waiting = [flow.keys[point // POINTS] for point in flow.next[flow.point(node.key)] if point % POINTS == BEGIN]
        while waiting:
            key = waiting.pop()
            if key not in found:
                begin = flow.point(key)
                led = [point for which in (DONE, FAILED) for point in flow.next[begin + which]]
                found[key] = [flow.keys[point // POINTS] for point in led if point % POINTS == BEGIN]
                waiting.extend(found[key])
        return found

    def _dearest(self, own: dict[str, list[str]], costs: dict[str, Bound]) -> Bound:
        """Returns the most that a way costs. Circles cost nothing here, so that as many rounds as tasks settle it."""
        best = dict(costs)
        backwards = sorted(own, key=self._order.__getitem__, reverse=True)
        for _ in own:
            changed = False
            for key, following in ((key, own[key]) for key in backwards):
                ahead = max((best[other] for other in following), key=_size, default=NOTHING)
                whole = _sum([costs[key], ahead])
                if _size(whole) > _size(best[key]):
                    best[key], changed = whole, True
            if not changed:
                break
        return max(best.values(), key=_size, default=NOTHING)


def _size(bound: Bound) -> int:
    return -1 if bound.calls is None else bound.calls


def _sum(bounds: list[Bound]) -> Bound:
    endless = next((bound for bound in bounds if bound.calls is None), None)
    if endless is not None:
        return endless
    through = dict.fromkeys(bound.through for bound in bounds if bound.through)
    return Bound(sum(bound.calls or 0 for bound in bounds), ", ".join(through))


def _times(bound: Bound, count: int, why: str) -> Bound:
    if bound.calls is None or not bound.calls or count == 1:
        return bound
    through = ", ".join(part for part in (why, bound.through) if part)
    return Bound(bound.calls * count, through)
