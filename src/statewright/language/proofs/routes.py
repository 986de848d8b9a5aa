"""Proves what a router can meet: every value of its condition needs a route, and every route a value."""

from __future__ import annotations

from statewright.kernel.program import Node
from statewright.kernel.tasks.router import DEFAULT
from statewright.language.diagnostics.diagnostic import Diagnostic
from statewright.language.proofs.flow import FAILED, Flow
from statewright.language.proofs.outcomes import Values, open_ends, shown, taken
from statewright.language.proofs.picture import Picture


def check_routes(picture: Picture, flow: Flow, found: dict[str, Values | None]) -> None:
    """Warns of routers that have no route for a value, and of routes that no value leads to."""
    for node in picture.routers:
        values = found[node.key]
        if values:
            _compare(node, values, picture, flow)


def _compare(node: Node, values: Values, picture: Picture, flow: Flow) -> None:
    listed = " | ".join(shown(value) for value in values)
    uncovered = ", ".join(open_ends(node, values))
    if uncovered:
        message = f"the condition may be {listed}; no route covers {uncovered}"
        hint = f"add a `default` route, or cover: {uncovered}"
        way = flow.way(flow.point(node.key, FAILED))
        witness = f"{flow.shown(way[:-1])} > ✖" if way else ""
        problem = Diagnostic(
            code="ROUTE_FALLS_THROUGH", message=message, hint=hint, witness=witness, severity="warning"
        )
        picture.at_node(problem, node)
    chosen = taken(node, values)
    for route in node.fields.routes:
        if route != DEFAULT and route not in chosen:
            message = f"the route {route!r} is never taken: the condition is {listed}"
            hint = "remove it, or let the condition have this value"
            at = picture.entry(node.key, "routes", route) or picture.place(node.key)
            picture.reader.problems.key("ROUTE_UNREACHABLE", message, at, hint=hint, severity="warning")
