"""A turn: everything that one decision works with. It lives for one call of `decide` and writes to its overlay only.

A visit is one live task within it. Task types read and change their frame through it, and render with it: the hand
that holds the frame, so that no step looks it up again.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, TypeVar

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
from statewright.kernel.values import Blob, Concat, Json, Reference, encode
from statewright.kernel.views import Lookup, plain

T = TypeVar("T")

_UNSEEN = object()
_BUDGET = Budget()
# Steps of an evaluation, about a microsecond each, that take as long as a step of a decision.
EVALUATED_PER_STEP = 20
# Bytes of a value that take as long to keep, with its digest, as a step of a decision.
BYTES_PER_STEP = 8_192
# Large values that one decision knows again. Tasks side by side are given the same one or two.
WEIGHED_MAX = 8
# More visits than one decision can begin: each of its steps begins at most a hundred.
VISITS_MAX = 1_000_000
_NOTHING: dict[str, Json] = {}
_NO_SCHEMAS: Mapping[str, Callable[..., Json]] = {"validateSchema": partial(validated, {})}
_SCALARS = frozenset({str, int, float, bool, type(None)})


class BlobMissing(Exception):
    """Raised when a decision looks into a blob that the host has not loaded (R12)."""

    def __init__(self, digest: str) -> None:
        super().__init__(digest)
        self.digest = digest


class Turn:
    """One decision at work."""

    __slots__ = (
        "_begun",
        "_blobs",
        "_visits",
        "_weighed",
        "agenda",
        "at",
        "effects",
        "lookup",
        "minted",
        "overlay",
        "program",
        "seq",
        "steps",
    )

    def __init__(self, program: Program, state: State, *, seq: int, at: int, blobs: Mapping[str, Json]) -> None:
        self.program = program
        self.overlay = Overlay(state)
        self.lookup = Lookup(program, self.overlay, at)
        self.seq = seq
        self.at = at
        self.steps = 0
        self.agenda: deque[tuple[str, Visit, str]] = deque()  # name, whose, child
        self.effects: dict[str, AnyEffect] = {}  # by id, as they are to be asked for
        self.minted = 0
        self._begun = 0
        self._weighed: list[tuple[Json, int]] = []
        self._blobs = blobs
        self._visits: dict[str, Visit | None] = {}

    def visit(self, path: str) -> Visit | None:
        """Returns the visit of the task at `path`; None where it is not alive."""
        known = self._visits.get(path, _UNSEEN)
        if known is not _UNSEEN:
            return known  # type: ignore[return-value]  # sentinel
        frame = self.overlay.frame(path)
        visit = None if frame is None else Visit(self, path, frame, self.program.nodes[frame.node])
        self._visits[path] = visit
        return visit

    def alive(self, path: str) -> Visit:
        """Returns the visit of the task at `path`; asking for one that is gone is a bug."""
        visit = self.visit(path)
        assert visit is not None, f"no frame at {path!r}"
        return visit

    def begin(self, path: str, frame: Frame) -> Visit:
        """Puts a new frame at `path`."""
        visit = self._visits[path] = Visit(self, path, frame, self.program.nodes[frame.node])
        self.overlay.patch.frames[path] = frame
        visit.is_own = True
        return visit

    def again(self, visit: Visit) -> Visit:
        """Begins the task anew in the same place: steps of the visit before are not taken any more."""
        visit.over = True
        return self.begin(visit.path, msgspec.structs.replace(visit.frame, visit=self.number()))

    def number(self) -> int:
        """Returns the number of the next visit that this decision begins; no other decision gives it."""
        self._begun += 1
        return self.seq * VISITS_MAX + self._begun

    def end(self, visit: Visit) -> None:
        """Takes the frame away, and the items that it iterated."""
        visit.over = True
        self._visits[visit.path] = None
        self.overlay.remove(visit.path)

    def close(self) -> None:
        """Lets go of the visits. They hold the turn, and a circle would wait for the collector at every event."""
        self._visits.clear()
        self.agenda.clear()

    def charge(self, value: Json) -> None:
        """Counts what it takes to keep a value as steps of this decision (R18).

        One that many tasks are given is the same object, and is weighed once.
        """
        weight = 0
        for item in value.values() if isinstance(value, dict) else (value,):
            if isinstance(item, (dict, list)):
                weight += self._weight_of(item)
            elif isinstance(item, str):
                weight += len(item)
        self.steps += weight // BYTES_PER_STEP

    def _weight_of(self, item: Json) -> int:
        for known, weight in self._weighed:
            if known is item:
                return weight
        weight = len(encode(item))
        if weight >= BYTES_PER_STEP and len(self._weighed) < WEIGHED_MAX:
            self._weighed.append((item, weight))
        return weight

    def result(self, path: str) -> Result:
        """Returns the result at `path`; asking for one that is not there is a bug."""
        result = self.overlay.result(path)
        assert result is not None, f"no result at {path!r}"
        return result

    def plain_output(self, path: str) -> Json:
        """Returns a finished task's output as plain data."""
        return plain(self.lookup.output(path))

    def value_of(self, closing: Answered) -> Json:
        """Returns an answer's value, looking into a blob where it is one."""
        return self.blob(closing.value) if isinstance(closing.value, Blob) else closing.value

    def blob(self, blob: Blob) -> Json:
        """Returns the value of a blob; raises `BlobMissing` where the host must load it first."""
        if blob.digest not in self._blobs:
            raise BlobMissing(blob.digest)
        return self._blobs[blob.digest]

    @property
    def strict(self) -> bool:
        """Whether a printed value that is missing is an error in this project."""
        return bool(self.program.project.get("strict_templates"))

    @property
    def functions(self) -> Mapping[str, Callable[..., Json]]:
        """The template functions that need the program."""
        schemas = self.program.schemas
        return {"validateSchema": partial(validated, schemas)} if schemas else _NO_SCHEMAS


