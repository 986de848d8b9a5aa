"""The seed's first workflow, in an empty folder with nothing but its block."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from tests.examples import journal
from tests.examples.command import EXAMPLES, ran, statewright


def test_hello_world_runs_in_a_folder_with_nothing_but_its_block(tmp_path: Path) -> None:
    folder = tmp_path / "empty"
    folder.mkdir()
    shutil.copy(EXAMPLES / "hello-world" / "compozy.yaml", folder)
    result = ran(folder, "hello-world", {"name": "Alice"}, "--simulate")
    assert result["status"] == "done"
    assert result["simulated"] is True
    (said,) = journal.objects(folder, result["run"], "greeting")
    assert result["output"]["greeting"] == said["greeting"]
    assert result["output"]["metadata"]["tone"] == said["tone"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", result["output"]["metadata"]["timestamp"])


def test_the_same_seed_gives_the_same_greeting(tmp_path: Path) -> None:
    shutil.copy(EXAMPLES / "hello-world" / "compozy.yaml", tmp_path)
    one, other = (ran(tmp_path, "hello-world", {"name": "Alice"}, "--simulate", "--seed", "07") for _ in range(2))
    assert one["output"]["greeting"] == other["output"]["greeting"]


def test_without_a_key_and_without_simulation_the_error_names_the_flag(tmp_path: Path) -> None:
    shutil.copy(EXAMPLES / "hello-world" / "compozy.yaml", tmp_path)
    result = ran(tmp_path, "hello-world", {"name": "Alice"}, code=1)
    assert result["status"] == "failed"
    assert result["error"]["code"] in ("MODEL_KEY_MISSING", "MODEL_PROVIDER_UNAVAILABLE")
    assert "--simulate" in statewright("runs", "show", "last", cwd=tmp_path)
