"""Holds: docs/reference/templates.md names every function and refusal, and its examples give what it says."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

import pytest

from statewright.kernel.expressions.evaluate import OUTPUT_BYTES_MAX, STEPS_MAX, ExpressionError, Scope
from statewright.kernel.expressions.functions import chance, formatting, regex
from statewright.kernel.expressions.functions.refused import REFUSED
from statewright.kernel.expressions.functions.registry import GO_FUNCTIONS, WORKFLOW_FUNCTIONS
from statewright.kernel.expressions.run import COLLECTION_MAX
from statewright.kernel.values import VALUE_DEPTH_MAX, Json
from statewright.language.templates.compiling import KERNEL_FUNCTIONS, TEMPLATE_LENGTH_MAX, parse_template
from statewright.language.templates.expressions import HEIGHT_MAX
from statewright.language.templates.lexer import Mode
from statewright.language.templates.resolving import DECIDING
from tests.house.sources import ROOT

PAGE = (ROOT / "docs/reference/templates.md").read_text("utf-8")
# 2026-11-21T10:00:00Z, as the page says.
NOW_MS = 1_795_255_200_000
GIVES = re.compile(r"`([^`]+)` gives `([^`]*)`(?:, in Go mode `([^`]*)`)?$")
FAILS = re.compile(r"`([^`]+)` fails with `(\w+)`$")
NAME = re.compile(r"`(\w+)[^`]*`( \*\(workflow mode\)\*)?")


class Example(NamedTuple):
    """An example of the page: what it gives, in Go mode where that differs; or the code of its error."""

    template: str
    gives: str = ""
    in_go: str | None = None
    code: str = ""


def bullets(section: str = "") -> Iterator[str]:
    """The points of a section, or of the whole page."""
    text = PAGE.partition(f"\n## {section}\n")[2].partition("\n## ")[0] if section else PAGE
    return (line for line in text.splitlines() if line.startswith("- "))


def examples() -> Iterator[Example]:
    """All examples."""
    for line in bullets():
        gives, fails = GIVES.search(line), FAILS.search(line)
        if gives:
            yield Example(gives.group(1), gives.group(2), gives.group(3))
        elif fails:
            yield Example(fails.group(1), code=fails.group(2))


@cache
def data() -> Json:
    """The data that the page shows."""
    return json.loads(PAGE.partition("```json\n")[2].partition("\n```")[0])


def rendered(template: str, mode: Mode = "workflow") -> Json:
    """What an example gives."""
    return parse_template(template, mode=mode).text(Scope(data(), NOW_MS))


@pytest.mark.parametrize("example", list(examples()), ids=lambda example: example.template)
def test_an_example_gives_what_the_page_says(example: Example) -> None:
    if example.code:
        with pytest.raises(ExpressionError) as failed:
            rendered(example.template)
        assert failed.value.code == example.code
        return
    assert rendered(example.template) == example.gives
    if example.in_go is not None:
        assert rendered(example.template, "go") == example.in_go


def test_every_function_is_on_the_page_and_nothing_else_is() -> None:
    named = {name: bool(mark) for line in bullets("Functions") for name, mark in NAME.findall(line.partition(": ")[0])}
    assert set(named) == {*WORKFLOW_FUNCTIONS, *GO_FUNCTIONS, *DECIDING, *KERNEL_FUNCTIONS}
    only_in_workflows = {*WORKFLOW_FUNCTIONS} - {*GO_FUNCTIONS}
    assert {name for name, is_marked in named.items() if is_marked} == only_in_workflows


def test_every_function_has_an_example() -> None:
    without = [line for line in bullets("Functions") if not (GIVES.search(line) or FAILS.search(line))]
    assert [NAME.findall(line)[0][0] for line in without] == ["validateSchema"]


def test_every_refusal_is_on_the_page_with_its_reason_and_what_to_do_instead() -> None:
    named = {name: line for line in bullets("Refused") for name, _ in NAME.findall(line.partition(": ")[0])}
    assert set(named) == {*REFUSED, "call"}
    for name, (_, reason, instead) in REFUSED.items():
        assert f"{reason}. Instead: {instead}" in named[name]


def test_every_limit_is_on_the_page() -> None:
    limits = PAGE.partition("\n## Limits\n")[2]
    numbers = (STEPS_MAX, OUTPUT_BYTES_MAX, COLLECTION_MAX, VALUE_DEPTH_MAX, TEMPLATE_LENGTH_MAX, HEIGHT_MAX)
    for limit in (*numbers, regex.PATTERN_LENGTH_MAX, formatting.WIDTH_MAX, chance.LENGTH_MAX):
        assert f" {limit:,} " in limits
