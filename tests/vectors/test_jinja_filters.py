"""Workflow mode has the pipes of Jinja that people expect; each case comes out the same, or is listed with its reason.

Our data begins with a dot: it is put before the names of a case's data, and nothing else of a template is changed.
"""

from __future__ import annotations

import re
from typing import Any

import pytest

from statewright.kernel.expressions.evaluate import ExpressionError, Scope
from statewright.language.templates.compiling import parse_template
from statewright.language.templates.problems import TemplateSyntaxError
from tests.vectors.cases import cases, listed

# Names that the cases read although their data does not have them.
ABSENT = ("missing",)
_TOKEN = re.compile(r"""\{%.*?%\}|\{#.*?#\}|"[^"]*"|'[^']*'|\.?[A-Za-z_]\w*(?:\s*=(?!=))?""", re.DOTALL)


def dotted(template: str, data: dict[str, Any]) -> str:
    """The template with a dot before each name of its data, but not before filters, attributes and arguments."""

    def with_dot(found: re.Match[str]) -> str:
        word = found.group()
        behind_pipe = template[: found.start()].rstrip().endswith("|")
        return f".{word}" if word in (*data, *ABSENT) and not behind_pipe else word

    return _TOKEN.sub(with_dot, template)


def rendered(case: dict[str, Any]) -> Any:
    """What a case's template gives, as text."""
    return parse_template(dotted(case["template"], case["context"])).text(Scope(case["context"]))


def agrees(case: dict[str, Any]) -> bool:
    """Whether a case comes out as with Jinja."""
    try:
        return bool(rendered(case) == case["expect"].get("output"))
    except (ExpressionError, TemplateSyntaxError):
        return "error" in case["expect"]


@pytest.mark.parametrize("case", cases("jinja_filters"), ids=lambda case: case["id"])
def test_a_filter_gives_what_it_gives_in_jinja_unless_the_difference_is_listed(case: dict[str, Any]) -> None:
    reason = listed("jinja_differences").get(case["id"])
    if reason is None:
        assert agrees(case), case
    else:
        assert not agrees(case), f"{case['id']} agrees by now: take it off jinja_differences.txt ({reason})"


def test_every_listed_difference_is_a_case() -> None:
    assert set(listed("jinja_differences")) <= {case["id"] for case in cases("jinja_filters")}
