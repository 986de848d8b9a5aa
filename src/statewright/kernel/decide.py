"""`decide`: the one function of the kernel. Every event has a row in `HANDLERS`.

    decide(program, state, event) -> Decision | Rejected | Need

It reads no clock, draws no randomness and touches nothing: the same arguments give the same answer anywhere. The state
is never changed; the host applies the decision's patch after the append. Rules: spec R1-R12, R16-R22, R36.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec

from statewright.kernel import asking, lifecycle, signals, undo
from statewright.kernel.decision import STALE, Decision, Need, Outcome, Rejected
from statewright.kernel.effects import AnyEffect, Call, Spawn, Timer
from statewright.kernel.events import (
    Answered,
    AnyEvent,
    Cancelled,
    Closing,
    Fired,
    Migrated,
    Paused,
    Received,
    Refused,
    Resolved,
    Resumed,
    Started,
    Terminated,
    Unpaused,
)
from statewright.kernel.lifecycle import GRACE, RETRY, SLEEP, TIMEOUT, YIELD
from statewright.kernel.moves import Start
from statewright.kernel.program import LOGIC_VERSION, ROOT, Program
from statewright.kernel.state import Failure, Pending, State
from statewright.kernel.tasks.task import CONTAINER_TIMED_OUT
from statewright.kernel.turn import BlobMissing, Turn, Visit
from statewright.kernel.values import Blob, Json

# Attempts that crashes of the host may take from one call before it is given up: a call that kills its host must not
# do so for ever (R4).
RESUMES_MAX = 10
NO_BLOBS: Mapping[str, Json] = {}


class _Refuse(Exception):
    """Raised by a handler that does not take its event."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.outcome = Rejected(code, reason)


def decide(
    program: Program,
    state: State,
    event: AnyEvent,
    *,
    blobs: Mapping[str, Json] = NO_BLOBS,
    set_aside: Sequence[AnyEvent] = (),
) -> Outcome:
    """Returns what the event comes to. `blobs` holds the values by digest that the host has loaded for it.

    Raises only for a bug of ours; the host then journals the event as suspended and sets it aside. `set_aside` brings
    those facts back, in order, with the `Migrated` that lets the run go on (R1).
    """
    turn = Turn(program, state, seq=state.seq + 1, at=event.at, blobs=blobs)
    try:
        _admit(state, event)
        HANDLERS[type(event)](turn, event)
        lifecycle.run_agenda(turn)
        if set_aside and isinstance(event, Migrated):
            _go_on_after(turn, event, set_aside)
    except _Refuse as refusal:
        return refusal.outcome
    except BlobMissing as missing:
        return Need((missing.digest,))
    finally:
        turn.close()
    return Decision(turn.overlay.patch, tuple(turn.effects.values()), turn.steps)


def _go_on_after(turn: Turn, event: AnyEvent, set_aside: Sequence[AnyEvent]) -> None:
    """Takes the facts that were set aside, then issues again what nobody answered while the run was parked (R1, R4)."""
    for fact in set_aside:
        try:
            HANDLERS[type(fact)](turn, fact)
        except _Refuse:
            # The run no longer waits for it: dropped, as it would have been (R10).
            continue
        lifecycle.run_agenda(turn)
    _resumed(turn, event)
    lifecycle.run_agenda(turn)


def _admit(state: State, event: AnyEvent) -> None:
    if isinstance(event, Started):
        if state.status != "new":
            raise _Refuse("RUN_EXISTS", f"run {state.run!r} has started before")
        return
    if state.status == "new":
        raise _Refuse("RUN_NOT_STARTED", "the run has no Started event")
    if state.ended:
        code = STALE if isinstance(event, Answered | Refused | Fired) else "RUN_ENDED"
        raise _Refuse(code, f"run {state.run!r} has ended: {state.status}")


def _started(turn: Turn, event: Started) -> None:
    program = turn.program
    given = turn.blob(event.input) if isinstance(event.input, Blob) else event.input
    if program.input is not None:
        given = program.input.with_defaults({} if given is None else given)
        problems = program.input.problems(given)
        if problems:
            told = "; ".join(f"{problem.path}: {problem.message}" for problem in problems)
            raise _Refuse("INPUT_INVALID", f"the input of {program.id!r} does not fit its schema: {told}")
    turn.overlay.patch.run |= {
        "status": "running",
        "run": event.run,
        "tenant": event.tenant,
        "program": event.program,
        "logic": event.logic,
        "seed": event.seed,
        "started_at": event.at,
        "input": event.input if isinstance(event.input, Blob) and given == turn.blob(event.input) else given,
        "env": event.env,
        "simulate": event.simulate,
    }
    if event.parent:
        turn.overlay.patch.run["parent"] = event.parent
    lifecycle.begin(turn, None, Start(ROOT, ""))


