"""Holds: a file that comes with a project names only the variables that the project declares (B-040)."""

from __future__ import annotations

import pytest

from statewright.kernel.values import Secret
from statewright.language.loader import load_definition
from tests.language.loading import errors, load_files, rendered

PROJECT = """
name: p
workflows: [{source: flow.yaml}]
autoload: {enabled: true, include: ["agents/*.yaml"]}
models: [{provider: simulated, model: m, default: true}]
"""
FLOW = """
id: flow
tools:
  - id: web
    type: http
    description: "{{ .env }} is no name, nor is .env.local"
    config:
      base_url: https://example.com
      headers: {X-City: "{{ .env.CITY }} {{/* .env.NOTE */}}"}
tasks: [{id: a, type: basic, tool: web, with: {}}]
"""
AGENT = """
resource: agent
id: helper
instructions: Help.
env: {CITY: "{{ .env.HOME_TOWN }}"}
"""


def undeclared(files: dict[str, str], environment: frozenset[str] = frozenset()) -> list[tuple[str, int, int]]:
    loaded = load_files({"compozy.yaml": PROJECT, "flow.yaml": FLOW, **files}, environment=environment)
    assert set(errors(loaded)) <= {"ENV_NOT_DECLARED"}, rendered(loaded)
    return [(one.file, one.line, one.column) for one in loaded.diagnostics if one.code == "ENV_NOT_DECLARED"]


def test_an_undeclared_name_is_an_error_at_its_place_and_prose_is_none() -> None:
    assert undeclared({}) == [("flow.yaml", 9, 34)]


@pytest.mark.parametrize(
    "project",
    [
        PROJECT + "env: [CITY]\n",
        PROJECT + "env: {CITY: Bonn}\n",
        PROJECT + 'x-note: "in {{ .env.CITY }}"\n',
    ],
)
def test_the_project_file_declares_by_list_by_value_and_by_naming(project: str) -> None:
    assert undeclared({"compozy.yaml": project}) == []


def test_the_env_file_declares_what_it_holds() -> None:
    assert undeclared({}, frozenset({"CITY"})) == []


def test_a_workflow_declares_for_itself() -> None:
    assert undeclared({"flow.yaml": FLOW + "env: {CITY: Bonn}\n"}) == []


def test_an_agents_file_is_looked_at_too() -> None:
    assert undeclared({"agents/a.yaml": AGENT}) == [("agents/a.yaml", 5, 22)]


def test_the_hint_names_what_is_near_and_what_to_write() -> None:
    loaded = load_files({"compozy.yaml": PROJECT + "env: [CITI]\n", "flow.yaml": FLOW})
    (found,) = (one for one in loaded.diagnostics if one.code == "ENV_NOT_DECLARED")
    assert "did you mean 'CITI'?" in found.hint
    assert "env: [CITY]" in found.hint
    assert ".env.example" in found.hint


def test_a_project_of_one_file_names_whatever_it_wants() -> None:
    assert undeclared({"compozy.yaml": FLOW.replace("id: flow", "name: p"), "flow.yaml": ""}) == []


def test_a_workflows_value_hides_the_projects_and_an_agents_both() -> None:
    flow = FLOW + "env: {CITY: Bonn, RIVER: Rhine}\n"
    agent = "resource: agent\nid: helper\ninstructions: Help.\nenv: {RIVER: Elbe}\n"
    project = PROJECT + "env: {CITY: Ulm, RIVER: Danube, LAND: Swabia}\n"
    loaded = load_files({"compozy.yaml": project, "flow.yaml": flow, "agents/a.yaml": agent})
    env = loaded.programs["flow"].env
    assert (env["LAND"], env["CITY"], env["RIVER"]) == ("Swabia", "Bonn", "Elbe")


def test_a_stored_definition_compiles_without_the_env_file() -> None:
    loaded = load_files({"compozy.yaml": PROJECT, "flow.yaml": FLOW}, environment=frozenset({"CITY"}))
    again = load_definition(loaded.definitions["flow"])
    assert again.digest == loaded.programs["flow"].digest
    assert again.env["CITY"] == Secret("CITY")
