"""Holds: what people see of a run follows from committed patches alone."""

from __future__ import annotations

import pytest

from statewright.api.records import Step
from statewright.cli.board import Board, Row, last_of, parent_of
from statewright.kernel.effects import Call
from statewright.kernel.events import Answered, AnyEvent, Fired, Terminated
from statewright.kernel.state import Failure, Frame, Patch, Pending, Result, State

RUN = "run-1"


def frame(node: str, at: int, **more: object) -> Frame:
    return Frame(node=node, parent="", at=at, visit=1, **more)  # type: ignore[arg-type]


def fired(at: int) -> AnyEvent:
    return Fired(at=at, effect="e")


@pytest.mark.parametrize(
    ("path", "parent", "last"),
    [
        ("extract", "", "extract"),
        ("process[3]", "process", "[3]"),
        ("process[3].extract", "process[3]", "extract"),
        ("a.b[1][2].c", "a.b[1][2]", "c"),
        ("a.#2", "a", "#2"),
    ],
)
def test_a_path_names_its_container(path: str, parent: str, last: str) -> None:
    assert (parent_of(path), last_of(path)) == (parent, last)


def test_a_task_runs_and_ends() -> None:
    board = Board()
    begun = board.take(RUN, Step(1, fired(100), Patch(frames={"": frame("", 100), "ask": frame("ask", 100)})))
    assert [(row.path, row.status, row.took()) for row in begun.rows] == [("ask", "running", 0)]
    done = Result(node="ask", id="ask-7", output=1, at=350, simulated=True)
    ended = board.take(RUN, Step(2, Answered(at=350, effect="e"), Patch(frames={"ask": None}, results={"ask": done})))
    assert (ended.run, ended.seq, ended.at, ended.type) == (RUN, 2, 350, "Answered")
    assert ended.rows == (Row(run=RUN, path="ask", id="ask-7", status="success", began=100, ended=350, simulated=True),)
    assert ended.rows[0].took() == 250


def test_a_task_that_ends_at_once_has_a_row_and_no_time() -> None:
    change = Board().take(RUN, Step(1, fired(5), Patch(results={"a": Result(node="a", id="a", at=5)})))
    assert [(row.path, row.status, row.took()) for row in change.rows] == [("a", "success", 0)]


def test_a_failure_comes_with_its_reason() -> None:
    failure = Failure("TOOL_FAILED", "no")
    result = Result(node="a", id="a", status="failed", error=failure, at=5)
    change = Board().take(RUN, Step(1, fired(5), Patch(results={"a": result})))
    assert [(row.status, row.error) for row in change.rows] == [("failed", failure)]


def test_a_retry_shows_as_the_next_attempt_of_the_task() -> None:
    board = Board()
    board.take(RUN, Step(1, fired(1), Patch(frames={"a": frame("a", 1)})))
    pending = Pending(effect=Call(id="e", kind="tool", target="t"), frame="a", attempt=2)
    change = board.take(RUN, Step(2, fired(2), Patch(pending={"e": pending, "f": None})))
    assert [(row.path, row.attempt, row.status) for row in change.rows] == [("a", 2, "running")]


def test_a_task_whose_container_starts_over_is_not_done() -> None:
    board = Board()
    board.take(RUN, Step(1, fired(1), Patch(results={"a.b": Result(node="a.b", id="b", at=1)})))
    board.take(RUN, Step(2, fired(2), Patch(results={"a.b": None})))
    assert not board.rows


def test_a_task_is_not_alive_any_more_once_its_run_is_terminated() -> None:
    board = Board()
    board.take(RUN, Step(1, fired(1), Patch(frames={"": frame("", 1), "a": frame("a", 1)})))
    gone = Patch(run={"status": "terminated"}, frames={"": None, "a": None})
    change = board.take(RUN, Step(2, Terminated(at=5), gone))
    assert [(row.path, row.status, row.took()) for row in change.rows] == [("a", "cancelled", 4)]


def test_containers_come_before_what_began_with_them() -> None:
    frames = {"a.b": frame("a.b", 1), "a": frame("a", 1), "a.b.c": frame("a.b.c", 1)}
    change = Board().take(RUN, Step(1, fired(1), Patch(frames=dict(frames))))
    assert [row.path for row in change.rows] == ["a", "a.b", "a.b.c"]


def test_what_a_run_did_before_is_known_and_not_told_again() -> None:
    state = State(run=RUN, started_at=1, frames={"": frame("", 1), "b": frame("b", 4)})
    state.results["a"] = Result(node="a", id="a", at=3)
    board = Board()
    board.seed(state)
    change = board.take(
        RUN, Step(5, fired(9), Patch(frames={"b": None}, results={"b": Result(node="b", id="b", at=9)}))
    )
    assert [(row.path, row.took()) for row in change.rows] == [("b", 5)]
    assert [path for _, path in board.rows] == ["b", "a"]
