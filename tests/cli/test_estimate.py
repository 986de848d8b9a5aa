"""Holds: what can be proven of a run's cost is told before it runs, and what cannot is said to be unknown."""

from __future__ import annotations

import json
from pathlib import Path

from tests.cli.process import statewright
from tests.cli.projects import TWO_ERRORS, passing

ASKING = """\
name: asking
models: [{provider: simulated, model: any}]
tasks:
  - id: each
    type: collection
    items: [1, 2, 3]
    task:
      id: ask
      type: basic
      prompt: "Say {{ .item }}"
      retries: 2
"""


def test_a_bound_counts_items_and_attempts(tmp_path: Path) -> None:
    (tmp_path / "compozy.yaml").write_text(ASKING, "utf-8")
    told = json.loads(statewright("estimate", "asking", "-o", "json", cwd=tmp_path).stdout)
    assert (told["model_calls_max"], told["models"]) == (9, ["simulated/any"])
    assert (told["tokens_max"], told["cost_max"]) == (None, None)
    text = statewright("estimate", cwd=tmp_path).stdout
    assert "≤ 9 model calls per run" in text
    assert "cost    unknown" in text


def test_a_workflow_without_models_costs_no_call(tmp_path: Path) -> None:
    done = statewright("estimate", cwd=passing(tmp_path))
    assert (done.returncode, "no model call" in done.stdout) == (0, True)
    assert not (tmp_path / ".statewright").exists()


def test_what_is_not_there_or_wrong_cannot_be_estimated(tmp_path: Path) -> None:
    done = statewright("estimate", "pasing", cwd=passing(tmp_path))
    assert (done.returncode, "did you mean 'passing'?" in done.stderr) == (5, True)
    (tmp_path / "compozy.yaml").write_text(TWO_ERRORS, "utf-8")
    assert statewright("estimate", cwd=tmp_path).returncode == 3
