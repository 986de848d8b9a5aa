"""How runs reach each other: a child is started and answers its parent; what a run tells all others is sending.py's.

Every host has one, and gives it what it can do with runs. Of children nothing is remembered here: a Spawn that is
performed again finds the child that is there (R15). A pause stays with the run that it was said to: its children are
under way, and come back.
"""

from __future__ import annotations

from collections.abc import Callable

from statewright.errors import StatewrightError
from statewright.hosts.fair import Key
from statewright.hosts.lane import Lane, Taken
from statewright.hosts.reaching import RUN_ID_MAX, Library, Runs, started_by
from statewright.hosts.sending import Sending
from statewright.kernel.decision import Rejected
from statewright.kernel.effects import Send, Spawn, child_id
from statewright.kernel.events import Answered, Cancelled, Refused, Terminated
from statewright.kernel.program import Program
from statewright.kernel.state import State
from statewright.store.contract import Store


class Relatives:
    """Performs Spawn and Send."""

    def __init__(self, runs: Runs, store: Store, programs: Callable[[str], Program], library: Library) -> None:
        self._runs = runs
        self._store = store
        self._library = library
        self._sending = Sending(runs, store, programs, library)

    def reach(self, key: Key, lane: Lane, effect: Spawn | Send) -> None:
        """Performs either. That a child cannot be read is an answer, too: whoever waits for it must go on."""
        if isinstance(effect, Send):
            self._sending.send(key, effect)
            return
        try:
            self.spawn(key, lane, effect)
        except StatewrightError as error:
            self._refuse(key, effect, error.code, error.message)

    def spawn(self, key: Key, lane: Lane, spawn: Spawn) -> None:
        """Starts the child, or finds it; an ended one answers at once."""
        if not _is_wanted(lane, spawn):
            return
        child = (key[0], child_id(spawn.id))
        if len(child[1]) > RUN_ID_MAX:
            text = f"workflows that start each other nest too deep for a run's id of {RUN_ID_MAX} characters"
            self._refuse(key, spawn, "NESTING_LIMIT", text)
            return
        found = self._runs.open(child)
        if found is not None and found.state.parent != spawn.id:
            self._refuse(key, spawn, "RUN_EXISTS", f"the run {child[1]!r} is there, and is no child of this one")
            return
        if found is not None:
            self.answer_parent(child, found.state)
            return
        offered = self._library.find(spawn.workflow)
        if offered is None:
            self._refuse(key, spawn, "WORKFLOW_UNKNOWN", f"the project has no workflow {spawn.workflow!r} now")
            return
        at = self._runs.clock()
        started = started_by(lane.state, child[1], offered, at=at, input=spawn.input, parent=spawn.id)
        self._runs.begin(child, offered, started, lambda outcome: self._begun(key, spawn, outcome))

    def answer_parent(self, key: Key, state: State) -> None:
        """Brings a child's outcome to the run that spawned it, if it has ended."""
        if not state.ended or not state.parent:
            return
        row = self._store.index(*key)
        if row is None or row.status != state.status:
            # The lane is ahead of the disk; the commit of the child's end comes here again (R29).
            return
        parent = _parent(key, state)
        try:
            lane = self._runs.open(parent)
        except StatewrightError:
            # Whoever asks for the parent is told what is wrong with it; once it can be read, it finds its child ended.
            return
        pending = lane.state.pending.get(state.parent) if lane is not None else None
        if pending is not None and pending.status in ("issued", "closing"):
            self._runs.deliver(parent, outcome_of(state, pending.attempt, self._runs.clock()))

    def cancel(self, key: Key, lane: Lane, effect: Spawn | Send) -> None:
        """Cancels the child, or the signal. What never began is over at once."""
        if isinstance(effect, Send):
            self._sending.stop(key, effect)
            return
        child = (key[0], child_id(effect.id))
        try:
            found = self._runs.open(child)
        except StatewrightError as error:
            self._refuse(key, effect, error.code, error.message)
            return
        if found is None:
            self._refuse(key, effect, "CANCELLED", "it was cancelled before it began")
        elif found.state.ended:
            self.answer_parent(child, found.state)
        else:
            self._runs.deliver(child, Cancelled(at=self._runs.clock(), reason="its parent was cancelled"), _ignore)

    def orphan(self, key: Key, id: str) -> None:
        """Ends the child of a run that was terminated: nobody would hear how it ends by itself (R11)."""
        child = (key[0], child_id(id))
        try:
            found = self._runs.open(child)
        except StatewrightError:
            # It cannot go on either; once it can be read, it is found to be bereaved.
            return
        if found is not None and found.state.parent == id and not found.state.ended:
            self._runs.deliver(child, bereaved(self._runs.clock()), _ignore)

    def is_bereaved(self, state: State) -> bool:
        """Says whether the run's parent was terminated by a host that died before it could end the children."""
        key = (state.tenant, state.run)
        if not state.parent or state.ended or child_id(state.parent) != state.run:
            return False
        row = self._store.index(*_parent(key, state))
        return row is not None and row.status == "terminated"

    def _begun(self, key: Key, spawn: Spawn, outcome: Taken | Rejected | Exception) -> None:
        if isinstance(outcome, Rejected):
            self._refuse(key, spawn, outcome.code, outcome.reason)
        elif isinstance(outcome, Exception):
            self._again(key, spawn)

    def _again(self, key: Key, spawn: Spawn) -> None:
        """Performs the same attempt once more, unless the run has let go of it: what could not be kept never was."""

        def act() -> None:
            try:
                lane = self._runs.open(key)
            except StatewrightError:
                # Whoever asks for the run is told what is wrong with it; once it can be read, it asks again (R4).
                return
            if lane is not None:
                self.reach(key, lane, spawn)

        self._runs.later(act)

    def _refuse(self, key: Key, spawn: Spawn, code: str, message: str) -> None:
        lane = self._runs.open(key)
        pending = lane.state.pending.get(spawn.id) if lane is not None else None
        if pending is not None:
            refused = Refused(
                at=self._runs.clock(), effect=spawn.id, attempt=pending.attempt, code=code, message=message
            )
            self._runs.deliver(key, refused)


def outcome_of(state: State, attempt: int, now: int) -> Answered | Refused:
    """Returns what an ended child says to the run that spawned it."""
    if state.status == "done":
        return Answered(
            at=now,
            effect=state.parent,
            attempt=attempt,
            value=state.output,
            started=state.started_at,
            took=state.at - state.started_at,
            usage=state.usage,
            simulated=state.simulated,
        )
    code = state.error.code if state.error is not None else "CHILD_FAILED"
    message = state.error.message if state.error is not None else f"the child ended as {state.status}"
    details = {"run": state.run, "status": state.status}
    return Refused(at=now, effect=state.parent, attempt=attempt, code=code, message=message, details=details)


def bereaved(now: int) -> Terminated:
    """Returns what ends the child of a run that was terminated."""
    return Terminated(at=now, reason="its parent was terminated")


def _is_wanted(lane: Lane, spawn: Spawn) -> bool:
    """Whether the lane, ahead of the disk, still waits for this attempt (R10)."""
    pending = lane.state.pending.get(spawn.id)
    return pending is not None and pending.attempt == spawn.attempt and pending.status == "issued"


def _parent(key: Key, state: State) -> Key:
    return key[0], state.parent.rpartition(":")[0]


def _ignore(outcome: Taken | Rejected | Exception) -> None:
    """A child that is ending by itself needs no cancelling."""
