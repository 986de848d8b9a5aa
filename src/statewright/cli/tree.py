"""The live tree: a run's tasks under each other, drawn over while they run. Only for a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Console
from rich.live import Live
from rich.text import Text

from statewright.api.records import Outcome
from statewright.cli.board import Board, Change, Row, last_of, parent_of
from statewright.cli.terminal import coloured, duration, printable
from statewright.cli.views import ATTEMPT_SHOWN_FROM, GLYPHS, Plain

# Of a container's finished children so many are shown; those that run or failed are shown first.
CHILDREN_SHOWN_MAX = 12
# Lines of the terminal that stay free below the tree.
LINES_FREE = 3
_SPINNER = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"
_FRAME_MS = 100


class Tree(Plain):
    """Draws one run on stderr."""

    def __init__(self) -> None:
        super().__init__()
        # Without a colour system no style is written at all, as NO_COLOR wants it.
        self._console = Console(stderr=True, color_system="standard" if coloured("stderr") else None, highlight=False)
        # It draws when it is told to, from no thread of its own.
        self._live = Live(console=self._console, auto_refresh=False, redirect_stdout=False, redirect_stderr=False)
        self._begun = False

    def changed(self, change: Change, board: Board) -> None:
        """Waits for the next tick: changes come by the thousand, and an eye sees ten pictures a second."""

    def ticked(self, board: Board, now: int) -> None:
        """Draws the tree as it is now."""
        if not board.rows:
            return
        if not self._begun:
            self._live.start()
            self._begun = True
        lines = list(tree_lines(board, now))
        hidden = len(lines) - max(1, self._console.size.height - LINES_FREE)
        if hidden > 0:
            lines = [Text(f"  … {hidden} lines above", style="dim"), *lines[hidden:]]
        self._live.update(Text("\n").join(lines), refresh=True)

    def closed(self, outcome: Outcome) -> None:
        """Leaves the tree on the screen and prints the result below."""
        self.left()
        super().closed(outcome)

    def left(self) -> None:
        """Leaves the tree on the screen."""
        if self._begun:
            self._live.stop()
            self._begun = False


def tree_lines(board: Board, now: int) -> Iterator[Text]:
    """Yields one line per task that is shown, and one for those that are not."""
    below: dict[tuple[str, str], list[Row]] = {}
    for (run, path), row in board.rows.items():
        below.setdefault((run, _nearest(board, run, path)), []).append(row)
    for run in dict.fromkeys(run for run, _ in board.rows):
        yield from _lines_below(below, (run, ""), 1, now)


def _lines_below(below: dict[tuple[str, str], list[Row]], at: tuple[str, str], depth: int, now: int) -> Iterator[Text]:
    rows = below.get(at, [])
    shown = _most_telling(rows)
    for row in shown:
        yield _line(row, depth, now)
        yield from _lines_below(below, (row.run, row.path), depth + 1, now)
    if len(shown) < len(rows):
        done = sum(row.status == "success" for row in rows)
        yield Text(f"{'  ' * depth}… {len(rows) - len(shown)} more, {done} of {len(rows)} done", style="dim")


def _most_telling(rows: list[Row]) -> list[Row]:
    if len(rows) <= CHILDREN_SHOWN_MAX:
        return rows
    first = sorted(rows, key=lambda row: ("failed", "running", "cancelled", "success").index(row.status))
    chosen = {row.path for row in first[:CHILDREN_SHOWN_MAX]}
    return [row for row in rows if row.path in chosen]


def _nearest(board: Board, run: str, path: str) -> str:
    """Returns the path of the nearest container that has a row; some are too quick to have one yet."""
    parent = parent_of(path)
    while parent and (run, parent) not in board.rows:
        parent = parent_of(parent)
    return parent


def _line(row: Row, depth: int, now: int) -> Text:
    glyph, colour = GLYPHS[row.status]
    if row.status == "running":
        glyph = _SPINNER[now // _FRAME_MS % len(_SPINNER)]
    line = Text("  " * depth)
    line.append(glyph, style=colour)
    line.append(f" {printable(row.id or last_of(row.path))}")
    line.append(f"  {duration(row.took(now))}", style="dim")
    if row.attempt >= ATTEMPT_SHOWN_FROM:
        line.append(f"  attempt {row.attempt}", style="yellow")
    if row.simulated:
        line.append("  simulated", style="dim")
    if row.error is not None:
        line.append(f"  {printable(row.error.code)}", style="red")
    return line
