"""A lane: one run in memory. It decides and seals; whoever owns it appends, performs and tells.

Every host uses it. A lane may decide ahead of the disk: its effects and acknowledgements are released by the owner
only after the commit that holds their record (R29).
"""

from __future__ import annotations

import msgspec

from statewright.hosts.replay import Folded, Kept, ReadBlob, decide_with_blobs
from statewright.kernel.decision import Decision, Rejected
from statewright.kernel.effects import AnyEffect, Timer
from statewright.kernel.events import (
    Answered,
    AnyEvent,
    Fired,
    Migrated,
    Received,
    Refused,
    Resolved,
    Started,
    Terminated,
    decode_event,
    encode_event,
)
from statewright.kernel.journal import GENESIS, Digest, seal
from statewright.kernel.program import Program
from statewright.kernel.state import Patch, Pending, State, apply
from statewright.kernel.values import INLINE_BYTES_MAX, ValueRefused, admit, blob_of
from statewright.store.claiming import claim_of
from statewright.store.contract import Append, IndexRow

# Events whose value may be so large that it is kept by content (R12). The field that holds it.
_LARGE = {Started: "input", Received: "payload", Answered: "value", Resolved: "value"}
# Events that come from outside, and the field with what somebody gave: the strict value model holds there (R6).
_GIVEN = {Started: "input", Received: "payload", Resolved: "value"}
_OWED = frozenset({"issued", "closing"})
SUSPENDED_DIGEST = Digest("", b"{}")


class Taken(msgspec.Struct, frozen=True, gc=False):
    """An event that became a record: what to append, what to ask of the world, and what changed."""

    event: AnyEvent
    append: Append
    effects: tuple[AnyEffect, ...]
    patch: Patch


