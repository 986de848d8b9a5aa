"""What a run is, between two events: frames, results, pending effects, and the patch that changes them.

All sections are plain insertion-ordered dicts (R20). A decision never touches a `State`; it returns a `Patch`, which
the host applies after the append. Finished frames are deleted; their results stay under the same path (R19).
"""

from __future__ import annotations

from operator import attrgetter
from typing import Any, Literal

import msgspec

from statewright.kernel.effects import AnyEffect
from statewright.kernel.values import Json

RunStatus = Literal["new", "running", "cancelling", "done", "failed", "cancelled", "terminated"]
ENDED: frozenset[str] = frozenset({"done", "failed", "cancelled", "terminated"})


class Failure(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """Why a task or run failed: a stable code, a sentence, the path of the task, and data for a person."""

    code: str
    message: str
    task: str = ""
    details: Json = None
    retryable: bool = False  # the world said no for now: a container may start over (R17)


class Frame(msgspec.Struct, gc=False, kw_only=True, omit_defaults=True):
    """What a live task remembers. Its path (the key it lies under) is built from positions in the program.

    Only the decision that made it writes to it, through its visit; once it is in a state nobody does.
    """

    node: str  # key of its node in the program
    parent: str | None  # path of its container; None for the workflow itself
    at: int  # when this visit began; `now` inside the task
    visit: int  # which of all visits this is; a step left over from another one is not taken
    phase: str = "with"  # with -> start -> run -> outputs; see kernel/lifecycle.py
    input: Json = None  # the rendered `with`
    raw: Json = None  # the output before `outputs` transforms it
    memory: dict[str, Json] = {}  # what its task type remembers
    memo: dict[str, Json] = {}  # answers that its templates asked for, by site and arguments (R24)
    extra: dict[str, Json] = {}  # what its container gave it: item, index
    awaiting: tuple[str, ...] = ()  # ids of its open effects
    rerun: tuple[tuple[str, str], ...] = ()  # steps that wait for a template's answer: name, and child it is about
    count: int = 0  # children below it, once it is done
    target: str = ""  # path of the task that it routed to, once it is done
    attempt: int = 1
    simulated: bool = False  # some answer it used was simulated


class Result(msgspec.Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """What a finished task left behind, under its path."""

    node: str
    id: str  # the author's id, rendered
    status: Literal["success", "failed", "cancelled"] = "success"
    output: Json = None
    error: Failure | None = None
    input: Json = None
    at: int = 0  # when it ended
    count: int = 0  # a container's children: their results lie under its path
    left: int = 0  # children that it never began
    target: str = ""  # a router's choice: path of the routed task
    simulated: bool = False


class Pending(msgspec.Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """An effect that has not been closed, with everything needed to issue it again unchanged (R3)."""

    effect: AnyEffect
    frame: str  # path of the frame that asked
    role: str = ""  # what the frame wants it for
    status: Literal["held", "issued", "closing", "unknown"] = "issued"
    attempt: int = 1
    attempts_max: int = 1
    resumes: int = 0  # attempts that a crash of the host took
    timeout: int = 0  # ms per attempt
    undo: str = ""  # the step that must be undone, unless nothing ever left


SECTIONS = ("frames", "results", "items", "pending", "data", "undo", "heard", "signals", "logs")
_SECTIONS = tuple((name, attrgetter(name)) for name in SECTIONS)
_PREFIXED = tuple((f"{name}.", section) for name, section in _SECTIONS)


class Undo(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """A step that may have run: which task undoes it, where it stood, and what its containers had given it."""

    node: str
    path: str
    extra: dict[str, Json] = {}
    left: bool = False  # some request of it has left the process
    result: Result | None = None  # of this very visit: the path may be visited again


class Signals(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """The log of one name: how many signals came, which a finished wait has consumed, and which are gone."""

    count: int = 0
    consumed: int = 0
    first: int = 0


class Patch(msgspec.Struct, omit_defaults=True, gc=False):
    """What a decision changes: new values by section and key, None deletes. This is digested, shown and applied."""

    run: dict[str, Any] = msgspec.field(default_factory=dict)
    frames: dict[str, Frame | None] = msgspec.field(default_factory=dict)
    results: dict[str, Result | None] = msgspec.field(default_factory=dict)
    items: dict[str, list[Json] | None] = msgspec.field(default_factory=dict)
    pending: dict[str, Pending | None] = msgspec.field(default_factory=dict)
    data: dict[str, Json] = msgspec.field(default_factory=dict)
    undo: dict[str, Undo | None] = msgspec.field(default_factory=dict)
    heard: dict[str, str | None] = msgspec.field(default_factory=dict)
    signals: dict[str, Json] = msgspec.field(default_factory=dict)
    logs: dict[str, Signals] = msgspec.field(default_factory=dict)

    def changes(self) -> dict[str, Any]:
        """Returns each changed key with its new value, sections in order: what the digest covers. None deletes."""
        changes = {"run." + key: value for key, value in self.run.items()}
        for prefix, section in _PREFIXED:
            changed = section(self)
            if changed:
                for key, value in changed.items():
                    changes[prefix + key] = value
        return changes


class State(msgspec.Struct, kw_only=True):
    """A run in memory. Only `apply` changes it."""

    seq: int = 0
    at: int = 0
    status: RunStatus = "new"
    run: str = ""
    tenant: str = ""
    program: str = ""
    logic: int = 1
    seed: str = ""
    started_at: int = 0
    input: Json = None
    env: dict[str, Json] = {}
    simulate: bool = False
    parent: str = ""  # id of the Spawn that this run answers
    simulated: bool = False
    usage: dict[str, int] = {}
    paused: bool = False
    output: Json = None
    error: Failure | None = None
    reason: str = ""
    verdict: RunStatus | Literal[""] = ""  # how the run will end once nothing is closing any more (R10)
    agenda: list[list[Any]] = []  # steps that a decision out of budget left for the next one (R18)
    frames: dict[str, Frame] = msgspec.field(default_factory=dict)
    results: dict[str, Result] = msgspec.field(default_factory=dict)
    items: dict[str, list[Json]] = msgspec.field(default_factory=dict)
    pending: dict[str, Pending] = msgspec.field(default_factory=dict)
    data: dict[str, Json] = msgspec.field(default_factory=dict)
    undo: dict[str, Undo] = msgspec.field(default_factory=dict)  # steps that may have run, oldest first (R11)
    heard: dict[str, str] = msgspec.field(default_factory=dict)  # keys of signals that came before (R14, R33)
    signals: dict[str, Json] = msgspec.field(default_factory=dict)  # by name and number
    logs: dict[str, Signals] = msgspec.field(default_factory=dict)  # by name

    @property
    def ended(self) -> bool:
        """Whether nothing can happen to the run any more."""
        return self.status in ENDED


def apply(state: State, patch: Patch, *, seq: int, at: int) -> None:
    """Makes `state` what the decision at `seq` said; the only code that changes a state."""
    state.seq = seq
    state.at = at
    for name, value in patch.run.items():
        setattr(state, name, value)
    for name, section in _SECTIONS:
        changes = section(patch)
        if changes:
            _merge(section(state), changes, keeps_none=name == "data")


def _merge(target: dict[str, Any], changes: dict[str, Any], *, keeps_none: bool) -> None:
    for key, value in changes.items():
        if value is None and not keeps_none:
            target.pop(key, None)
        else:
            target[key] = value
