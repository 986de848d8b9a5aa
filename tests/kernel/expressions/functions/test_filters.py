"""The filters that Jinja's users expect, at their edges; what they share with Jinja is in tests/vectors."""

from __future__ import annotations

import pytest

from statewright.kernel.expressions.evaluate import ExpressionError, Scope
from statewright.kernel.values import Json
from statewright.language.templates.compiling import parse_template

DATA: Json = {
    "orders": [{"id": "b", "total": 5, "paid": True}, {"id": "A", "total": 20.5}, {"id": "c", "total": 5}],
    "words": ["b", "A", "ç", "a"],
    "numbers": [3, 1.5, -2],
    "mixed": [1, "a"],
}


def render(text: str) -> Json:
    """What a template gives."""
    return parse_template(text).evaluate(Scope(DATA))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("{{ .words | sort }}", ["A", "a", "b", "ç"]),
        ("{{ .numbers | sort('', true) }}", [3, 1.5, -2]),
        ("{{ .orders | sort('total') | map('id') }}", ["b", "c", "A"]),
        ("{{ .nothing | sort }}", []),
        ("{{ .numbers | max }}{{ .words | min }}", "3A"),
        ("{{ list | max }}", None),
        ("{{ max 1 7 }}{{ 7 | max 1 }}", "77"),
        ("{{ .orders | selectattr('paid') | map('id') }}", ["b"]),
        ("{{ .orders | selectattr('total', '==', 5.0) | map('id') }}", ["b", "c"]),
        ("{{ .orders | rejectattr('total', 'gt', 5) | map('id') }}", ["b", "c"]),
        ("{{ .orders | selectattr('id', 'in', (list 'A' 'c')) | length }}", 2),
        ("{{ .nothing | selectattr('x') }}", []),
        ("{{ 'héllo' | reverse }}", "olléh"),
        ("{{ .numbers | reverse }}", [-2, 1.5, 3]),
        ("{{ .numbers | batch(2) }}", [[3, 1.5], [-2]]),
        ("{{ .numbers | batch(2, 0) }}", [[3, 1.5], [-2, 0]]),
        ("{{ list | batch(2, 0) }}", []),
        ("{{ 'one two three' | truncate(7) }}", "one..."),
        ("{{ 'one two three' | truncate(7, true) }}", "one ..."),
        ("{{ 'one two' | truncate(5) }}", "one two"),
        ("{{ 'onetwothree' | truncate(5, true, '') }}", "onetw"),
        ("{{ 'HELLO you' | capitalize }}", "Hello you"),
        ("{{ '<a href=\"x\">b</a> <!-- c --> d' | striptags }}", "b d"),
        ("{{ -2.5 | abs }}", 2.5),
        ("{{ '3.5' | float }}", 3.5),
        ("{{ 1.0 | string }}", "1"),
        ("{{ '%s-%03d' | format('a', 7) }}", "a-007"),
        ("{{ .numbers | count }}", 3),
    ],
)
def test_a_filter_gives(text: str, value: Json) -> None:
    assert render(text) == value


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("{{ .mixed | sort }}", "EXPR_TYPE"),
        ("{{ .orders | sort }}", "EXPR_TYPE"),
        ("{{ .orders | sort('paid') }}", "EXPR_TYPE"),
        ("{{ .mixed | max }}", "EXPR_TYPE"),
        ("{{ .orders | selectattr('total', '~', 5) }}", "EXPR_ARGUMENTS"),
        ("{{ .orders | selectattr('total', '>') }}", "EXPR_ARGUMENTS"),
        ("{{ .orders | selectattr('paid', '>', 1) }}", "EXPR_TYPE"),
        ("{{ .numbers | batch(0) }}", "EXPR_TYPE"),
        ("{{ 'abcdef' | truncate(2) }}", "EXPR_TYPE"),
        ("{{ 'a' | abs }}", "EXPR_TYPE"),
        ("{{ 5 | sort }}", "EXPR_TYPE"),
        ("{{ .numbers | batch(100000000, 0) }}", "EXPR_OUTPUT_LIMIT"),
    ],
)
def test_what_does_not_fit_a_filter_is_an_error_with_a_code(text: str, code: str) -> None:
    with pytest.raises(ExpressionError) as failed:
        render(text)
    assert failed.value.code == code


def test_go_mode_has_none_of_them() -> None:
    with pytest.raises(Exception, match="no function 'sort'"):
        parse_template("{{ .words | sort }}", mode="go")
