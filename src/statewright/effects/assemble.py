"""Assembles the performers of this release: the one list of what an effect can reach."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path

from statewright.effects.memory.memories import Memories
from statewright.effects.models.choose import Models
from statewright.effects.operator import Operator, read_operator
from statewright.effects.registry import Performers
from statewright.effects.sinks import Secrets
from statewright.effects.tools.http import HttpTools
from statewright.effects.tools.javascript import EntrypointTools, InlineJavaScript
from statewright.effects.tools.python import Function, PythonTools
from statewright.effects.tools.tool import Clock, Run, ToolPerformer
from statewright.store.contract import Store


def wall_clock() -> int:
    """Returns the time in milliseconds since 1970 UTC."""
    return time.time_ns() // 1_000_000


def assemble(
    store: Store,
    secrets: Secrets,
    operator: Path | None = None,
    *,
    functions: Mapping[str, Function] | None = None,
    clock: Clock = wall_clock,
) -> Performers:
    """Returns the performer of every call. `functions` are Python tools by id, of the program that embeds us.

    Raises `OperatorInvalid` where the operator file at `operator` cannot be used.
    """
    allowed = read_operator(str(operator)) if operator is not None else Operator()
    tools: dict[str, Run] = {
        "entrypoint": EntrypointTools(allowed),
        "http": HttpTools(allowed),
        "javascript": InlineJavaScript(allowed),
        "python": PythonTools(functions),
    }
    return Performers(
        {
            "memory": Memories(store),
            "model": Models(secrets=secrets),
            "tool": ToolPerformer(tools, secrets=secrets, clock=clock),
        }
    )
