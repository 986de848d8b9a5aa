"""Whatever an author's file or template holds, the answer is a program, a value, or errors of ours that teach."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from statewright.kernel.expressions.evaluate import Budget, ExpressionError, Scope
from statewright.kernel.expressions.functions.registry import GO_FUNCTIONS, WORKFLOW_FUNCTIONS
from statewright.kernel.expressions.template import Template
from statewright.kernel.values import Concat, Json, Secret, encode
from statewright.language.templates.compiling import parse_template
from statewright.language.templates.lexer import Mode
from statewright.language.templates.problems import TemplateSyntaxError
from tests.fuzz.contract import decides, loads, loads_files, renders, selects
from tests.fuzz.seeds import seeds_of
from tests.language.plausible import projects

WHOLE = [data.decode() for data in seeds_of("directives")]
# What somebody could write where something else belongs.
JUNK = (
    "null", "[]", "{}", "42", "-1.5", "true", "''", "'{{'", "'{{ .a'", "'{{ .tasks.x.output }}'", "[{}]", "{a: {b: c}}",
    "'local::agents'", "{$ref: 'local::tasks'}", "{$use: 'agent(local::agents.0)'}", "{$merge: [1]}", "'\\u202e'",
    "&a [*a]", "!!x y", "\t", '"', "- -", ": :", "1e999", "0x", "'9 d'",
)  # fmt: skip
# One of every type, with the edges where arithmetic and slicing go wrong.
ARGUMENTS: dict[str, Json] = {
    "none": None, "yes": True, "zero": 0, "less": -1, "many": 2**63 - 1, "half": 0.5, "huge": -1e308, "empty": "",
    "text": "a,b (c) é😀\n%d", "date": "2026-11-21T10:00:00Z", "list": [3, "x", None, {"a": 1}], "map": {"a": {"b": 1}},
    "secret": Secret(name="KEY"), "hidden": [Secret(name="KEY")],
}  # fmt: skip
ARITIES = (0, 1, 2, 3)
BUDGET = Budget(steps=2_000, output_bytes=20_000)
FUNCTIONS: dict[Mode, list[str]] = {"workflow": sorted(WORKFLOW_FUNCTIONS), "go": sorted(GO_FUNCTIONS)}


@st.composite
def broken_texts(draw: st.DrawFn) -> str:
    """A project that works, or that taught something once, after a few slips."""
    lines = draw(st.sampled_from(WHOLE)).split("\n")
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(lines) - 1))
        key, colon, _ = lines[at].partition(":")
        junk = draw(st.sampled_from(JUNK))
        change = draw(st.sampled_from(("value", "drop", "double", "indent", "cut", "swap")))
        if change == "value" and colon:
            lines[at] = f"{key}: {junk}"
        elif change == "drop":
            del lines[at]
        elif change == "double":
            lines.insert(at, lines[at])
        elif change == "indent":
            lines[at] = "  " + lines[at]
        elif change == "swap":
            lines[at], lines[at - 1] = lines[at - 1], lines[at]
        else:
            lines[at] = lines[at][: draw(st.integers(0, len(lines[at])))]
        if not lines:
            return ""
    return "\n".join(lines)


@given(broken_texts())
@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow])
def test_a_broken_project_is_loaded_or_explained(text: str) -> None:
    loads_files(text.encode())


@given(projects())
@settings(max_examples=100, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
def test_a_project_of_plausible_keys_is_loaded_or_explained(text: str) -> None:
    loads_files(text.encode())


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
@settings(max_examples=300)
def test_any_bytes_at_all_are_loaded_or_explained(data: bytes) -> None:
    loads(data)


@given(st.sampled_from(seeds_of("condition")), st.sampled_from(seeds_of("condition")), st.integers(0, 40))
@settings(max_examples=200)
def test_any_condition_is_decided_or_refused(first: bytes, second: bytes, at: int) -> None:
    decides(first[:at] + second[at:])


@given(st.text(alphabet="ab01.#()=<>!&|'\"*?@ \\{[", max_size=40))
@settings(max_examples=500)
def test_any_path_is_parsed_or_refused(path: str) -> None:
    selects(path)


@given(st.sampled_from(seeds_of("template")), st.sampled_from(seeds_of("template")), st.integers(0, 40))
@settings(max_examples=300)
def test_two_templates_spliced_together_give_a_value_or_an_error_of_ours(first: bytes, second: bytes, at: int) -> None:
    renders(first[:at] + second[at:])


# Inputs that once came out with something else; the name says what was wrong.
FOUND: dict[str, tuple[Callable[[bytes], None], bytes]] = {
    "a complex number where a verb does not exist": (renders, b"""{{1+2i|printf "%'v"}}{{1+2i|printf "%w"}}"""),
    "a number with something behind it as an argument": (renders, b"{{ .a | join -9['a'] }}"),
    "a task in the middle that does not compile": (
        loads,
        b"name: a\ntasks:\n  - {id: a, with: {x: 1}}\n  - {id: b, type: collection, items: '{{ .input.x }}', task: 3}\n"
        b"  - {id: c, with: {x: '{{ .tasks.b.output }}'}}\n",
    ),
    "a directive at the top that finds nothing": (loads, b"$ref: local::nothing\ntasks:\n  - {id: a, with: {b: 1}}\n"),
    "a directive at the top that finds a list": (loads, b"$ref: local::tasks\ntasks:\n  - {id: a, with: {b: 1}}\n"),
    "a key of dig that is no text": (renders, b"{{ dig .items 1 .a }}{{ dig .a 1 .a }}"),
}


@pytest.mark.parametrize(("attempt", "data"), FOUND.values(), ids=FOUND)
def test_what_fuzzing_found_stays_mended(attempt: Callable[[bytes], None], data: bytes) -> None:
    attempt(data)


@pytest.mark.parametrize("mode", FUNCTIONS)
@pytest.mark.parametrize("arity", ARITIES)
def test_every_function_takes_or_refuses_arguments_of_every_type(mode: Mode, arity: int) -> None:
    # With three arguments the first two say what is done; the last one is what it is done to.
    kinds = [list(ARGUMENTS.values())] * min(arity, 2) + [["a,b", ["a"], {"a": 1}, 7]] * (arity > 2)
    places = [f"a{place}" for place in range(arity)]
    for name in FUNCTIONS[mode]:
        template = parsed(f"{{{{ {name} {' '.join(f'.{place}' for place in places)} }}}}", mode)
        if template is not None:
            for values in itertools.product(*kinds):
                answers(template, Scope(dict(zip(places, values, strict=True)), budget=BUDGET))


def parsed(text: str, mode: Mode) -> Template | None:
    """Returns the template; None where this function does not take so many arguments."""
    try:
        return parse_template(text, mode=mode)
    except TemplateSyntaxError:
        return None


def answers(template: Template, scope: Scope) -> None:
    """Evaluates; what comes out is data, or else an error of ours."""
    with suppress(ExpressionError):
        value = template.evaluate(scope)
        assert isinstance(value, Concat) or encode(value)
