"""docs/reference/proofs.md shows what `check` says of its examples, word for word."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.language.loading import load_text, rendered

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "proofs.md"
EXAMPLES = re.findall(r"```yaml\n(.*?)```\n\n```text\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)


def test_the_page_has_examples() -> None:
    assert len(EXAMPLES) >= 6


@pytest.mark.parametrize(("text", "shown"), EXAMPLES)
def test_an_example_is_explained_as_the_page_says(text: str, shown: str) -> None:
    assert rendered(load_text(text)) == shown
