"""Holds: `run` runs durably to the end that its exit code tells; data is on stdout, everything else on stderr."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.process import statewright
from tests.cli.projects import TWO_ERRORS, let_go, passing, waiting
from tests.house.sources import ROOT

HELLO = ROOT / "examples" / "hello-world" / "compozy.yaml"


def test_the_seeds_block_alone_greets_in_an_empty_folder(tmp_path: Path) -> None:
    (tmp_path / "compozy.yaml").write_bytes(HELLO.read_bytes())
    done = statewright("run", "hello-world", "-i", "name=Alice", "--simulate", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    output = json.loads(done.stdout)
    assert output["greeting"]
    assert output["metadata"]["tone"]
    lines = done.stderr.splitlines()
    assert lines[0].endswith("  hello-world")
    assert any("✔ generate_greeting" in line and "simulated" in line for line in lines)
    assert lines[-1].startswith("done in ")
    assert lines[-1].endswith("simulated")
    replayed = statewright("replay", "last", "--verify", cwd=tmp_path)
    assert (replayed.returncode, "bit-identical" in replayed.stdout) == (0, True)


def test_without_a_key_the_run_fails_and_names_the_flag(tmp_path: Path) -> None:
    (tmp_path / "compozy.yaml").write_bytes(HELLO.read_bytes())
    done = statewright("run", "-i", "name=Alice", cwd=tmp_path)
    assert done.returncode == 1
    assert done.stdout == ""
    assert "--simulate" in done.stderr.splitlines()[-1]


def test_the_only_workflow_needs_no_name_and_the_result_is_one_object(tmp_path: Path) -> None:
    done = statewright("run", "-i", "name=Bob", "-o", "json", cwd=passing(tmp_path))
    result = json.loads(done.stdout)
    assert (done.returncode, done.stderr) == (0, "")
    assert list(result) == [
        "run", "workflow", "status", "output", "error", "simulated", "usage", "seq", "started_at", "took_ms",
    ]  # fmt: skip
    assert result["status"] == "done"
    assert result["output"] == {"said": "Hello Bob!", "times": 2}
    assert result["simulated"] is False


def test_input_comes_from_stdin_and_fields_stand_above_it(tmp_path: Path) -> None:
    arguments = ("run", "passing", "--input", "@-", "-i", "times=3", "-o", "json")
    done = statewright(*arguments, cwd=passing(tmp_path), stdin=b'{"name": "007", "times": 1}')
    assert json.loads(done.stdout)["output"] == {"said": "Hello 007!", "times": 3}


def test_json_lines_begin_with_the_run_and_end_with_the_result(tmp_path: Path) -> None:
    done = statewright("run", "-i", "name=Bob", "-o", "jsonl", cwd=passing(tmp_path))
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert lines[0]["kind"] == "run"
    assert {line["run"] for line in lines} == {lines[0]["run"]}
    assert [line["path"] for line in lines if line["kind"] == "task"] == ["first", "second"]
    assert lines[-1]["kind"] == "result"
    assert [line["seq"] for line in lines if line["kind"] == "event"] == [*range(1, lines[-1]["seq"] + 1)]


@pytest.mark.parametrize(
    ("arguments", "exit_code", "code"),
    [
        (["run", "passin", "-i", "name=x"], 5, "WORKFLOW_UNKNOWN"),
        (["run"], 2, "INPUT_INVALID"),
        (["run", "-i", "name=x", "-i", "times=many"], 2, "INPUT_INVALID"),
        (["run", "--input", "{", "-i", "name=x"], 2, "JSON_INVALID"),
        (["run", "--input", "@nowhere.json"], 2, "INPUT_UNREADABLE"),
        (["run", "-i", "name=x", "--cwd", "nowhere"], 3, "PROJECT_MISSING"),
        (["run", "-i", "name=x", "--config", "other.yaml"], 3, "PROJECT_MISSING"),
        (["run", "-i", "name=x", "--config", "x" * 5_000], 3, "PROJECT_MISSING"),
        (["run", "-i", "name=x", "--env-file", "nowhere"], 2, "ENV_FILE_MISSING"),
    ],
)
def test_what_cannot_start_leaves_no_run(arguments: list[str], exit_code: int, code: str, tmp_path: Path) -> None:
    done = statewright(*arguments, cwd=passing(tmp_path))
    assert (done.returncode, done.stdout) == (exit_code, "")
    assert done.stderr.startswith(f"{code} ")
    listed = statewright("runs", "list", "-o", "json", cwd=tmp_path)
    assert json.loads(listed.stdout) == []


def test_a_project_with_errors_does_not_run_and_shows_all_of_them(tmp_path: Path) -> None:
    (tmp_path / "compozy.yaml").write_text(TWO_ERRORS, "utf-8")
    done = statewright("run", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (3, "")
    assert "--> compozy.yaml:4:" in done.stderr
    assert "on_sucess" in done.stderr
    assert done.stderr.splitlines()[-2].startswith("DEFINITION_INVALID ")
    as_json = statewright("run", "-o", "json", cwd=tmp_path)
    problem = json.loads(as_json.stderr)
    assert problem["code"] == "DEFINITION_INVALID"
    assert {diagnostic["line"] for diagnostic in problem["diagnostics"]} >= {4, 9}


def test_a_failed_run_leaves_with_one_and_its_words_cannot_steer(tmp_path: Path) -> None:
    let_go(waiting(tmp_path), fail=True)
    done = statewright("run", "-i", f"folder={tmp_path}", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    assert "TOOL_FAILED" in done.stderr
    assert "it went wrong \\x1b[31mred" in done.stderr
    assert "\x1b" not in done.stderr


def test_two_runs_with_one_seed_and_simulated_models_say_the_same(tmp_path: Path) -> None:
    (tmp_path / "compozy.yaml").write_bytes(HELLO.read_bytes())
    arguments = ("run", "-i", "name=Alice", "--simulate", "--seed", "00ff", "-o", "json")
    outputs = [json.loads(statewright(*arguments, cwd=tmp_path).stdout)["output"] for _ in range(2)]
    assert outputs[0]["greeting"] == outputs[1]["greeting"]


def test_a_folder_with_spaces_and_letters_beyond_ascii_is_a_folder(tmp_path: Path) -> None:
    folder = tmp_path / "größer als ✔"
    folder.mkdir()
    done = statewright("run", "--cwd", str(passing(folder)), "-i", "name=x", "-o", "json", cwd=tmp_path)
    assert done.returncode == 0
    assert (folder / ".statewright").is_dir()
    assert not (tmp_path / ".statewright").exists()


def test_a_folder_that_is_a_link_to_itself_holds_no_project(tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to("loop")
    done = statewright("run", "--cwd", "loop", cwd=tmp_path)
    assert (done.returncode, done.stderr.split()[0]) == (3, "PROJECT_MISSING")


def test_an_environment_file_that_is_no_text_is_named_and_not_quoted(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes(b"KEY=canary\xff")
    done = statewright("run", "-i", "name=x", cwd=passing(tmp_path))
    assert (done.returncode, done.stderr.split()[0]) == (2, "ENV_FILE_UNREADABLE")
    assert "canary" not in done.stderr


NOISY = """\
import threading


