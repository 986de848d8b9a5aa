"""Holds: `doctor` looks at everything a run needs, and every line that is not ok says what to do."""

from __future__ import annotations

import json
from pathlib import Path

import apsw

from tests.cli.process import statewright
from tests.cli.projects import TWO_ERRORS, passing
from tests.house.sources import ROOT

HELLO = ROOT / "examples" / "hello-world" / "compozy.yaml"


def looked(folder: Path, *arguments: str, **environ: str) -> tuple[int, dict[str, dict[str, str]]]:
    done = statewright("doctor", "-o", "json", *arguments, cwd=folder, environ=environ)
    told = json.loads(done.stdout)
    assert told["ok"] is (done.returncode == 0)
    return done.returncode, {check["name"]: check for check in told["checks"]}


def test_a_fit_machine_with_a_sound_project_is_fit(tmp_path: Path) -> None:
    statewright("run", "-i", "name=x", cwd=passing(tmp_path))
    code, checks = looked(tmp_path)
    assert code == 0
    assert {name: check["status"] for name, check in checks.items() if name != "deno"} == {
        "python": "ok", "sqlite": "ok", "data folder": "ok", "project": "ok", "models": "ok",
    }  # fmt: skip
    assert "1 run" in checks["data folder"]["detail"]


def test_looking_leaves_no_trace(tmp_path: Path) -> None:
    code, checks = looked(tmp_path)
    assert (code, checks["project"]["status"]) == (0, "warn")
    assert not list(tmp_path.iterdir())


def test_keys_are_named_and_never_shown(tmp_path: Path) -> None:
    (tmp_path / "compozy.yaml").write_bytes(HELLO.read_bytes())
    _, unset = looked(tmp_path)
    assert (unset["environment"]["status"], "OPENAI_API_KEY" in unset["environment"]["detail"]) == ("warn", True)
    assert unset["environment"]["fix"]
    done = statewright("doctor", cwd=tmp_path, environ={"OPENAI_API_KEY": "sk-canary-1234"})
    assert "OPENAI_API_KEY is set" in done.stdout
    assert "canary" not in done.stdout + done.stderr


def test_the_simulated_models_are_said_to_be_so(tmp_path: Path) -> None:
    for checks in (looked(tmp_path, "--simulate")[1], looked(tmp_path, STATEWRIGHT_SIMULATE="1")[1]):
        assert checks["models"]["detail"].startswith("simulated")


def test_a_broken_project_or_data_folder_fails_and_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "compozy.yaml").write_text(TWO_ERRORS, "utf-8")
    data = tmp_path / ".statewright"
    data.mkdir()
    (data / "statewright.db").write_bytes(b"this is not a database, whatever its name says" * 20)
    code, checks = looked(tmp_path)
    assert code == 1
    for name in ("project", "data folder"):
        assert checks[name]["status"] == "fail"
        assert checks[name]["fix"]


def test_a_data_folder_that_others_write_to_is_warned_about(tmp_path: Path) -> None:
    data = tmp_path / ".statewright"
    data.mkdir()
    data.chmod(0o777)
    done = statewright("doctor", cwd=tmp_path)
    assert done.returncode == 0
    assert "warn  data folder: others can write to it (mode 0777)" in done.stdout


def test_a_bad_setting_is_usage(tmp_path: Path) -> None:
    done = statewright("doctor", cwd=tmp_path, environ={"STATEWRIGHT_SIMULATE": "maybe"})
    assert done.returncode == 2
    assert done.stderr.startswith("SETTING_INVALID ")


def test_an_operator_file_is_looked_at_by_its_own_name(tmp_path: Path) -> None:
    code, checks = looked(passing(tmp_path), "--operator", "nowhere.yaml")
    assert (code, checks["operator file"]["status"]) == (1, "fail")
    assert checks["data folder"]["status"] == "ok"


def test_a_data_folder_that_cannot_be_looked_up_is_a_finding(tmp_path: Path) -> None:
    code, checks = looked(passing(tmp_path), "--data", "x" * 5_000)
    assert (code, checks["data folder"]["status"]) == (1, "fail")


def test_a_deep_look_proves_what_is_stored(tmp_path: Path) -> None:
    statewright("run", "-i", "name=x", cwd=passing(tmp_path))
    code, checks = looked(tmp_path, "--deep")
    assert (code, checks["journals"]["status"]) == (0, "ok")
    assert checks["journals"]["detail"].startswith("1 run, 1 record:")


def test_a_deep_look_names_file_run_and_record_of_damage(tmp_path: Path) -> None:
    statewright("run", "-i", "name=x", cwd=passing(tmp_path))
    (run,) = [
        json.loads(line)["run"] for line in statewright("runs", "list", "-o", "jsonl", cwd=tmp_path).stdout.splitlines()
    ]
    for statement, code, named in [
        ("UPDATE runs SET status = 'failed', owes = 3", "INDEX_WRONG", f"{run!r} does not say what its 1 records tell"),
        ("UPDATE journal SET body = x'00'", "JOURNAL_CORRUPT", f"statewright.db: run {run!r}, record 1:"),
    ]:
        database = apsw.Connection(str(tmp_path / ".statewright" / "statewright.db"))
        database.execute(statement).fetchall()
        database.close()
        exit_code, checks = looked(tmp_path, "--deep")
        assert (exit_code, checks["journals"]["status"], code in checks["journals"]["detail"]) == (1, "fail", True)
        assert named in checks["journals"]["detail"]
