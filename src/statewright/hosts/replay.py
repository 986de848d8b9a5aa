"""Folding a journal back into a state, and proving on the way that every decision comes out as recorded (I-20, I-22).

Nothing is performed, sent or written here. A run is resumed, verified and explained through this one function.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable

import msgspec

from statewright.kernel.decide import decide
from statewright.kernel.decision import Decision, Need, Outcome
from statewright.kernel.events import AnyEvent
from statewright.kernel.journal import GENESIS, ChainBroken, Entry, Record, first_difference, open_record
from statewright.kernel.program import Program
from statewright.kernel.state import State, apply
from statewright.kernel.values import Json, decode

# Records that fold in some 40 ms: a shorter tail is not worth a snapshot while the run is busy.
TAIL_MIN = 1_000
# Returns the bytes of a blob by digest, or None.
ReadBlob = Callable[[str], bytes | None]


class Divergence(msgspec.Struct, frozen=True):
    """The first place where the program decides something else than the journal says."""

    seq: int
    key: str  # the first key of patch or effects that differs
    problem: str


class Step(msgspec.Struct, frozen=True):
    """One event with what it came to; `decision` is None at a suspended record, where replay skips (R1)."""

    entry: Entry
    event: AnyEvent
    decision: Decision | None


class Kept(msgspec.Struct, frozen=True):
    """Which snapshot a run has: after which record, how much is in it, and at which record it needs another one."""

    seq: int = 0
    weight: int = 0
    due: int = TAIL_MIN


class Footing(msgspec.Struct, frozen=True):
    """A run as it was after a record, from which a fold may go on; the fold changes it."""

    state: State
    prev: bytes  # hash of that record
    kept: Kept = Kept()
    set_aside: tuple[AnyEvent, ...] = ()  # of a run that a fault of ours has parked there


class Folded(msgspec.Struct, frozen=True):
    """A journal read to its end, or to the first divergence."""

    state: State
    prev: bytes  # hash of the last record
    records: int
    suspended: str = ""
    divergence: Divergence | None = None
    set_aside: tuple[AnyEvent, ...] = ()  # facts since the suspension, which the next `Migrated` digests
    kept: Kept = Kept()


class Known(msgspec.Struct, frozen=True):
    """What the index knows of a journal: whose it is, and at least how many records it has."""

    tenant: str
    run: str
    records: int


def fold(
    program: Program,
    records: Iterable[Record],
    blob: ReadBlob,
    *,
    known: Known | None = None,
    seen: Callable[[Step, State], None] | None = None,
    footing: Footing | None = None,
) -> Folded:
    """Decides every event of a journal again, in order. Raises `ChainBroken` where the bytes are not what was written.

    A chain cannot show that its end is missing, or that it is another run's: `known` can. `seen` is shown each step
    with the state after it. With a `footing`, the records are those that follow it.
    """
    footing = footing or Footing(State(), GENESIS)
    state, prev, count, suspended = footing.state, footing.prev, footing.state.seq, ""
    set_aside = footing.set_aside
    for record in records:
        count += 1
        entry = open_record(prev, record, count)
        prev = record.hash
        event = entry.decoded()
        if entry.suspended:
            suspended, set_aside = entry.suspended, (*set_aside, event)
            state.seq, state.at = entry.seq, entry.at
            decision = None
        else:
            decision, divergence = _decide_again(program, state, (event, *set_aside), entry, blob)
            if decision is None:
                return Folded(state, prev, count - 1, suspended, divergence, kept=footing.kept)
            apply(state, decision.patch, seq=entry.seq, at=entry.at)
            suspended, set_aside = "", ()
        if seen is not None:
            seen(Step(entry, event, decision), state)
    _check_whole(state, count, known)
    return Folded(state, prev, count, suspended, set_aside=set_aside, kept=footing.kept)


def _check_whole(state: State, count: int, known: Known | None) -> None:
    if known is None:
        return
    if count < known.records:
        raise ChainBroken(count + 1, f"it is missing; the index knows of {known.records} records")
    if (state.tenant, state.run) != (known.tenant, known.run):
        raise ChainBroken(1, f"it is the journal of run {state.run!r}")


def _decide_again(
    program: Program, state: State, events: tuple[AnyEvent, ...], entry: Entry, blob: ReadBlob
) -> tuple[Decision | None, Divergence | None]:
    try:
        outcome = decide_with_blobs(program, state, events[0], blob, set_aside=events[1:])
    except ChainBroken:
        raise
    except Exception as fault:
        return None, Divergence(entry.seq, "", f"the decision fails now with {type(fault).__name__}")
    if not isinstance(outcome, Decision):
        return None, Divergence(entry.seq, "", f"the event was taken then and is refused now: {outcome}")
    digest = outcome.digest()
    if digest.whole == entry.digest:
        return outcome, None
    key = first_difference(entry.keys, digest.keys)
    return None, Divergence(entry.seq, key, f"the decision differs from the recorded one in {key or 'its order'}")


def decide_with_blobs(
    program: Program, state: State, event: AnyEvent, blob: ReadBlob, *, set_aside: tuple[AnyEvent, ...] = ()
) -> Outcome:
    """Calls `decide`, loading the blobs that it asks for (R12). Raises `ChainBroken` where one is lost or damaged."""
    blobs: dict[str, Json] = {}
    while True:
        outcome = decide(program, state, event, blobs=blobs, set_aside=set_aside)
        if not isinstance(outcome, Need):
            return outcome
        for digest in outcome.digests:
            data = blob(digest)
            if data is None:
                raise ChainBroken(state.seq + 1, f"the large value {digest[:12]} is not in the store")
            if hashlib.sha256(data).hexdigest() != digest:
                raise ChainBroken(state.seq + 1, f"the large value {digest[:12]} is not what was stored")
            blobs[digest] = decode(data)
