"""What the API gives back: frozen records to read, among them those that the store and the hosts have made."""

from __future__ import annotations

import msgspec

from statewright.errors import (
    EXIT_CANCELLED,
    EXIT_CONFLICT,
    EXIT_INTERNAL,
    EXIT_RUN_FAILED,
    StatewrightError,
)
from statewright.hosts.awaiting import Awaited, asked_by
from statewright.hosts.editing import Change
from statewright.hosts.lane import Taken
from statewright.hosts.replay import Divergence, Folded
from statewright.hosts.replay import Step as Decided
from statewright.kernel.effects import AnyEffect
from statewright.kernel.events import AnyEvent
from statewright.kernel.journal import ChainBroken, Entry
from statewright.kernel.state import Failure, Patch, Result, State
from statewright.store.backup import Copied
from statewright.store.contract import Health, IndexRow
from statewright.store.feed import Told
from statewright.store.forgetting import Pruned
from statewright.store.transfer import Moved

__all__ = [
    "Awaited",
    "Change",
    "Copied",
    "Divergence",
    "Fact",
    "Folded",
    "Health",
    "IndexRow",
    "Moved",
    "Outcome",
    "Pruned",
    "RunFailed",
    "Step",
    "Verdict",
    "asked_by",
]

# How a run ended that is no failure of its own, and what ended it.
_ENDED = {"cancelled": "CANCELLED", "terminated": "TERMINATED"}


class Step(msgspec.Struct, frozen=True):
    """One record of a run: the fact that happened, what it changed, and what was asked of the world.

    `suspended` says why a fact was set aside: it changed nothing and asked for nothing (R1).
    """

    seq: int
    event: AnyEvent
    patch: Patch
    effects: tuple[AnyEffect, ...] = ()
    digest: str = ""  # SHA-256 (hex) of patch and effects
    suspended: str = ""

    @property
    def at(self) -> int:
        """When it happened, in ms since 1970 UTC."""
        return self.event.at

    @property
    def finished(self) -> dict[str, Result]:
        """What the tasks that ended here left behind, by their paths."""
        return {path: result for path, result in self.patch.results.items() if path and result is not None}


class Fact(msgspec.Struct, frozen=True):
    """What happened to some run, as it was committed; what it came to is told by the run's `stream`.

    Whoever follows with `cursor` is told of what was committed behind it.
    """

    cursor: str
    run: str
    seq: int
    event: AnyEvent
    suspended: str = ""  # why it was set aside


class Outcome(msgspec.Struct, frozen=True):
    """A run at rest: how it stands, and whom it waits for."""

    workflow: str
    status: str
    state: State
    awaited: tuple[Awaited, ...] = ()


class Verdict(msgspec.Struct, frozen=True):
    """What verifying a run came to: how many records were decided again, and where the first one differs."""

    records: int
    divergence: Divergence | None

    @property
    def identical(self) -> bool:
        """Whether every decision came out as recorded."""
        return self.divergence is None


class RunFailed(StatewrightError):
    """Raised where a run has no result. `code` says why, `state` is all that the run is."""

    def __init__(self, state: State, failure: Failure, *, hint: str, exit_code: int) -> None:
        where = f" (task {failure.task})" if failure.task else ""
        super().__init__(failure.code, f"run {state.run!r}: {failure.message}{where}", hint=hint, exit_code=exit_code)
        self.state = state


def step_of(decided: Decided) -> Step:
    """Returns the step of a record that was decided again."""
    entry, decision = decided.entry, decided.decision
    patch, effects = (Patch(), ()) if decision is None else (decision.patch, decision.effects)
    return Step(entry.seq, decided.event, patch, effects, entry.digest, entry.suspended)


def step_taken(taken: Taken) -> Step:
    """Returns the step of a record that was just committed."""
    record = taken.append.record
    entry = msgspec.json.decode(record.body, type=Entry)
    return Step(record.seq, taken.event, taken.patch, taken.effects, entry.digest, entry.suspended)


def fact_of(told: Told) -> Fact:
    """Returns what a committed record says. Raises `ChainBroken` where its bytes are no record."""
    try:
        entry = msgspec.json.decode(told.record.body, type=Entry)
        return Fact(told.cursor, told.run, entry.seq, entry.decoded(), entry.suspended)
    except msgspec.MsgspecError as error:
        raise ChainBroken(told.record.seq, f"its bytes are not a record ({error})") from error


def failed(state: State, *, is_suspended: bool) -> RunFailed:
    """Returns why a run that rests has no result."""
    if state.status in _ENDED:
        failure = Failure(_ENDED[state.status], f"it was {state.status}: {state.reason or 'no reason was given'}")
        return RunFailed(state, failure, hint="", exit_code=EXIT_CANCELLED)
    if state.error is not None and state.ended:
        details = state.error.details
        advice = details.get("hint") if isinstance(details, dict) else None
        hint = advice if isinstance(advice, str) else f"look at it with: statewright runs show {state.run}"
        return RunFailed(state, state.error, hint=hint, exit_code=EXIT_RUN_FAILED)
    if is_suspended:
        failure = Failure("RUN_SUSPENDED", "a fault of Statewright itself parked it")
        return RunFailed(state, failure, hint="it can be resumed with a later release", exit_code=EXIT_INTERNAL)
    unknown = next((id for id, one in state.pending.items() if one.status == "unknown"), "")
    failure = Failure("OUTCOME_UNKNOWN", f"nobody knows whether {unknown} happened")
    return RunFailed(state, failure, hint=f"say it with: resolve({unknown!r}, happened=…)", exit_code=EXIT_CONFLICT)
