"""What the test kit says of a project's runs, and what the pytest plugin makes of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from statewright.errors import StatewrightError
from statewright.testing import Signal, open_simulated
from tests.cli.projects import TWO_ERRORS, passing

pytest_plugins = ["pytester"]

GOLDEN_TEST = """\
from statewright.testing import assert_golden


def test_it(statewright_project):
    assert_golden(statewright_project.run("passing", {"name": "Ada"}), "kept/run.jsonl")
"""


def test_every_run_of_a_project_is_the_same_to_the_last_record(tmp_path: Path) -> None:
    project = open_simulated(passing(tmp_path))
    first, second = (project.run("passing", {"name": "Ada"}) for _ in range(2))
    assert first.path == ["first", "second"]
    assert [step.entry for step in first.steps] == [step.entry for step in second.steps]
    assert repr(first) == "<SimulatedRun done: first > second>"


def test_a_project_with_errors_is_refused_with_the_place(tmp_path: Path) -> None:
    (tmp_path / "compozy.yaml").write_text(TWO_ERRORS, "utf-8")
    with pytest.raises(StatewrightError, match=r"TASK_TYPE_UNKNOWN: compozy\.yaml:\d+"):
        open_simulated(tmp_path)


def test_a_workflow_or_input_that_does_not_fit_is_refused(tmp_path: Path) -> None:
    project = open_simulated(passing(tmp_path))
    with pytest.raises(StatewrightError, match="WORKFLOW_UNKNOWN"):
        project.run("pasing")
    with pytest.raises(StatewrightError, match="INPUT_INVALID"):
        project.run("passing", {})


def test_a_signal_at_no_time_or_after_the_end_is_refused(tmp_path: Path) -> None:
    project = open_simulated(passing(tmp_path))
    with pytest.raises(StatewrightError, match="DURATION_INVALID"):
        project.run("passing", {"name": "Ada"}, signals=[Signal("word", after="soon")])
    with pytest.raises(StatewrightError, match="RUN_ENDED"):
        project.run("passing", {"name": "Ada"}, signals=[Signal("word", after="1 day")])


def test_a_route_is_asked_of_routers_only(tmp_path: Path) -> None:
    run = open_simulated(passing(tmp_path)).run("passing", {"name": "Ada"})
    with pytest.raises(AssertionError, match="'first' is no router"):
        run.took_route("first")


def test_a_golden_journal_outlives_a_comment_and_shows_a_change(pytester: pytest.Pytester) -> None:
    file = passing(pytester.path) / "compozy.yaml"
    pytester.makepyfile(GOLDEN_TEST)
    pytester.runpytest().stdout.fnmatch_lines(["*there is no golden journal kept/run.jsonl*--statewright-regenerate*"])
    pytester.runpytest("--statewright-regenerate").assert_outcomes(passed=1)
    file.write_text("# A comment.\n" + file.read_text("utf-8"), "utf-8")
    pytester.runpytest().assert_outcomes(passed=1)
    file.write_text(file.read_text("utf-8").replace("Hello", "Good day,"), "utf-8")
    changed = pytester.runpytest()
    changed.assert_outcomes(failed=1)
    changed.stdout.fnmatch_lines(["*the run is not the one in kept/run.jsonl*", "*-{*Hello Ada*", "*+{*Good day, Ada*"])


def test_the_project_of_the_fixture_can_lie_elsewhere(pytester: pytest.Pytester) -> None:
    folder = pytester.mkdir("elsewhere")
    passing(folder)
    pytester.makepyfile(
        'def test_it(statewright_project): assert statewright_project.run("passing", {"name": "x"}).output'
    )
    pytester.runpytest("--statewright-project=elsewhere").assert_outcomes(passed=1)
    pytester.makeini("[pytest]\nstatewright_project = elsewhere\n")
    pytester.runpytest().assert_outcomes(passed=1)


def test_the_plugin_imports_no_engine_where_nobody_asks(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("import sys\n\ndef test_it(): assert 'statewright.api' not in sys.modules\n")
    pytester.runpytest_subprocess().assert_outcomes(passed=1)
