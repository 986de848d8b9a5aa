"""The process dies after every record of every case, also while it recovers. Nothing is lost and nothing done twice."""

from __future__ import annotations

import msgspec
import pytest

from statewright.kernel.events import Resolved
from statewright.kernel.program import Program
from statewright.testing import RUN, TENANT, Faults
from tests.conformance import corpus
from tests.conformance.corpus import Case
from tests.simulation.runs import LONG, SHORT, STARTING, outcome, run_case


@pytest.mark.parametrize("name", STARTING)
def test_a_run_survives_a_crash_after_each_of_its_records(name: str) -> None:
    """I-01, I-05, I-11, I-12, I-13; R4: recovery is decided, not improvised."""
    case = corpus.case(name)
    undisturbed = run_case(case, Faults())
    positions = range(1, undisturbed.host.commits + 1)
    for position in positions if name not in LONG else (1, undisturbed.host.commits // 2):
        for crashes in ({position}, {position, position + 1}):
            survived = run_case(case, Faults(crashes=frozenset(crashes)), seed=position)
            if not case.crashes_show:
                assert outcome(survived.state) == outcome(undisturbed.state), crashes


@pytest.mark.soak
@pytest.mark.parametrize("name", SHORT)
def test_a_run_survives_many_crashes_at_random(name: str, soaking: bool) -> None:
    case = corpus.case(name)
    undisturbed = run_case(case, Faults())
    for seed in range(200 if soaking else 3):
        # Fewer than RESUMES_MAX, so that no call is given up.
        crashes = frozenset(range(seed % 3 + 1, 40, 2 + seed % 5)[:9])
        survived = run_case(case, Faults(crashes=crashes), seed=seed)
        if not case.crashes_show:
            assert outcome(survived.state) == outcome(undisturbed.state), seed


def test_a_call_that_kills_its_host_is_given_up_in_the_end() -> None:
    """R4: a crash loop has a bound, and the task knows why it failed."""
    case = corpus.case("tool")
    # Every commit is followed by a crash: the call is issued, lost, and issued again.
    finished = run_case(case, Faults(crashes=frozenset(range(1, 40))), seed=1)
    assert finished.state.error is not None
    assert finished.state.error.code == "CRASH_LOOP"
    assert finished.state.status == "failed"


def test_an_at_most_once_call_waits_for_a_person_after_a_crash() -> None:
    """R4, R11 and I-14: it is never made a second time; `Resolved` says what became of it."""
    case = corpus.case("tool")
    program = _at_most_once(case.program)
    for happened, status in ((True, "done"), (False, "failed")):
        finished = run_case(case, Faults(crashes=frozenset({1})), seed=_dies_after_release(case), program=program)
        assert finished.state.status == "running"
        assert [pending.status for pending in finished.state.pending.values()] == ["unknown"]
        host, (effect,) = finished.host, finished.state.pending
        resolved = Resolved(at=host.now, effect=effect, happened=happened, value={"title": "Seven"})
        assert host.deliver(TENANT, RUN, resolved) is None
        host.settle()
        assert host.state(TENANT, RUN).status == status
        assert len(host.performed) == 1


def test_a_run_that_is_cancelled_while_its_host_dies_still_closes() -> None:
    """R10: after the crash only the cancelling is asked again, never the call."""
    case = corpus.case("cancel")
    for position in range(2, 5):
        finished = run_case(case, Faults(crashes=frozenset({position})), seed=position)
        kinds = [attempt.effect for attempt in finished.host.performed]
        assert finished.state.ended or finished.state.pending
        assert len(kinds) <= len(finished.records)


def test_resumed_calls_do_not_spend_the_retries_of_their_policy() -> None:
    """R4, R17: an attempt that a crash took is not one that the world refused."""
    case = corpus.case("retry_exhausted")
    finished = run_case(case, Faults(crashes=frozenset({1})), seed=_dies_after_release(case))
    assert [type(step) for step in finished.state.pending.values()] == []
    assert len(finished.host.performed) == 4


def _at_most_once(program: Program) -> Program:
    tools = {id: msgspec.structs.replace(tool, at_most_once=True) for id, tool in program.tools.items()}
    return msgspec.structs.replace(program, tools=tools)


def _dies_after_release(case: Case) -> int:
    """Returns a seed under which the first crash comes after the effects have left."""
    for seed in range(100):
        if _left_before_crash(case, seed):
            return seed
    raise AssertionError("no such seed")


def _left_before_crash(case: Case, seed: int) -> bool:
    finished = run_case(case, Faults(crashes=frozenset({1})), seed=seed)
    return any(attempt.attempt == 1 for attempt in finished.host.performed)
