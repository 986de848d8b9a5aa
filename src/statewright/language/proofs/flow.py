"""The flow of a program as a graph, and what always or ever happened before each point of it.

Every task has four points: it begins, it is done (its `outputs` are rendered there), it has failed, it is over either
way. An edge mirrors one line of kernel/tasks; routes that no value leads to are left out.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from typing import NamedTuple

from statewright.kernel.program import ROOT, Node, Program
from statewright.language.proofs.layout import name_of

POINTS = 4
BEGIN, DONE, FAILED, OVER = range(POINTS)
# What the edges of a failure are called where a path is shown.
FAILS = " (fails)"
_ALL_SUCCEED = ("wait_all", "fail_fast")
# How one task of a container with a single worker must end for the next one to begin; any way, where not listed.
_STARTS_NEXT = {"fail_fast": DONE, "race": FAILED, "wait_any": FAILED}


class _Sequence(NamedTuple):
    """A container whose tasks follow each other; those `outside` of its order are led to, and end it."""

    key: str
    order: tuple[str, ...]
    outside: frozenset[str]


class Flow:
    """Points and edges. A point is a number: four times the task's position, and which of its four points it is."""

    def __init__(self, program: Program, taken: Mapping[str, Iterable[str]]) -> None:
        """`taken` says which routes of a router its condition can choose; all, where it says nothing."""
        self.program = program
        self.keys = tuple(program.nodes)
        self.index = {key: at for at, key in enumerate(self.keys)}
        self.next: list[dict[int, None]] = [{} for _ in range(POINTS * len(self.keys))]
        # Points that are reached when all that lead there were: the end of concurrent tasks that must all succeed.
        self.joins: set[int] = set()
        self._taken = taken
        for key in self.keys:
            _EDGES.get(program.nodes[key].kind.name, Flow._leaf)(self, program.nodes[key])

    def point(self, key: str, which: int = BEGIN) -> int:
        """Returns a point of the task at `key`."""
        return POINTS * self.index[key] + which

    def node(self, point: int) -> Node:
        """Returns the task that a point belongs to."""
        return self.program.nodes[self.keys[point // POINTS]]

    @cached_property
    def before(self) -> list[list[int]]:
        """The points that lead to each point."""
        found: list[list[int]] = [[] for _ in self.next]
        for point, following in enumerate(self.next):
            for other in following:
                found[other].append(point)
        return found

    @cached_property
    def reached(self) -> list[int]:
        """The points that a run can come to, each after as many of its predecessors as possible."""
        start = self.point(ROOT)
        seen, order = {start}, []
        stack = [(start, iter(self.next[start]))]
        while stack:
            point, following = stack[-1]
            other = next(following, None)
            if other is None:
                order.append(point)
                stack.pop()
            elif other not in seen:
                seen.add(other)
                stack.append((other, iter(self.next[other])))
        return order[::-1]

    @cached_property
    def always(self) -> dict[int, int]:
        """For each point that is reached: the facts that hold there on every path, as bits (see `fact`)."""
        return self.established({point: self._fact_of(point) for point in self.reached})

    @cached_property
    def ever(self) -> dict[int, int]:
        """For each point that is reached: the facts that hold there on some path."""
        held = dict.fromkeys(self.reached, 0)
        changed = True
        while changed:
            changed = False
            for point in self.reached:
                facts = held[point] | self._fact_of(point)
                for other in self.next[point]:
                    if facts & ~held[other]:
                        held[other] |= facts
                        changed = True
        return held

    @cached_property
    def circles(self) -> list[list[int]]:
        """The points that a run can come to again and again, in groups that lead to each other (Kosaraju)."""
        left = dict.fromkeys(self.reached)
        found = []
        for start in self.reached:
            if start in left:
                group = self._group(start, left)
                if len(group) > 1:
                    found.append(group)
        return found

    def fact(self, key: str, *, succeeded: bool) -> int:
        """Returns the bit of "this task was done", or of "this task was over, whatever came of it"."""
        return 1 << (2 * self.index[key] + (0 if succeeded else 1))

    def established(self, facts: Mapping[int, int]) -> dict[int, int]:
        """Returns what holds on every path to each point, where leaving a point establishes `facts` of it."""
        everything = 0
        for bits in facts.values():
            everything |= bits
        held = dict.fromkeys(self.reached, everything)
        held[self.point(ROOT)] = 0
        changed = True
        while changed:
            changed = False
            for point in self.reached[1:]:
                left = [held[other] | facts.get(other, 0) for other in self.before[point] if other in held]
                now = _union(left) if point in self.joins else _shared(left)
                if now != held[point]:
                    held[point] = now
                    changed = True
        return held

    def lacking(self, target: int, fact: int) -> list[int] | None:
        """Returns a shortest path from the start to `target` on which a fact is not established."""
        held = self.always
        # Where concurrent tasks join, none of their ways establishes what the end of all of them lacks.
        return self.path(
            self.point(ROOT), target, lambda point: not held[point] & fact and not self._fact_of(point) & fact
        )

    def avoiding(self, target: int, at: Iterable[int]) -> list[int] | None:
        """Returns a shortest path from the start to `target` that leaves none of the points `at`."""
        marked = dict.fromkeys(at, 1)
        held = self.established(marked)
        if held.get(target, 1):
            return None
        return self.path(self.point(ROOT), target, lambda point: not held[point] and point not in marked)

    def path(self, start: int, target: int, allowed: Callable[[int], bool] | None = None) -> list[int] | None:
        """Returns a shortest path of at least one edge over points that are allowed."""
        came: dict[int, int] = {}
        waiting = deque([start])
        while waiting:
            point = waiting.popleft()
            for other in self.next[point]:
                if other in came or (allowed is not None and other != target and not allowed(other)):
                    continue
                came[other] = point
                if other == target:
                    return _walked(came, start, target)
                waiting.append(other)
        return None

    def way(self, target: int) -> list[int]:
        """Returns a shortest path from the start to a point; nothing where there is none."""
        start = self.point(ROOT)
        return _walked(self._came, start, target) if target in self._came else []

    @cached_property
    def _came(self) -> dict[int, int]:
        """From where a shortest path comes to each point."""
        came: dict[int, int] = {}
        waiting = deque([self.point(ROOT)])
        while waiting:
            point = waiting.popleft()
            for other in self.next[point]:
                if other not in came:
                    came[other] = point
                    waiting.append(other)
        return came

    def can_reach(self, targets: Iterable[int]) -> set[int]:
        """Returns the points from which one of the targets can be reached, themselves included."""
        found = set(targets)
        waiting = list(found)
        while waiting:
            for other in self.before[waiting.pop()]:
                if other not in found:
                    found.add(other)
                    waiting.append(other)
        return found

    def shown(self, path: Iterable[int]) -> str:
        """Returns a path as people read it: `start > a > b (fails) > end`."""
        words, last = [], -1
        for point in path:
            node, which = self.node(point), point % POINTS
            if node.key == ROOT:
                words += {BEGIN: ["start"], DONE: ["end"], FAILED: ["✖"]}.get(which, [])
            elif which == BEGIN and node.id:
                # Nobody gave a group of tasks for each item its name.
                words.append(name_of(node))
            elif which == FAILED and last == point - FAILED + BEGIN:
                words[-1] += FAILS
            last = point
        return " > ".join(words)

    def _fact_of(self, point: int) -> int:
        key, which = self.keys[point // POINTS], point % POINTS
        over = self.fact(key, succeeded=False) if which in (DONE, FAILED) else 0
        return over | self.fact(key, succeeded=True) if which == DONE else over

    def _group(self, start: int, left: dict[int, None]) -> list[int]:
        """Returns the points of `left` that lead to `start`, which comes first among them in a walk; takes them out."""
        group, waiting = [], [start]
        del left[start]
        while waiting:
            point = waiting.pop()
            group.append(point)
            for other in self.before[point]:
                if other in left:
                    del left[other]
                    waiting.append(other)
        return group

    def _edge(self, start: int, end: int) -> None:
        self.next[start][end] = None

    def _from(self, node: Node) -> int:
        begin = self.point(node.key)
        # Whatever a task is, its own `with` may be impossible to render, and its time may be over.
        self._edge(begin, begin + FAILED)
        self._edge(begin + DONE, begin + OVER)
        self._edge(begin + FAILED, begin + OVER)
        return begin

    def _leaf(self, node: Node) -> None:
        begin = self._from(node)
        self._edge(begin, begin + DONE)

    def _wait(self, node: Node) -> None:
        processor = getattr(node.fields, "processor", None)
        if not processor or processor not in self.index:
            self._leaf(node)
            return
        begin, inner = self._from(node), self.point(processor)
        self._edge(begin, inner)
        self._edge(inner + DONE, begin + DONE)
        self._edge(inner + FAILED, begin + FAILED)

    def _parallel(self, node: Node) -> None:
        begin, fields = self._from(node), node.fields
        inner = [self.point(key) for key in fields.tasks if key in self.index]
        one_by_one = fields.max_workers == 1
        if fields.strategy in _ALL_SUCCEED or fields.strategy == "best_effort":
            self.joins.add(begin + DONE)
        for at, child in enumerate(inner):
            before = inner[at - 1] + _STARTS_NEXT.get(fields.strategy, OVER) if at and one_by_one else begin
            self._edge(before, child)
            self._edge(child + (OVER if fields.strategy == "best_effort" else DONE), begin + DONE)
            self._edge(child + FAILED, begin + FAILED)

    def _collection(self, node: Node) -> None:
        begin, fields = self._from(node), node.fields
        self._edge(begin, begin + DONE)
        for child in [self.point(key) for key in (fields.task,) if key in self.index]:
            self._edge(begin, child)
            self._edge(child + DONE, begin + DONE)
            self._edge(child + FAILED, begin + FAILED)
            if fields.strategy not in _ALL_SUCCEED:
                self._edge(child + FAILED, begin + DONE)

    def _sequence(self, node: Node) -> None:
        begin, fields = self._from(node), node.fields
        listed = [key for key in (fields.order or fields.tasks) if key in self.index]
        if not listed:
            return
        self._edge(begin, self.point(listed[0]))
        places = {key: at for at, key in enumerate(fields.order)}
        sequence = _Sequence(node.key, fields.order, frozenset(fields.tasks) - places.keys())
        # Where in the order a task outside of it can stand: behind the last one of the order that led there.
        behind = {key: _standing(key, places) for key in fields.tasks if key in self.index}
        waiting = list(behind)
        while waiting:
            key = waiting.pop()
            for target in self._led(key, sequence, behind[key]):
                fresh = {places[target]} if target in places else behind[key]
                if target not in behind or not fresh <= behind[target]:
                    behind[target] = behind.get(target, set()) | fresh
                    waiting.append(target)

    def _led(self, key: str, sequence: _Sequence, behind: Iterable[int]) -> list[str]:
        """Adds the edges that leave a task of a sequence; returns the tasks that they lead to."""
        point, node = self.point(key), self.program.nodes[key]
        end = self.point(sequence.key, DONE)
        # A task that could not be compiled is known by its key only; what is wrong with it was said.
        following = [key for key in self._after_success(node, sequence, behind) if not key or key in self.index]
        for target in following:
            self._edge(point + DONE, self.point(target) if target else end)
        named = (_timeout(node), node.on_error and node.on_error.node)
        handlers = [target for target in named if target and target in self.index]
        for target in handlers:
            self._edge(point + FAILED, self.point(target))
        if node.on_error is None:
            self._edge(point + FAILED, self.point(sequence.key, FAILED))
        return [target for target in (*following, *handlers) if target]

    def _after_success(self, node: Node, sequence: _Sequence, behind: Iterable[int]) -> list[str]:
        """Mirrors Composite.child_done; an empty key is the end of the sequence."""
        if node.final:
            return [""]
        if node.on_success is not None:
            return [node.on_success.node]
        if node.kind.name == "router":
            routes = node.fields.routes
            return [routes[route] for route in self._taken.get(node.key, routes) if routes[route] in self.index]
        if node.key in sequence.outside:
            return [""]
        return [sequence.order[at + 1] if at + 1 < len(sequence.order) else "" for at in behind]


_EDGES: dict[str, Callable[[Flow, Node], None]] = {
    "workflow": lambda flow, node: Flow._sequence(flow, node) if node.key == ROOT else Flow._leaf(flow, node),
    "composite": Flow._sequence,
    "parallel": Flow._parallel,
    "collection": Flow._collection,
    "wait": Flow._wait,
}


def _standing(key: str, places: Mapping[str, int]) -> set[int]:
    if not places:
        return {-1}
    return {places[key]} if key in places else set()


def _timeout(node: Node) -> str:
    target = getattr(node.fields, "on_timeout", None)
    return target if isinstance(target, str) else ""


def _walked(came: dict[int, int], start: int, target: int) -> list[int]:
    found = [target]
    while True:
        found.append(came[found[-1]])
        if found[-1] == start:
            return found[::-1]


def _union(facts: list[int]) -> int:
    found = 0
    for bits in facts:
        found |= bits
    return found


def _shared(facts: list[int]) -> int:
    found = facts[0]
    for bits in facts[1:]:
        found &= bits
    return found
