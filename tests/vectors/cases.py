"""The vectors as the tests read them: cases, lists of known differences, and whether a case comes out as expected."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from statewright.kernel.expressions.draws import Draws
from statewright.kernel.expressions.evaluate import ExpressionError, Scope
from statewright.language.templates.compiling import parse_template
from statewright.language.templates.problems import TemplateSyntaxError

FOLDER = Path(__file__).parent
# 2026-11-21T10:00:00Z.
NOW_MS = 1_795_255_200_000


def cases(name: str) -> list[dict[str, Any]]:
    """The cases of one file."""
    found: list[dict[str, Any]] = json.loads((FOLDER / f"{name}.json").read_text("utf-8"))["cases"]
    return found


def listed(name: str) -> dict[str, str]:
    """The ids of cases that differ on purpose, each with its reason."""
    lines = (FOLDER / f"{name}.txt").read_text("utf-8").splitlines()
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
    if "parse_ok" in expected:
        return parses(case["template"]) is expected["parse_ok"]
    try:
        text = rendered(case)
    except (ExpressionError, TemplateSyntaxError):
        return "error" in expected
    if "regex" in expected:
        return re.fullmatch(expected["regex"], text) is not None
    return "output" in expected and text == expected["output"]


def parses(text: str) -> bool:
    """Whether a text is a template of Go mode."""
    try:
        parse_template(text, mode="go")
    except TemplateSyntaxError:
        return False
    return True
