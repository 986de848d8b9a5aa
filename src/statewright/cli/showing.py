"""Which view shows a run: what `-o` says, and whether stderr is a terminal."""

from __future__ import annotations

from statewright.cli.options import Shown
from statewright.cli.terminal import is_live
from statewright.cli.views import JsonLines, Plain, Silent, View


def view_for(output: Shown, *, several: bool = False) -> View:
    """Returns the view; one that draws only on a terminal, and one run only."""
    if output == "json":
        return Silent()
    if output == "jsonl":
        return JsonLines()
    if several or not is_live("stderr"):
        return Plain(several=several)
    # lazy: only a terminal needs what draws on it.
    from statewright.cli.tree import Tree

    return Tree()
