"""The time line of a report: a bar per task, drawn as SVG. It only draws; colours are classes of the page's style."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from html import escape

from statewright.cli.board import Row, last_of, parent_of
from statewright.cli.terminal import duration, printable

# In units of the drawing, which the page scales to its width.
WIDTH = 1_000
LABELS = 260
ROW = 24
AXIS = 28
BAR_MIN = 3
LABEL_LENGTH_MAX = 34
LABEL_LEFT = 8
INDENT = 12
TICKS = 5
# Containers indent what is in them; deeper than this the label would be gone.
DEPTH_MAX = 6


def ordered(rows: Sequence[Row]) -> list[Row]:
    """Returns tasks in the order in which they began and ended, each container with what is in it."""
    places = {row.path: (row.began, row.ended or math.inf, number) for number, row in enumerate(rows)}
    return sorted(rows, key=lambda row: [places[path] for path in _way(row.path) if path in places])


def timeline(rows: Sequence[Row], began: int, ended: int) -> str:
    """Returns the drawing of some tasks between two times in ms."""
    height = AXIS + ROW * len(rows) + 8
    span = max(1, ended - began)
    parts = [
        f'<svg class="timeline" viewBox="0 0 {WIDTH} {height}" role="img" aria-label="Tasks over time">',
        *_axis(span, height),
        *(part for number, row in enumerate(rows) for part in _bar(row, number, began, span, ended)),
        "</svg>",
    ]
    return "\n".join(parts)


def _axis(span: int, height: int) -> Iterator[str]:
    for tick in range(TICKS + 1):
        x = LABELS + (WIDTH - LABELS) * tick / TICKS
        anchor = "end" if tick == TICKS else "middle" if tick else "start"
        text = escape(duration(span * tick // TICKS))
        yield f'<line class="tick" x1="{x:.1f}" y1="{AXIS - 6}" x2="{x:.1f}" y2="{height}"/>'
        yield f'<text class="axis" x="{x:.1f}" y="14" text-anchor="{anchor}">{text}</text>'


def _bar(row: Row, number: int, began: int, span: int, ended: int) -> Iterator[str]:
    y = AXIS + ROW * number
    scale = (WIDTH - LABELS) / span
    width = max(BAR_MIN, row.took(ended) * scale)
    x = min(WIDTH - width, LABELS + max(0, row.began - began) * scale)
    depth = min(DEPTH_MAX, len(_way(row.path)) - 1)
    label = printable(row.id or last_of(row.path))
    shown = label if len(label) <= LABEL_LENGTH_MAX else f"{label[: LABEL_LENGTH_MAX - 1]}…"
    facts = f"{printable(row.path)}: {row.status}, {duration(row.took(ended))}"
    if row.attempt > 1:
        facts += f", attempt {row.attempt}"
    yield f"<g><title>{escape(facts)}</title>"
    # A drawing in the drawing clips: wide letters, as of Chinese, must not run into the bars.
    left = LABEL_LEFT + INDENT * depth
    yield f'<svg x="{left}" y="{y}" width="{LABELS - LABEL_LEFT - left}" height="{ROW}">'
    yield f'<text class="label" y="16">{escape(shown)}</text></svg>'
    yield f'<rect class="bar {row.status}" x="{x:.1f}" y="{y + 5}" width="{width:.1f}" height="{ROW - 10}" rx="3"/></g>'


def _way(path: str) -> list[str]:
    way = [path]
    while parent := parent_of(way[-1]):
        way.append(parent)
    return way[::-1]
