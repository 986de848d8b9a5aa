"""The names that a condition may begin with, and the ones that its author wrote with a hyphen."""

from __future__ import annotations

import re
from collections.abc import Iterable

from statewright.kernel.program import Program
from statewright.kernel.scope import SCOPE_NAMES

# What only some places have: what a collection gives its children, a wait its condition, a webhook its filter.
_GIVEN = ("item", "index", "signal", "processor", "compensated", "current", "payload", "headers", "query")


def root_names(program: Program) -> tuple[str, ...]:
    """Returns every name that a condition of a program can begin with, in whatever place."""
    chosen = [
        name
        for node in program.nodes.values()
        for name in (getattr(node.fields, "item_var", None), getattr(node.fields, "index_var", None))
        if name
    ]
    return tuple(dict.fromkeys((*SCOPE_NAMES, *_GIVEN, *chosen)))


def hyphenated(source: str, tasks: Iterable[str]) -> str:
    """Returns the id of a task that is written `tasks.my-task`, which is a subtraction; else empty text."""
    return next((id for id in tasks if "-" in id and re.search(rf"\btasks\.{re.escape(id)}(?![\w-])", source)), "")
