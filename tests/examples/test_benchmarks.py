"""The benchmarks of ours run small, so that `make bench` does not find out late; nothing is timed here."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import language, libyaml, ours
from benchmarks.contest import ROWS
from benchmarks.fitting import slope
from benchmarks.growth import cells, counted, journals, tables, work
from benchmarks.rounds import Series
from benchmarks.table import markers, put, rendered
from tests.examples.command import ROOT

SMALL = 5
DURABLE = {"durable_step", "concurrent_runs", "events_at_once", "fan_out_durable"}
GROWTH = {"benchmarks.growth.work": work, "benchmarks.growth.journals": journals, "benchmarks.growth.counted": counted}


@pytest.mark.parametrize("row", sorted(set(ours.ROWS) - {"long_flow"}))
def test_a_row_of_ours_does_what_it_counts(tmp_path: Path, row: str) -> None:
    measured = ours.ROWS[row](SMALL, tmp_path)
    assert measured.units in (SMALL, SMALL * ours.STEPS, SMALL * (ours.STEPS + 1))
    assert measured.seconds > 0
    if row in DURABLE:
        # A run's start is an event of its own; only one row counts it as a unit.
        starts = 0 if row == "events_at_once" else measured.facts["runs"]
        assert measured.facts["events"] == measured.units + starts


def test_a_long_run_is_measured_by_the_slope_of_several(tmp_path: Path) -> None:
    measured = ours.long_flow(SMALL, tmp_path)
    assert (measured.units, measured.facts["points"]) == (1, 4)


def test_a_line_without_a_slope_measures_nothing() -> None:
    with pytest.raises(AssertionError, match="no cost per unit"):
        slope([(100, 1.0), (200, 1.0), (400, 1.0)])
    assert slope([(100, 1.5), (200, 2.5), (400, 4.5)]).seconds == pytest.approx(0.01)


@pytest.mark.parametrize("row", cells.ROWS, ids=lambda row: row.id)
def test_a_row_that_grows_does_what_it_counts(tmp_path: Path, row: cells.Growing) -> None:
    measured = GROWTH[row.module].ROWS[row.id](SMALL, tmp_path)
    assert measured.units % SMALL in (0, measured.facts.get("records", 0) % SMALL)
    assert row.reference in row.sizes


def test_every_further_item_of_a_fan_out_costs_the_same_counted_work(tmp_path: Path) -> None:
    """DESIGN 10, in micro-steps and map writes. Past the limit of children at once each item is alike.

    Multiples of 400: counting the results at the end takes a whole number of steps then.
    """
    few, more, many = (counted.fan_out_work(size, tmp_path).facts for size in (400, 800, 2_400))
    for name in ("steps", "writes"):
        assert many[name] - more[name] == 4 * (more[name] - few[name])


def test_a_run_that_waits_leaves_memory(tmp_path: Path) -> None:
    assert counted.idle_run(SMALL, tmp_path).facts["still loaded"] <= 1


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
    start, end = markers("measured")
    page = put(f"before\n{start}\nold\n{end}\nafter\n", text)
    assert page == put(page, text)
    assert "old" not in page
    assert page.startswith("before\n")
    assert page.endswith("after\n")


def test_the_tables_of_growth_hold_every_row_and_compare_the_largest_size() -> None:
    facts = {"steps": 30, "writes": 80, "bytes held": 1, "bytes let go": 0, "still loaded": 0}
    all_cells = [cells.Cell(row, size, [float(size)], facts) for row in cells.ROWS for size in row.sizes]
    text = tables.rendered(all_cells)
    assert all(row.title in text or row.group in text for row in cells.ROWS)
    assert "100.00x of 1,000" in text


@pytest.mark.parametrize("place", ["measured", "growth"])
def test_the_page_of_the_measurements_has_a_place_for_the_tables(place: str) -> None:
    page = (ROOT / "docs" / "performance.md").read_text("utf-8")
    start, end = markers(place)
    assert f"{start}\nx\n{end}" in put(page, "x", place)


def test_everybody_in_the_table_has_a_program_or_a_command() -> None:
    for row in ROWS:
        for one in row.contenders:
            file = ROOT.joinpath(*one.module.split(".")).with_suffix(".py")
            assert one.command or row.id in file.read_text("utf-8"), (row.id, one.name)
