"""Tabs in the indentation, which YAML forbids: which blanks they stand for, where that can be known."""

from __future__ import annotations

import re

from statewright.language.diagnostics.edits import Advice, Edit, edit_of
from statewright.language.marks import Source

_HINT = "indent with two blanks"
_STEP = "  "
# The white space that a line with text begins with.
_INDENT = re.compile(r"^([ \t]*)(?=[^\s])", re.MULTILINE)

# A text over several lines may hold tabs of its own.
_BLOCK = re.compile(r"[|>][-+0-9]*[ \t]*$", re.MULTILINE)


def indent_tab(text: str, at: int) -> int | None:
    """Returns the offset of the first tab in the indentation of the line of offset `at`, or that of a tab at `at`."""
    found = _INDENT.match(text, text.rfind("\n", 0, at) + 1)
    if found is not None and "\t" in found[1]:
        return found.start(1) + found[1].index("\t")
    return at if text[at : at + 1] == "\t" else None


def blanks_for_tabs(source: Source) -> Advice:
    """Returns the advice to indent with blanks; as an edit where the depth of every line follows from the text."""
    if _BLOCK.search(source.text):
        return Advice(_HINT)
    indents = list(_INDENT.finditer(source.text))
    edits: list[Edit] = []
    only_tabs = not any(" " in found[1] for found in indents)
    for index, found in enumerate(indents):
        if "\t" not in found[1]:
            continue
        blanks = _STEP * len(found[1]) if only_tabs else _between(indents, index)
        if blanks is None:
            return Advice(_HINT)
        edits.append(edit_of(source, found.start(1), found.end(1), blanks))
    return Advice(_HINT, tuple(edits))


def _between(indents: list[re.Match[str]], index: int) -> str | None:
    """A line between two of the same depth has that depth too."""
    around = [found[1] for found in (*indents[max(index - 1, 0) : index], *indents[index + 1 : index + 2])]
    return around[0] if len(around) == 2 and around[0] == around[1] and "\t" not in around[0] else None
