"""A visit: one live task within one decision. Task types read and change their frame through it, and render with it.

The frame itself is frozen and outlives the decision; a visit is the hand that holds it, so that no step looks it up
again. What it changes goes to the patch at once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from statewright.kernel.expressions.evaluate import Budget, ExpressionError, Scope
from statewright.kernel.expressions.template import Template, Tree
from statewright.kernel.program import Node
from statewright.kernel.scope import ScopeView
from statewright.kernel.state import Frame
from statewright.kernel.values import Blob, Concat, Json, Reference

if TYPE_CHECKING:
    from statewright.kernel.turn import Turn

_BUDGET = Budget()
_NOTHING: dict[str, Json] = {}


class Visit:
    """The task at `path`, alive. `over` once its frame is gone."""

    __slots__ = ("frame", "node", "over", "path", "turn")

    def __init__(self, turn: Turn, path: str, frame: Frame, node: Node) -> None:
        self.turn = turn
        self.path = path
        self.frame = frame
        self.node = node
        self.over = False

    @property
    def fields(self) -> Any:
        """What YAML says of this task beyond what it may say of every task."""
        return self.node.fields

    def change(self, **fields: Any) -> None:
        """Replaces fields of the frame."""
        frame = self.frame = msgspec.structs.replace(self.frame, **fields)
        self.turn.overlay.patch.frames[self.path] = frame

    def parent(self) -> Visit | None:
        """Returns the container's visit; None for the workflow itself."""
        parent = self.frame.parent
        return None if parent is None else self.turn.alive(parent)

    def items(self) -> list[Json]:
        """Returns what this collection iterates."""
        return self.turn.overlay.items(self.path)

    def keep_items(self, items: list[Json]) -> None:
        """Keeps what this collection iterates until it is finished."""
        self.turn.overlay.patch.items[self.path] = items

    def roles(self) -> set[str]:
        """Returns what the frame's open effects are for."""
        open_effects = (self.turn.overlay.pending(id) for id in self.frame.awaiting)
        return {pending.role for pending in open_effects if pending is not None}

    def tree(self, tree: Tree) -> Json:
        """Renders a tree. Secrets are refused: a task's data is not a sink (R8)."""
        return tree.value if tree.constant else _without_secrets(tree.evaluate(self.scope()))

    def text(self, template: Template | str) -> str:
        """Renders a text. Prompts and keys refuse secrets (R8)."""
        if isinstance(template, str):
            return template
        text = template.text(self.scope())
        if isinstance(text, Concat):
            raise ExpressionError("EXPR_SECRET", "a secret cannot become part of this text", 0, len(template.source))
        return text

    def required(self, template: Template) -> Json:
        """Renders a value that must exist; what is missing is named."""
        return template.required(self.scope())

    def truth(self, template: Template, extra: dict[str, Json]) -> bool:
        """Evaluates a filter with variables of its own."""
        return template.truth(self.scope(extra))

    def scope(self, extra: dict[str, Json] = _NOTHING) -> Scope:
        """Returns what templates of this task see."""
        turn, frame = self.turn, self.frame
        return Scope(
            root=ScopeView(turn.lookup, self.path, extra),
            now_ms=frame.at,
            draws=turn.draws(f"{self.path}:{frame.visit}:{frame.phase}"),
            functions=turn.functions,
            blob=turn.blob,
            strict=turn.strict,
            budget=_BUDGET,
        )


def _without_secrets(value: Json) -> Json:
    if isinstance(value, Reference) and not isinstance(value, Blob):
        raise ExpressionError("SECRET_NOT_ALLOWED_HERE", "a secret cannot become part of a task's data", 0, 0)
    if isinstance(value, dict):
        for item in value.values():
            _without_secrets(item)
    elif isinstance(value, list):
        for item in value:
            _without_secrets(item)
    return value
