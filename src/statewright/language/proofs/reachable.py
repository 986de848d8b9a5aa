"""Proves that every task can begin. What stands behind a task that cannot is not named again."""

from __future__ import annotations

from statewright.kernel.program import ROOT, Node
from statewright.language.diagnostics.diagnostic import Diagnostic
from statewright.language.proofs.flow import DONE, FAILED, POINTS, Flow
from statewright.language.proofs.layout import line_of, name_of
from statewright.language.proofs.picture import Picture

# The routes of such a task are complained about themselves (routes.py).
_BY_VALUE = "no value of the condition leads to it"
_HINT = "name it in a `next` or a route, or leave out every on_success and `final`"


def check_reachable(picture: Picture, flow: Flow) -> None:
    """Warns of tasks that no way through the workflow comes to."""
    nodes = picture.program.nodes
    reached = {point // POINTS for point in flow.reached}
    lost = sorted((node for at, node in enumerate(nodes.values()) if at not in reached), key=line_of)
    closed, ways = _closed(picture, flow), _Ways(flow)
    behind: set[int] = set()
    # What undoes a task begins when a run fails, not by an arrow.
    for undone in [node.compensate for node in nodes.values() if node.compensate in nodes and node.compensate]:
        behind |= _behind(nodes[undone], behind, flow)
    # First those that nothing at all leads to, then what is left, which goes round in a circle.
    for node in (*(one for one in lost if not _led_to(one, flow)), *lost):
        if flow.point(node.key) not in behind:
            behind |= _behind(node, behind, flow)
            if closed.get(node.key) != _BY_VALUE:
                _tell(node, closed.get(node.key, ""), picture, ways.through(picture.parents.get(node.key, ROOT)))


class _Ways:
    """Shortest ways through containers, each looked for once: they show where a run goes instead."""

    def __init__(self, flow: Flow) -> None:
        self._flow = flow
        self._known: dict[str, str] = {}

    def through(self, key: str) -> str:
        """Returns the way through a container on which nothing fails."""
        if key not in self._known:
            begin = self._flow.point(key)
            way = self._flow.path(begin, begin + DONE, lambda point: point % POINTS != FAILED)
            self._known[key] = self._flow.shown(way or [])
        return self._known[key]


def _led_to(node: Node, flow: Flow) -> bool:
    """Whether something that cannot be reached either leads to a task."""
    return any(point // POINTS != flow.index[node.key] for point in flow.before[flow.point(node.key)])


def _behind(node: Node, known: set[int], flow: Flow) -> set[int]:
    """Returns the points that a task leads to, less those that are known."""
    begin = flow.point(node.key)
    seen, waiting = set(), [begin + which for which in range(POINTS)]
    while waiting:
        point = waiting.pop()
        if point not in seen and point not in known:
            seen.add(point)
            waiting.extend(flow.next[point])
    return seen


def _closed(picture: Picture, flow: Flow) -> dict[str, str]:
    """Returns why the routes that name a task are never taken, by its key."""
    found: dict[str, str] = {}
    for router in picture.routers:
        begin = flow.point(router.key)
        led = {flow.keys[point // POINTS] for point in flow.next[begin + DONE]}
        arrow = "`final`" if router.final else "`on_success`"
        said = f"its router {name_of(router)!r} goes where its {arrow} says"
        for key in router.fields.routes.values():
            if key not in led:
                found.setdefault(key, said if router.final or router.on_success is not None else _BY_VALUE)
    return found


def _tell(node: Node, closed: str, picture: Picture, way: str) -> None:
    message = f"nothing leads to the task {name_of(node)!r}"
    found = Diagnostic(
        code="TASK_UNREACHABLE",
        message=f"{message}: {closed}" if closed else message,
        hint=_HINT,
        severity="warning",
        witness=way,
    )
    picture.at_node(found, node)
