"""Forking: the beginning of one run, decided again as another one. Nothing is performed and nothing stored here.

A recorded answer is given again only to the same question. What a fork asks that nobody answered so far stays open,
and so does what a change has turned into another question (docs/adr/0012).
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Sequence

import msgspec

from statewright.errors import EXIT_CONFLICT, EXIT_DIVERGED, StatewrightError
from statewright.hosts.editing import Change, edited, edits_of
from statewright.hosts.lane import Lane
from statewright.hosts.replay import ReadBlob, Step
from statewright.kernel import values
from statewright.kernel.asking import BACKOFF
from statewright.kernel.decision import Rejected
from statewright.kernel.effects import Call, Timer
from statewright.kernel.events import Answered, AnyEvent, Fired, Paused, Received, Refused, Resolved, Started
from statewright.kernel.journal import digest_of, first_difference
from statewright.kernel.program import Program
from statewright.kernel.state import Patch, Pending
from statewright.kernel.values import Blob
from statewright.store.contract import Append

_OURS = "run.parent"
# Where the run's own id stood; no id can hold these letters.
_ID = b"\xe2\x96\xa0"


class Forked(msgspec.Struct, frozen=True):
    """A fork that is ready to be stored: its lane, its records in order, and the tasks that must ask anew."""

    lane: Lane
    appends: tuple[Append, ...]
    anew: tuple[str, ...]


class Cut(msgspec.Struct, frozen=True):
    """Where a fork leaves the other run: after record `seq`, with these changes to what happened before."""

    seq: int
    changes: tuple[Change, ...] = ()


def fork(program: Program, steps: Sequence[Step], cut: Cut, blob: ReadBlob, *, run: str, now: int) -> Forked:
    """Returns a run with a new id that goes on from the cut. It is paused until somebody lets it go on.

    Raises `StatewrightError`: `FORK_SUSPENDED` where a fault of ours lies before the cut, `FORK_DIVERGED` where an
    unchanged beginning is decided in another way, or what the door says to a changed input.
    """
    copying = _Copying(program, steps[: cut.seq], cut.changes, blob, run=run)
    for step in steps[: cut.seq]:
        copying.take(step)
    return copying.part(now)


def first_of(steps: Sequence[Step], task: str) -> int:
    """Returns the record at which a task began for the first time; 0 where it never did."""
    for step in steps:
        patch = step.decision.patch if step.decision is not None else Patch()
        if any(_is_it(path, task) for section in (patch.frames, patch.results) for path in section):
            return step.entry.seq
    return 0


def _is_it(path: str, task: str) -> bool:
    """A task is named by its whole path or by its last step."""
    return path == task or path.endswith(f".{task}")


class _Copying:
    """One fork while it is made. Effect ids of the other run lead to those of this one."""

    def __init__(
        self, program: Program, steps: Sequence[Step], changes: Sequence[Change], blob: ReadBlob, *, run: str
    ) -> None:
        self._lane = Lane(program, blob)
        self._blob = blob
        self._run = run
        started = steps[0].event
        assert isinstance(started, Started)
        self._other = started.run
        self._open: dict[str, Pending] = {}
        self._ids: dict[str, str] = {}
        self._anew: dict[str, None] = {}
        self._edits = edits_of(steps, changes)
        self._is_changed = False
        self._appends: list[Append] = []
        self._normal = re.compile(rb"(?<![a-z0-9_-])(?:%b|%b)(?![a-z0-9_-])" % (self._other.encode(), run.encode()))

    def take(self, step: Step) -> None:
        """Gives one event of the other run to this one."""
        decision = step.decision
        if decision is None:
            raise StatewrightError(
                "FORK_SUSPENDED",
                f"record {step.entry.seq} of run {self._other!r} was set aside by a fault of Statewright",
                hint=f"fork before it: --at {step.entry.seq - 1}",
                exit_code=EXIT_CONFLICT,
            )
        event = self._own(step)
        taken = None if event is None else self._lane.take(event)
        if isinstance(taken, Rejected) and (not self._is_changed or isinstance(event, Started)):
            self._refuse(step, event, taken)
        if taken is None or isinstance(taken, Rejected):
            self._miss(step.event)
            self._note(decision.patch)
            return
        if not self._is_changed:
            self._compare(step, taken.patch)
        self._pair(decision.patch, taken.patch, taken.append.record.seq)
        self._note(decision.patch)
        self._appends.append(taken.append)

    def part(self, now: int) -> Forked:
        """Ends the copy: from here on the fork is a run of its own."""
        if not self._lane.state.ended:
            taken = self._lane.take(Paused(at=now, origin=f"{self._other}:{self._lane.state.seq}"))
            assert not isinstance(taken, Rejected), taken
            self._appends.append(taken.append)
        return Forked(self._lane, tuple(self._appends), tuple(self._anew))

    def _own(self, step: Step) -> AnyEvent | None:
        """Returns the event as this run hears it; None for an answer to a question that it has not asked."""
        event: AnyEvent = self._whole(step.event)
        for change in self._edits.get(step.entry.seq, ()):
            event = edited(event, self._kind(event), change)
            self._is_changed = True
        if isinstance(event, Started):
            return msgspec.structs.replace(event, run=self._run, parent="", key="")
        if isinstance(event, Answered | Refused | Fired | Resolved):
            own = self._ids.get(event.effect)
            return None if own is None else msgspec.structs.replace(event, effect=own)
        return event

    def _whole(self, event: AnyEvent) -> AnyEvent:
        """Returns the event with a large value in it, so that the fork's journal owns it too."""
        field = _FIELDS.get(type(event))
        value = getattr(event, field) if field else None
        if field is None or not isinstance(value, Blob):
            return event
        data = self._blob(value.digest)
        assert data is not None, "the replay has read it"
        return msgspec.structs.replace(event, **{field: values.decode(data)})

    def _kind(self, event: AnyEvent) -> str:
        pending = self._open.get(getattr(event, "effect", ""))
        return pending.effect.kind if pending is not None and isinstance(pending.effect, Call) else ""

    def _miss(self, event: AnyEvent) -> None:
        pending = self._open.get(getattr(event, "effect", ""))
        if pending is not None and not isinstance(pending.effect, Timer):
            self._anew[pending.frame] = None

    def _note(self, patch: Patch) -> None:
        for id, pending in patch.pending.items():
            if pending is not None:
                self._open[id] = pending

    def _pair(self, theirs: Patch, ours: Patch, seq: int) -> None:
        """Finds this run's question for each that the other one has just asked."""
        asked: dict[bytes, deque[str]] = {}
        for id, pending in ours.pending.items():
            if pending is not None and id.startswith(f"{self._run}:{seq}."):
                asked.setdefault(self._question(pending, {}), deque()).append(id)
        for id, pending in theirs.pending.items():
            if pending is None or id in self._ids:
                continue
            own = asked.get(self._question(pending, self._ids))
            if own:
                self._ids[id] = own.popleft()

    def _question(self, pending: Pending, ids: dict[str, str]) -> bytes:
        effect = msgspec.structs.replace(pending.effect, id="")
        role = pending.role
        if isinstance(effect, Timer):
            effect = msgspec.structs.replace(effect, due=0)
        if isinstance(effect, Call):
            effect = msgspec.structs.replace(effect, deadline=0)
        if role.startswith(BACKOFF):
            call = role.removeprefix(BACKOFF)
            role = BACKOFF + ids.get(call, call)
        return self._neutral(values.encode([pending.frame, role, effect]))

    def _neutral(self, data: bytes) -> bytes:
        return self._normal.sub(_ID, data)

    def _compare(self, step: Step, ours: Patch) -> None:
        assert step.decision is not None
        theirs, own = self._parts(step.decision.patch), self._parts(ours)
        if theirs == own:
            return
        key = first_difference(digest_of(theirs).keys, digest_of(own).keys)
        raise StatewrightError(
            "FORK_DIVERGED",
            f"record {step.entry.seq} of run {self._other!r} is decided in another way under another id, in {key}",
            hint="a template of this workflow depends on the run's id; fork before that record",
            exit_code=EXIT_DIVERGED,
        )

    def _parts(self, patch: Patch) -> dict[str, bytes]:
        """Returns a patch with neither run's id in it; the jitter of a back-off follows the id, and is left out."""
        parts: dict[str, bytes] = {}
        for name, value in patch.changes().items():
            if isinstance(value, Pending) and value.role.startswith(BACKOFF):
                value = msgspec.structs.replace(value, effect=msgspec.structs.replace(value.effect, due=0))
            if name != _OURS:
                parts[self._neutral(name.encode()).decode()] = self._neutral(values.encode(value))
        return parts

    def _refuse(self, step: Step, event: AnyEvent | None, refused: Rejected) -> None:
        if self._is_changed and isinstance(event, Started):
            raise StatewrightError(refused.code, refused.reason, hint="change --set so that it fits the schema")
        raise StatewrightError(
            "FORK_DIVERGED",
            f"record {step.entry.seq} of run {self._other!r} was taken there and is refused here: {refused.reason}",
            hint="fork before that record",
            exit_code=EXIT_DIVERGED,
        )


# The field of an event in which a large value is kept by content (R12).
_FIELDS: dict[type[msgspec.Struct], str] = {Started: "input", Received: "payload", Answered: "value", Resolved: "value"}
