"""Holds: the live tree is for terminals, shows what matters, and never mixes with the data on stdout."""

from __future__ import annotations

import contextlib
import json
import os
import pty
import subprocess
from pathlib import Path

from statewright.api.records import Step
from statewright.cli.board import Board
from statewright.cli.tree import CHILDREN_SHOWN_MAX, tree_lines
from statewright.kernel.events import Answered
from statewright.kernel.state import Failure, Frame, Patch, Result
from tests.cli.process import COMMAND, environment
from tests.cli.projects import passing

RUN = "run-1"
HIDE_CURSOR = "\x1b[?25l"


def drawn(folder: Path, **environ: str) -> tuple[str, str]:
    """Runs the project with a terminal as stderr; returns what was drawn there, and stdout."""
    terminal, stderr = pty.openpty()
    child = subprocess.Popen(
        [*COMMAND, "run", "-i", "name=Ann"],
        cwd=folder,
        env=environment({"TERM": "xterm", "NO_COLOR": "", **environ}),
        stdout=subprocess.PIPE,
        stderr=stderr,
    )
    os.close(stderr)
    said, _ = child.communicate(timeout=60)
    assert child.returncode == 0
    picture = b""
    # A terminal whose other side is closed reads as an I/O error after its last byte.
    with contextlib.suppress(OSError):
        while part := os.read(terminal, 4_096):
            picture += part
    os.close(terminal)
    return picture.decode(), said.decode()


def test_a_terminal_gets_a_picture_and_stdout_the_data_alone(tmp_path: Path) -> None:
    picture, said = drawn(passing(tmp_path))
    assert HIDE_CURSOR in picture
    assert "\x1b[32m✔\x1b[0m second" in picture
    assert json.loads(said) == {"said": "Hello Ann!", "times": 2}


def test_a_picture_without_colour_has_no_styles(tmp_path: Path) -> None:
    picture, _ = drawn(passing(tmp_path), NO_COLOR="1")
    assert HIDE_CURSOR in picture
    assert "  ✔ second  0ms" in picture


def test_a_dumb_terminal_gets_plain_lines(tmp_path: Path) -> None:
    picture, _ = drawn(passing(tmp_path), TERM="dumb")
    assert "\x1b" not in picture
    assert "✔ second" in picture


def test_the_tree_indents_what_is_inside_and_names_rows_by_their_ids() -> None:
    board = Board()
    frames = {
        "all": Frame(node="all", parent="", at=0, visit=1),
        "all[0]": Frame(node="all[]", parent="all", at=0, visit=2),
        "all[0].deep": Frame(node="all[].deep", parent="all[0]", at=0, visit=3),
    }
    results = {"first": Result(node="first", id="first-\x1bone", at=0)}
    board.take(RUN, Step(1, Answered(at=0, effect="e"), Patch(frames=dict(frames), results=dict(results))))
    lines = [line.plain for line in tree_lines(board, 100)]
    assert lines == ["  ⠙ all  100ms", "    ⠙ [0]  100ms", "      ⠙ deep  100ms", "  ✔ first-\\x1bone  0ms"]


def test_a_wide_container_shows_what_matters_and_counts_the_rest() -> None:
    board = Board()
    results = {f"all[{n}]": Result(node="all[]", id=f"i{n}", at=0) for n in range(100)}
    results["all[70]"] = Result(node="all[]", id="i70", at=0, status="failed", error=Failure("X", "x"))
    frames = {"all": Frame(node="all", parent="", at=0, visit=1), "all[100]": Frame(node="", parent="", at=0, visit=2)}
    board.take(RUN, Step(1, Answered(at=0, effect="e"), Patch(frames=dict(frames), results=dict(results))))
    lines = [line.plain for line in tree_lines(board, 0)]
    assert len(lines) == 1 + CHILDREN_SHOWN_MAX + 1
    assert any("i70" in line and "X" in line for line in lines)
    assert any("[100]" in line for line in lines)
    assert lines[-1] == f"    … {101 - CHILDREN_SHOWN_MAX} more, 99 of 101 done"
