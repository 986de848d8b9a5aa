"""Holds: what a task, an agent, a workflow and a project say about the same thing, and who wins (workflows.md 1.3)."""

from __future__ import annotations

from typing import Any

import pytest

from statewright.kernel.program import Node, Program
from statewright.language.loader import Loaded
from tests.language.loading import errors, load_files, rendered

PROJECT = """
name: p
models:
  - { id: first, provider: simulated, model: one }
  - { id: chosen, provider: simulated, model: two, default: true }
schemas:
  - { id: order, type: object, properties: { n: { type: integer } } }
tools:
  - { id: shared, execute: project.py:run }
  - { id: own, execute: project.py:run }
config:
  start_to_close_timeout: 10s
  retry_policy: { maximum_attempts: 5, initial_interval: 2s, backoff_coefficient: 3 }
workflows: [{ source: w.yaml }]
"""
AGENT = "  - {id: helper, instructions: x, actions: [{id: go, prompt: x, output: order}]%s}\n"
WORKFLOW = "id: w\n%sagents:\n" + AGENT + "tasks:\n  - {id: a, agent: helper, action: go%s}\n"


def loaded(workflow: str = "", agent: str = "", task: str = "", project: str = PROJECT) -> Loaded:
    return load_files({"compozy.yaml": project, "w.yaml": WORKFLOW % (workflow, agent, task)})


def program(*said: str) -> Program:
    found = loaded(*said)
    assert errors(found) == [], rendered(found)
    return found.programs["w"]


def task(*said: str) -> Node:
    (node,) = [node for node in program(*said).nodes.values() if node.id == "a"]
    return node


def component(*said: str) -> Any:
    return task(*said).fields.component


def test_the_nearest_model_is_asked() -> None:
    assert component().model.model == "two"
    assert component("", ", model: first").model.model == "one"
    assert component("", ", config: {provider: simulated, model: three}").model.model == "three"
    assert component("", ", model: first", ", model_config: simulated:two").model.model == "two"
    assert component("", ", model: first", ", model_config: {provider: simulated, model: four}").model.model == "four"


def test_without_a_default_the_first_model_is_asked() -> None:
    found = loaded(project=PROJECT.replace(", default: true", ""))
    (node,) = [node for node in found.programs["w"].nodes.values() if node.id == "a"]
    assert node.fields.component.model.model == "one"


def test_a_workflows_tool_hides_the_projects() -> None:
    mine = "tools:\n  - {id: own, execute: mine.py:run}\n"
    tools = program(mine).tools
    assert {id: tool.entry for id, tool in tools.items()} == {"shared": "project.py:run", "own": "mine.py:run"}


def test_an_agents_own_tools_replace_all_others() -> None:
    assert component("", ", tools: [own, {id: shared}]").tools == ("own", "shared")
    assert component("", ", tools: []").tools == ()


@pytest.mark.parametrize(
    ("kind", "section", "use"),
    [
        ("input", "config: {input: order}\n", ""),
        ("an object of its id", "config: {input: {id: order}}\n", ""),
        ("output of a task", "", ", output: order"),
        ("input of a task", "", ", input: {id: order}"),
    ],
)
def test_a_schema_is_named_by_its_id_wherever_one_may_stand(kind: str, section: str, use: str) -> None:
    found = program(section, "", use)
    node = task(section, "", use)
    schema = found.input or node.output or node.input
    assert schema is not None
    assert schema.id == "order", kind
    assert component(section, "", use).schema.id == "order"


def test_each_field_of_config_is_inherited_by_itself() -> None:
    mine = "config: {retry_policy: {maximum_attempts: 2}}\n"
    patient = ", config: {retry_policy: {initial_interval: 7s}}"
    for said, attempts, first in (
        (("",), 5, 2_000),
        ((mine,), 2, 2_000),
        ((mine, "", patient), 2, 7_000),
        ((mine, "", ", retries: 3"), 4, 2_000),
    ):
        node = task(*said)
        assert (node.retry.attempts, node.retry.initial, node.retry.factor) == (attempts, first, 3.0), said
    assert task().timeout == 10_000
    assert task("config: {start_to_close_timeout: 4s}\n").timeout == 4_000
    assert task("config: {start_to_close_timeout: 4s}\n", "", ", timeout: 1s").timeout == 1_000


def test_what_a_task_gives_wins_over_its_action_and_agent() -> None:
    agent = ", with: {a: 1, b: 1, c: 1}"
    text = (WORKFLOW % ("", agent, ", with: {c: 3}")).replace("prompt: x,", "prompt: x, with: {b: 2, c: 2},")
    found = load_files({"compozy.yaml": PROJECT, "w.yaml": text})
    assert errors(found) == [], rendered(found)
    (node,) = [node for node in found.programs["w"].nodes.values() if node.id == "a"]
    assert node.with_ is not None
    assert node.with_.constant
    assert node.with_.value == {"a": 1, "b": 2, "c": 3}


@pytest.mark.parametrize(
    ("said", "code", "hint"),
    [
        (("", ", model: frist"), "MODEL_UNKNOWN", "did you mean 'first'?"),
        (("", ", tools: [shraed]"), "TOOL_UNKNOWN", "did you mean 'shared'?"),
        (("config: {input: ordre}\n",), "SCHEMA_UNKNOWN", "did you mean 'order'?"),
        (("", "", ", output: {id: ordr}"), "SCHEMA_UNKNOWN", "did you mean 'order'?"),
        (("", ", memory: [{id: nots, key: k}], mcps: [serch]"), "MCP_UNKNOWN", ""),
        (("", ", knowledge: [{id: bok}]"), "KNOWLEDGE_UNKNOWN", ""),
    ],
)
def test_an_unknown_id_is_answered_with_near_ones(said: tuple[str, ...], code: str, hint: str) -> None:
    found = [one for one in loaded(*said).diagnostics if one.code == code]
    assert [one.hint for one in found] == [hint], rendered(loaded(*said))


def test_one_workflow_does_not_see_what_another_defines() -> None:
    files = {
        "compozy.yaml": PROJECT.replace("[{ source: w.yaml }]", "[{ source: w.yaml }, { source: v.yaml }]"),
        "w.yaml": WORKFLOW % ("tools:\n  - {id: mine, execute: w.py:run}\n", "", ""),
        "v.yaml": "id: v\ntasks: [{id: a, tool: mine}]\n",
    }
    assert errors(load_files(files)) == ["TOOL_UNKNOWN"]
