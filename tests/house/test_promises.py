"""The promises of docs/reliability.md: none is left out, and each names the test that holds it, or what brings it."""

from __future__ import annotations

import re

from tests.house.sources import ROOT, report, text_of

INVARIANTS = [f"I-{number:02d}" for number in (*range(1, 27), 34, 35, *range(38, 42))]
FAULTS = [f"F{number}" for number in (*range(1, 5), *range(6, 10), *range(17, 21))]
ROW = re.compile(r"^\| ((?:I-|F)\d+) \| ([^|]+) \| (.*) \|$", re.MULTILINE)
# That such a test is in such a file is held by test_documented.py, for every link of every document.
TEST = re.compile(r"\[tests/\S+\.py::test_\w+\]\(\.\./tests/\S+\.py\)")
LATER = "later: "


def _rows() -> list[tuple[str, str, str]]:
    return ROW.findall(text_of(ROOT / "docs/reliability.md"))


def test_every_promise_and_every_fault_has_its_row_in_order() -> None:
    assert [number for number, _, _ in _rows()] == INVARIANTS + FAULTS


def test_every_promise_names_its_test_or_what_brings_it() -> None:
    problems = [
        f"docs/reliability.md: {number} names no test, and does not say what brings it"
        for number, _, held_by in _rows()
        if not TEST.search(held_by) and not held_by.startswith(LATER)
    ]
    assert not problems, report(problems)