def _closed(turn: Turn, event: Answered | Refused) -> None:
    """An effect's attempt came back. Late and foreign attempts are dropped; a closing effect just closes (R10)."""
    pending = _open_attempt(turn, event)
    if isinstance(event, Answered):
        _count(turn, event)
    if pending.status == "closing":
        undo.closed(turn, pending, event)
        asking.close(turn, pending)
        _settle_if_last(turn)
        return
    if isinstance(event, Refused) and event.unknown and _is_once(pending):
        asking.park(turn, pending)
        return
    if isinstance(event, Refused) and asking.try_again(turn, pending, event, turn.alive(pending.frame).node.retry):
        return
    _hand_over(turn, pending, event)


def _is_once(pending: Pending) -> bool:
    """Whether it must not happen twice: where nobody knows what became of it, a person is asked (R4, I-14)."""
    return isinstance(pending.effect, Call) and pending.effect.at_most_once


def _hand_over(turn: Turn, pending: Pending, closing: Closing) -> None:
    visit = turn.alive(pending.frame)
    undo.closed(turn, pending, closing)
    asking.strike(turn, pending.effect.id)
    lifecycle.answered(visit, pending.role, closing)
    if not visit.over:
        # A task that this has ended takes what it waited for with it.
        asking.let_go(visit, pending.effect.id)


def _open_attempt(turn: Turn, event: Answered | Refused) -> Pending:
    pending = turn.overlay.pending(event.effect)
    if pending is None or isinstance(pending.effect, Timer):
        raise _Refuse(STALE, f"no call {event.effect!r} is open")
    if pending.attempt != event.attempt or pending.status not in ("issued", "closing"):
        raise _Refuse(STALE, f"call {event.effect!r} is {pending.status}, in attempt {pending.attempt}")
    return pending


def _count(turn: Turn, event: Answered) -> None:
    if event.usage:
        total = dict(turn.overlay.run("usage"))
        for unit, amount in event.usage.items():
            total[unit] = total.get(unit, 0) + amount
        turn.overlay.patch.run["usage"] = total


def _fired(turn: Turn, event: Fired) -> None:
    pending = turn.overlay.pending(event.effect)
    if pending is None or not isinstance(pending.effect, Timer):
        raise _Refuse(STALE, f"no timer {event.effect!r} is open")
    asking.close(turn, pending)
    role = pending.role
    if role.startswith(asking.BACKOFF):
        waiting = turn.overlay.pending(role.removeprefix(asking.BACKOFF))
        assert waiting is not None, f"back-off of a call that is gone: {role}"
        asking.issue_next(turn, waiting)
        return
    TIMERS[role](turn.alive(pending.frame))


def _go_on(visit: Visit) -> None:
    turn = visit.turn
    left = turn.overlay.run("agenda")
    turn.overlay.patch.run["agenda"] = []
    lifecycle.take_up(turn, left)


def _start_again(visit: Visit) -> None:
    lifecycle.later(visit, "start")


def _wake_up(visit: Visit) -> None:
    lifecycle.later(visit, "render")


def _time_out(visit: Visit) -> None:
    code = visit.node.kind.times_out
    text = f"not finished within {visit.node.timeout / 1000:g} s"
    lifecycle.fail(visit, Failure(code, text, visit.path, retryable=code == CONTAINER_TIMED_OUT))


def _give_up(visit: Visit) -> None:
    """Grace is over: what is still closing is abandoned. An unknown outcome waits for a person all the same (R11)."""
    turn = visit.turn
    for pending in turn.overlay.open_effects():
        if pending.status != "unknown":
            asking.close(turn, pending)
    _settle_if_last(turn)


TIMERS: dict[str, Callable[[Visit], None]] = {
    YIELD: _go_on,
    RETRY: _start_again,
    SLEEP: _wake_up,
    TIMEOUT: _time_out,
    GRACE: _give_up,
}


def _settle_if_last(turn: Turn) -> None:
    """Ends a run whose verdict is spoken as soon as nothing but its own grace timer is open."""
    if not turn.overlay.run("verdict") or lifecycle.is_undoing(turn):
        return
    if not turn.overlay.is_any_open(but=GRACE):
        lifecycle.settle(turn)


def _received(turn: Turn, event: Received) -> None:
    if not signals.can_read(turn.program, event.name):
        raise _Refuse("SIGNAL_UNKNOWN", f"nothing in {turn.program.id!r} can wait for signal {event.name!r}")
    if event.key and not signals.is_new(turn, event):
        raise _Refuse("SIGNAL_REPEATED", f"the signal with key {event.key!r} came before")
    if not signals.has_room(turn, event.name):
        raise _Refuse("SIGNAL_LOG_FULL", f"{signals.SIGNALS_MAX} signals {event.name!r} wait to be read")
    listening = list(signals.listening(turn, event.name))
    signals.keep(turn, event)
    for visit in listening:
        lifecycle.later(visit, "received")


def _cancelled(turn: Turn, event: Cancelled) -> None:
    if turn.overlay.run("status") == "cancelling":
        raise _Refuse("ALREADY_CANCELLING", "the run is being cancelled")
    if turn.overlay.run("verdict"):
        raise _Refuse("RUN_ENDING", "the run is about to end by itself")
    turn.overlay.patch.run |= {"status": "cancelling", "reason": event.reason}
    root = turn.alive(ROOT)
    for path in list(root.node.kind.children(root)):
        child = turn.visit(path)
        if child is not None:
            lifecycle.discard(child)
    asking.release(root)
    lifecycle.finish(turn, "cancelled", error=Failure("CANCELLED", event.reason or "the run was cancelled"))


