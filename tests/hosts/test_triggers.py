"""A signal that starts nothing, because it does not fit: who sent it has that in its journal."""

from __future__ import annotations

from statewright.kernel.events import Answered
from tests.conformance import corpus, golden
from tests.conformance.hosts import simulated


def test_what_a_trigger_refused_is_recorded_once_with_the_sender() -> None:
    ran = simulated(corpus.case("signal_trigger_schema_unfit"))
    values = [event.value for entry in golden.entries(ran.records) if isinstance(event := entry.decoded(), Answered)]
    (value,) = values
    (refused,) = value["refused"]
    assert (value["told"], refused["code"]) == (1, "INPUT_INVALID")
    assert "'started'" in refused["message"]
    assert "$.n" in refused["message"]


def test_what_everybody_took_says_nothing_of_refusals() -> None:
    ran = simulated(corpus.case("signal_trigger_schema"))
    values = [event.value for entry in golden.entries(ran.records) if isinstance(event := entry.decoded(), Answered)]
    assert values == [{"told": 1}]
