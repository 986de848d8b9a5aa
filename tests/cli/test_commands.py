"""Holds: wrong usage is told with a next step and exit code 2 (B-149); pages of help need nothing to be right."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import statewright as package
from statewright.cli.commands import run_command
from statewright.cli.entry import value_of
from statewright.errors import StatewrightError
from tests.cli.process import statewright

NEEDY = """
name: needy
config: {input: {type: object, properties: {amount: {type: number}}, required: [amount]}}
tasks: [{id: one, type: basic, with: {n: 1}}]
"""


@pytest.mark.parametrize(
    ("arguments", "code", "hint"),
    [
        (["rn"], "COMMAND_UNKNOWN", "did you mean 'run'"),
        (["resume", "last"], "COMMAND_UNKNOWN", "did you mean 'runs resume'"),
        (["runs", "lst"], "COMMAND_UNKNOWN", "did you mean 'list'"),
        (["run", "--simulat"], "FLAG_UNKNOWN", "did you mean --simulate?"),
        (["run", "-o", "xml"], "ARGUMENT_INVALID", 'choose from: "tree"'),
        (["run", "a", "b"], "ARGUMENT_UNKNOWN", "statewright run --help"),
        (["run", "--input"], "ARGUMENT_MISSING", "statewright run --help"),
        (["runs", "list", "--limit", "0"], "ARGUMENT_INVALID", "must be >= 1"),
        (["runs", "list", "--limit", "9" * 20], "ARGUMENT_INVALID", "must be <= 1000000"),
        (["--simulate"], "FLAG_UNKNOWN", "statewright run --simulate"),
        (["runs", "list", "--status", "don"], "ARGUMENT_INVALID", '"done"'),
        (["replay"], "ARGUMENT_MISSING", "statewright replay --help"),
        (["runs", "resume"], "ARGUMENT_MISSING", "statewright runs resume last"),
        (["runs", "resume", "last", "--all"], "ARGUMENT_MISSING", "statewright runs resume last"),
        (["run", "--seed", "xyz"], "SEED_INVALID", "--seed"),
    ],
)
def test_wrong_usage_names_what_was_meant(arguments: list[str], code: str, hint: str) -> None:
    with pytest.raises(StatewrightError) as refused:
        run_command(arguments)
    assert (refused.value.code, refused.value.exit_code) == (code, 2)
    assert hint in refused.value.hint


def test_a_problem_is_one_block_on_stderr(tmp_path: Path) -> None:
    done = statewright("run", "--simulat", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "FLAG_UNKNOWN unknown option: --simulat\n  help: did you mean --simulate?\n"


@pytest.mark.parametrize("form", [[], ["-o", "json"]], ids=["text", "json"])
def test_a_problem_without_a_next_step_of_its_own_names_its_page(form: list[str], tmp_path: Path) -> None:
    (tmp_path / "statewright.yaml").write_text(NEEDY)
    done = statewright("run", "needy", *form, cwd=tmp_path)
    assert done.returncode == 2
    assert "more about it: statewright explain INPUT_INVALID" in done.stderr


def test_no_command_shows_what_there_is(tmp_path: Path) -> None:
    for arguments in ([], ["runs"]):
        done = statewright(*arguments, cwd=tmp_path)
        assert done.returncode == 2
        assert done.stdout == ""
        assert "Usage: statewright" in done.stderr
        assert "COMMAND_MISSING" in done.stderr


def test_a_problem_is_a_json_object_where_json_was_asked_for(tmp_path: Path) -> None:
    done = statewright("run", "-o", "json", "--nope", cwd=tmp_path)
    problem = json.loads(done.stderr)
    assert (problem["code"], problem["exit_code"], done.returncode) == ("FLAG_UNKNOWN", 2, 2)
    assert problem["message"]
    assert problem["hint"]


@pytest.mark.parametrize(
    "flag", [["-o", "json"], ["-ojson"], ["-o=json"], ["--output", "json"], ["run", "--output=json"]]
)
def test_the_wanted_form_is_known_before_the_arguments_are_right(flag: list[str]) -> None:
    assert value_of([*flag, "--nope"], "-o", "--output") == "json"
    assert value_of(["--nope", *flag[:-1], "-o"], "--data") == ""


@pytest.mark.parametrize("arguments", [["--version"], ["run", "--version"]])
def test_the_version_is_one_line(arguments: list[str], tmp_path: Path) -> None:
    done = statewright(*arguments, cwd=tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (0, f"{package.__version__}\n", "")


@pytest.mark.parametrize("arguments", [["--help"], ["help"], ["runs", "list", "-h"]])
def test_help_is_data_and_no_mistake(arguments: list[str], tmp_path: Path) -> None:
    done = statewright(*arguments, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("Usage: statewright")


def test_the_exit_codes_are_listed(tmp_path: Path) -> None:
    done = statewright("help", "exit-codes", cwd=tmp_path)
    codes = [int(line.split()[0]) for line in done.stdout.splitlines()]
    assert codes == [*range(13), 70, 130, 141, 143]


def test_an_unknown_topic_is_not_found(tmp_path: Path) -> None:
    done = statewright("help", "exit", cwd=tmp_path)
    assert done.returncode == 5
    assert "did you mean 'exit-codes'?" in done.stderr


def test_colour_is_forced_and_refused_by_the_caller(tmp_path: Path) -> None:
    forced = {"NO_COLOR": "", "FORCE_COLOR": "1"}
    assert "\x1b[31mCOMMAND_UNKNOWN\x1b[0m" in statewright("rn", cwd=tmp_path, environ=forced).stderr
    assert "\x1b" not in statewright("rn", "--no-color", cwd=tmp_path, environ=forced).stderr
