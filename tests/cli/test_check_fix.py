"""Holds: `check --fix` makes what has one remedy, touches nothing else, and never writes over somebody's change."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from statewright.cli.mending import mend, write
from statewright.cli.options import Place
from statewright.errors import StatewrightError
from statewright.project import load_project
from tests.cli.process import statewright

BROKEN = """\
# What the author says stays.
name: mended   # and so does this
version: 1.0
tasks:
  - id: ask
    type: basc
    with: { text: {{ .workflow.input.text }}, name: "{{ workflow.input.name }}" }
    on_sucess: { next: thne }
  - {id:   then, type: basic, with: {}, final: yes}
"""
MENDED = """\
# What the author says stays.
name: mended   # and so does this
version: "1.0"
tasks:
  - id: ask
    type: basic
    with: { text: "{{ .workflow.input.text }}", name: "{{ .workflow.input.name }}" }
    on_success: { next: then }
  - {id:   then, type: basic, with: {}, final: true}
"""


def project(folder: Path, text: str = BROKEN) -> Path:
    (folder / "compozy.yaml").write_bytes(text.encode())
    return folder / "compozy.yaml"


def test_everything_with_one_remedy_is_mended_and_shown(tmp_path: Path) -> None:
    file = project(tmp_path)
    done = statewright("check", "--fix", cwd=tmp_path)
    assert (done.returncode, file.read_text("utf-8")) == (0, MENDED)
    assert {"-    type: basc", "+    type: basic"} <= set(done.stdout.splitlines())
    assert done.stdout.splitlines()[-1] == "ok  mended"


def test_mending_twice_changes_nothing_more(tmp_path: Path) -> None:
    file = project(tmp_path)
    statewright("check", "--fix", cwd=tmp_path)
    written = file.stat().st_mtime_ns
    done = statewright("check", "--fix", cwd=tmp_path)
    assert (done.returncode, done.stdout, file.stat().st_mtime_ns) == (0, "ok  mended\n", written)


def test_a_dry_run_shows_the_changes_and_makes_none(tmp_path: Path) -> None:
    file = project(tmp_path)
    done = statewright("check", "--fix", "--dry-run", cwd=tmp_path)
    assert (done.returncode, file.read_text("utf-8")) == (3, BROKEN)
    assert done.stdout.startswith("--- a/compozy.yaml\n+++ b/compozy.yaml\n")
    assert done.stdout.endswith("\n\n1 file would be mended\n")


def test_line_ends_byte_order_mark_and_mode_stay(tmp_path: Path) -> None:
    file = project(tmp_path, "\ufeff" + BROKEN.replace("\n", "\r\n"))
    file.chmod(0o640)
    assert statewright("check", "--fix", cwd=tmp_path).returncode == 0
    assert file.read_bytes() == ("\ufeff" + MENDED.replace("\n", "\r\n")).encode()
    assert file.stat().st_mode & 0o777 == 0o640
    assert os.listdir(tmp_path) == ["compozy.yaml"]


def test_other_files_of_the_project_are_mended_where_they_lie(tmp_path: Path) -> None:
    (tmp_path / "compozy.yaml").write_text("name: two\nworkflows:\n  - source: flows/one.yaml\n", "utf-8")
    (tmp_path / "flows").mkdir()
    (tmp_path / "real.yaml").write_text("id: one\ntasks:\n  - { id: a, type: basc, with: {} }\n", "utf-8")
    (tmp_path / "flows" / "one.yaml").symlink_to("../real.yaml")
    assert statewright("check", "--fix", cwd=tmp_path).returncode == 0
    assert "type: basic" in (tmp_path / "real.yaml").read_text("utf-8")
    assert (tmp_path / "flows" / "one.yaml").is_symlink()


def test_a_file_outside_of_the_project_is_not_touched(tmp_path: Path) -> None:
    folder = tmp_path / "project"
    folder.mkdir()
    outside = tmp_path / "one.yaml"
    outside.write_text("id: one\ntasks:\n  - { id: a, type: basc, with: {} }\n", "utf-8")
    (folder / "compozy.yaml").write_text("name: two\nworkflows:\n  - source: one.yaml\n", "utf-8")
    (folder / "one.yaml").symlink_to(outside)
    assert statewright("check", "--fix", cwd=folder).returncode == 3
    assert "basc" in outside.read_text("utf-8")


def test_a_file_that_changed_meanwhile_is_not_written_over(tmp_path: Path) -> None:
    file, settings = project(tmp_path), Place(cwd=str(tmp_path)).settings()
    mended = mend(settings, load_project(settings))
    file.write_text("name: other\n", "utf-8")
    with pytest.raises(StatewrightError, match="FILE_CHANGED"):
        write(settings, mended)
    assert file.read_text("utf-8") == "name: other\n"


def test_what_would_clash_is_mended_once(tmp_path: Path) -> None:
    file = project(tmp_path, "nmae: a\nnaem: b\ntasks:\n  - { id: a, type: basic, with: {} }\n")
    statewright("check", "--fix", cwd=tmp_path)
    assert file.read_text("utf-8").count("name:") == 1


def test_a_program_gets_the_changes_too(tmp_path: Path) -> None:
    project(tmp_path)
    told = json.loads(statewright("check", "--fix", "-o", "json", cwd=tmp_path).stdout)
    assert (told["ok"], told["changed"]) == (True, ["compozy.yaml"])
    assert '+version: "1.0"' in told["diff"]
