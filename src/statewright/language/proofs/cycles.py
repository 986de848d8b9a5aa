"""Proves that every task has a way to the end of its sequence. What has none goes round for ever, or never at all."""

from __future__ import annotations

from statewright.kernel.program import ROOT
from statewright.language.diagnostics.diagnostic import Diagnostic
from statewright.language.proofs.flow import BEGIN, DONE, POINTS, Flow
from statewright.language.proofs.layout import line_of
from statewright.language.proofs.picture import Picture

_HINT = "let a route, an `on_error` or a task without `next` lead out of it"


def check_cycles(picture: Picture, flow: Flow) -> None:
    """Complains about circles that nothing leads out of but a failure nobody handles."""
    if not flow.circles:
        return
    sequences = [node for node in picture.program.nodes.values() if node.key == ROOT or node.kind.name == "composite"]
    ending = {node.key: flow.can_reach([flow.point(node.key, DONE)]) for node in sequences}
    for circle in flow.circles:
        begins = sorted(
            (point for point in circle if point % POINTS == BEGIN), key=lambda point: line_of(flow.node(point))
        )
        home = picture.parents.get(flow.node(begins[0]).key, ROOT)
        if begins[0] not in ending.get(home, {begins[0]}):
            _tell(begins[0], set(circle), picture, flow)


def _tell(begin: int, circle: set[int], picture: Picture, flow: Flow) -> None:
    around = flow.path(begin, begin, circle.__contains__) or [begin]
    way = flow.way(begin) or [begin]
    found = Diagnostic(
        code="TASK_CYCLE",
        message=f"these tasks follow each other for ever: {flow.shown(around)}",
        hint=_HINT,
        witness=flow.shown([*way, *around[1:]]),
    )
    picture.at_node(found, flow.node(begin))
