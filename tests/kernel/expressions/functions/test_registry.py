"""Every function, given anything at all: a plain value, or an error with a code. No function is an exception."""

from __future__ import annotations

from itertools import islice, product
from random import Random

import pytest

from statewright.kernel.expressions.evaluate import Budget, ExpressionError, Scope
from statewright.kernel.expressions.functions.refused import REFUSED
from statewright.kernel.expressions.functions.registry import GO_FUNCTIONS, WORKFLOW_FUNCTIONS
from statewright.kernel.expressions.functions.signature import TAKES
from statewright.kernel.values import Json, Secret, admit, encode
from statewright.language.templates.compiling import parse_template
from statewright.language.templates.lexer import Mode

DATA: dict[str, Json] = {
    "null": None,
    "yes": True,
    "zero": 0,
    "one": 1,
    "less": -7,
    "many": 1_000_000_000_000,
    "most": 2**63 - 1,
    "half": 0.5,
    "huge": 1e308,
    "tiny": -1e-300,
    "empty": "",
    "text": "hello big World",
    "lines": "a\nb\r\n\tc",
    "odd": "ß\u2028\u0000🙂İ",
    "pattern": "(b+)|[",
    "group": "$1${x}$",
    "json": '{"a":[1,{"b":null}]}',
    "broken": "{\"a\":",
    "layout": "Mon Jan _2 15:04:05.000 2006 MST -07:00 PM 002",
    "iso": "2026-11-21T10:00:00.5+02:00",
    "span": "-1h2m3.5s",
    "url": "http://u:p@h:1/p?q=1#f",
    "version": "1.2.3-rc.1+b",
    "constraint": ">=1.2 <2 || ^3",
    "verbs": "%5.2f|%-8s|%q|%x|%T|%v|%*d|%",
    "list": [3, "b", None, 2.5, [1], {"k": 1}],
    "none": [],
    "map": {"a": 1, "b": {"c": [1]}},
    "bare": {},
    "secret": Secret(name="K"),
}  # fmt: skip
CALLS_MAX = 150
PRODUCT_MAX = 40_000


def calls(name: str, mode: Mode) -> list[str]:
    """Calls of a function with arguments of every kind: all of them for one argument, a sample for more."""
    function = (GO_FUNCTIONS if mode == "go" else WORKFLOW_FUNCTIONS)[name]
    values = [*(f".{key}" for key in DATA), "now", "(dict `a` .map)", "(list .text .zero)"]
    found: list[str] = []
    for count in range(function.least, min(function.most, function.least + 2, 4) + 1):
        every = list(islice(product(values, repeat=count), PRODUCT_MAX))
        found += [" ".join((name, *given)) for given in Random(name).sample(every, min(len(every), CALLS_MAX))]
    return found


def outcome(text: str, mode: Mode) -> ExpressionError | Json:
    """The value of a template, or its error."""
    try:
        return parse_template(text, mode=mode).evaluate(Scope(DATA, 1_000, budget=Budget(output_bytes=100_000)))
    except ExpressionError as error:
        return error


def check(name: str, mode: Mode) -> None:
    """Calls a function in every way; what it gives is plain data, or an error with a code and a place."""
    for call in calls(name, mode):
        text = f"{{{{ {call} }}}}"
        value = outcome(text, mode)
        if isinstance(value, ExpressionError):
            assert value.code.isupper(), call
            assert text[value.start : value.end].strip(), call
        else:
            assert b'"$ref"' in encode(value) or admit(value) == value, call


@pytest.mark.parametrize("name", sorted(WORKFLOW_FUNCTIONS))
def test_a_function_gives_a_value_or_an_error_with_a_code(name: str) -> None:
    check(name, "workflow")


@pytest.mark.parametrize("name", sorted(GO_FUNCTIONS))
def test_a_function_of_go_mode_gives_a_value_or_an_error_with_a_code(name: str) -> None:
    check(name, "go")


def test_every_signature_has_known_letters_and_a_subject_that_exists() -> None:
    for name, function in [*WORKFLOW_FUNCTIONS.items(), *GO_FUNCTIONS.items()]:
        assert set(function.takes) <= {*TAKES, "?", "*"}, name
        assert function.subject < max(len(function.kinds(3)), 1), name


def test_what_is_refused_is_no_function() -> None:
    assert not {*REFUSED} & ({*WORKFLOW_FUNCTIONS} | {*GO_FUNCTIONS})
