"""No false alarm: what the proofs say about the examples and about the seed document's workflows is nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.language.loading import SEED, load_files, load_text
from tests.language.test_seed import STUB_AGENTS, configured_project

EXAMPLES = Path(__file__).parents[3] / "examples"
PROVED = frozenset({
    "FANOUT_LIMIT", "INPUT_MISSING", "INPUT_UNKNOWN", "POLICY_VIOLATED", "PROPERTY_UNKNOWN", "REF_CONCURRENT",
    "REF_NEVER_AVAILABLE", "REF_NOT_ALWAYS_AVAILABLE", "REF_NOT_FOUND", "ROUTE_FALLS_THROUGH", "ROUTE_UNREACHABLE",
    "SECRET_NOT_ALLOWED_HERE", "TASK_CYCLE", "TASK_UNREACHABLE", "TYPE_FLOW", "WAIT_UNBOUNDED", "WAIT_WITHOUT_SOURCE",
})  # fmt: skip


@pytest.mark.parametrize("folder", sorted(path.parent.name for path in EXAMPLES.glob("*/compozy.yaml")))
def test_an_example_is_not_complained_about(folder: str) -> None:
    files = [path for path in (EXAMPLES / folder).rglob("*") if path.suffix in (".yaml", ".ts", ".js", ".py")]
    loaded = load_files({path.relative_to(EXAMPLES / folder).as_posix(): path.read_text("utf-8") for path in files})
    assert [found for found in loaded.diagnostics if found.code in PROVED] == []


@pytest.mark.parametrize("name", ["hello-world", "customer-support", "agents", "tools", "task-types"])
def test_a_block_of_the_seed_is_not_complained_about(name: str) -> None:
    text = (SEED / f"{name}.yaml").read_text("utf-8")
    tasks = "" if "\ntasks:" in text else "tasks:\n  - {id: t, with: {a: 1}}\n"
    stubs = STUB_AGENTS if name == "task-types" else ""
    whole = (
        text if text.lstrip().startswith(("name:", "#")) and "\nname:" in "\n" + text else "name: p\n" + stubs + text
    )
    assert [found for found in load_text(whole + tasks).diagnostics if found.code in PROVED] == []


def test_the_configured_project_of_the_seed_is_not_complained_about() -> None:
    assert [found for found in configured_project().diagnostics if found.code in PROVED] == []