class Lane:
    """One run: its program, its state, and the hash of its last record."""

    __slots__ = ("_blob", "_due", "_facts", "_owes", "_prev", "kept", "program", "state", "suspended")

    def __init__(self, program: Program, blob: ReadBlob, folded: Folded | None = None) -> None:
        self.program = program
        self.state = State() if folded is None else folded.state
        self.suspended = "" if folded is None else folded.suspended
        self.kept = Kept() if folded is None else folded.kept
        self._facts = () if folded is None else folded.set_aside
        self._prev = GENESIS if folded is None else folded.prev
        self._blob = blob
        self._owes = 0
        self._due: dict[str, int] = {}
        for id, pending in self.state.pending.items():
            self._book(id, None, pending)

    @property
    def prev(self) -> bytes:
        """The hash of its last record."""
        return self._prev

    @property
    def owes(self) -> int:
        """How many effects the world must still answer; timers do not count."""
        return self._owes

    def still_owes(self, left: dict[str, Pending]) -> bool:
        """Whether anything is owed just as it was left: nobody in this process is at it yet."""
        return any(_is_owed(one) and self.state.pending.get(id) == one for id, one in left.items())

    @property
    def timers(self) -> dict[str, int]:
        """Open timers: effect id -> due."""
        return self._due

    def take(self, event: AnyEvent, definition: tuple[str, bytes] | None = None) -> Taken | Rejected:
        """Decides an event and seals its record. The kernel sees only the decoded copy of the stored bytes (R6)."""
        refused = _not_a_value(event)
        if refused is not None:
            return refused
        data, blobs = _encoded(_not_before(event, self.state.at))
        copy = decode_event(data)
        if self.suspended and not isinstance(copy, Migrated | Terminated):
            return self._set_aside(copy, data, blobs)
        try:
            outcome = decide_with_blobs(self.program, self.state, copy, self._read(blobs), set_aside=self._facts)
        except Exception:
            # A fault of ours must not lose a fact: a closing is kept, the run is parked. Others get the fault.
            if not isinstance(copy, Answered | Refused | Fired):
                raise
            self.suspended = "KERNEL_FAULT"
            return self._set_aside(copy, data, blobs)
        if not isinstance(outcome, Decision):
            assert isinstance(outcome, Rejected)
            return outcome
        return self._taken(copy, data, outcome, blobs, definition)

    def _taken(
        self,
        event: AnyEvent,
        data: bytes,
        decision: Decision,
        blobs: tuple[tuple[str, bytes], ...],
        definition: tuple[str, bytes] | None,
    ) -> Taken:
        state = self.state
        record = seal(self._prev, state.seq + 1, data, decision.digest(), at=event.at)
        for id, pending in decision.patch.pending.items():
            self._book(id, state.pending.get(id), pending)
        apply(state, decision.patch, seq=record.seq, at=event.at)
        self._prev = record.hash
        self.suspended, self._facts = "", ()
        claim = claim_of(event) if isinstance(event, Started) else None
        append = Append(index=self.row(), record=record, blobs=blobs, definition=definition, claim=claim)
        return Taken(event, append, decision.effects, decision.patch)

    def _set_aside(self, event: AnyEvent, data: bytes, blobs: tuple[tuple[str, bytes], ...]) -> Taken | Rejected:
        """Journals a fact that nobody could digest (R1); anything else must wait until the run goes on."""
        if not isinstance(event, Answered | Refused | Fired):
            return Rejected("RUN_SUSPENDED", f"run {self.state.run!r} is suspended: {self.suspended}")
        record = seal(self._prev, self.state.seq + 1, data, SUSPENDED_DIGEST, at=event.at, suspended=self.suspended)
        self.state.seq, self.state.at = record.seq, event.at
        self._prev = record.hash
        self._facts = (*self._facts, event)
        return Taken(event, Append(index=self.row(), record=record, blobs=blobs), (), Patch())

    def row(self) -> IndexRow:
        """Returns what the index says of the run now."""
        state = self.state
        return IndexRow(
            tenant=state.tenant,
            run=state.run,
            workflow=self.program.id,
            program=state.program,
            status="suspended" if self.suspended else state.status,
            seq=state.seq,
            started_at=state.started_at,
            updated_at=state.at,
            owes=0 if self.suspended else self._owes,
            next_due=min(self._due.values()) if self._due and not self.suspended else 0,
            simulated=state.simulated,
            error=state.error.code if state.error else "",
        )

    def _read(self, fresh: tuple[tuple[str, bytes], ...]) -> ReadBlob:
        if not fresh:
            return self._blob
        known = dict(fresh)
        return lambda digest: known.get(digest) or self._blob(digest)

    def _book(self, id: str, before: Pending | None, after: Pending | None) -> None:
        if before is not None and _is_owed(before):
            self._owes -= 1
        if after is None:
            self._due.pop(id, None)
        elif _is_owed(after):
            self._owes += 1
        elif type(after.effect) is Timer:
            self._due[id] = after.effect.due


def _is_owed(pending: Pending) -> bool:
    return pending.status in _OWED and type(pending.effect) is not Timer


def _not_a_value(event: AnyEvent) -> Rejected | None:
    field = _GIVEN.get(type(event))
    if field is None:
        return None
    try:
        admit(getattr(event, field))
    except ValueRefused as refused:
        return Rejected(refused.code, f"{field}: {refused}")
    return None


def _not_before(event: AnyEvent, at: int) -> AnyEvent:
    """Time never runs backwards in a journal (R16)."""
    return event if event.at >= at else msgspec.structs.replace(event, at=at)


def _encoded(event: AnyEvent) -> tuple[bytes, tuple[tuple[str, bytes], ...]]:
    """Returns the event's bytes, and the value that was too large to stand in them, by digest (R12)."""
    data = encode_event(event)
    field = _LARGE.get(type(event))
    if field is None or len(data) <= INLINE_BYTES_MAX:
        return data, ()
    blob, kept = blob_of(getattr(event, field))
    if blob.size <= INLINE_BYTES_MAX:
        return data, ()
    return encode_event(msgspec.structs.replace(event, **{field: blob})), ((blob.digest, kept),)