class Visit:
    """The task at `path`, alive. `over` once its frame is gone."""

    __slots__ = ("frame", "is_own", "node", "over", "path", "turn")

    def __init__(self, turn: Turn, path: str, frame: Frame, node: Node) -> None:
        self.turn = turn
        self.path = path
        self.frame = frame
        self.node = node
        self.over = False
        self.is_own = False  # whether this decision made the frame, so that it may write to it

    @property
    def fields(self) -> Any:
        """What YAML says of this task beyond what it may say of every task."""
        return self.node.fields

    def change(self, **fields: Any) -> None:
        """Changes fields of the frame: of this decision's own, which begins as a copy of the one in the state."""
        if self.is_own:
            frame = self.frame
            for name, value in fields.items():
                setattr(frame, name, value)
            return
        self.is_own = True
        self.frame = self.turn.overlay.patch.frames[self.path] = msgspec.structs.replace(self.frame, **fields)

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
        return tree.value if tree.constant else _without_secrets(self._charged(tree.evaluate))

    def text(self, template: Template | str) -> str:
        """Renders a text. Prompts and keys refuse secrets (R8)."""
        if isinstance(template, str):
            return template
        text = self._charged(template.text)
        if isinstance(text, Concat):
            raise ExpressionError("EXPR_SECRET", "a secret cannot become part of this text", 0, len(template.source))
        return text

    def required(self, template: Template) -> Json:
        """Renders a value that must exist; what is missing is named."""
        return self._charged(template.required)

    def truth(self, template: Template, extra: dict[str, Json]) -> bool:
        """Evaluates a filter with variables of its own."""
        return self._charged(template.truth, extra)

    def _charged(self, evaluate: Callable[[Scope], T], extra: dict[str, Json] = _NOTHING) -> T:
        """Evaluates in the scope of this task; what is costly there counts as steps of the decision (R18)."""
        scope = self.scope(extra)
        try:
            return evaluate(scope)
        finally:
            self.turn.steps += scope.used // EVALUATED_PER_STEP

    def scope(self, extra: dict[str, Json] = _NOTHING) -> Scope:
        """Returns what templates of this task see."""
        turn, frame = self.turn, self.frame
        return Scope(
            ScopeView(turn.lookup, self.path, extra),
            frame.at,
            Draws((turn.overlay.run("seed"), self.path, frame.visit, frame.phase)),
            turn.functions,
            turn.blob,
            turn.strict,
            _BUDGET,
        )


def _without_secrets(value: Json) -> Json:
    if isinstance(value, (dict, list)):
        for item in value.values() if isinstance(value, dict) else value:
            if type(item) not in _SCALARS:
                _without_secrets(item)
    elif isinstance(value, Reference) and not isinstance(value, Blob):
        raise ExpressionError("SECRET_NOT_ALLOWED_HERE", "a secret cannot become part of a task's data", 0, 0)
    return value
