"""Minting effects and closing them: ids, attempts, back-off, the closing protocol (rules R2, R3, R4, R10, R16, R17).

An effect is open from here until its one closing event. Cancelling only moves it to `closing`.
"""

from __future__ import annotations

import hashlib

import msgspec

from statewright.kernel import undo
from statewright.kernel.effects import AnyEffect, Call, Cancel, Send, Spawn, Timer
from statewright.kernel.events import Refused
from statewright.kernel.moves import SEND, SPAWN, Request
from statewright.kernel.program import Retry
from statewright.kernel.state import Pending
from statewright.kernel.turn import Turn, Visit

BACKOFF = "backoff:"
# How far jitter may move a delay, so that retries of many runs do not arrive together.
JITTER = 0.2
# A world that asks for more patience than this is out of order for us (reliability.md B-198).
RETRY_AFTER_MAX = 60_000


def ask(visit: Visit, request: Request) -> None:
    """Mints an effect for a visit. A paused run keeps it back."""
    turn = visit.turn
    effect = _effect(turn, request)
    held = bool(turn.overlay.run("paused"))
    pending = Pending(
        effect=effect,
        frame=visit.path,
        role=request.role,
        status="held" if held else "issued",
        attempts_max=1 if request.at_most_once else request.attempts,
        timeout=request.timeout,
        undo=undo.key_of(visit),
    )
    _open(visit, pending)
    if not held:
        turn.effects[effect.id] = effect


def wake(visit: Visit, due: int, role: str) -> None:
    """Mints a timer for a visit; a paused run still sees time pass."""
    timer = Timer(id=mint(visit.turn), due=due)
    _open(visit, Pending(effect=timer, frame=visit.path, role=role))
    visit.turn.effects[timer.id] = timer


def close(turn: Turn, pending: Pending) -> None:
    """Takes an effect off the books: it got its closing event, or was never begun."""
    strike(turn, pending.effect.id)
    visit = turn.visit(pending.frame)
    if visit is not None:
        let_go(visit, pending.effect.id)


def let_go(visit: Visit, id: str) -> None:
    """Makes a visit forget an effect that is closed."""
    awaiting = visit.frame.awaiting
    if id in awaiting:
        visit.change(awaiting=tuple(other for other in awaiting if other != id))


def question(visit: Visit, pending: Pending) -> None:
    """Opens what only a person can close."""
    _open(visit, pending)


def mint(turn: Turn) -> str:
    """Returns the id of the next effect of this decision (R2)."""
    turn.minted += 1
    return f"{turn.overlay.run('run')}:{turn.seq}.{turn.minted - 1}"


def release(visit: Visit) -> None:
    """Lets go of everything that a visit still waits for; what the world has begun is cancelled."""
    turn = visit.turn
    for id in visit.frame.awaiting:
        pending = turn.overlay.pending(id)
        if pending is None:
            continue
        if _never_left(turn, pending):
            # A request that is taken back in the decision that made it is never sent at all (R22).
            del turn.effects[id]
            strike(turn, id)
        elif isinstance(pending.effect, Timer) or pending.status == "held":
            if isinstance(pending.effect, Timer):
                ask_to_stop(turn, id)
            strike(turn, id)
        elif pending.status == "issued":
            _put(turn, msgspec.structs.replace(pending, status="closing"))
            ask_to_stop(turn, id)


def ask_to_stop(turn: Turn, id: str) -> None:
    """Asks for the end of an effect; an attempt that this very decision would issue is taken back with it (R22)."""
    turn.effects.pop(id, None)
    turn.effects[id] = Cancel(id=id)


def try_again(turn: Turn, pending: Pending, refused: Refused, retry: Retry) -> bool:
    """Schedules the next attempt of a refused call, if the refusal and its policy allow one."""
    if not refused.retryable or pending.attempt >= pending.attempts_max:
        return False
    wanted = min(retry.initial * retry.factor ** (pending.attempt - 1), retry.longest)
    delay = max(_jittered(turn, pending, wanted), min(refused.retry_after, RETRY_AFTER_MAX))
    _put(turn, msgspec.structs.replace(pending, status="held"))
    wake(turn.alive(pending.frame), turn.at + delay, BACKOFF + pending.effect.id)
    return True