def wait(folder: str) -> dict[str, bool]:
    print("noise")
    thread = threading.Thread(target=lambda: 1 / 0)
    thread.start()
    thread.join()
    return {"waited": True}
"""


def test_what_a_tool_prints_and_what_its_threads_raise_spoils_neither_data_nor_run(tmp_path: Path) -> None:
    waiting(tmp_path)
    (tmp_path / "tools.py").write_text(NOISY, "utf-8")
    done = statewright("run", "-i", "folder=x", "-o", "json", cwd=tmp_path)
    assert (done.returncode, json.loads(done.stdout)["output"]) == (0, {"waited": True})
    assert "noise" in done.stderr
    assert "warning: a thread that a tool began ended with ZeroDivisionError" in done.stderr


def test_a_key_gives_the_same_run_again(tmp_path: Path) -> None:
    keyed = ("run", "-i", "name=Ann", "--idempotency-key", "order-7", "-o", "json")
    first, again = (json.loads(statewright(*keyed, cwd=passing(tmp_path)).stdout) for _ in range(2))
    assert first == again
    begun = json.loads(statewright(*keyed, "--detach", cwd=tmp_path).stdout)
    assert (begun["run"], begun["status"]) == (first["run"], "done")
    other = statewright("run", "-i", "name=Ben", "--idempotency-key", "order-7", cwd=tmp_path)
    assert (other.returncode, other.stderr.split()[0]) == (6, "IDEMPOTENCY_CONFLICT")


def test_a_key_goes_on_with_what_was_begun(tmp_path: Path) -> None:
    keyed = ("run", "-i", "name=Ann", "--idempotency-key", "order-7")
    begun = statewright(*keyed, "--detach", cwd=passing(tmp_path)).stdout.strip()
    done = statewright(*keyed, "-o", "json", cwd=tmp_path)
    assert (done.returncode, json.loads(done.stdout)["run"]) == (0, begun)
