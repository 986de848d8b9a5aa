"""Whatever is written and whatever the data: a template gives a value or one of our two errors, in bounded time."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from statewright.kernel.expressions.evaluate import Budget, ExpressionError, Scope
from statewright.kernel.expressions.functions.registry import WORKFLOW_FUNCTIONS
from statewright.kernel.values import Concat, Json, Secret, admit, encode
from statewright.language.templates.compiling import parse_template
from statewright.language.templates.lexer import Mode
from statewright.language.templates.problems import TemplateSyntaxError

NAMES = ["a", "b", "c", "my-key", "items"]
SCALARS = (
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False, allow_infinity=False)
)
VALUES: st.SearchStrategy[Json] = st.recursive(
    SCALARS | st.text(max_size=6) | st.just(Secret(name="K")),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=3),
    max_leaves=8,
)
DATA = st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=5)

ATOMS = st.sampled_from(
    [".", "$", "$x", ".a", ".b.c", ".my-key", ".items[0]", ".items[.a]", '.a["b"]', "0", "-3", "2.5", '"t"', "'q'",
     "`r`", "true", "nil", "(.a)", "(list 1 .a)", '(dict "k" .b)', ".a.b(.c)", "'2006-01-02'", "'(a+)'", "'%5v|%d'"]
)  # fmt: skip
SIGNS = st.sampled_from(["==", "!=", "<", "<=", ">", ">=", "&&", "||", "+", "-", "*", "/", "%", "|"])
FUNCTIONS = st.sampled_from([*sorted(WORKFLOW_FUNCTIONS), "and", "or", "validateSchema"])


@st.composite
def expressions(draw: st.DrawFn, depth: int = 2) -> str:
    """An expression that is often right and sometimes not."""
    kind = draw(st.integers(0, 4)) if depth else 0
    inner = expressions(depth - 1)
    if kind == 1:
        return f"{draw(inner)} {draw(SIGNS)} {draw(inner)}"
    if kind == 2:
        return " ".join([draw(FUNCTIONS), *draw(st.lists(ATOMS, max_size=3))])
    if kind == 3:
        return f"{draw(inner)} | {draw(FUNCTIONS)}({', '.join(draw(st.lists(ATOMS, max_size=3)))})"
    if kind == 4:
        return f"{draw(inner)} | {' '.join([draw(FUNCTIONS), *draw(st.lists(ATOMS, max_size=3))])}"
    return draw(ATOMS)


@st.composite
def templates(draw: st.DrawFn, depth: int = 2) -> str:
    """Blocks and actions."""
    value = draw(expressions())
    kind = draw(st.integers(0, 6)) if depth else 0
    inner = templates(depth - 1)
    if kind == 1:
        return f"{{{{ if {value} }}}}{draw(inner)}{{{{ else }}}}{draw(inner)}{{{{ end }}}}"
    if kind == 2:
        return f"{{{{ range $i, $x := {value} }}}}{draw(inner)}{{{{ end }}}}"
    if kind == 3:
        return f"{{{{ with {value} }}}}{draw(inner)}{{{{ end }}}}"
    if kind == 4:
        return f"{{{{ $x := {value} }}}}{draw(inner)}{{{{ $x = {draw(expressions())} }}}}{{{{ $x }}}}"
    if kind == 5:
        return f"text {draw(inner)} text {draw(inner)}"
    if kind == 6:
        return f'{{{{ define "t" }}}}{draw(inner)}{{{{ end }}}}{{{{ template "t" {value} }}}}'
    return f"{{{{ {value} }}}}"


def attempt(text: str, data: Json, mode: Mode) -> None:
    """Renders, and checks that what comes out is plain data, or an error at a place of the text."""
    problem = problem_with(text, data, mode)
    if problem is not None:
        assert problem.code.isupper()
        assert 0 <= problem.start <= problem.end <= len(text)


def problem_with(text: str, data: Json, mode: Mode) -> ExpressionError | TemplateSyntaxError | None:
    """Renders in every way; returns the error if there is one."""
    try:
        template = parse_template(text, mode=mode)
        assert all(isinstance(path, tuple) for path in template.names)
        scope = Scope(data, 1_000, budget=Budget(steps=2_000, output_bytes=50_000))
        value = template.evaluate(scope)
        assert isinstance(template.text(scope), (str, Concat))
    except (ExpressionError, TemplateSyntaxError) as error:
        return error
    assert b'"$ref"' in encode(value) or admit(value) == value
    return None


@settings(max_examples=300, deadline=None)
@given(templates(), DATA)
def test_workflow_mode_raises_nothing_but_our_errors(text: str, data: Json) -> None:
    attempt(text, data, "workflow")


@settings(max_examples=200, deadline=None)
@given(templates(), DATA)
def test_go_mode_raises_nothing_but_our_errors(text: str, data: Json) -> None:
    attempt(text, data, "go")


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet="{}|.$()[]'\"`-+*/%=<>!&,:; \n\\x09aefinrtdg_", max_size=60), DATA)
def test_noise_raises_nothing_but_our_errors(text: str, data: Json) -> None:
    attempt("{{" + text + "}}", data, "workflow")
