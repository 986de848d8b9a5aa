"""Holds: progress is plain lines, JSON lines or one object; data on stdout, the rest on stderr, all of it escaped."""

from __future__ import annotations

import json

import pytest

from statewright.api.records import Awaited, Outcome, Step
from statewright.cli.board import Board, Change, Row
from statewright.cli.outcomes import outcome_json, outcome_lines
from statewright.cli.views import ITEM_LINES_MAX, JsonLines, Plain, Silent, View, row_line
from statewright.kernel.events import Answered, Started
from statewright.kernel.state import Failure, Frame, Patch, Result, State

RUN = "run-1"
AT = 1_763_719_200_000


def done(**facts: object) -> Outcome:
    state = State(run=RUN, status="done", started_at=AT, at=AT + 250, seq=3, output={"greeting": "Hi"})
    for name, value in facts.items():
        setattr(state, name, value)
    return Outcome("hello", state.status, state)


def tell(view: View, outcome: Outcome) -> None:
    """A run of one task, as a follower tells it."""
    board = Board()
    view.opened(RUN, "hello")
    started = Started(at=AT, run=RUN, tenant="t", program="p", logic=1, seed="")
    frame = Frame(node="ask", parent="", at=AT, visit=1)
    view.changed(board.take(RUN, Step(1, started, Patch(frames={"ask": frame}))), board)
    view.ticked(board, AT + 100)
    result = Result(node="ask", id="ask", at=AT + 250, simulated=True)
    view.changed(board.take(RUN, Step(2, Answered(at=AT + 250, effect="e"), Patch(results={"ask": result}))), board)
    view.closed(outcome)
    view.left()


def test_plain_lines_go_to_stderr_and_the_output_to_stdout(capsys: pytest.CaptureFixture[str]) -> None:
    tell(Plain(), done(simulated=True, usage={"input_tokens": 12}))
    printed = capsys.readouterr()
    assert printed.out == '{\n  "greeting": "Hi"\n}\n'
    assert printed.err.splitlines() == [
        "run-1  hello",
        "  … ask",
        "  ✔ ask  250ms  simulated",
        "done in 250ms  3 events  12 input tokens  simulated",
    ]


def test_a_task_is_told_of_once_for_each_of_its_states(capsys: pytest.CaptureFixture[str]) -> None:
    view, board = Plain(), Board()
    rows = [Row(run=RUN, path="ask", id="ask", began=AT, attempt=attempt) for attempt in (1, 1, 2, 2)]
    for seq, row in enumerate(rows):
        view.changed(Change(RUN, seq, AT, "Refused", (row,)), board)
    assert capsys.readouterr().err.splitlines() == ["  … ask", "  … ask  attempt 2"]


def test_of_many_items_only_the_first_and_those_that_fail_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    view, board = Plain(), Board()
    failed = Failure(code="TOOL_FAILED", message="no")
    rows = [
        Row(run=RUN, path=f"all[{item}]", id="each", status="success", began=AT, ended=AT)
        for item in range(2 * ITEM_LINES_MAX)
    ]
    rows.append(Row(run=RUN, path="all[9999]", id="each", status="failed", began=AT, ended=AT, error=failed))
    view.changed(Change(RUN, 1, AT, "Answered", tuple(rows)), board)
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == ITEM_LINES_MAX + 2
    assert lines[-2].endswith(f"only those that fail are told; all: statewright runs show {RUN}")
    assert lines[-1] == "  ✖ all[9999]  0ms  TOOL_FAILED"


def test_a_text_as_output_is_printed_as_it_is_but_cannot_steer(capsys: pytest.CaptureFixture[str]) -> None:
    Plain().closed(done(output="one\n\x1b[2Jtwo"))
    assert capsys.readouterr().out == "one\n\\x1b[2Jtwo\n"


def test_a_failed_run_tells_code_place_and_advice(capsys: pytest.CaptureFixture[str]) -> None:
    failure = Failure("MODEL_KEY_MISSING", "no key\x07", "ask", {"hint": "use --simulate"})
    Plain().closed(done(status="failed", output=None, error=failure))
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.splitlines()[1:] == [
        "MODEL_KEY_MISSING no key\\x07  in task ask",
        "  help: use --simulate",
    ]


def test_json_prints_one_object_and_nothing_else(capsys: pytest.CaptureFixture[str]) -> None:
    tell(Silent(), done())
    printed = capsys.readouterr()
    assert printed.err == ""
    assert json.loads(printed.out) == {
        "run": RUN,
        "workflow": "hello",
        "status": "done",
        "output": {"greeting": "Hi"},
        "error": None,
        "simulated": False,
        "usage": {},
        "seq": 3,
        "started_at": "2025-11-21T10:00:00.000Z",
        "took_ms": 250,
    }


def test_json_lines_tell_every_event_every_task_and_the_result(capsys: pytest.CaptureFixture[str]) -> None:
    outcome = done()
    tell(JsonLines(), outcome)
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["kind"] for line in lines] == ["run", "event", "task", "event", "task", "result"]
    assert lines[1] == {"kind": "event", "run": RUN, "seq": 1, "at": "2025-11-21T10:00:00.000Z", "type": "Started"}
    assert (lines[4]["path"], lines[4]["status"], lines[4]["took_ms"]) == ("ask", "success", 250)
    assert lines[5] == {"kind": "result", **outcome_json(outcome)}


def test_a_run_that_a_fault_parked_says_where_to_look() -> None:
    text = outcome_lines(Outcome("hello", "suspended", State(run=RUN, status="running", started_at=AT, at=AT)))
    assert f"statewright runs events {RUN}" in text


@pytest.mark.parametrize(
    ("awaited", "command"),
    [
        (Awaited(RUN, "signal", "go on", "gate"), f"statewright runs signal {RUN} 'go on' -d PAYLOAD"),
        (Awaited(RUN, "outcome", f"{RUN}:1.0", "pay"), f"statewright runs resolve {RUN} {RUN}:1.0 --happened"),
        (Awaited(RUN, "pause"), f"statewright runs resume {RUN}"),
    ],
)
def test_a_run_that_waits_says_what_lets_it_go_on(awaited: Awaited, command: str) -> None:
    state = State(run=RUN, status="running", started_at=AT, at=AT)
    assert command in outcome_lines(Outcome("hello", "running", state, (awaited,)))


def test_a_task_on_one_line_says_what_is_worth_saying() -> None:
    failure = Failure("TIMED_OUT", "x")
    row = Row(run=RUN, path="a.b\x1b", id="b", status="failed", began=0, ended=1_900, attempt=3, error=failure)
    assert row_line(row) == "✖ a.b\\x1b  1.9s  attempt 3  TIMED_OUT"
