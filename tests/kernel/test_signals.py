"""Signals of a run: whose keys it knows again, in which order another run may send, and what it still keeps."""

from __future__ import annotations

from statewright.kernel.events import Received
from statewright.kernel.lifecycle import YIELD
from statewright.kernel.signals import KEYS_MAX, SIGNALS_MAX
from tests.kernel.driving import Driven

LISTENING = """
name: listening
tasks:
  - {id: gate, type: wait, wait_for: go, timeout: 1h, condition: "{{ .signal.payload.last }}"}
"""
TWO_IN_A_ROW = """
name: two_in_a_row
tasks:
  - {id: first, type: wait, wait_for: go, timeout: 1h, condition: "{{ .signal.payload.last }}", on_timeout: second}
  - {id: second, type: wait, wait_for: go, timeout: 1h, condition: "{{ .signal.payload.last }}"}
"""
ANY_NAME = """
name: any_name
tasks:
  - {id: gate, type: wait, wait_for: "{{ .workflow.input.name }}", timeout: 1h, condition: "{{ .signal.payload.last }}"}
"""
TWO_WAITS = """
name: two_waits
tasks:
  - id: both
    type: parallel
    tasks:
      - {id: quick, type: wait, wait_for: go, timeout: 1h, condition: "{{ true }}"}
      - {id: slow, type: wait, wait_for: go, timeout: 1h, condition: "{{ .signal.payload.last }}"}
"""


def test_a_run_that_sends_is_known_by_its_newest_effect() -> None:
    """R14: a repeated effect is one that is not newer, in numbers and not in letters."""
    run = Driven(LISTENING)
    run.take(_sent("run-9", 9, 0))
    run.take(_sent("run-9", 10, 0))
    assert run.refuse(_sent("run-9", 9, 0)) == "SIGNAL_REPEATED"
    assert run.refuse(_sent("run-9", 10, 0)) == "SIGNAL_REPEATED"
    run.take(_sent("run-9", 10, 1))
    run.take(_sent("run-8", 1, 0))


def test_a_key_that_looks_like_an_effect_has_no_order() -> None:
    """R33: only the run that the signal comes from can number it."""
    run = Driven(LISTENING)
    run.take(Received(at=0, name="go", payload={}, key="order:10.2"))
    run.take(Received(at=0, name="go", payload={}, key="order:9.1"))
    assert run.refuse(Received(at=0, name="go", payload={}, key="order:9.1")) == "SIGNAL_REPEATED"


def test_a_key_and_a_run_of_one_name_are_two_things() -> None:
    run = Driven(LISTENING)
    run.take(_sent("run-9", 1, 0))
    run.take(Received(at=0, name="go", payload={}, key="run-9"))


def test_a_wait_hears_what_it_waits_for_after_any_number_of_others() -> None:
    """R13, I-06: a thousand signals that were meant for other runs do not make this one deaf."""
    run = Driven(LISTENING)
    for _ in range(SIGNALS_MAX + 10):
        run.take(Received(at=0, name="go", payload={"last": False}))
    assert len(run.state.signals) == SIGNALS_MAX
    run.take(Received(at=0, name="go", payload={"last": True}))
    assert run.status() == "done"


def test_a_later_wait_reads_what_is_left_of_a_log_that_was_full() -> None:
    """R13: nobody has consumed it; what had to go for newer signals is not waited for."""
    run = Driven(TWO_IN_A_ROW)
    for _ in range(SIGNALS_MAX + 10):
        run.take(Received(at=0, name="go", payload={"last": False}))
    run.fire("timeout")
    while any(pending.role == YIELD for pending in run.state.pending.values()):
        run.fire(YIELD)
    assert run.state.frames["second"].memory["cursor"] == SIGNALS_MAX + 10
    run.take(Received(at=0, name="go", payload={"last": True}))
    assert run.status() == "done"


def test_the_keys_of_people_are_bounded_and_senders_are_never_forgotten() -> None:
    """R14, R33."""
    run = Driven(ANY_NAME, {"name": "go"})
    run.take(_sent("run-9", 1, 0))
    for number in range(KEYS_MAX + 1):
        # Of several names, so that no log is full.
        run.take(Received(at=0, name=f"go-{number % 2}", payload={}, key=f"k-{number}"))
    assert sum(place.startswith("key ") for place in run.state.heard) == KEYS_MAX
    assert "key k-0" not in run.state.heard
    assert run.refuse(_sent("run-9", 1, 0)) == "SIGNAL_REPEATED"


def test_a_signal_is_kept_until_every_wait_that_listens_has_read_it() -> None:
    """R13."""
    run = Driven(TWO_WAITS)
    run.take(Received(at=0, name="go", payload={"last": False}))
    assert run.tasks() == {"both.quick": "success"}
    assert list(run.state.signals) == ["go#1"]
    run.take(Received(at=0, name="go", payload={"last": True}))
    assert run.status() == "done"
    assert not run.state.signals


def _sent(run: str, seq: int, ordinal: int) -> Received:
    return Received(at=0, name="go", payload={}, key=f"{run}:{seq}.{ordinal}", source=run)
