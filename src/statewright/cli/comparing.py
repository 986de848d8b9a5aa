"""Two journals side by side: where they part, and what their tasks came to. Times and the runs' ids do not count."""

from __future__ import annotations

import re
from collections.abc import Sequence

import msgspec

from statewright.api.records import Step
from statewright.kernel import values
from statewright.kernel.effects import AnyEffect, Call, Timer
from statewright.kernel.events import Answered, AnyEvent, Paused, Received, Refused, Started
from statewright.kernel.state import SECTIONS, Frame, Patch, Pending, Result, State
from statewright.kernel.values import Json

# Fields that are another number in every run, by what they stand in.
_TIMES: dict[type[msgspec.Struct], dict[str, Json]] = {
    Started: {"at": 0, "run": "", "seed": "", "parent": ""},
    Received: {"at": 0, "key": ""},
    Answered: {"at": 0, "started": 0, "took": 0},
    Refused: {"at": 0, "started": 0, "took": 0},
    Paused: {"at": 0, "origin": ""},
    Frame: {"at": 0},
    Result: {"at": 0},
    Timer: {"due": 0},
    Call: {"deadline": 0},
}
# What a task is told by.
_TOLD = ("status", "input", "output", "error")
_OWN = frozenset({"run", "seed", "parent", "started_at"})
_STAMPS = re.compile(rb'"(?:received_at_utc|signal_id)":"[^"]*"')


class Parting(msgspec.Struct, frozen=True):
    """The first record that differs: in its event, or only in what was decided; `keys` are the patch's that differ."""

    seq: int
    left: AnyEvent | None
    right: AnyEvent | None
    is_event: bool
    keys: tuple[str, ...]


class Changed(msgspec.Struct, frozen=True):
    """A task that came to something else. None stands for a run in which it has no result."""

    path: str
    left: Result | None
    right: Result | None

    @property
    def fields(self) -> list[str]:
        """Returns the names of what differs."""
        if self.left is None or self.right is None:
            return ["status"]
        return [name for name in _TOLD if getattr(self.left, name) != getattr(self.right, name)]


def parting(left: Sequence[Step], right: Sequence[Step]) -> Parting | None:
    """Returns where two runs part; None where they are the same throughout."""
    own = _Neutral(_run_of(left)), _Neutral(_run_of(right))
    for at in range(max(len(left), len(right))):
        if at >= len(left) or at >= len(right):
            one = left[at].event if at < len(left) else None
            other = right[at].event if at < len(right) else None
            return Parting(at + 1, one, other, True, ())
        events = own[0].event(left[at].event), own[1].event(right[at].event)
        parts = own[0].parts(left[at]), own[1].parts(right[at])
        keys = tuple(key for key in {**parts[0], **parts[1]} if parts[0].get(key) != parts[1].get(key))
        if events[0] != events[1] or keys:
            return Parting(at + 1, left[at].event, right[at].event, events[0] != events[1], keys)
    return None


def changed(left: State, right: State) -> list[Changed]:
    """Returns the tasks that came to something else, in the order in which they first ended."""
    own = _Neutral(left.run), _Neutral(right.run)
    found = []
    for path in dict.fromkeys([*left.results, *right.results]):
        one = Changed(path, left.results.get(path), right.results.get(path))
        if path and own[0].result(one.left) != own[1].result(one.right):
            found.append(one)
    return found


class _Neutral:
    """What one run says, with its own id and its times taken out."""

    def __init__(self, id: str) -> None:
        self._id = re.compile(rb"(?<![a-z0-9_-])%b(?![a-z0-9_-])" % id.encode()) if id else None

    def event(self, event: AnyEvent) -> bytes:
        return self._neutral(values.encode(timeless(event)))

    def result(self, result: Result | None) -> bytes:
        told = None if result is None else [getattr(result, name) for name in _TOLD]
        return self._neutral(values.encode(told))

    def parts(self, step: Step) -> dict[str, bytes]:
        patch: Patch = step.patch
        parts = {f"run.{key}": self._neutral(values.encode(v)) for key, v in patch.run.items() if key not in _OWN}
        for section in SECTIONS:
            for key, value in getattr(patch, section).items():
                name = self._neutral(f"{section}.{key}".encode()).decode()
                parts[name] = self._neutral(values.encode(timeless(value)))
        return parts

    def _neutral(self, data: bytes) -> bytes:
        data = _STAMPS.sub(b"", data)
        return self._id.sub(b"", data) if self._id is not None else data


def _run_of(steps: Sequence[Step]) -> str:
    started = steps[0].event if steps else None
    return started.run if isinstance(started, Started) else ""


def timeless(value: Json) -> Json:
    """Returns a record of ours without its times."""
    if isinstance(value, Pending):
        effect: AnyEffect = timeless(value.effect)
        return msgspec.structs.replace(value, effect=effect)
    fields = _TIMES.get(type(value))
    if fields is None and isinstance(value, msgspec.Struct) and "at" in value.__struct_fields__:
        fields = {"at": 0}
    return value if fields is None else msgspec.structs.replace(value, **fields)
