"""What people see of running runs: one row per task, made from committed patches alone. It prints nothing."""

from __future__ import annotations

from typing import Literal

import msgspec

from statewright.api.records import Step
from statewright.kernel.state import Failure, Frame, Patch, Result, State

Status = Literal["running", "success", "failed", "cancelled"]


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """A task as it stands: `began` and `ended` in ms, `ended` 0 while it runs."""

    run: str
    path: str
    id: str
    status: Status = "running"
    began: int
    ended: int = 0
    attempt: int = 1
    simulated: bool = False
    error: Failure | None = None

    def took(self, now: int = 0) -> int:
        """Returns how long it ran, or has been running, in ms."""
        return max(0, (now if self.status == "running" else self.ended) - self.began)


class Change(msgspec.Struct, frozen=True):
    """One committed event with the rows that it changed, containers before what is in them."""

    run: str
    seq: int
    at: int
    type: str
    rows: tuple[Row, ...]


class Board:
    """The rows of some runs, in the order in which their tasks began."""

    def __init__(self) -> None:
        self.rows: dict[tuple[str, str], Row] = {}

    def seed(self, state: State) -> None:
        """Takes what a run has done so far as known."""
        self._take(state.run, state.started_at, Patch(frames=dict(state.frames), results=dict(state.results)))

    def take(self, run: str, step: Step) -> Change:
        """Takes a committed record and returns what it changed."""
        changed = self._take(run, step.at, step.patch)
        rows = sorted(changed.values(), key=lambda row: (row.began, row.path.count("."), row.ended))
        return Change(run, step.seq, step.at, type(step.event).__name__, tuple(rows))

    def _take(self, run: str, at: int, patch: Patch) -> dict[str, Row]:
        changed: dict[str, Row] = {}
        for path, frame in patch.frames.items():
            if path and frame is not None:
                changed[path] = self._begun(run, path, frame)
            elif (run, path) in self.rows and path not in patch.results:
                changed[path] = self._broken_off(run, path, at)
        for path, result in patch.results.items():
            if result is None:
                # Its container starts over: the task is not done after all.
                self.rows.pop((run, path), None)
            elif path:
                changed[path] = self._ended(run, path, result, at)
        for pending in patch.pending.values():
            row = self.rows.get((run, pending.frame)) if pending is not None else None
            if pending is not None and row is not None and pending.attempt > row.attempt:
                row = msgspec.structs.replace(row, attempt=pending.attempt)
                changed[row.path] = self.rows[run, row.path] = row
        return changed

    def _begun(self, run: str, path: str, frame: Frame) -> Row:
        row = Row(
            run=run, path=path, id=last_of(path), began=frame.at, attempt=frame.attempt, simulated=frame.simulated
        )
        self.rows[run, path] = row
        return row

    def _broken_off(self, run: str, path: str, at: int) -> Row:
        """A run that is terminated leaves no results of what was alive."""
        row = self.rows[run, path] = msgspec.structs.replace(self.rows[run, path], status="cancelled", ended=at)
        return row

    def _ended(self, run: str, path: str, result: Result, at: int) -> Row:
        before = self.rows.get((run, path))
        row = Row(
            run=run,
            path=path,
            id=result.id or last_of(path),
            status=result.status,
            began=before.began if before is not None else result.at or at,
            ended=result.at or at,
            attempt=before.attempt if before is not None else 1,
            simulated=result.simulated,
            error=result.error,
        )
        self.rows[run, path] = row
        return row


def parent_of(path: str) -> str:
    """Returns the path of a task's container; empty for a task of the workflow itself."""
    if path.endswith("]"):
        return path[: path.rindex("[")]
    return path.rpartition(".")[0]


def last_of(path: str) -> str:
    """Returns a path's last step: `extract`, or `[3]`."""
    return path[len(parent_of(path)) :].removeprefix(".")
