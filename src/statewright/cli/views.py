"""How progress is shown: plain lines on stderr, JSON lines on stdout, or nothing. The live one is in `tree.py`."""

from __future__ import annotations

from typing import Protocol

from statewright.api.records import Outcome
from statewright.cli.board import Board, Change, Row
from statewright.cli.next_step import command
from statewright.cli.outcomes import failure_json, instant, outcome_json, outcome_lines
from statewright.cli.terminal import Colour, duration, emit, lines_of, paint, printable, to_json

GLYPHS: dict[str, tuple[str, Colour]] = {
    "running": ("…", "cyan"),
    "success": ("✔", "green"),
    "failed": ("✖", "red"),
    "cancelled": ("⊘", "yellow"),
}
ATTEMPT_SHOWN_FROM = 2
# Lines about the items of one collection: a log is read by people, and a collection may have 100,000 items.
ITEM_LINES_MAX = 100


class View(Protocol):
    """Somebody who is told of a run's life, in order."""

    def opened(self, run: str, workflow: str) -> None:
        """The run exists durably, or has been taken up again."""

    def changed(self, change: Change, board: Board) -> None:
        """A record has been committed."""

    def ticked(self, board: Board, now: int) -> None:
        """A moment has passed, whether or not something happened in it."""

    def closed(self, outcome: Outcome) -> None:
        """The run rests."""

    def left(self) -> None:
        """Nobody watches any more; what was drawn stays."""


class Silent:
    """For `-o json`: one object at the end."""

    def opened(self, run: str, workflow: str) -> None:
        """Says nothing: stdout gets one object, and stderr nothing but problems."""

    def changed(self, change: Change, board: Board) -> None:
        """Says nothing."""

    def ticked(self, board: Board, now: int) -> None:
        """Says nothing."""

    def closed(self, outcome: Outcome) -> None:
        """Prints the object."""
        emit(to_json(outcome_json(outcome)))

    def left(self) -> None:
        """Says nothing."""


class JsonLines(Silent):
    """For `-o jsonl`: a line per event, a line per change of a task, and the result."""

    def opened(self, run: str, workflow: str) -> None:
        """Prints which run it is about."""
        emit(to_json({"kind": "run", "run": run, "workflow": workflow}))

    def changed(self, change: Change, board: Board) -> None:
        """Prints the event and its tasks."""
        at = instant(change.at)
        head = {"run": change.run, "seq": change.seq}
        lines = [{"kind": "event", **head, "at": at, "type": change.type}]
        lines += [{"kind": "task", **head, **row_json(row)} for row in change.rows]
        emit("\n".join(map(to_json, lines)))

    def closed(self, outcome: Outcome) -> None:
        """Prints the result."""
        emit(to_json({"kind": "result", **outcome_json(outcome)}))


class Plain(Silent):
    """For people whose stderr is no terminal: a line per task, nothing drawn over. The output goes to stdout."""

    def __init__(self, *, several: bool = False) -> None:
        self._several = several
        self._last: dict[tuple[str, str], str] = {}  # of tasks that go on
        self._items: dict[tuple[str, str], int] = {}  # lines, by collection

    def opened(self, run: str, workflow: str) -> None:
        """Prints which run it is about."""
        emit(f"{run}  {printable(workflow)}", "stderr")

    def changed(self, change: Change, board: Board) -> None:
        """Prints tasks that took their time when they begin, and all when they end; of many items those that failed."""
        prefix = f"{change.run} " if self._several else ""
        for row in change.rows:
            line = row_line(row)
            if self._is_news(row, line) and self._has_room(row, prefix):
                emit(f"{prefix}  {line}", "stderr")

    def closed(self, outcome: Outcome) -> None:
        """Prints the result."""
        emit(f"{outcome.state.run} {outcome_lines(outcome)}" if self._several else outcome_lines(outcome), "stderr")
        if outcome.status == "done":
            emit(output_text(outcome))

    def _is_news(self, row: Row, line: str) -> bool:
        before = self._last.pop((row.run, row.path), "")
        if row.status == "running":
            self._last[row.run, row.path] = line
        return line != before

    def _has_room(self, row: Row, prefix: str) -> bool:
        collection, is_item, _ = row.path.rpartition("[")
        if not is_item or row.error is not None:
            return True
        lines = self._items[row.run, collection] = self._items.get((row.run, collection), 0) + 1
        if lines == ITEM_LINES_MAX + 1:
            text = f"{printable(collection)}: of its other items only those that fail are told; all: "
            emit(f"{prefix}  … {text}{command('runs', 'show', row.run)}", "stderr")
        return lines <= ITEM_LINES_MAX


def row_line(row: Row, now: int = 0) -> str:
    """Returns a task as one line: glyph, path, time, and what is worth saying."""
    glyph, colour = GLYPHS[row.status]
    facts = [] if row.status == "running" and not now else [duration(row.took(now))]
    facts += [f"attempt {row.attempt}"] * (row.attempt >= ATTEMPT_SHOWN_FROM)
    facts += ["simulated"] * row.simulated
    facts += [row.error.code] if row.error is not None else []
    return f"{paint(glyph, colour)} {printable(row.path)}  {'  '.join(facts)}".rstrip()


def row_json(row: Row) -> dict[str, object]:
    """Returns a task as JSON data."""
    return {
        "path": row.path,
        "id": row.id,
        "status": row.status,
        "attempt": row.attempt,
        "took_ms": row.took(),
        "simulated": row.simulated,
        "error": failure_json(row.error),
    }


def output_text(outcome: Outcome) -> str:
    """Returns a run's output for people: a text as it is, anything else as JSON."""
    output = outcome.state.output
    return lines_of(output) if isinstance(output, str) else to_json(output, pretty=True)
