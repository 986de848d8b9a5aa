"""Proves that no task starts more than a run may: what is written in full can be counted before."""

from __future__ import annotations

from statewright.kernel.program import Node
from statewright.kernel.tasks.collection import ITEMS_MAX, listed
from statewright.language.diagnostics.diagnostic import Diagnostic
from statewright.language.proofs.picture import Picture


def check_fanout(picture: Picture) -> None:
    """Complains about parallel tasks and collections that are too wide (reliability.md B-044)."""
    for node in picture.program.nodes.values():
        width, what, entry = _width(node)
        if width > ITEMS_MAX:
            message = f"{what}; {ITEMS_MAX:,} is the limit"
            found = Diagnostic(code="FANOUT_LIMIT", message=message, hint="split the work, or use runs of their own")
            picture.at_entry(found, picture.entry(node.key, entry) or picture.place(node.key))


def _width(node: Node) -> tuple[int, str, str]:
    if node.kind.name == "parallel":
        width = len(node.fields.tasks)
        return width, f"the parallel task starts {width:,} tasks", "tasks"
    size = items_written(node)
    shown = f"at least {size:,}" if size > ITEMS_MAX else f"{size:,}"
    return size, f"the collection has {shown} items", "items"


def items_written(node: Node) -> int:
    """Returns how many items a collection lists in place; 0 where a run has to tell. No more than a limit's excess."""
    if node.kind.name != "collection" or not node.fields.items.constant:
        return 0
    return len(listed(node.fields.items.value))