def issue_next(turn: Turn, pending: Pending, *, resumed: bool = False) -> None:
    """Issues the next attempt of an effect under its old id, with a new deadline."""
    effect = _renewed(turn, pending, attempt=pending.attempt + 1)
    extra = 1 if resumed else 0
    held = bool(turn.overlay.run("paused"))
    _put(
        turn,
        msgspec.structs.replace(
            pending,
            effect=effect,
            status="held" if held else "issued",
            attempt=pending.attempt + 1,
            attempts_max=pending.attempts_max + extra,
            resumes=pending.resumes + extra,
        ),
    )
    if not held:
        turn.effects[effect.id] = effect


def issue_held(turn: Turn, pending: Pending) -> None:
    """Issues an effect that a pause kept back; its deadline counts from now."""
    effect = _renewed(turn, pending)
    _put(turn, msgspec.structs.replace(pending, effect=effect, status="issued"))
    turn.effects[effect.id] = effect


def hold(turn: Turn, pending: Pending) -> None:
    """Keeps back an effect that never left; it is issued when the gate opens."""
    _put(turn, msgspec.structs.replace(pending, status="held"))


def postpone(turn: Turn, pending: Pending, by: int) -> None:
    """Moves a timer."""
    assert isinstance(pending.effect, Timer)
    timer = msgspec.structs.replace(pending.effect, due=pending.effect.due + by)
    _put(turn, msgspec.structs.replace(pending, effect=timer))
    turn.effects[timer.id] = timer


def park(turn: Turn, pending: Pending) -> None:
    """Marks a call whose outcome nobody knows; only a person's `Resolved` closes it (R11)."""
    _put(turn, msgspec.structs.replace(pending, status="unknown"))


def _effect(turn: Turn, request: Request) -> Call | Spawn | Send:
    id = mint(turn)
    if request.kind == SPAWN:
        return Spawn(id=id, workflow=request.target, input=request.request)
    if request.kind == SEND:
        return Send(id=id, name=request.target, payload=request.request)
    return Call(
        id=id,
        kind=request.kind,
        target=request.target,
        request=request.request,
        deadline=turn.at + request.timeout if request.timeout else 0,
        at_most_once=request.at_most_once,
    )


def _renewed(turn: Turn, pending: Pending, **changes: int) -> Call | Spawn | Send:
    assert isinstance(pending.effect, Call | Spawn | Send)
    if isinstance(pending.effect, Call):
        changes["deadline"] = turn.at + pending.timeout if pending.timeout else 0
    return msgspec.structs.replace(pending.effect, **changes)


def _open(visit: Visit, pending: Pending) -> None:
    _put(visit.turn, pending)
    visit.change(awaiting=(*visit.frame.awaiting, pending.effect.id))


def _put(turn: Turn, pending: Pending) -> None:
    turn.overlay.patch.pending[pending.effect.id] = pending


def strike(turn: Turn, id: str) -> None:
    """Takes an effect off the books, and leaves the visit that asked as it is."""
    if id in turn.overlay.state.pending:
        turn.overlay.patch.pending[id] = None
    else:
        del turn.overlay.patch.pending[id]


def _never_left(turn: Turn, pending: Pending) -> bool:
    mine: AnyEffect = pending.effect
    return turn.effects.get(mine.id) is mine and mine.id not in turn.overlay.state.pending


def _jittered(turn: Turn, pending: Pending, delay: float) -> int:
    """The same delay on every replica: jitter is a hash of seed, effect and attempt (R16)."""
    text = f"{turn.overlay.run('seed')}:{pending.effect.id}:{pending.attempt}"
    share = int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big") / 2**32
    return round(delay * (1 - JITTER / 2 + JITTER * share))
