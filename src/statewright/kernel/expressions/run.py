"""One evaluation at work: the dot, the variables, the text so far, and what is left of the budget."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NoReturn, Protocol

from statewright.kernel.expressions.evaluate import ExpressionError, Scope
from statewright.kernel.expressions.made import ENTRIES_PER_STEP, refuse_secret
from statewright.kernel.expressions.views import MISSING, View
from statewright.kernel.values import Blob, Concat, Json, Reference, Secret

# The longest list (DESIGN 9); a position past it is a key of a map.
COLLECTION_MAX = 100_000


class Renders(Protocol):
    """A body of statements; `blocks.Block` is the one there is."""

    slots: int

    def render(self, run: Run) -> int:
        """Writes its text."""


class Run:
    """What nodes evaluate against. A run lives for one template, or for all templates of one tree."""

    __slots__ = (
        "depth",
        "dot",
        "go",
        "missing_key",
        "now_ms",
        "out",
        "room",
        "scope",
        "secret",
        "steps",
        "strict",
        "templates",
        "undefined",
        "vars",
    )
    dot: Any
    vars: list[Any]
    out: list[Any]
    secret: bool
    undefined: Any
    templates: Mapping[str, Renders]
    go: bool
    missing_key: str

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.strict = scope.strict
        self.now_ms = scope.now_ms
        self.steps = scope.budget.steps
        self.room = scope.budget.output_bytes
        self.depth = scope.budget.depth

    def end(self) -> None:
        """Tells the scope what was spent, also of an evaluation that failed."""
        self.scope.used += self.scope.budget.steps - self.steps

    def begin(self, slots: int, templates: Mapping[str, Renders], *, go: bool, missing_key: str) -> None:
        """Gets ready for the next template; what is left of the budget stays."""
        root = self.scope.root
        self.dot = root
        self.vars = [root] if slots == 1 else [root] + [None] * (slots - 1)
        self.out = []
        self.secret = False
        self.undefined = None
        self.templates = templates
        self.go = go
        self.missing_key = missing_key

    def write(self, text: Any) -> None:
        """Adds text, or a reference that takes part in text. Room is counted in characters; at the end, in bytes."""
        self.out.append(text)
        if isinstance(text, str):
            self.room -= len(text)
            if self.room < 0:
                self.overflow()
        else:
            self.secret = True

    def written(self) -> str | Concat:
        """Returns what was written since `begin`."""
        if self.secret:
            return joined(self.out)
        text = "".join(self.out)
        if not text.isascii():
            self.make_room(len(text.encode()))
        return text

    def spend(self, steps: int) -> None:
        """Takes steps from the budget."""
        self.steps -= steps
        if self.steps < 0:
            self.exhausted()

    def exhausted(self) -> NoReturn:
        """Ends the evaluation: the steps are used up."""
        message = f"a template may take {self.scope.budget.steps:,} steps; this one takes more"
        raise ExpressionError("EXPR_STEP_LIMIT", message, hint="give the work to a tool, or split it into tasks")

    def make_room(self, size: int) -> None:
        """Refuses to make a text or list of `size` before it is made."""
        if size > self.scope.budget.output_bytes:
            self.overflow()

    def count(self, view: View) -> int:
        """Returns how many values a view has: it may have to look at each."""
        count = view.length()
        self.spend(count // ENTRIES_PER_STEP)
        return count

    def load(self, blob: Blob) -> Json:
        """Returns a blob's value; the scope may refuse for now (rule R12)."""
        return self.scope.blob(blob)

    def field(self, value: Any, name: str) -> Any:
        """Returns what `value` has under `name`, or `MISSING`; what is no map has nothing."""
        if isinstance(value, View):
            if name[:1] == "_":
                message = f"there is no {name!r}: names that begin with an underscore do not exist"
                raise ExpressionError("EXPR_ATTRIBUTE_FORBIDDEN", message)
            found = value.get(name)
            return value.at(_position(name)) if found is MISSING and value.is_list else found
        if isinstance(value, dict):
            return value.get(name, MISSING)
        if isinstance(value, list):
            index = _position(name)
            return value[index] if 0 <= index < len(value) else MISSING
        if type(value) is Blob:
            return self.field(self.load(value), name)
        if isinstance(value, Reference):
            raise refuse_secret()
        return MISSING

    def missing(self, node: Any) -> None:
        """Notes that the path of `node` does not exist; in workflow mode it is null."""
        self.undefined = node

    def too_deep(self) -> NoReturn:
        """Ends the evaluation: blocks lie too deep inside each other."""
        limit = self.scope.budget.depth
        raise ExpressionError("EXPR_DEPTH", f"blocks and templates nest deeper than {limit} levels")

    def overflow(self) -> NoReturn:
        """Ends the evaluation: the text grows too long."""
        limit = self.scope.budget.output_bytes
        message = f"a template may make {limit:,} bytes of text; this one makes more"
        raise ExpressionError("EXPR_OUTPUT_LIMIT", message, hint="print less, or keep large data out of text")


def _position(name: str) -> int:
    """Returns the position that a path segment names (`.xs.0`), or -1."""
    return int(name) if name.isdecimal() and len(name) <= len(str(COLLECTION_MAX)) else -1


def joined(parts: list[Any]) -> Concat:
    """Returns text with secrets in it: neighbouring texts merged, plain nested ones opened."""
    flat = [
        inner
        for part in parts
        for inner in (part.parts if isinstance(part, Concat) and not part.encoder else (part,))
        if inner != ""
    ]
    merged: list[str | Secret | Concat] = []
    texts: list[str] = []
    for part in [*flat, None]:
        if isinstance(part, str):
            texts.append(part)
            continue
        if texts:
            merged.append("".join(texts))
            texts = []
        if part is not None:
            merged.append(part)
    return Concat(parts=tuple(merged))
