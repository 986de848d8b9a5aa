"""A simulated model sees messages, schema and seed: what things are called in the project changes no answer."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from statewright.kernel.values import Json
from tests.examples import journal
from tests.examples.command import copied, ran

SUPPORT = {"customer_id": "C-42", "message": "The technical setup of my router fails", "priority": "normal"}
SHOP = {
    "data_sources": [{"source_type": "database", "connection_string": "postgres://stub/orders", "query": "select"}],
    "processing_config": {"validation_rules": [], "transformations": []},
}
CASES: list[tuple[str, str, str, Json]] = [
    ("hello-world", "compozy.yaml", "hello-world", {"name": "Alice"}),
    ("customer-support", "compozy.yaml", "customer-support", {"customer_id": "C-7", "message": "A technical fault"}),
    ("support-and-data", "workflows/customer-support.yaml", "intelligent-customer-support", SUPPORT),
    ("support-and-data", "workflows/data-processing.yaml", "intelligent-data-pipeline", SHOP),
]
# What differs between any two runs.
PASSING = {"ticket_id", "processing_id", "timestamp", "processed_at", "processing_time", "total_execution_time"}


@pytest.mark.parametrize(("example", "file", "workflow", "input"), CASES, ids=[case[2] for case in CASES])
def test_renaming_every_id_changes_no_simulated_answer(
    tmp_path: Path, example: str, file: str, workflow: str, input: Json
) -> None:
    answered, outputs = [], []
    for name, change in (("as it is", False), ("renamed", True)):
        folder = copied(example, tmp_path / name)
        if change:
            text = (folder / file).read_text("utf-8")
            (folder / file).write_text(_renamed(text), "utf-8")
        flags = ["--simulate", "--seed", "11"] + (["--operator", "operator.yaml"] if example != workflow else [])
        flags = [flag for flag in flags if example == "support-and-data" or flag not in ("--operator", "operator.yaml")]
        result = ran(folder, workflow, input, *flags)
        answered.append(_models(folder, result["run"]))
        outputs.append(_lasting(result["output"]))
    assert answered[0]
    assert answered[1] == answered[0]
    assert outputs[1] == outputs[0]


def _renamed(text: str) -> str:
    """Renames every id where it stands as an id or is referred to as one; prose keeps its words."""
    for number, id in enumerate(sorted(_ids(yaml.safe_load(text)), key=len, reverse=True)):
        new = f"renamed_{number}"
        old = re.escape(id)
        for before, after in (
            (r"\bid: ", r"$"),
            (r'\bid: "', r'"$'),
            (r'\bid==?"', r'"'),
            (r"\baction: ", r"$"),
            (r"validateSchema\('", r"'\)"),
            (r"\.(?:tasks|tools|memory)\.", r"\b(?!-)"),
        ):
            text = re.sub(f"({before}){old}(?={after})", rf"\g<1>{new}", text, flags=re.MULTILINE)
    assert "renamed_0" in text
    return text


def _ids(value: Any) -> set[str]:
    if isinstance(value, dict):
        own = {value["id"]} if isinstance(value.get("id"), str) and "{{" not in value["id"] else set()
        return own.union(*map(_ids, value.values()))
    return set().union(*map(_ids, value)) if isinstance(value, list) else set()


def _models(folder: Path, run: str) -> list[Json]:
    return [answer for answer in journal.answers(folder, run) if "finish" in answer]


def _lasting(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _lasting(item) for key, item in value.items() if key not in PASSING}
    return value
