"""What every message owes its reader: a place, a next step, our own words, and no more than fits a line."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from statewright.cli.pages import page
from statewright.language.diagnostics.diagnostic import Diagnostic, render
from statewright.language.diagnostics.edits import applied
from tests.language.loading import load_text

GOLDEN = sorted((Path(__file__).parent / "golden").glob("*.yaml"))
HEAD_LENGTH_MAX = 120
# A message that says what was expected needs no further advice.
EXPECTED = re.compile(
    r"\b(?:must be|needs|at most|is missing|twice|two |expected|has no|there is no|no .* is there|leads? (?:back|out)"
    r"|not available|allows no|one .* at most|not allowed|nothing leads|finds nothing|stands for|is expected"
    r"|limit|longer than|deeper than|out of range|is not|cannot be|holds no|passes)\b"
)
# What a parser, a library or an interpreter would say.
FOREIGN = re.compile(
    r"<class|object at 0x|\bNoneType\b|Traceback|\bdict\b|\bstr\b|mapping values|block mapping|expected <"
    r"|could not find|while (?:parsing|scanning)|\bBROKEN\b|Error\b|\bTrue\b|\bFalse\b|\bNone\b|\w+\(.*=.*\)$"
)


def found() -> list[tuple[str, str, Diagnostic]]:
    told = []
    for path in GOLDEN:
        text = path.read_text("utf-8")
        told += [(path.stem, text, one) for one in load_text(text).diagnostics]
    return told


FOUND = found()


@pytest.mark.parametrize(
    ("name", "text", "one"), FOUND, ids=[f"{name}-{one.code}-{one.line}" for name, _, one in FOUND]
)
def test_a_message_is_what_its_reader_needs(name: str, text: str, one: Diagnostic) -> None:
    head = render(one, text).split("\n")[0]
    assert one.file, "it names its file"
    assert one.line, "it names its line"
    assert one.hint or EXPECTED.search(one.message), "it says what was expected, or what to do"
    assert len(head) <= HEAD_LENGTH_MAX, head
    assert not FOREIGN.search(one.message), one.message
    assert not FOREIGN.search(one.hint.partition("`")[0]), one.hint
    assert not one.message.endswith("."), "a message is no sentence of a letter"
    assert page(one.code) is not None, "there is more to read about it"


def test_every_fix_in_the_broken_files_makes_its_own_mistake_go_away() -> None:
    for name, text, one in FOUND:
        if one.fix:
            (mended,) = applied({"compozy.yaml": text}, [one.fix]).values()
            left = {(other.code, other.message) for other in load_text(mended).diagnostics}
            assert (one.code, one.message) not in left, name
