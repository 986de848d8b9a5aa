"""The reference of conditions: every example in it comes to what it says."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec
import pytest

from statewright.kernel.expressions.evaluate import ExpressionError, Scope
from statewright.kernel.expressions.functions.cel import FUNCTIONS, METHODS
from statewright.kernel.values import Json
from statewright.language.conditions.calls import MACROS
from statewright.language.conditions.compiling import parse_condition

PAGE = (Path(__file__).parents[3] / "docs" / "reference" / "conditions.md").read_text()
DATA: Json = msgspec.json.decode(PAGE.partition("```json\n")[2].partition("```")[0])
EXAMPLES = re.findall(r"^\| `(.+)` \| `(.+)` \|$", PAGE, re.MULTILINE)


@pytest.mark.parametrize(("condition", "wanted"), EXAMPLES)
def test_an_example_comes_to_what_the_page_says(condition: str, wanted: str) -> None:
    template = parse_condition(condition.replace("\\|", "|"))
    if wanted.isupper():
        with pytest.raises(ExpressionError) as caught:
            template.evaluate(Scope(DATA))
        assert caught.value.code == wanted
    else:
        found = template.evaluate(Scope(DATA))
        assert msgspec.json.encode(found) == msgspec.json.encode(msgspec.json.decode(wanted))


def test_the_page_shows_everything_that_can_be_called() -> None:
    shown = " ".join(condition for condition, _ in EXAMPLES)
    called = set(re.findall(r"(\w+)\(", shown)) | {"existsOne"}
    assert called == {*FUNCTIONS, *METHODS, *MACROS, "has"}
