"""What a router's condition can come to, and which routes that chooses. None where it cannot be known."""

from __future__ import annotations

from statewright.kernel.expressions import nodes as expressions
from statewright.kernel.expressions.blocks import Block, If, Print, Text
from statewright.kernel.expressions.calls import Call
from statewright.kernel.expressions.conditions import Choice
from statewright.kernel.expressions.template import Template
from statewright.kernel.program import Node
from statewright.kernel.tasks.router import route_of
from statewright.kernel.values import Json
from statewright.language.proofs.schemas import VALUES_MAX, values
from statewright.language.proofs.shapes import Shapes

Values = tuple[Json, ...]


def outcomes(node: Node, shapes: Shapes) -> Values | None:
    """Returns the only values that the condition of a router can have."""
    condition = node.fields.condition
    if not isinstance(condition, Template):
        return None
    if condition.sole is not None:
        return _of(condition.sole, node, shapes)
    texts = _texts(condition.body)
    return None if texts is None else tuple(dict.fromkeys(text.strip() for text in texts))


def taken(node: Node, found: Values | None) -> list[str]:
    """Returns the routes that a router can take, in their order."""
    routes = node.fields.routes
    if found is None:
        return [*routes]
    chosen = {route_of(value, routes) for value in found}
    return [route for route in routes if route in chosen]


def open_ends(node: Node, found: Values) -> list[str]:
    """Returns the values that no route covers, as routes are written."""
    return [shown(value) for value in found if route_of(value, node.fields.routes) is None]


def shown(value: Json) -> str:
    """Returns a value as a route says it."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _of(expression: object, node: Node, shapes: Shapes) -> Values | None:
    if isinstance(expression, expressions.Literal):
        return (expression.value,)
    if isinstance(expression, expressions.Equality):
        return _compared(expression, node, shapes)
    if isinstance(expression, Choice):
        return _joined([_of(value, node, shapes) for value in (expression.yes, expression.no)])
    if isinstance(expression, Call) and expression.name == "default":
        return _joined([_of(argument, node, shapes) for argument in expression.args])
    if isinstance(expression, Call) and expression.name == "ternary":
        return _joined([_of(argument, node, shapes) for argument in expression.args if _is_text(argument)])
    return values(shapes.result(expression, node, "body"))


def _compared(expression: expressions.Equality, node: Node, shapes: Shapes) -> Values | None:
    """A value that its schema does not list is never equal to it."""
    sides = [_of(side, node, shapes) for side in (expression.left, expression.right)]
    if sides[0] is None or sides[1] is None or set(map(repr, sides[0])) & set(map(repr, sides[1])):
        return (True, False)
    return (not expression.wanted,)


def _texts(block: Block) -> list[str] | None:
    """Returns every text that a template of nothing but texts and conditions can make."""
    found = [""]
    for statement in block.nodes:
        added = _written(statement)
        if added is None or len(found) * len(added) > VALUES_MAX:
            return None
        found = [before + after for before in found for after in added]
    return found


def _written(statement: object) -> list[str] | None:
    if isinstance(statement, Text):
        return [statement.text]
    if isinstance(statement, Print) and isinstance(statement.value, expressions.Literal):
        return [shown(statement.value.value)]
    if not isinstance(statement, If):
        return None
    body, otherwise = _texts(statement.body), _texts(statement.otherwise)
    return None if body is None or otherwise is None else body + otherwise


def _joined(found: list[Values | None]) -> Values | None:
    known = [one for one in found if one is not None]
    if len(known) != len(found) or not known:
        return None
    # The repr tells 1 from true.
    return tuple({repr(value): value for one in known for value in one}.values())


def _is_text(expression: object) -> bool:
    return isinstance(expression, expressions.Literal) and isinstance(expression.value, str)
