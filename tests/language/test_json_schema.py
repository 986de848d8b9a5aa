"""The JSON Schema of project files: it takes what loads, refuses what has the wrong structure, and says why."""

from __future__ import annotations

from pathlib import Path

import jsonschema_rs
import pytest

from statewright.kernel.values import Json
from statewright.language.grammar.entities import ENTITIES
from statewright.language.grammar.json_schema import RESOURCES, entity_schema, project_schema
from statewright.language.grammar.kinds import AnyValue
from statewright.language.marks import bare
from statewright.language.yaml.source import read_source
from tests.language.grammar_samples import full, minimal, misfit

HERE = Path(__file__).parent
SEED = HERE / "data" / "seed"
ROOT = HERE.parents[1]
PROJECT = jsonschema_rs.Draft7Validator(project_schema())
WORKFLOW = jsonschema_rs.Draft7Validator(entity_schema("workflow"))
EXAMPLES = sorted((ROOT / "examples").rglob("*.yaml"))
PROJECTS = [path for path in EXAMPLES if path.name == "compozy.yaml"]
WORKFLOWS = [path for path in EXAMPLES if path.parent.name == "workflows"]
# The seed's blocks that are a piece of a project get the rest from here.
FRAGMENTS = {"agents": {"name": "p"}, "tools": {"name": "p"}, "task-types": {"name": "p"}}
# What is wrong with a text, and not with what it means.
STRUCTURAL = frozenset({
    "KEY_UNKNOWN", "CHOICE_INVALID", "FIELD_MISSING", "FIELD_CONFLICT", "COMPONENT_CONFLICT", "DURATION_INVALID",
    "TYPE_STRING", "TYPE_INTEGER", "TYPE_NUMBER", "TYPE_BOOLEAN", "TYPE_MAP", "TYPE_LIST", "TASK_TYPE_UNKNOWN",
    "FORMAT_INVALID",
})  # fmt: skip


def document(path: Path) -> Json:
    found, _ = read_source(path.read_bytes(), path.name)
    return None if found is None else bare(found.value)


def refusals(validator: jsonschema_rs.Draft7Validator, value: Json) -> list[str]:
    return [f"{error.instance_path}: {error.message}" for error in validator.iter_errors(value)]


def errors_of(golden: Path) -> set[str]:
    lines = golden.with_suffix(".txt").read_text("utf-8").splitlines()
    return {line.split()[0] for line in lines if line[:1].isupper() and "  " in line}


@pytest.mark.parametrize("path", PROJECTS, ids=lambda path: path.parent.name)
def test_every_example_is_accepted(path: Path) -> None:
    assert refusals(PROJECT, document(path)) == []


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_every_workflow_file_is_accepted(path: Path) -> None:
    assert refusals(WORKFLOW, document(path)) == []
    assert refusals(PROJECT, document(path) | {"resource": "workflow"}) == []


@pytest.mark.parametrize(
    "name",
    ["project", "hello-world", "customer-support", "data-pipeline", "intelligent-support", *FRAGMENTS],
)
def test_every_block_of_the_seed_is_accepted(name: str) -> None:
    value = document(SEED / f"{name}.yaml") | FRAGMENTS.get(name, {})
    assert refusals(PROJECT, value) == [] or refusals(WORKFLOW, value) == []


@pytest.mark.parametrize("name", ["docker-compose", "prometheus-rules", "setup-list", "comments-only"])
def test_what_is_no_project_is_refused(name: str) -> None:
    assert refusals(PROJECT, document(SEED / f"{name}.yaml")) != []


@pytest.mark.parametrize("path", sorted((HERE / "golden").glob("*.yaml")), ids=lambda path: path.stem)
def test_what_has_the_wrong_structure_is_refused(path: Path) -> None:
    if errors_of(path) & STRUCTURAL:
        assert refusals(PROJECT, document(path)) != []


def test_every_field_is_accepted_as_reading_accepts_it() -> None:
    for entity in ENTITIES.values():
        validator = jsonschema_rs.Draft7Validator(entity_schema(entity.name))
        for field in entity.fields:
            value = full(entity.name, field)
            assert refusals(validator, value) == [], (entity.name, field.name)
            if not isinstance(field.kind, AnyValue):
                assert refusals(validator, value | {field.name: misfit(field.kind)}) != [], (entity.name, field.name)


@pytest.mark.parametrize("name", [entity.name for entity in ENTITIES.values() if entity.fields])
def test_an_unknown_key_is_refused_where_check_judges_it(name: str) -> None:
    validator = jsonschema_rs.Draft7Validator(entity_schema(name))
    is_accepted = refusals(validator, minimal(name) | {"nonsense": 1}) == []
    assert is_accepted == (ENTITIES[name].unknown == "warning")


@pytest.mark.parametrize("resource", RESOURCES)
def test_a_file_of_its_own_is_checked_as_what_it_says_to_be(resource: str) -> None:
    right = {"type": "object", "id": "s"} if resource == "schema" else minimal(resource)
    assert refusals(PROJECT, right | {"resource": resource}) == []
    assert refusals(PROJECT, {"resource": resource, "id": 5, "type": 7}) != []


def test_a_directive_may_stand_for_any_map_or_list() -> None:
    value = {
        "name": "p",
        "tools": {"$merge": [{"$ref": "x"}]},
        "agents": [{"$ref": "local::a"}],
        "tasks": [{"id": "a", "agent": {"$use": "agent(x)"}, "action": "b", "with": {"$ref": "y"}}],
        "runtime": {"$ref": "z"},
    }
    assert refusals(PROJECT, value) == []


def test_every_field_has_its_sentence_for_the_editor() -> None:
    for name, definition in project_schema()["definitions"].items():
        if name in ENTITIES:
            assert definition["description"].endswith("."), name
