"""Turns the series into the table of docs/performance.md, and says how much the machine wavered."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterable
from itertools import groupby
from statistics import median

from benchmarks.contest import Row
from benchmarks.rounds import Series

# Below this ratio a difference is noise on a shared machine (DESIGN 10).
NOISE = 1.7
START, END = "<!-- measured: begin -->", "<!-- measured: end -->"


def rendered(series: list[Series], rounds: int, load: tuple[float, float]) -> str:
    """Returns the table, with the machine, the noise and what was counted below it."""
    lines = [
        f"Median of {rounds} interleaved rounds (smallest to largest). Python {platform.python_version()}, "
        f"{os.cpu_count()} cores, load average {load[0]:.2f} before and {load[1]:.2f} after.",
        "",
        "| what | contender | median | range | against ours |",
        "| --- | --- | --- | --- | --- |",
    ]
    for row, entries in groupby(series, key=lambda one: one.row):
        lines += _row_lines(row, list(entries))
    return "\n".join([*lines, "", _drift(series), "", *_facts(series)])


def _row_lines(row: Row, entries: list[Series]) -> Iterable[str]:
    ours = next(median(one.figures) for one in entries if one.contender.role == "ours")
    for one in entries:
        name = f"**{one.contender.name}**" if one.contender.role == "ours" else one.contender.name
        low, high = min(one.figures), max(one.figures)
        unit = f"{row.scale}{' each' if row.each else ''}"
        ratio = "" if one.contender.role == "ours" else _ratio(median(one.figures) / ours)
        yield f"| {row.title} | {name} | {median(one.figures):.4g} {unit} | {low:.4g} - {high:.4g} | {ratio} |"


def _ratio(ratio: float) -> str:
    within = 1 / NOISE < ratio < NOISE
    return f"{ratio:.2g}x{' (noise)' if within else ''}"


def _drift(series: list[Series]) -> str:
    drifts = sorted(max(one.figures) / min(one.figures) for one in series)
    return (
        f"Largest over smallest figure of a contender: median {median(drifts):.2f}x, "
        f"worst {drifts[-1]:.2f}x. Ratios within {NOISE}x are noise here."
    )


def _facts(series: list[Series]) -> Iterable[str]:
    yield "Counted after the clock stopped:"
    yield ""
    for one in series:
        if one.facts:
            facts = ", ".join(f"{name} {value}" for name, value in one.facts.items())
            yield f"- `{one.row.id}`, {one.contender.name}: {facts}"


def put(page: str, text: str) -> str:
    """Returns the page with `text` between its two markers."""
    head, _, rest = page.partition(START)
    _, found, tail = rest.partition(END)
    if not found:
        raise ValueError(f"the page lacks {START} … {END}")
    return f"{head}{START}\n{text}\n{END}{tail}"
