"""A program with a bug of ours in it: its basic tasks, or the one named, cannot take an answer."""

from __future__ import annotations

from typing import Any

import msgspec

from statewright.kernel.program import Program


class Faulty:
    """A task type that fails where it is answered."""

    def __init__(self, kind: Any) -> None:
        self._kind = kind

    def __getattr__(self, name: str) -> Any:
        return getattr(self._kind, name)

    def answered(self, visit: Any, role: str, closing: Any) -> Any:
        raise ZeroDivisionError("a bug of ours")


def with_a_bug(program: Program, only: str = "") -> Program:
    """Returns the program with the bug in all basic tasks, or in the node `only`."""
    faulty = {
        key: msgspec.structs.replace(node, kind=Faulty(node.kind))
        for key, node in program.nodes.items()
        if (key == only if only else node.kind.name == "basic")
    }
    return msgspec.structs.replace(program, nodes=program.nodes | faulty)
