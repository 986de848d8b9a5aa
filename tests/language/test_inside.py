"""Characters of a text value are found in the file, however the text was written."""

from __future__ import annotations

import pytest

from statewright.language.diagnostics.inside import offset_in
from statewright.language.yaml.source import read_source

TEXTS = {
    "plain": "a: one two {{ .x }} MARK here\n",
    "plain over lines": "a: one two\n   three MARK four\n",
    "plain over a blank line": "a: one\n\n   two MARK\n",
    "single quotes": "a: 'it''s ''so'' MARK'\n",
    "double quotes": 'a: "tab\\t quote\\" u\\u0041 MARK"\n',
    "double quotes over lines": 'a: "one\n   two\\\n   three MARK"\n',
    "literal": "a: |\n  one\n\n    two\n  MARK\n",
    "literal, stripped, with a number": "a: |2-\n   one\n   MARK\n",
    "folded": "a: >\n  one\n  two\n\n  three MARK\n",
    "anchored": "a: &x 'one MARK'\n",
    "in a list": "a:\n  - x\n  - |\n    one MARK\n",
}


@pytest.mark.parametrize("case", TEXTS)
def test_a_mark_in_the_value_is_found_in_the_file(case: str) -> None:
    text = TEXTS[case]
    document, found = read_source(text.encode(), "f.yaml")
    assert found == ()
    assert document is not None
    at = document.get("a")
    assert at is not None
    at = list(at.elements())[-1] if isinstance(at.value, list) else at
    assert offset_in(text, at.mark.start, at.value, at.value.index("MARK")) == text.index("MARK")
