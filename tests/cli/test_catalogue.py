"""Holds: the bad input of reliability.md 4.6 has its exit code, its code and its next step (B-149 to B-163)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from tests.cli.process import statewright
from tests.cli.projects import PASSING

# Numbers without a case here, each with the feature that brings it.
COMES_WITH = {
    151: "the server",
    158: "the server: tests/cli/test_signals.py holds what concerns a run",
    162: "signed journals",
    163: "signed journals",
}
# A journal that was damaged needs a store to damage.
HELD_ELSEWHERE = {
    153: "tests/store/test_damage.py and tests/cli/test_replay.py",
    160: "tests/cli/test_backup.py and tests/store/test_transfer.py; bad signatures come with signed journals",
}
RUN = ("run", "-i", "name=x")


class Bad(msgspec.Struct, frozen=True):
    """A call in a folder, its exit code, the code that it answers with, and a part of its next step."""

    arguments: tuple[str, ...]
    exit_code: int
    code: str
    help: str = ""
    prepare: Callable[[Path], object] = Path.resolve
    environ: dict[str, str] = {}
    stdin: bytes = b""


def _exposed(folder: Path) -> None:
    (folder / ".env").write_text("KEY=canary\n", "utf-8")
    (folder / ".env").chmod(0o666)


def _database(text: bytes) -> Callable[[Path], object]:
    def prepare(folder: Path) -> None:
        (folder / "data").mkdir()
        (folder / "data" / "statewright.db").write_bytes(text)

    return prepare


def _written(text: str) -> Callable[[Path], object]:
    return lambda folder: (folder / "compozy.yaml").write_bytes(text.encode())


CASES: dict[str, Bad] = {
    "B-149 no command": Bad((), 2, "Usage:", "check"),
    "B-149 a slip": Bad(("chekc",), 2, "COMMAND_UNKNOWN", "did you mean 'check'?"),
    "B-149 unknown": Bad(("strat",), 2, "COMMAND_UNKNOWN", "run"),
    "B-149 a flag": Bad(("check", "--strcit"), 2, "FLAG_UNKNOWN", "--strict"),
    "B-150 missing": Bad(("check", "--config", "nope.yaml"), 3, "PROJECT_MISSING", "init"),
    "B-150 a folder": Bad(
        ("check", "--config", "other"), 3, "PROJECT_MISSING", "--config", lambda folder: (folder / "other").mkdir()
    ),
    "B-150 0 bytes": Bad(("check",), 3, "DEF_EMPTY", "name:", _written("")),
    "B-150 open to all": Bad(RUN, 4, "ENV_FILE_EXPOSED", "chmod 600", _exposed),
    "B-152 a file": Bad(
        (*RUN, "--data", "data"), 2, "DATA_NOT_A_FOLDER", "--data", lambda folder: (folder / "data").touch()
    ),
    "B-152 of something else": Bad((*RUN, "--data", "data"), 9, "DATA_NOT_OURS", "--data", _database(b"x" * 4_096)),
    "B-154 no database": Bad((*RUN, "--data", "data"), 9, "DATA_NOT_OURS", "--data", _database(b"not a database")),
    "B-155 unknown": Bad(("config", "show", "--set", "nope.x=1"), 2, "KEY_UNKNOWN", "config show"),
    "B-155 another type": Bad(("config", "show", "--set", "server.port=abc"), 2, "SETTING_INVALID", "correct it"),
    "B-155 no value": Bad(("config", "show", "--set", "server.port"), 2, "ARGUMENT_INVALID", "server.port="),
    "B-156 unknown": Bad(
        ("check",), 0, "STATEWRIGHT_TIMOUT", "STATEWRIGHT_TIMEOUT", environ={"STATEWRIGHT_TIMOUT": "1"}
    ),
    "B-156 no number": Bad(("config", "show"), 2, "SETTING_INVALID", "correct it", environ={"SERVER_PORT": "abc"}),
    "B-156 a flag over a variable": Bad(
        ("config", "show", "--sources", "--data", "there", "data"),
        0,
        "there",
        "--data",
        environ={"STATEWRIGHT_DATA": "here"},
    ),
    "B-157 binary": Bad(("run", "--input=-"), 2, "JSON_INVALID", "RFC 8259", stdin=b"\xff\xfe\x00"),
    "B-159 escapes in a name": Bad(
        ("check",), 3, "KEY_UNKNOWN", "key", _written('name: p\n"tasks\\e[31m": 1\ntasks: [{id: a, "w\\e[2Jx": 1}]\n')
    ),
    "B-161 other line ends": Bad(RUN, 0, "Hello x!", "", _written(PASSING.replace("\n", "\r\n"))),
    "B-161 too long": Bad(("check", "--cwd", "x" * 4_096), 3, "PROJECT_MISSING", "--cwd"),
    "B-161 in a circle": Bad(
        ("check", "--config", "loop"),
        3,
        "PROJECT_MISSING|PATH_INVALID|FILE_UNREADABLE",
        "",
        lambda folder: (folder / "loop").symlink_to("loop"),
    ),
}


@pytest.mark.parametrize("row", CASES)
def test_a_bad_call_gets_its_exit_code_its_code_and_its_next_step(row: str, tmp_path: Path) -> None:
    bad = CASES[row]
    folder = tmp_path / "ein Ordner ä"
    folder.mkdir()
    (folder / "compozy.yaml").write_text(PASSING, "utf-8")
    bad.prepare(folder)
    done = statewright(*bad.arguments, cwd=folder, stdin=bad.stdin, environ=bad.environ)
    said = done.stdout + done.stderr
    assert done.returncode == bad.exit_code, said
    assert any(code in said for code in bad.code.split("|")), said
    assert bad.help in said
    assert not any(sign in said for sign in ("Traceback", "canary", "\x1b", "Errno"))


def test_every_number_is_a_case_or_comes_with_its_feature() -> None:
    numbers = {int(row[2:5]) for row in CASES}
    assert numbers | COMES_WITH.keys() | HELD_ELSEWHERE.keys() == set(range(149, 164))
    assert not numbers & COMES_WITH.keys()
