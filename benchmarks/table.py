"""Turns the series into the table of docs/performance.md, and says how much the machine wavered."""

from __future__ import annotations

import os
import platform
import sqlite3
from collections.abc import Iterable
from itertools import groupby
from statistics import median

import apsw

from benchmarks.contender import Row
from benchmarks.rounds import Series

# Below this ratio a difference is noise on a shared machine (DESIGN 10).
NOISE = 1.7


def rendered(series: list[Series], rounds: int, load: tuple[float, float]) -> str:
    """Returns the table, with the machine, the noise and what was counted below it."""
    lines = [
        f"Median of {rounds} interleaved rounds (smallest to largest). {os.cpu_count()} cores, load average "
        f"{load[0]:.2f} before and {load[1]:.2f} after. *Wanted* is what the design asks for.",
        "",
        "| what | contender | median | range | against ours | wanted |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for row, entries in groupby(series, key=lambda one: one.row):
        lines += _row_lines(row, list(entries))
    return "\n".join([*lines, "", _drift(series), "", _versions(series), "", *_facts(series)])


def _row_lines(row: Row, entries: list[Series]) -> Iterable[str]:
    ours = next(median(one.figures) for one in entries if one.contender.role == "ours")
    for one in entries:
        figure, name = median(one.figures), one.contender.name
        if one.contender.role == "ours":
            name, ratio = f"**{name}**", ""
        else:
            ratio = _ratio(figure / ours)
        unit = f"{row.scale}{' each' if row.each else ''}"
        spread = f"{min(one.figures):.4g} - {max(one.figures):.4g}"
        wanted = _wanted(one, row, figure if one.contender.role == "ours" else figure / ours)
        yield f"| {row.title} | {name} | {figure:.4g} {unit} | {spread} | {ratio} | {wanted} |"


def _ratio(ratio: float) -> str:
    within = 1 / NOISE < ratio < NOISE
    shown = f"{ratio:.0f}" if ratio >= 10 else f"{ratio:.2g}"
    return f"{shown}x{' (noise)' if within else ''}"


def _wanted(one: Series, row: Row, found: float) -> str:
    """Returns the target and whether it is met: of ours a time not passed, of others a multiple of ours reached."""
    wanted = one.contender.wanted
    if not wanted:
        return ""
    if one.contender.role == "ours":
        return f"{wanted:g} {row.scale}: {'met' if found <= wanted else 'missed'}"
    return f"{wanted:.2g}x: {'met' if found >= wanted else 'missed'}"


def _drift(series: list[Series]) -> str:
    drifts = sorted(max(one.figures) / min(one.figures) for one in series)
    return (
        f"Largest over smallest figure of a contender: median {median(drifts):.2f}x, "
        f"worst {drifts[-1]:.2f}x. Ratios within {NOISE}x are noise here."
    )


def _versions(series: list[Series]) -> str:
    found = {one.contender.name.partition(",")[0]: one.facts["version"] for one in series if "version" in one.facts}
    peers = [f"{name} {version}" for name, version in sorted(found.items(), key=lambda item: item[0].lower())]
    sqlite = f"SQLite {apsw.sqlite_lib_version()} for Statewright and {sqlite3.sqlite_version} for the others"
    ground = [f"Python {platform.python_version()}", sqlite]
    return f"Versions: {', '.join([*ground, *peers])}."


def _facts(series: list[Series]) -> Iterable[str]:
    yield "Counted after the clock stopped:"
    yield ""
    for one in series:
        facts = ", ".join(f"{name} {value}" for name, value in one.facts.items() if name != "version")
        if facts:
            yield f"- `{one.row.id}`, {one.contender.name}: {facts}"


def put(page: str, text: str, place: str = "measured") -> str:
    """Returns the page with `text` between the two markers of `place`."""
    start, end = markers(place)
    head, _, rest = page.partition(start)
    _, found, tail = rest.partition(end)
    if not found:
        raise ValueError(f"the page lacks {start} … {end}")
    return f"{head}{start}\n{text}\n{end}{tail}"


def markers(place: str) -> tuple[str, str]:
    """Returns what stands before and after a table on the page."""
    return f"<!-- {place}: begin -->", f"<!-- {place}: end -->"
