"""The public test kit does what its docstring says, and says what is wrong in words."""

from __future__ import annotations

import pytest

from statewright.errors import StatewrightError
from statewright.testing import Line, Script, load_workflow, run
from tests.conformance.corpus import FOLDER

TOOL = (FOLDER / "tool" / "workflow.yaml").read_text()


def test_the_example_of_the_module_runs() -> None:
    world = Script([Line(target="fetch", value={"title": "Seven"})])
    finished = run(load_workflow(TOOL), {"id": 7}, world)
    assert finished.state.output == {"title": "Seven"}
    assert [call.request for call in world.calls] == [{"input": {"id": 7}}]
    assert len(finished.records) == 2


def test_a_call_that_the_script_does_not_know_fails_its_task() -> None:
    finished = run(load_workflow(TOOL), {"id": 7}, Script())
    assert finished.state.error is not None
    assert finished.state.error.code == "SCRIPT_SILENT"
    assert "fetch" in finished.state.error.message


def test_a_definition_with_an_error_names_its_place() -> None:
    with pytest.raises(StatewrightError) as refused:
        load_workflow(TOOL.replace("tool: fetch", "tool: fetsch"))
    assert str(refused.value).startswith("TOOL_UNKNOWN: statewright.yaml:")
    assert refused.value.exit_code == 3


def test_a_text_without_a_workflow_is_refused() -> None:
    with pytest.raises(StatewrightError, match="WORKFLOW_NOT_ONE"):
        load_workflow("name: empty\n")


def test_an_input_that_does_not_fit_is_refused() -> None:
    with pytest.raises(StatewrightError, match="INPUT_INVALID"):
        run(load_workflow((FOLDER / "input_invalid" / "workflow.yaml").read_bytes()), {"name": 3}, Script())
