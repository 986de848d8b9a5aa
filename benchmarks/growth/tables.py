"""Turns the cells into the tables of docs/performance.md: us per unit by size, and how much the largest costs more."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby, pairwise
from statistics import median

from benchmarks.growth.cells import COUNTS, IDLE, Cell


def rendered(cells: list[Cell]) -> str:
    """Returns a table per group, and below it what was counted."""
    parts: list[str] = []
    for group, members in groupby(cells, key=lambda cell: cell.row.group):
        table = _COUNTED.get(group, _timed)
        parts.append("\n".join(table(group, list(members))))
    return "\n\n".join(parts)


def _timed(group: str, cells: list[Cell]) -> Iterable[str]:
    sizes = sorted({cell.size for cell in cells})
    yield f"| us each, by {group} | {' | '.join(f'{size:,}' for size in sizes)} | largest |"
    yield f"| --- |{' --- |' * (len(sizes) + 1)}"
    for row, members in groupby(cells, key=lambda cell: cell.row):
        figures = {cell.size: median(cell.figures) for cell in members}
        shown = " | ".join(f"{figures[size]:.4g}" if size in figures else "" for size in sizes)
        yield f"| {row.title} | {shown} | {_compared(figures, row.reference)} |"


def _compared(figures: dict[int, float], reference: int) -> str:
    largest = max(figures)
    if reference not in figures or largest == reference:
        return ""
    return f"{figures[largest] / figures[reference]:.2f}x of {reference:,}"


def _work(group: str, cells: list[Cell]) -> Iterable[str]:
    """The first child of a fan-out costs what the thousandth does, so the difference of two sizes is exact."""
    yield f"| {group} | micro-steps | map writes |"
    yield "| --- | --- | --- |"
    for cell in cells:
        yield f"| {cell.size:,} items | {cell.facts['steps']:,} | {cell.facts['writes']:,} |"
    for one, other in pairwise(cells):
        more = other.size - one.size
        each = ((other.facts[name] - one.facts[name]) / more for name in ("steps", "writes"))
        yield f"| each of {more:,} more | {' | '.join(f'{figure:g}' for figure in each)} |"


def _idle(group: str, cells: list[Cell]) -> Iterable[str]:
    yield f"| {group} | held in memory | let go by its host | still loaded |"
    yield "| --- | --- | --- | --- |"
    for cell in cells:
        held, gone, loaded = (cell.facts[name] for name in ("bytes held", "bytes let go", "still loaded"))
        yield f"| one of {cell.size:,} | {held:,} bytes | {gone:,} bytes | {loaded:,} |"


_COUNTED = {COUNTS: _work, IDLE: _idle}
