"""The benchmarks of ours run small, so that `make bench` does not find out late; nothing is timed here."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import language, libyaml, ours
from benchmarks.contest import ROWS
from benchmarks.rounds import Series
from benchmarks.table import END, START, put, rendered
from tests.examples.command import ROOT

SMALL = 5
DURABLE = {"durable_step", "concurrent_runs", "events_at_once", "fan_out_durable"}


@pytest.mark.parametrize("row", ours.ROWS)
def test_a_row_of_ours_does_what_it_counts(tmp_path: Path, row: str) -> None:
    measured = ours.ROWS[row](SMALL, tmp_path)
    assert measured.units in (SMALL, SMALL * ours.STEPS, SMALL * (ours.STEPS + 1))
    assert measured.seconds > 0
    if row in DURABLE:
        # A run's start is an event of its own; only one row counts it as a unit.
        starts = 0 if row == "events_at_once" else measured.facts["runs"]
        assert measured.facts["events"] == measured.units + starts


@pytest.mark.parametrize("row", language.ROWS)
def test_a_row_of_the_language_does_what_it_counts(tmp_path: Path, row: str) -> None:
    measured = language.ROWS[row](SMALL, tmp_path)
    assert measured.units in (1, SMALL)
    assert measured.seconds > 0


@pytest.mark.parametrize("lines", [500, 3_600])
def test_a_large_project_has_as_many_lines_as_asked_for_and_no_mistake(tmp_path: Path, lines: int) -> None:
    facts = language.load_project(lines, tmp_path).facts
    assert abs(facts["lines"] - lines) < lines // 10
    assert libyaml.load_project(lines, tmp_path).facts["lines"] == facts["lines"]


def test_one_run_alone_commits_every_step(tmp_path: Path) -> None:
    facts = ours.durable_step(SMALL, tmp_path).facts
    assert facts["commits"] >= facts["events"]


def test_the_table_names_every_contender_and_replaces_the_last_one() -> None:
    series = [Series(row, contender, [2.0, 1.0, 3.0]) for row in ROWS for contender in row.contenders]
    text = rendered(series, 3, (0.1, 0.2))
    assert all(one.contender.name in text for one in series)
    page = put(f"before\n{START}\nold\n{END}\nafter\n", text)
    assert page == put(page, text)
    assert "old" not in page
    assert page.startswith("before\n")
    assert page.endswith("after\n")


def test_the_page_of_the_measurements_has_a_place_for_the_table() -> None:
    page = (ROOT / "docs" / "performance.md").read_text("utf-8")
    assert put(page, "x").count("x") >= 1
