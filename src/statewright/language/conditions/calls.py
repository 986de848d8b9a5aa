"""Finds what a call in a condition means: a function, a method of a value, or why there is none of that name."""

from __future__ import annotations

from collections.abc import Sequence

from statewright.kernel.expressions.calls import Call
from statewright.kernel.expressions.evaluate import ExpressionError
from statewright.kernel.expressions.functions.cel import CONDITION_TAKES, FUNCTIONS, METHODS
from statewright.kernel.expressions.functions.refused import REFUSED
from statewright.kernel.expressions.functions.regex import compiled
from statewright.kernel.expressions.functions.signature import Function
from statewright.kernel.expressions.nodes import Literal, Node
from statewright.language.conditions.lexer import Token
from statewright.language.diagnostics.diagnostic import meant
from statewright.language.diagnostics.edits import Advice
from statewright.language.templates.problems import TemplateSyntaxError

MACROS = ("all", "exists", "exists_one", "existsOne", "filter", "map")
ASKING = "has"
_DATES = "write a template: {{ … | toDate(…) }}; texts in ISO 8601 and one zone compare as they are"
# CEL's own that conditions do without.
_WITHOUT = {
    "bytes": ("there are no bytes here", "write it as text"),
    "duration": ("there are no dates here", _DATES),
    "timestamp": ("there are no dates here", _DATES),
    "uint": ("there are no unsigned numbers here", "write int(…)"),
}
# What the same is called elsewhere.
_ELSEWHERE = {
    "defined": "write has(a.b)",
    "empty": "write size(x) == 0",
    "includes": "write VALUE in LIST, or TEXT.contains(PART)",
    "indexOf": "write TEXT.contains(PART)",
    "len": "write size(x)",
    "length": "write size(x)",
    "lower": "write TEXT.lowerAscii()",
    "not": "write !(…)",
    "some": "write LIST.exists(x, …)",
    "toLowerCase": "write TEXT.lowerAscii()",
    "toUpperCase": "write TEXT.upperAscii()",
    "upper": "write TEXT.upperAscii()",
}


def function(word: Token, arguments: Sequence[Node], end: int) -> Node:
    """Returns the call of a function: `size(x)`."""
    if word.text in FUNCTIONS:
        return _call(word, FUNCTIONS[word.text], arguments, end=end, receivers=0)
    if word.text in METHODS or word.text in MACROS:
        raise _unknown(word, f"{word.text!r} is a method", f"write it behind a value: x.{word.text}(…)")
    raise _no_function(word, (*FUNCTIONS, ASKING))


def method(word: Token, receiver: Node, arguments: Sequence[Node], end: int) -> Node:
    """Returns the call of a method: `text.contains("a")`."""
    if word.text in METHODS:
        return _call(word, METHODS[word.text], (receiver, *arguments), end=end, receivers=1)
    if word.text in FUNCTIONS or word.text == ASKING:
        raise _unknown(word, f"{word.text!r} is a function", f"write it before the value: {word.text}(…)")
    raise _no_function(word, (*METHODS, *MACROS))


def miscounted(word: Token, wanted: str, count: int, end: int) -> TemplateSyntaxError:
    """The error of a call with too few or too many arguments."""
    message = f"{word.text} takes {wanted} in its parentheses, here it gets {count}"
    return TemplateSyntaxError("EXPR_ARGUMENTS", message, word.start, end)


def _call(word: Token, known: Function, given: Sequence[Node], *, end: int, receivers: int) -> Node:
    count = len(given)
    if not known.least <= count <= known.most:
        wanted = " or ".join(str(number - receivers) for number in range(known.least, known.most + 1))
        raise miscounted(word, wanted, count - receivers, end)
    if known is METHODS["matches"]:
        _check_pattern(given[1])
    takes = [CONDITION_TAKES[kind] for kind in known.kinds(count)]
    start = min(word.start, given[0].start)
    return Call(word.text, known, list(zip(given, takes, strict=True)), start=start, end=end)


def _check_pattern(pattern: Node) -> None:
    """A pattern that stands there is looked at before any run."""
    if isinstance(pattern, Literal) and isinstance(pattern.value, str):
        try:
            compiled(pattern.value)
        except ExpressionError as error:
            raise TemplateSyntaxError(error.code, error.message, pattern.start, pattern.end, error.hint) from None


def _no_function(word: Token, known: Sequence[str]) -> TemplateSyntaxError:
    name = word.text
    if name in REFUSED:
        code, message, hint = REFUSED[name]
        return TemplateSyntaxError(code, f"{name!r} {message}", word.start, word.end, hint)
    if name in _WITHOUT:
        message, hint = _WITHOUT[name]
        return TemplateSyntaxError("EXPR_UNSUPPORTED", message, word.start, word.end, hint)
    if name in _ELSEWHERE:
        return _unknown(word, f"there is no function {name!r}", _ELSEWHERE[name])
    return _unknown(word, f"there is no function {name!r}", meant(name, known, listed="there are"))


def _unknown(word: Token, message: str, hint: str | Advice) -> TemplateSyntaxError:
    return TemplateSyntaxError("EXPR_FUNCTION_UNKNOWN", message, word.start, word.end, hint)
