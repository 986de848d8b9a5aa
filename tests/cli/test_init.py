"""Holds: what `init` makes passes `check` without a warning, runs at once, replays, and fits its own schema."""

from __future__ import annotations

import json
import os
import pty
import subprocess
from pathlib import Path

import jsonschema_rs
import pytest
import yaml

from statewright.cli.scaffold import PROJECT, SCHEMA, TEMPLATES, About, put, scaffolded
from statewright.errors import StatewrightError
from tests.cli.process import COMMAND, environment, statewright

KEYLESS = {"OPENAI_API_KEY": ""}


@pytest.mark.parametrize("template", TEMPLATES)
def test_a_new_project_is_sound_runs_and_replays(template: str, tmp_path: Path) -> None:
    made = statewright("init", "my-project", "-t", template, cwd=tmp_path)
    assert (made.returncode, made.stderr) == (0, "")
    folder = tmp_path / "my-project"
    checked = json.loads(statewright("check", "-o", "json", cwd=folder).stdout)
    assert checked["ok"]
    assert checked["diagnostics"] == []
    ran = statewright("run", "--simulate", "-o", "json", cwd=folder, environ=KEYLESS)
    assert ran.returncode == 0, ran.stderr
    assert json.loads(ran.stdout)["output"]
    assert statewright("replay", "last", "--verify", cwd=folder).returncode == 0


@pytest.mark.parametrize("template", TEMPLATES)
def test_the_files_of_a_new_project_fit_the_schema_beside_them(template: str) -> None:
    made = scaffolded(template, About(name="a", description='"b": c #', author="d", author_url="https://e.example"))
    fits = jsonschema_rs.validator_for(json.loads(made[SCHEMA]))
    for path, data in made.items():
        if path.endswith(".yaml"):
            fits.validate(yaml.safe_load(data))
            above = "../" * path.count("/") or "./"
            first, second, *_ = data.decode().split("\n")
            assert first == f"# yaml-language-server: $schema={above}{SCHEMA}"
            assert second == f"# $schema: {above}{SCHEMA}"


def test_what_the_project_says_about_itself_is_what_was_given(tmp_path: Path) -> None:
    said = ["--name", "my_bot", "--description", 'Says "hi": twice', "--version", "2.0.0", "--author", "Ada"]
    assert statewright("init", "x", *said, "--author-url", "https://a.example", cwd=tmp_path).returncode == 0
    project = yaml.safe_load((tmp_path / "x" / PROJECT).read_text("utf-8"))
    assert {key: project[key] for key in ("name", "description", "version", "author")} == {
        "name": "my_bot",
        "description": 'Says "hi": twice',
        "version": "2.0.0",
        "author": {"name": "Ada", "url": "https://a.example"},
    }
    assert (tmp_path / "x" / "README.md").read_text("utf-8").startswith("# my_bot\n")


@pytest.mark.parametrize(
    ("folder", "name"),
    [("Ärger mit Umlauten", "rger-mit-Umlauten"), ("3d", "_3d"), ("...", "project"), ("a" * 99, "a" * 63)],
)
def test_a_folder_whose_name_fits_no_project_gives_what_fits_of_it(folder: str, name: str, tmp_path: Path) -> None:
    assert statewright("init", f"./{folder}", cwd=tmp_path).returncode == 0
    assert yaml.safe_load((tmp_path / folder / PROJECT).read_text("utf-8"))["name"] == name


def test_a_folder_that_holds_something_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine", "utf-8")
    done = statewright("init", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (6, "")
    assert done.stderr.startswith("FOLDER_NOT_EMPTY")
    assert "'notes.txt'" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


def test_the_current_folder_may_be_a_fresh_repository(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    done = statewright("init", "-o", "json", cwd=tmp_path)
    made = json.loads(done.stdout)
    assert made["folder"] == str(tmp_path)
    files = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file()}
    assert files == set(made["files"])
    assert {".env.example", ".gitignore", "AGENTS.md", "README.md", PROJECT, SCHEMA} <= files


@pytest.mark.parametrize(
    ("arguments", "code", "exit_code", "hint"),
    [
        (["x", "-t", "suport"], "PROJECT_TEMPLATE_UNKNOWN", 2, "did you mean 'support'?"),
        (["x", "--name", "no spaces"], "ID_INVALID", 2, "letters, digits"),
        (["x", "-i"], "TERMINAL_MISSING", 2, "--help"),
        (["file/x"], "FOLDER_UNWRITABLE", 2, "write to"),
        (["file"], "FOLDER_UNWRITABLE", 2, "write to"),
    ],
)
def test_what_cannot_be_made_leaves_nothing_behind(
    arguments: list[str], code: str, exit_code: int, hint: str, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    done = statewright("init", *arguments, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (exit_code, "")
    assert done.stderr.startswith(code)
    assert hint in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_a_failure_half_way_takes_back_what_was_written(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    # A file cannot take the place of a folder; it comes after others that can be moved.
    with pytest.raises(StatewrightError, match="FOLDER_UNWRITABLE"):
        put({"a.txt": b"", ".git": b"", "sub/b.txt": b""}, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [".git"]


def test_with_docker_there_is_an_image_to_build(tmp_path: Path) -> None:
    assert statewright("init", "x", "--docker", cwd=tmp_path).returncode == 0
    text = (tmp_path / "x" / "Dockerfile").read_text("utf-8")
    assert "@" not in text
    assert ".env" in (tmp_path / "x" / ".dockerignore").read_text("utf-8").split()


def test_at_a_terminal_it_asks_and_an_empty_answer_takes_what_is_offered(tmp_path: Path) -> None:
    leader, follower = pty.openpty()
    os.write(leader, b"tools\n\nAdds things up\n\nAda\n")
    done = subprocess.run(
        [*COMMAND, "init", "shop", "-i"],
        cwd=tmp_path,
        stdin=follower,
        capture_output=True,
        env=environment(),
        timeout=60,
    )
    os.close(leader)
    os.close(follower)
    assert done.returncode == 0, done.stderr
    assert b"template [basic]: " in done.stderr
    project = yaml.safe_load((tmp_path / "shop" / PROJECT).read_text("utf-8"))
    assert (project["name"], project["description"], project["version"]) == ("shop", "Adds things up", "0.1.0")
    assert project["tools"][0]["id"] == "total"
