"""The front of this package: a text without `{{ }}` becomes a `Template`, to be evaluated as any other."""

from __future__ import annotations

from statewright.kernel.expressions.blocks import Block, Print
from statewright.kernel.expressions.conditions import Calculation, ListOf, MapOf, Verdict
from statewright.kernel.expressions.nodes import Literal, Negative, Node
from statewright.kernel.expressions.template import Template
from statewright.language.conditions.parser import parse
from statewright.language.templates.problems import TemplateSyntaxError

# Whatever they are made of, these are neither true nor false.
_VALUES = (Calculation, ListOf, MapOf, Negative)


def parse_condition(text: str, *, decides: bool = False) -> Template:
    """Returns the template of a condition; raises `TemplateSyntaxError`.

    One that `decides` must come to true or false; any other may come to any value, such as the key of a route.
    """
    node, slots, weight = parse(text)
    if decides:
        node = _deciding(node)
    return Template(source=text, body=Block((Print(node, weight),), slots), sole=node)


def _deciding(node: Node) -> Node:
    if isinstance(node, _VALUES) or (isinstance(node, Literal) and not isinstance(node.value, bool)):
        message = "a condition must be true or false"
        raise TemplateSyntaxError("EXPR_RESULT_TYPE", message, node.start, node.end, "compare it: … > 0, … != null")
    return Verdict(node)