def _terminated(turn: Turn, event: Terminated) -> None:
    """Ends everything at once; the only event that skips closings and undoing (R11)."""
    for pending in turn.overlay.open_effects():
        turn.overlay.patch.pending[pending.effect.id] = None
        asking.ask_to_stop(turn, pending.effect.id)
    for path in turn.overlay.state.frames:
        turn.overlay.patch.frames[path] = None
    for path in turn.overlay.state.items:
        turn.overlay.patch.items[path] = None
    error = Failure("TERMINATED", event.reason or "the run was terminated")
    turn.overlay.patch.run |= {"status": "terminated", "reason": event.reason, "error": error, "agenda": []}


def _paused(turn: Turn, event: Paused) -> None:
    if turn.overlay.run("paused") and not event.origin:
        raise _Refuse("ALREADY_PAUSED", "the run is paused")
    turn.overlay.patch.run |= {"paused": True, "reason": event.reason}
    if event.origin:
        _forked(turn)


def _forked(turn: Turn) -> None:
    """What is open never left in this run's name, its timers begin where they stood, and what ended is not its own.

    Steps that had ended were done in the name of the run it was copied from: that one undoes them.
    """
    passed = turn.at - turn.overlay.state.at
    for pending in turn.overlay.open_effects():
        if isinstance(pending.effect, Timer):
            asking.postpone(turn, pending, passed)
        elif pending.status == "issued":
            asking.hold(turn, pending)
    undo.disown(turn)


def _unpaused(turn: Turn, event: Unpaused) -> None:
    if not turn.overlay.run("paused"):
        raise _Refuse("NOT_PAUSED", "the run is not paused")
    turn.overlay.patch.run["paused"] = False
    waiting = {p.role.removeprefix(asking.BACKOFF) for p in turn.overlay.open_effects() if isinstance(p.effect, Timer)}
    for pending in turn.overlay.open_effects():
        if pending.status == "held" and pending.effect.id not in waiting:
            asking.issue_held(turn, pending)


def _resumed(turn: Turn, event: AnyEvent) -> None:
    """A host died. Calls are issued again as the next attempt; what must not happen twice waits for a person (R4)."""
    for opened in turn.overlay.open_effects():
        pending = turn.overlay.pending(opened.effect.id)
        before = turn.overlay.state.pending.get(opened.effect.id)
        if pending is None or pending is not before or isinstance(pending.effect, Timer):
            # A timer, or let go of or begun in this very decision.
            continue
        call = pending.effect
        if pending.status == "closing":
            asking.ask_to_stop(turn, call.id)
        elif pending.status == "issued" and _is_once(pending):
            asking.park(turn, pending)
        elif pending.status == "issued" and (pending.resumes < RESUMES_MAX or not isinstance(call, Call)):
            # Another run is only looked for again, or told: it counts its own attempts, and may live for years.
            asking.issue_next(turn, pending, resumed=True)
        elif pending.status == "issued":
            text = f"{RESUMES_MAX} hosts died while {_named(call)} was under way"
            _hand_over(turn, pending, Refused(at=event.at, effect=call.id, code="CRASH_LOOP", message=text))


def _named(effect: AnyEffect) -> str:
    if isinstance(effect, Call):
        return f"{effect.kind} {effect.target!r}"
    return f"workflow {effect.workflow!r}" if isinstance(effect, Spawn) else "a signal"


def _resolved(turn: Turn, event: Resolved) -> None:
    pending = turn.overlay.pending(event.effect)
    if pending is None or pending.status != "unknown":
        raise _Refuse("EFFECT_NOT_UNKNOWN", f"the outcome of effect {event.effect!r} is not in question")
    closing: Any = Refused(
        at=event.at, effect=event.effect, code="DID_NOT_HAPPEN", message="a person resolved it so", left=False
    )
    if event.happened:
        closing = Answered(at=event.at, effect=event.effect, value=event.value)
    visit = turn.visit(pending.frame)
    if visit is None or event.effect not in visit.frame.awaiting:
        # Whoever asked was cancelled meanwhile: the answer is counted and has no other consequence (R10).
        undo.closed(turn, pending, closing)
        asking.close(turn, pending)
        _settle_if_last(turn)
        return
    _hand_over(turn, pending, closing)


def _migrated(turn: Turn, event: Migrated) -> None:
    if event.logic > LOGIC_VERSION:
        raise _Refuse("LOGIC_UNKNOWN", f"logic version {event.logic} is newer than this release's {LOGIC_VERSION}")
    turn.overlay.patch.run |= {"program": event.program, "logic": event.logic}


HANDLERS: dict[type[msgspec.Struct], Callable[[Turn, Any], None]] = {
    Started: _started,
    Received: _received,
    Answered: _closed,
    Refused: _closed,
    Fired: _fired,
    Cancelled: _cancelled,
    Terminated: _terminated,
    Paused: _paused,
    Unpaused: _unpaused,
    Resumed: _resumed,
    Resolved: _resolved,
    Migrated: _migrated,
}
