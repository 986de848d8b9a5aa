"""Who stands in whom: the tasks of a program as a tree of containers, and what their author calls them."""

from __future__ import annotations

from functools import cached_property

from statewright.kernel.expressions.template import Template
from statewright.kernel.program import ROOT, Node, Program


class Layout:
    """The containers of one program."""

    def __init__(self, program: Program) -> None:
        self.program = program

    @cached_property
    def parents(self) -> dict[str, str]:
        """The container of each task. A route that is written in place stands beside its router."""
        nodes = self.program.nodes
        found = {key: node.key for node in nodes.values() for key in children_of(node)}
        behind = {key: node.key for node in self.routers for key in node.fields.routes.values()}
        for key in nodes:
            trail = []
            at = key
            while at not in found and at in behind and at not in trail:
                trail.append(at)
                at = behind[at]
            found.update(dict.fromkeys(trail, found.get(at, ROOT)))
        return found

    @cached_property
    def routers(self) -> tuple[Node, ...]:
        """The tasks that choose a way."""
        return tuple(node for node in self.program.nodes.values() if node.kind.name == "router")

    def ancestors(self, key: str) -> list[str]:
        """Returns the containers of a task, the nearest first, the workflow itself last."""
        found: list[str] = []
        while key != ROOT:
            key = self.parents.get(key, ROOT)
            found.append(key)
        return found


def name_of(node: Node) -> str:
    """Returns what its author calls a task."""
    return (node.id.source if isinstance(node.id, Template) else node.id) or node.key


def line_of(node: Node) -> tuple[int, int]:
    """Returns where a task stands in its file, to sort by."""
    return (node.place.line, node.place.column) if node.place is not None else (0, 0)


def children_of(node: Node) -> tuple[str, ...]:
    """Returns the keys of the tasks that are written inside a task, routes aside: those stand beside their router."""
    fields = node.fields
    single = (getattr(fields, "task", None), getattr(fields, "processor", None))
    return (*(getattr(fields, "tasks", None) or ()), *(key for key in single if isinstance(key, str) and key))
