"""Holds: `config show`, `validate` and `diagnostics` tell each value's origin, all that is wrong, and no secret."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from statewright.settings.keys.place import PLACE
from tests.cli.process import statewright
from tests.cli.projects import passing

CANARY = "hunter2-canary"
PROJECT = """\
name: p
server:
  host: localhost
  timeout: 10s
database:
  password: "{{ .env.DB_SECRET }}"
tasks:
  - { id: a, type: basic, with: { x: 1 } }
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder with a configured project and a `.env` file."""
    (tmp_path / "compozy.yaml").write_text(PROJECT, "utf-8")
    (tmp_path / ".env").write_text(f"# secrets\nDB_SECRET={CANARY}\nSERVER_TIMEOUT=11s\n", "utf-8")
    return tmp_path


def test_every_value_is_shown_with_where_it_comes_from_and_what_it_hides(project: Path) -> None:
    environ = {"SERVER_HOST": "0.0.0.0", "SERVER_PORT": "8080"}
    done = statewright("config", "show", "--origin", "server", cwd=project, environ=environ)
    lines = [line.split() for line in done.stdout.splitlines()]
    assert done.returncode == 0
    assert ["server.host", "localhost", "compozy.yaml:3"] in lines
    assert ["0.0.0.0", "shadowed:", "$SERVER_HOST"] in lines
    assert ["server.port", "8080", "$SERVER_PORT"] in lines
    assert ["11s", "shadowed:", ".env:3"] in lines
    assert ["server.source_of_truth", "repo", "default"] in lines
    assert "CONFIG_SHADOWED" in done.stderr


def test_the_seeds_words_for_flags_work_too(project: Path) -> None:
    done = statewright("config", "show", "--sources", "--format", "json", "server.host", cwd=project)
    assert json.loads(done.stdout) == {
        "server.host": {"value": "localhost", "origin": "compozy.yaml:3", "shadowed": []}
    }


def test_json_shows_blocks_in_blocks(project: Path) -> None:
    shown = json.loads(statewright("config", "show", "-o", "json", cwd=project).stdout)
    assert shown["server"]["cors"]["max_age"] == 86_400
    assert (shown["server"]["timeout"], shown["simulate"]) == ("10s", False)


def test_yaml_can_stand_in_a_project_file(project: Path) -> None:
    text = statewright("config", "show", "-o", "yaml", "--origin", cwd=project).stdout
    ours = tuple(f"{key.path}:" for key in PLACE)
    lines = [line for line in text.splitlines() if not line.startswith(ours) and "REDACTED" not in line]
    (project / "compozy.yaml").write_text("name: p\n" + "\n".join(lines) + "\n", "utf-8")
    (project / ".env").unlink()
    assert statewright("config", "validate", cwd=project).stdout.startswith("ok  ")
    again = statewright("config", "show", "-o", "json", "server", cwd=project)
    assert json.loads(again.stdout)["server"]["timeout"] == "10s"


@pytest.mark.parametrize(
    "arguments",
    [
        ("show",),
        ("show", "--origin"),
        ("show", "-o", "json"),
        ("show", "-o", "yaml"),
        ("validate",),
        ("diagnostics", "--verbose"),
        ("diagnostics", "-o", "json"),
    ],
)
def test_no_secret_is_shown(project: Path, arguments: tuple[str, ...]) -> None:
    environ = {"REDIS_PASSWORD": CANARY, "COMPOZY_API_KEY": CANARY, "REDIS_URL": f"redis://me:{CANARY}@h"}
    done = statewright("config", *arguments, cwd=project, environ=environ)
    assert done.returncode == 0
    assert CANARY not in done.stdout + done.stderr


def test_a_wrong_block_is_a_wrong_definition_and_a_wrong_variable_wrong_usage(project: Path) -> None:
    done = statewright("config", "validate", cwd=project, environ={"SERVER_PORT": "lots"})
    assert (done.returncode, "SETTING_INVALID" in done.stdout, "1 error" in done.stdout) == (2, True, True)
    (project / "compozy.yaml").write_text(PROJECT.replace("10s", "10 parsecs"), "utf-8")
    done = statewright("config", "validate", "-o", "json", cwd=project, environ={"SERVER_PORT": "lots"})
    told = json.loads(done.stdout)
    assert (done.returncode, told["ok"]) == (3, False)
    assert [(one["code"], one["line"]) for one in told["diagnostics"]] == [
        ("DURATION_INVALID", 4),
        ("SETTING_INVALID", 0),
    ]


def test_check_looks_at_the_blocks_of_the_project_file_too(project: Path) -> None:
    (project / "compozy.yaml").write_text(PROJECT.replace("10s", "10 parsecs"), "utf-8")
    done = statewright("check", cwd=project, environ={"SERVER_PORT": "lots"})
    assert (done.returncode, "compozy.yaml:4:12" in done.stdout) == (3, True)


def test_an_unknown_variable_of_ours_is_warned_about_by_every_command(tmp_path: Path) -> None:
    environ = {"STATEWRIGHT_SIMULAT": "1"}
    done = statewright("run", "-i", "name=x", "-o", "json", cwd=passing(tmp_path), environ=environ)
    assert done.returncode == 0
    assert done.stderr.count("$STATEWRIGHT_SIMULAT sets nothing; did you mean 'STATEWRIGHT_SIMULATE'") == 1


@pytest.mark.parametrize(
    ("sets", "code"),
    [
        (["server.prot=1"], "KEY_UNKNOWN"), (["server=1"], "KEY_UNKNOWN"), (["cwd=x"], "KEY_UNKNOWN"),
        (["server.port"], "ARGUMENT_INVALID"), (["server.port=1", "server.port=2"], "FLAG_REPEATED"),
        (["server.port=x"], "SETTING_INVALID"),
    ],
)  # fmt: skip
def test_what_set_cannot_set_is_wrong_usage(tmp_path: Path, sets: list[str], code: str) -> None:
    arguments = [part for each in sets for part in ("--set", each)]
    done = statewright("config", "show", *arguments, cwd=tmp_path)
    assert (done.returncode, code in done.stderr) == (2, True)


def test_what_is_set_wins_over_everything(project: Path) -> None:
    done = statewright("config", "show", "--set", "server.host=h", "server.host", "--origin", cwd=project)
    assert "--set server.host" in done.stdout


def test_a_setting_that_does_not_exist_is_answered_with_a_near_one(tmp_path: Path) -> None:
    done = statewright("config", "show", "databse", cwd=tmp_path)
    assert (done.returncode, done.stderr.split()[0], "'database'" in done.stderr) == (5, "KEY_UNKNOWN", True)


def test_diagnostics_tell_what_was_read(project: Path) -> None:
    below = project / "deep" / "er"
    below.mkdir(parents=True)
    environ = {"SERVER_PORT": "1", "COMPOZY_PORT": ""}
    told = json.loads(
        statewright("config", "diagnostics", "--verbose", "-o", "json", cwd=below, environ=environ).stdout
    )
    assert (told["folder"], told["project file"]) == (str(project), str(project / "compozy.yaml"))
    assert told[".env file"] == f"{project / '.env'} (2 variables)"
    assert told["precedence"] == "flags > project file > variables > .env file > defaults"
    assert told["variables"] == ["SERVER_PORT"]
    assert told["given"]["database.password"]["value"] == "[REDACTED]"
    assert told["env names"] == ["DB_SECRET", "SERVER_TIMEOUT"]


def test_a_configuration_needs_no_project(tmp_path: Path) -> None:
    done = statewright("config", "validate", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (0, "ok  0 settings given\n")


def test_doctor_says_that_something_is_odd_with_the_configuration(project: Path) -> None:
    done = statewright("doctor", cwd=project, environ={"SERVER_HOST": "other"})
    assert "warn  configuration: 2 warnings: CONFIG_SHADOWED" in done.stdout
