"""Holds: `check` tells all problems at once with their places; warnings alone are no failure."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.process import statewright
from tests.cli.projects import PASSING, TWO_ERRORS, passing

WARNED = PASSING + "nonsense_block: { a: 1 }\n"


def test_a_sound_project_is_ok(tmp_path: Path) -> None:
    done = statewright("check", cwd=passing(tmp_path))
    assert (done.returncode, done.stdout, done.stderr) == (0, "ok  passing\n", "")


@pytest.mark.parametrize("path", [".", "compozy.yaml"])
def test_a_project_is_named_by_its_folder_or_its_file(path: str, tmp_path: Path) -> None:
    folder = tmp_path / "project"
    folder.mkdir()
    done = statewright("check", f"project/{path}", cwd=passing(folder).parent)
    assert (done.returncode, done.stdout) == (0, "ok  passing\n")


def test_every_error_has_its_line_and_a_caret(tmp_path: Path) -> None:
    (tmp_path / "compozy.yaml").write_text(TWO_ERRORS, "utf-8")
    done = statewright("check", cwd=tmp_path)
    assert done.returncode == 3
    assert "    4 |     type: basc\n      |           ^^^^\n" in done.stdout
    assert "--> compozy.yaml:9:5" in done.stdout
    assert done.stdout.splitlines()[-1].endswith(" errors")


def test_the_same_is_there_as_json(tmp_path: Path) -> None:
    (tmp_path / "compozy.yaml").write_text(TWO_ERRORS, "utf-8")
    done = statewright("check", "-o", "json", cwd=tmp_path)
    told = json.loads(done.stdout)
    assert (done.returncode, told["ok"], told["workflows"]) == (3, False, [])
    first = told["diagnostics"][0]
    assert {"code", "message", "severity", "path", "file", "line", "column", "hint", "fix"} <= set(first)
    assert (first["file"], first["line"]) == ("compozy.yaml", 4)


def test_warnings_alone_leave_with_zero(tmp_path: Path) -> None:
    (tmp_path / "compozy.yaml").write_text(WARNED, "utf-8")
    done = statewright("check", cwd=tmp_path)
    assert done.returncode == 0
    assert "nonsense_block" in done.stdout
    assert done.stdout.splitlines()[-1] == "ok  passing  1 warning"


@pytest.mark.parametrize(
    ("arguments", "code"),
    [([], "PROJECT_MISSING"), (["nowhere"], "PATH_INVALID"), (["x" * 5_000], "PATH_INVALID")],
)
def test_what_is_not_there_is_named(arguments: list[str], code: str, tmp_path: Path) -> None:
    done = statewright("check", *arguments, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr.startswith(f"{code} ")


def test_an_empty_or_binary_file_is_a_problem_of_the_definition(tmp_path: Path) -> None:
    for data in (b"", b"\x00\xff", b"\n\n", b"- 1\n"):
        (tmp_path / "compozy.yaml").write_bytes(data)
        done = statewright("check", cwd=tmp_path)
        assert done.returncode == 3
        assert "compozy.yaml" in done.stdout


def test_a_project_file_that_is_a_folder_or_a_circle_is_no_project_file(tmp_path: Path) -> None:
    (tmp_path / "statewright.yaml").mkdir()
    (tmp_path / "compozy.yaml").symlink_to("compozy.yaml")
    done = statewright("check", cwd=tmp_path)
    assert done.returncode == 3
    assert done.stderr.startswith("PROJECT_MISSING ")
