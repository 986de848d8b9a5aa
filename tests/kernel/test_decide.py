"""`decide` for every state that the corpus reaches: total, pure, and told by its patch alone."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import hypothesis
import msgspec
import pytest
from hypothesis import strategies as st

from statewright.hosts.replay import decide_with_blobs
from statewright.kernel.decide import HANDLERS, decide
from statewright.kernel.decision import STALE, Decision, Need, Outcome, Rejected
from statewright.kernel.events import (
    Answered,
    AnyEvent,
    Cancelled,
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
from statewright.kernel.program import LOGIC_VERSION
from statewright.kernel.state import State, apply
from tests.conformance import corpus
from tests.kernel.states import Visited, every_state, visited

STATES = every_state()
ODD_VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-5, 5),
    st.text(max_size=5),
    st.just([]),
    st.just({}),
    st.just({"content": 7}),
    st.just({"content": "x", "object": [1]}),
    st.just({"messages": [{"role": "user", "content": "x"}]}),
    st.just({"messages": [7]}),
    st.just({"error": "x"}),
)
# There are some hundred states and twelve kinds of events; soaking tries more.
EXAMPLES = 600
NAMES = st.sampled_from(["approved", "step", "order-7", "hello"])
KEYS = st.sampled_from(["", "k-1", "run-9:3.0", "run-9:12.1"])
SENDERS = st.sampled_from(["", "run-9"])
CODES = st.sampled_from(["BUSY", "TIMED_OUT", "CANCELLED"])


def test_there_are_twelve_kinds_of_events_and_no_others() -> None:
    """R36; and R31: what streams while a call is under way is not among them."""
    named = "Started Received Answered Refused Fired Cancelled Terminated Paused Unpaused Resumed Resolved Migrated"
    assert [event.__name__ for event in HANDLERS] == named.split()


@hypothesis.settings(max_examples=max(EXAMPLES, hypothesis.settings().max_examples))
@hypothesis.given(st.data())
def test_any_event_in_any_state_is_decided_or_refused(data: st.DataObject) -> None:
    """R1: closings are never refused, only dropped as stale. Refusals and needs leave no trace."""
    at = data.draw(st.sampled_from(STATES))
    event = data.draw(_events(at))
    state = copy.deepcopy(at.after)
    outcome = _decided(at, state, event)
    assert state == at.after, "the state was touched"
    assert isinstance(outcome, Decision | Rejected)
    if isinstance(outcome, Rejected) and isinstance(event, Answered | Refused | Fired):
        assert outcome.code == STALE
    if isinstance(outcome, Decision):
        apply(state, outcome.patch, seq=state.seq + 1, at=event.at)
        _sound(state)


@pytest.mark.parametrize("name", sorted({at.case for at in STATES}))
def test_a_decision_never_touches_the_state_it_is_made_in(name: str) -> None:
    """R20: the same bytes before and after, also of what the patch shares with the state."""
    for at in visited(name):
        before = msgspec.json.encode(at.before)
        decision = _decided(at, at.before, at.event)
        assert isinstance(decision, Decision)
        assert msgspec.json.encode(at.before) == before
        applied = copy.deepcopy(at.before)
        apply(applied, decision.patch, seq=at.after.seq, at=at.event.at)
        patch = [decision.patch.changes(), decision.digest()]
        _decided(at, applied, Terminated(at=at.event.at))
        assert [decision.patch.changes(), decision.digest()] == patch


@pytest.mark.parametrize("name", sorted({at.case for at in STATES}))
def test_the_patch_alone_makes_the_next_state(name: str) -> None:
    """R5, R20: what is digested is all that changes, also after a way through its stored bytes."""
    state = State()
    for at in visited(name):
        apply(state, at.decision.patch, seq=at.after.seq, at=at.event.at)
        assert state == at.after
        assert msgspec.json.encode(state) == msgspec.json.encode(at.after)


def test_effect_ids_name_the_causing_event_and_never_repeat() -> None:
    """R2: also where a task is visited again and again."""
    for name in ("loop", "retry_container", "nested_containers", "memory", "many_items_beside_a_call"):
        ids = [
            (effect.id, getattr(effect, "attempt", 1))
            for at in visited(name)
            for effect in at.decision.effects
            if type(effect).__name__ != "Cancel"
        ]
        assert len(set(ids)) == len(ids)
        for at in visited(name):
            fresh = [effect for effect in at.decision.effects if effect.id not in at.before.pending]
            for effect in fresh:
                assert effect.id.startswith(f"run-1:{at.after.seq}."), effect


def test_a_pending_effect_is_kept_whole_until_it_closes() -> None:
    """R3: what a later attempt sends is the same request, whatever happened meanwhile."""
    asked: dict[str, Any] = {}
    for at in STATES:
        for effect in at.decision.effects:
            if type(effect).__name__ == "Call":
                key = f"{at.case}/{effect.id}"
                request = getattr(effect, "request", None)
                assert asked.setdefault(key, request) == request
                assert at.after.pending[effect.id].effect == effect


@pytest.mark.parametrize("name", sorted({at.case for at in STATES}))
def test_no_decision_reads_how_long_an_answer_took(name: str) -> None:
    """R38: what the performer measured is data."""
    for at in visited(name):
        if isinstance(at.event, Answered | Refused):
            slower = msgspec.structs.replace(at.event, started=at.event.started + 7, took=at.event.took + 77_000)
            decision = _decided(at, at.before, slower)
            assert isinstance(decision, Decision)
            assert decision.digest() == at.decision.digest()


def test_only_a_migration_changes_which_releases_decisions_a_run_keeps() -> None:
    """R28: and a release refuses a logic that is newer than its own."""
    for at in STATES:
        if not isinstance(at.event, Started | Migrated):
            assert not {"logic", "program"} & set(at.decision.patch.run)
        if at.after.ended:
            continue
        newer = Migrated(at=at.after.at, program="other", logic=LOGIC_VERSION + 1)
        outcome = _decided(at, at.after, newer)
        assert isinstance(outcome, Rejected)
        assert outcome.code == "LOGIC_UNKNOWN"


def test_a_blob_is_asked_for_before_anything_happens() -> None:
    """R12: `Need` has no trace, and the decision with the blob is the only one."""
    (at,) = [one for one in visited("blob_answer") if isinstance(one.event, Answered)]
    state = copy.deepcopy(at.before)
    outcome = decide(at.program, state, at.event)
    assert isinstance(outcome, Need)
    assert state == at.before


def _decided(at: Visited, state: State, event: AnyEvent) -> Outcome:
    return decide_with_blobs(at.program, state, event, at.ran.store.blob)


def _sound(state: State) -> None:
    """What holds between the parts of every state."""
    for path, frame in state.frames.items():
        assert frame.parent is None or frame.parent in state.frames, path
    for id, pending in state.pending.items():
        owner = state.frames.get(pending.frame)
        waits = owner is not None and id in owner.awaiting
        assert waits or pending.status in ("closing", "unknown"), id
        assert pending.effect.id == id
    assert set(state.items) <= set(state.frames)
    for name, log in state.logs.items():
        assert 0 <= log.first <= log.consumed <= log.count
        numbers = range(log.first + 1, log.count + 1)
        assert {f"{name}#{number}" for number in numbers} == {
            key for key in state.signals if key.startswith(f"{name}#")
        }
    if state.ended:
        assert not state.frames
        assert not state.agenda


@st.composite
def _events(draw: Callable[[Any], Any], at: Visited) -> AnyEvent:
    kind = draw(st.sampled_from(list(HANDLERS)))
    known = [*at.after.pending, *at.before.pending, "run-1:1.0", "run-1:99.0", "other", ""]
    now = at.after.at + draw(st.integers(0, 100_000))
    effect, attempt = draw(st.sampled_from(known)), draw(st.sampled_from([1, 2, 3, 99]))
    value = draw(ODD_VALUES)
    made: dict[type[AnyEvent], Callable[[], AnyEvent]] = {
        Started: lambda: Started(at=now, run="x", tenant="t", program="p", logic=1, seed="s", input=value),
        Received: lambda: Received(at=now, name=draw(NAMES), payload=value, key=draw(KEYS), source=draw(SENDERS)),
        Answered: lambda: Answered(at=now, effect=effect, attempt=attempt, value=value, usage={"n": 1}),
        Refused: lambda: Refused(
            at=now, effect=effect, attempt=attempt, code=draw(CODES), retryable=draw(st.booleans()), details=value
        ),
        Fired: lambda: Fired(at=now, effect=effect),
        Cancelled: lambda: Cancelled(at=now, reason="x"),
        Terminated: lambda: Terminated(at=now, reason="x"),
        Paused: lambda: Paused(at=now),
        Unpaused: lambda: Unpaused(at=now),
        Resumed: lambda: Resumed(at=now),
        Resolved: lambda: Resolved(at=now, effect=effect, happened=draw(st.booleans()), value=value),
        Migrated: lambda: Migrated(at=now, program="other", logic=draw(st.sampled_from([LOGIC_VERSION, 99]))),
    }
    return made[kind]()


def test_the_corpus_reaches_every_status_of_a_pending_effect() -> None:
    reached = {pending.status for at in STATES for pending in at.after.pending.values()}
    assert {"issued", "held", "closing"} <= reached
    assert corpus.names()
