"""A turn: everything that one decision works with. Task types read the run and render templates through it.

A turn lives for one call of `decide`. It writes to its overlay only.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import msgspec

from statewright.kernel.effects import AnyEffect
from statewright.kernel.events import Answered
from statewright.kernel.expressions.draws import Draws
from statewright.kernel.expressions.evaluate import Budget, ExpressionError, Scope
from statewright.kernel.expressions.template import Template, Tree
from statewright.kernel.overlay import Overlay
from statewright.kernel.program import Node, Program
from statewright.kernel.scope import ScopeView, validated
from statewright.kernel.state import Frame, Result, State
from statewright.kernel.values import Blob, Concat, Json, Reference
from statewright.kernel.views import Lookup, plain


class BlobMissing(Exception):
    """Raised when a decision looks into a blob that the host has not loaded (R12)."""

    def __init__(self, digest: str) -> None:
        super().__init__(digest)
        self.digest = digest


class Turn:
    """One decision at work."""

    def __init__(self, program: Program, state: State, *, seq: int, at: int, blobs: Mapping[str, Json]) -> None:
        self.program = program
        self.overlay = Overlay(state)
        self.seq = seq
        self.at = at
        self.steps = 0
        self.agenda: list[tuple[str, str, str, int]] = []  # name, path, child, visit
        self.effects: list[AnyEffect] = []
        self.minted = 0
        self._blobs = blobs

    def frame(self, path: str) -> Frame:
        """Returns the live frame at `path`; asking for one that is gone is a bug."""
        frame = self.overlay.frame(path)
        assert frame is not None, f"no frame at {path!r}"
        return frame

    def change(self, path: str, **fields: Any) -> Frame:
        """Replaces fields of the frame at `path`."""
        frame = msgspec.structs.replace(self.frame(path), **fields)
        self.overlay.patch.frames[path] = frame
        return frame

    def node(self, path: str) -> Node:
        """Returns the node of the frame at `path`."""
        return self.program.nodes[self.frame(path).node]

    def result(self, path: str) -> Result:
        """Returns the result at `path`; asking for one that is not there is a bug."""
        result = self.overlay.result(path)
        assert result is not None, f"no result at {path!r}"
        return result

    def plain_output(self, path: str) -> Json:
        """Returns a finished task's output as plain data."""
        return plain(self.lookup().output(path))

    def items(self, path: str) -> list[Json]:
        """Returns what the collection at `path` iterates."""
        return self.overlay.items(path)

    def keep_items(self, path: str, items: list[Json]) -> None:
        """Keeps what the collection at `path` iterates until it is finished."""
        self.overlay.patch.items[path] = items

    def roles(self, path: str) -> set[str]:
        """Returns what the frame's open effects are for."""
        open_effects = (self.overlay.pending(id) for id in self.frame(path).awaiting)
        return {pending.role for pending in open_effects if pending is not None}

    def value_of(self, closing: Answered) -> Json:
        """Returns an answer's value, looking into a blob where it is one."""
        return self.blob(closing.value) if isinstance(closing.value, Blob) else closing.value

    def blob(self, blob: Blob) -> Json:
        """Returns the value of a blob; raises `BlobMissing` where the host must load it first."""
        if blob.digest not in self._blobs:
            raise BlobMissing(blob.digest)
        return self._blobs[blob.digest]

    def lookup(self) -> Lookup:
        """Returns the finder of results, as of now."""
        return Lookup(self.program, self.overlay, self.at)

    def tree(self, path: str, tree: Tree) -> Json:
        """Renders a tree in the frame at `path`. Secrets are refused: a task's data is not a sink (R8)."""
        return _without_secrets(tree.evaluate(self.scope(path)))

    def text(self, path: str, template: Template | str) -> str:
        """Renders a text in the frame at `path`. Prompts and keys refuse secrets (R8)."""
        if isinstance(template, str):
            return template
        text = template.text(self.scope(path))
        if isinstance(text, Concat):
            raise ExpressionError("EXPR_SECRET", "a secret cannot become part of this text", 0, len(template.source))
        return text

    def required(self, path: str, template: Template) -> Json:
        """Renders a value that must exist; what is missing is named."""
        return template.required(self.scope(path))

    def truth(self, path: str, template: Template, extra: dict[str, Json]) -> bool:
        """Evaluates a filter with variables of its own."""
        return template.truth(self.scope(path, extra))

    def scope(self, path: str, extra: dict[str, Json] | None = None) -> Scope:
        """Returns what templates in the frame at `path` see."""
        frame = self.frame(path)
        schemas = self.program.schemas
        seed = f"{self.overlay.run('seed')}:{path}:{frame.visit}:{frame.phase}"
        return Scope(
            root=ScopeView(self.lookup(), path, extra or {}),
            now_ms=frame.at,
            draws=Draws(hashlib.sha256(seed.encode()).digest()),
            functions={"validateSchema": lambda value, id: validated(schemas, value, id)},
            blob=self.blob,
            strict=bool(self.program.project.get("strict_templates")),
            budget=Budget(),
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
