"""The router: evaluates a condition, picks one route, and is finished; the flow goes on with the routed task.

Source: workflows.md 5.5 (unified evaluation) and 20.2. Its output is a view: the routed task's output merged over the
router's own facts (kernel rule R34).
"""

from __future__ import annotations

from typing import Literal

import msgspec

from statewright.kernel.expressions.template import Template
from statewright.kernel.moves import Done, Failed, Move
from statewright.kernel.program import Routes
from statewright.kernel.state import Failure, Result
from statewright.kernel.tasks.task import Leaf
from statewright.kernel.turn import Visit
from statewright.kernel.values import Json
from statewright.kernel.views import Lookup

DEFAULT = "default"
# A route's key is a word; what is longer went wrong before, and its beginning shows where.
RESULT_SHOWN_MAX = 60


class Fields(msgspec.Struct, frozen=True, kw_only=True):
    """`condition` gives a route's key, or true and false; `routes` may hold `default`."""

    condition: Template
    routes: Routes


class Router(Leaf):
    """`type: router`."""

    name: Literal["router"] = "router"
    Fields = Fields

    def start(self, visit: Visit) -> Move:
        """Picks the route."""
        fields = visit.fields
        value = visit.required(fields.condition)
        key = route_of(value, fields.routes)
        if key is None:
            listed = ", ".join(fields.routes)
            shown = _shown(value)[:RESULT_SHOWN_MAX]
            message = f"no route found for condition result {shown!r}. Available routes: [{listed}]"
            return Failed(Failure("ROUTE_NONE", message, visit.path))
        facts = {"condition": value, "route_taken": key, "router_type": "conditional"}
        return Done(facts, target=fields.routes[key])

    def view(self, lookup: Lookup, path: str, result: Result) -> Json:
        """Returns the routed task's output merged over the facts; the facts alone while it has not finished."""
        routed = lookup.output(result.target) if result.target else None
        if isinstance(routed, dict):
            return {**result.output, **routed}
        return result.output


def route_of(value: Json, routes: Routes) -> str | None:
    """Returns the key of the route that `value` chooses, or None."""
    text = _shown(value)
    if text in routes:
        return text
    if text == "true":
        others = [key for key in routes if key not in (DEFAULT, "false")]
        if len(others) == 1:
            return others[0]
    return DEFAULT if DEFAULT in routes else None


def _shown(value: Json) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value).strip()
