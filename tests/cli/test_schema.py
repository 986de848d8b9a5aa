"""Holds: every kind of thing has a JSON Schema that is valid itself and accepts what our own projects say."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema_rs
import pytest

from statewright.cli.commands import run_command
from statewright.errors import StatewrightError
from statewright.language.grammar.entities import ENTITIES
from tests.cli.process import statewright


def test_the_schema_of_a_project_is_data_on_stdout(tmp_path: Path) -> None:
    done = statewright("schema", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    fits = jsonschema_rs.validator_for(json.loads(done.stdout))
    assert fits.is_valid({"name": "a", "tasks": [{"id": "b", "type": "basic", "with": {"c": 1}}]})
    assert not fits.is_valid({"name": "a", "tasks": {"b": {}}})


@pytest.mark.parametrize("kind", [*ENTITIES, "schema"])
def test_every_kind_has_a_schema(kind: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["schema", kind, "-o", "json"]) == 0
    (line,) = capsys.readouterr().out.splitlines()
    jsonschema_rs.meta.validate(json.loads(line))
    assert not jsonschema_rs.validator_for(json.loads(line)).is_valid(3)


def test_the_name_of_no_kind_is_told_with_what_was_meant() -> None:
    with pytest.raises(StatewrightError) as refused:
        run_command(["schema", "agnt"])
    assert (refused.value.code, refused.value.exit_code) == ("KIND_UNKNOWN", 5)
    assert "did you mean 'agent'?" in refused.value.hint
