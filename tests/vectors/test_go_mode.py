"""Go mode answers as Go's text/template with Sprig does, case by case; what differs on purpose is listed."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from statewright.kernel.expressions.draws import Draws
from statewright.kernel.expressions.evaluate import ExpressionError, Scope
from statewright.kernel.expressions.functions.refused import REFUSED
from statewright.kernel.expressions.functions.registry import GO_FUNCTIONS
from statewright.language.templates.compiling import parse_template
from statewright.language.templates.problems import TemplateSyntaxError

FOLDER = Path(__file__).parent
RENDERED = ("workflow_templates", "go_text_template", "sprig_upstream", "nondeterministic")
# 2026-11-21T10:00:00Z.
NOW_MS = 1_795_255_200_000


def cases(name: str) -> list[dict[str, Any]]:
    """The cases of one file."""
    found: list[dict[str, Any]] = json.loads((FOLDER / f"{name}.json").read_text("utf-8"))["cases"]
    return found


def known_gaps() -> dict[str, str]:
    """The ids of cases that differ on purpose, each with its reason."""
    lines = (FOLDER / "known_gaps.txt").read_text("utf-8").splitlines()
    return dict(line.split(maxsplit=1) for line in lines if line and not line.startswith("#"))


def rendered(case: dict[str, Any]) -> str:
    """What a case's template gives, in Go mode."""
    options = dict(option.split("=") for option in case.get("options") or [])
    template = parse_template(case["template"], mode="go", missing_key=options.get("missingkey", "default"))
    text = template.text(Scope(case.get("context"), NOW_MS, draws=Draws(case["id"].encode())))
    assert isinstance(text, str)
    return text


def agrees(case: dict[str, Any]) -> bool:
    """Whether a case comes out as it did with Go."""
    expected = case["expect"]
    try:
        text = rendered(case)
    except (ExpressionError, TemplateSyntaxError):
        return "error" in expected
    if "regex" in expected:
        return re.fullmatch(expected["regex"], text) is not None
    return "output" in expected and text == expected["output"]


ALL = [case for name in RENDERED for case in cases(name)]


@pytest.mark.parametrize("case", ALL, ids=lambda case: case["id"])
def test_a_template_renders_as_in_go_unless_the_difference_is_listed(case: dict[str, Any]) -> None:
    gap = known_gaps().get(case["id"])
    if gap is None:
        assert agrees(case), case
    else:
        assert not agrees(case), f"{case['id']} agrees by now: take it off known_gaps.txt ({gap})"


@pytest.mark.parametrize("case", cases("go_parse"), ids=lambda case: case["id"])
def test_a_text_is_a_template_exactly_where_go_says_so(case: dict[str, Any]) -> None:
    if case["expect"]["parse_ok"]:
        parse_template(case["template"], mode="go")
    else:
        with pytest.raises(TemplateSyntaxError):
            parse_template(case["template"], mode="go")


def test_every_listed_gap_is_a_case() -> None:
    assert set(known_gaps()) <= {case["id"] for case in ALL}


def test_every_name_of_sprig_is_a_function_or_refused_with_a_reason() -> None:
    names = json.loads((FOLDER / "sprig_function_names.json").read_text("utf-8"))["functions"]
    assert [name for name in names if name not in GO_FUNCTIONS and name not in REFUSED] == []
