"""The scripted model says what the test told it to, when the test told it to."""

from __future__ import annotations

from statewright.effects.models.scripted import Held, Scripted
from statewright.effects.performer import Answer, Refusal
from statewright.kernel.effects import Call
from tests.effects.performing import answer, model_call, perform, refusal, work


async def test_lines_are_said_in_order_and_calls_are_recorded() -> None:
    scripted = Scripted(["one", {"two": 2}, lambda call: f"three for {call.target}"])
    assert (await answer(scripted, model_call("a"), work()))["content"] == "one"
    assert (await answer(scripted, model_call("b"), work()))["object"] == {"two": 2}
    assert (await answer(scripted, model_call("c"), work()))["content"] == "three for openai/m"
    assert [call.request["messages"][-1]["content"] for call in scripted.calls] == ["a", "b", "c"]


async def test_answers_say_that_they_are_simulated_and_count_tokens() -> None:
    outcome = await perform(Scripted(["four"]), model_call("12345678"), work())
    assert isinstance(outcome, Answer)
    assert (outcome.simulated, outcome.usage) == (True, {"input_tokens": 2, "output_tokens": 1})


async def test_text_is_read_as_data_where_data_was_asked_for() -> None:
    scripted = Scripted(['{"a":1}', '{"a":1}', "no json"])
    assert (await answer(scripted, model_call("x"), work()))["object"] is None
    assert (await answer(scripted, model_call("x", json_mode=True), work()))["object"] == {"a": 1}
    assert (await answer(scripted, model_call("x", schema={"type": "object"}), work()))["object"] is None


async def test_a_line_can_be_chosen_by_what_is_asked() -> None:
    scripted = Scripted(["else"], matching={"billing": "pay", "technical": "restart"})
    contents = [
        (await answer(scripted, model_call(text), work()))["content"]
        for text in ("technical trouble", "a billing question", "hello", "billing again")
    ]
    assert contents == ["restart", "pay", "else", "pay"]


async def test_a_script_can_refuse_fail_and_end() -> None:
    busy = Refusal(code="BUSY", message="later", retryable=True)
    scripted = Scripted([busy, ValueError("canary")])
    assert await perform(scripted, model_call("a"), work()) == busy
    fault = await refusal(scripted, model_call("a"), work())
    assert (fault.code, "canary" in repr(fault)) == ("PERFORMER_FAULT", False)
    assert (await refusal(scripted, model_call("a"), work())).code == "SCRIPT_EXHAUSTED"


def begin(scripted: Scripted, call: Call) -> tuple[list[Answer | Refusal], object]:
    finished: list[Answer | Refusal] = []
    return finished, scripted.begin(call, work(), finished.append)


def test_a_held_line_is_said_when_it_is_released() -> None:
    held = Held("late")
    finished, _ = begin(Scripted([held]), model_call("a"))
    assert finished == []
    held.release()
    [outcome] = finished
    assert isinstance(outcome, Answer)
    assert outcome.value["content"] == "late"
    assert len(begin(Scripted([held]), model_call("a"))[0]) == 1


def test_a_call_that_is_stopped_while_it_waits_finishes_once() -> None:
    held = Held("late")
    finished, stop = begin(Scripted([held]), model_call("a"))
    assert callable(stop)
    stop()
    held.release()
    assert [type(outcome) for outcome in finished] == [Refusal]
