"""Random conditions come to the same here and in an evaluator that shares no line with ours. Noise comes to errors."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from statewright.kernel.expressions.evaluate import Budget, ExpressionError, Scope
from statewright.kernel.values import Json, encode
from statewright.language.conditions.compiling import parse_condition
from statewright.language.templates.problems import TemplateSyntaxError
from tests.language.conditions.reference import Tree, Wrong, printed, value_of

DATA: dict[str, Json] = {
    "a": 7,
    "b": -2,
    "f": 2.5,
    "big": 2**62,
    "s": "hé",
    "yes": True,
    "none": None,
    "xs": [3, 1, 2],
    "ts": ["a", "", "hé"],
    "m": {"a": 1, "k": {"a": "x", "k": False}},
    "ms": [{"a": 1}, {"a": True}, {"k": 2}],
}
KINDS = ("truth", "number", "text", "list")
LITERALS: dict[str, st.SearchStrategy[Any]] = {
    "truth": st.booleans(),
    "number": st.integers(0, 12) | st.sampled_from([2**63 - 1, 0.5, 1.0, 1e300]),
    "text": st.text("aé\"\\'", max_size=2),
    "list": st.none(),
}
NAMES = {"truth": ["yes"], "number": ["a", "b", "f", "big", "x", "y"], "text": ["s"], "list": ["xs", "ts", "ms", "m"]}
# What a sign takes on both sides, by what it gives.
SIGNS = {
    "truth": [("&&", "truth"), ("||", "truth"), ("<", "number"), (">=", "number"), ("<=", "text"), (">", "text")],
    "number": [(sign, "number") for sign in "+-*/%"],
    "text": [("+", "text")],
    "list": [("+", "list")],
}
# One in so many parts is of another kind than it should be.
ODD = 14


@st.composite
def trees(draw: st.DrawFn, kind: str = "truth", depth: int = 5) -> Tree:
    """A condition of a kind, with a mistake here and there."""
    if not draw(st.integers(0, ODD)):
        kind = draw(st.sampled_from(KINDS))
    if not depth or not draw(st.integers(0, 3)):
        literal = kind != "list" and draw(st.booleans())
        return ("literal", draw(LITERALS[kind])) if literal else ("name", draw(st.sampled_from(NAMES[kind])))
    shape = draw(st.sampled_from([_signed, _signed, _chosen, _member_of, *([_asked] * 4 if kind == "truth" else [])]))
    tree: Tree = shape(draw, kind, depth - 1)
    return tree


def _signed(draw: st.DrawFn, kind: str, depth: int) -> Tree:
    if kind in ("truth", "number") and not draw(st.integers(0, 4)):
        return ("!" if kind == "truth" else "neg", draw(trees(kind, depth)))
    sign, inner = draw(st.sampled_from(SIGNS[kind]))
    return (sign, draw(trees(inner, depth)), draw(trees(inner, depth)))


def _chosen(draw: st.DrawFn, kind: str, depth: int) -> Tree:
    return ("choice", draw(trees("truth", depth)), draw(trees(kind, depth)), draw(trees(kind, depth)))


def _asked(draw: st.DrawFn, kind: str, depth: int) -> Tree:
    """What gives true or false of values of any kind."""
    inner = draw(st.sampled_from(KINDS))
    match draw(st.sampled_from(["equal", "in", "has", "macro"])):
        case "equal":
            return (draw(st.sampled_from(["==", "!="])), draw(trees(inner, depth)), draw(trees(inner, depth)))
        case "in":
            return ("in", draw(trees("number", depth)), draw(trees("list", depth)))
        case "has":
            base = ("name", draw(st.sampled_from(["m", "x", "zz"])))
            return ("has", ("select", ("select", base, "k") if draw(st.booleans()) else base, draw(FIELDS)))
        case _:
            return _macro(draw, draw(st.sampled_from(["all", "exists", "exists_one"])), "truth", depth)


def _member_of(draw: st.DrawFn, kind: str, depth: int) -> Tree:
    """Lists out of lists; entries of them; sizes."""
    if kind == "list":
        name = draw(st.sampled_from(["filter", "map", "literal"]))
        if name == "literal":
            return ("list", draw(st.lists(trees("number", depth), max_size=3)))
        return _macro(draw, name, "truth" if name == "filter" else "number", depth)
    if kind == "number" and draw(st.booleans()):
        return ("size", draw(trees(draw(st.sampled_from(["text", "list"])), depth)))
    if kind == "truth":
        return ("select", ("select", ("name", "m"), "k"), draw(FIELDS))
    return ("index", ("name", "xs" if kind == "number" else "ts"), draw(trees("number", depth)))


def _macro(draw: st.DrawFn, name: str, test: str, depth: int) -> Tree:
    over, variable = draw(trees("list", depth)), draw(st.sampled_from(["x", "y", "a"]))
    tests = [draw(trees(test, depth))]
    if name == "map" and draw(st.booleans()):
        tests = [draw(trees("truth", depth)), *tests]
    return ("macro", over, name, variable, tests)


FIELDS = st.sampled_from(["a", "k", "zz"])


def ours(text: str, names: dict[str, Any]) -> Any:
    """Returns the value, or `Wrong` where there is none."""
    try:
        return parse_condition(text).evaluate(Scope(names))
    except ExpressionError as error:
        return Wrong if error.code in _EXPECTED else error


_EXPECTED = ("EXPR_UNDEFINED", "EXPR_TYPE", "EXPR_INDEX", "EXPR_DIV_ZERO", "EXPR_NUMBER_LIMIT")


def theirs(tree: Tree, names: dict[str, Any]) -> Any:
    """Returns the value, or `Wrong` where there is none."""
    try:
        return value_of(tree, names)
    except Wrong:
        return Wrong


@settings(max_examples=500, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(trees())
def test_two_evaluators_agree(tree: Tree) -> None:
    text = printed(tree)
    wanted = theirs(tree, DATA)
    event("has a value" if wanted is not Wrong else "has none")
    found = ours(text, DATA)
    assert repr(found) == repr(wanted), text


@settings(max_examples=400, deadline=None)
@given(st.text(alphabet="ab.()[]{}'\"r\\+-*/%=<>!&|?:, \n1x0eEu_héin", max_size=40))
def test_any_text_is_a_condition_or_a_syntax_error(text: str) -> None:
    attempt(text)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from([
    "a", "xs", "m", "zz", "has(", "size(", ")", ".all(x,", ".map(x,", ".a", "[0]", "[", "]", "{", "}", ":", "?", "&&",
    "||", "!", "-", "==", "in", "+", "%", "/", "1", "2.5", "'t'", "r'\\'", "true", "null", ",", ".matches('a+')",
    ".split(','", ".join()", "type(", "int(", "// c\n", "'''", "b'x'", "__a", "{{",
]), max_size=14))  # fmt: skip
def test_any_row_of_words_is_a_condition_or_a_syntax_error(words: list[str]) -> None:
    attempt(" ".join(words))
    attempt("".join(words))


def attempt(text: str) -> None:
    """Compiles and evaluates; what comes out is plain data, or an error of ours at a place of the text."""
    problem = problem_with(text)
    if problem is not None:
        assert problem.code.isupper()
        assert 0 <= problem.start <= problem.end <= len(text)
        assert isinstance(problem.hint, str)


def problem_with(text: str) -> ExpressionError | TemplateSyntaxError | None:
    """Evaluates; returns the error if there is one."""
    try:
        template = parse_condition(text)
        assert all(isinstance(path, tuple) for path in template.names)
        assert encode(template.evaluate(Scope(DATA, budget=Budget(steps=2_000, output_bytes=50_000))))
    except (ExpressionError, TemplateSyntaxError) as error:
        return error
    return None
