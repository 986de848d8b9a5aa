"""Holds: files that are missing, unreadable or odd are named with what to do (reliability.md B-150, B-157, B-161)."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from statewright.errors import StatewrightError
from statewright.project import Folder
from tests.cli.process import COMMAND, environment, statewright
from tests.cli.projects import PASSING, passing

NOBODY = 65_534


@pytest.mark.parametrize("command", ["run", "check", "doctor", "config validate"])
def test_a_command_finds_the_project_above(tmp_path: Path, command: str) -> None:
    below = passing(tmp_path) / "a" / "b"
    below.mkdir(parents=True)
    more = ["-i", "name=x"] if command == "run" else []
    assert statewright(*command.split(), *more, cwd=below).returncode == 0
    assert not list(below.iterdir())


@pytest.mark.parametrize(
    ("text", "code"), [(b"", "DEF_EMPTY"), (b"\n# nothing\n", "DEF_EMPTY"), (b"\x00\x01", "TEXT_INVALID_CHARACTER")]
)
def test_an_empty_or_binary_project_file_is_named(tmp_path: Path, text: bytes, code: str) -> None:
    (tmp_path / "compozy.yaml").write_bytes(text)
    for command in (["check"], ["config", "validate"]):
        done = statewright(*command, cwd=tmp_path)
        assert (done.returncode, code in done.stdout, "compozy.yaml" in done.stdout) == (3, True, True)


def test_a_folder_in_the_place_of_the_project_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    done = statewright("check", "--config", "other", cwd=tmp_path)
    assert (done.returncode, done.stderr.split()[0], "is a folder" in done.stderr) == (3, "PROJECT_MISSING", True)


def test_a_project_file_that_may_not_be_read_is_not_allowed() -> None:
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        (passing(Path(folder)) / "compozy.yaml").chmod(0)
        with pytest.raises(StatewrightError) as refused, _nobody():
            Folder(Path(folder)).read("compozy.yaml")
    assert (refused.value.code, refused.value.exit_code) == ("FILE_UNREADABLE", 4)
    assert "chmod u+r" in refused.value.hint


@contextmanager
def _nobody() -> Iterator[None]:
    """Root may read everything, so root becomes nobody for a moment."""
    us = os.geteuid()
    os.seteuid(NOBODY if us == 0 else us)
    try:
        yield
    finally:
        os.seteuid(us)


def test_an_env_file_that_everybody_can_write_is_not_used(tmp_path: Path) -> None:
    path = passing(tmp_path) / ".env"
    path.write_text("KEY=canary\n", "utf-8")
    path.chmod(0o666)
    done = statewright("run", "-i", "name=x", cwd=tmp_path)
    assert (done.returncode, done.stderr.split()[0]) == (4, "ENV_FILE_EXPOSED")
    assert f"chmod 600 {path}" in done.stderr
    assert "canary" not in done.stderr


def test_an_env_file_of_other_bytes_or_in_a_circle_is_named(tmp_path: Path) -> None:
    path = passing(tmp_path) / ".env"
    path.write_bytes(b"KEY=canary\xff")
    assert statewright("check", cwd=tmp_path).stderr.startswith("ENV_FILE_UNREADABLE ")
    path.unlink()
    path.symlink_to(path)
    done = statewright("check", cwd=tmp_path)
    assert (done.returncode, done.stderr.split()[0]) == (2, "ENV_FILE_UNREADABLE")


@pytest.mark.parametrize("name", ["a folder", "ordner-äöü-フォルダ", "-it's"])
def test_a_project_may_lie_wherever_it_likes(tmp_path: Path, name: str) -> None:
    folder = tmp_path / name
    folder.mkdir()
    (folder / "compozy.yaml").write_bytes(PASSING.replace("\n", "\r\n").encode())
    done = statewright("run", "-i", "name=x", "-o", "json", cwd=folder)
    assert done.returncode == 0
    assert json.loads(done.stdout)["output"]["said"] == "Hello x!"
    assert statewright("check", f"--cwd={folder}", cwd=tmp_path).returncode == 0


@pytest.mark.parametrize("flag", ["--cwd", "--config", "--env-file", "--data", "--operator"])
@pytest.mark.parametrize("path", ["x/" * 3_000, "loop"])
def test_a_path_that_leads_nowhere_is_an_answer(tmp_path: Path, flag: str, path: str) -> None:
    (passing(tmp_path) / "loop").symlink_to("loop")
    done = statewright("run", "-i", "name=x", flag, path, cwd=tmp_path)
    assert done.returncode in (2, 3, 6)
    assert done.stderr.split()[0].isupper()
    assert "INTERNAL" not in done.stderr


def test_a_file_of_the_project_in_a_circle_is_named(tmp_path: Path) -> None:
    (tmp_path / "compozy.yaml").write_text("name: p\nworkflows: [{source: w.yaml}]\n", "utf-8")
    (tmp_path / "w.yaml").symlink_to("w.yaml")
    done = statewright("check", cwd=tmp_path)
    assert (done.returncode, "INTERNAL" in done.stderr, "w.yaml" in done.stdout + done.stderr) == (3, False, True)


def test_autoload_takes_no_pipe_and_no_link_out_of_the_project(tmp_path: Path) -> None:
    project = tmp_path / "project"
    (project / "agents").mkdir(parents=True)
    text = 'autoload: {enabled: true, include: ["agents/**/*.yaml"]}\n' + PASSING
    (project / "compozy.yaml").write_text(text, "utf-8")
    (tmp_path / "outside.yaml").write_text("not: ours\n", "utf-8")
    (project / "agents" / "link.yaml").symlink_to(tmp_path / "outside.yaml")
    (project / "agents" / "up").symlink_to(tmp_path)
    (project / "agents" / "loop.yaml").symlink_to("loop.yaml")
    os.mkfifo(project / "agents" / "pipe.yaml")
    done = statewright("check", cwd=project)
    told = [done.stdout.count(f"{code}  ") for code in ("PATH_NOT_A_FILE", "PATH_OUTSIDE_PROJECT")]
    assert (done.returncode, told) == (3, [2, 1])
    (project / "compozy.yaml").write_text(text.replace("enabled", "strict: false, enabled"), "utf-8")
    done = statewright("check", cwd=project)
    assert (done.returncode, done.stdout.count("AUTOLOAD_SKIPPED"), "not: ours" in done.stdout) == (0, 3, False)


def test_a_folder_that_is_gone_is_an_answer(tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    script = f"cd '{gone}' && rmdir '{gone}' && exec {COMMAND[0]} -m statewright check"
    done = subprocess.run(["sh", "-c", script], env=environment(), capture_output=True, timeout=60)
    assert (done.returncode, done.stderr.split()[0]) == (2, b"PATH_INVALID")


def test_a_closed_stdin_is_no_fault(tmp_path: Path) -> None:
    script = f"exec {COMMAND[0]} -m statewright run -i name=x -o json <&-"
    done = subprocess.run(
        ["sh", "-c", script], cwd=passing(tmp_path), env=environment(), capture_output=True, timeout=60
    )
    assert done.returncode == 0


@pytest.mark.parametrize("stdin", [b"\xff\xfe\x00binary", b""])
def test_a_stdin_of_other_bytes_is_wrong_input(tmp_path: Path, stdin: bytes) -> None:
    done = statewright("run", "--input", "-", cwd=passing(tmp_path), stdin=stdin)
    assert done.returncode == 2
    assert "INTERNAL" not in done.stderr


@pytest.mark.parametrize("pattern", ["**/a/" * 150 + "c", "agents/[z-a].yaml", "agents/**x**/*.yaml", "[", "agents/["])
def test_an_odd_autoload_pattern_finds_nothing_and_takes_no_time(tmp_path: Path, pattern: str) -> None:
    deep = tmp_path / ("a/" * 40)
    deep.mkdir(parents=True)
    (deep / "b.yaml").write_text("x: 1\n", "utf-8")
    text = f'autoload: {{enabled: true, include: ["{pattern}"]}}\n' + PASSING
    (tmp_path / "compozy.yaml").write_text(text, "utf-8")
    done = statewright("check", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_project_file_that_is_a_link_out_of_its_folder_is_refused_by_every_command(tmp_path: Path) -> None:
    project = tmp_path / "project"
    project.mkdir()
    (passing(tmp_path) / "compozy.yaml").rename(tmp_path / "outside.yaml")
    (project / "compozy.yaml").symlink_to(tmp_path / "outside.yaml")
    for command in (["check"], ["config", "validate"]):
        done = statewright(*command, cwd=project)
        assert (done.returncode, "PATH_OUTSIDE_PROJECT" in done.stdout) == (3, True)
    assert "INTERNAL" not in statewright("doctor", cwd=project).stderr


def test_a_project_file_that_leads_out_of_its_folder_is_told_once(tmp_path: Path) -> None:
    (tmp_path / "project").mkdir()
    (tmp_path / "else.yaml").write_text("name: p\n", "utf-8")
    (tmp_path / "project" / "compozy.yaml").symlink_to("../else.yaml")
    done = statewright("check", "-o", "json", cwd=tmp_path / "project")
    assert [found["code"] for found in json.loads(done.stdout)["diagnostics"]] == ["PATH_OUTSIDE_PROJECT"]


def test_a_folder_whose_name_is_no_text_is_refused_with_its_place(tmp_path: Path) -> None:
    folder = Path(os.fsdecode(os.fsencode(tmp_path) + b"/odd\xff"))
    folder.mkdir()
    for flags in ((), ("--data", "../elsewhere")):
        done = statewright("run", "-i", "name=x", *flags, cwd=passing(folder))
        assert (done.returncode, done.stderr.split()[0]) == (2, "PATH_INVALID")
        assert "odd?" in done.stderr
