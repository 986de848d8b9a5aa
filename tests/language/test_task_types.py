"""The registry of task types, and the grammar that their records are."""

from __future__ import annotations

import pytest

from statewright.language.diagnostics.problems import Problems
from statewright.language.marks import At
from statewright.language.task_types import TASK_TYPES
from statewright.language.tasks.fields import read_fields, yaml_keys
from statewright.language.yaml.reading import Reader
from statewright.language.yaml.source import read_source

# A task that says everything which its type knows.
FULL = {
    "basic": "{}",
    "aggregate": "{}",
    "collection": (
        "{items: '{{ .x }}', task: {}, item_var: row, index_var: n, mode: sequential, filter: '{{ .item }}', batch: 2,"
        " max_workers: 3, strategy: race}"
    ),
    "composite": "{tasks: [{}]}",
    "memory": (
        "{operation: flush, memory_ref: notes, key_template: 'k-{{ .x }}', payload: hi, batch_size: 2, max_keys: 3,"
        " flush_config: {force: true}, health_config: {}, stats_config: {}, clear_config: {confirm: true}}"
    ),
    "parallel": "{tasks: [{}], strategy: fail_fast, max_workers: 2}",
    "router": "{condition: '{{ .x }}', routes: {a: b}}",
    "signal": "{signal: {id: done, payload: {n: 1}}}",
    "wait": "{wait_for: done, condition: '{{ .x }}', processor: {}, on_timeout: late}",
    "workflow": "{workflow: other}",
}


class Keys:
    """Answers for the tasks inside a task with made-up keys."""

    def __init__(self) -> None:
        self.reader = Reader(Problems())

    def children(self, at: At) -> tuple[str, ...]:
        return ("child",)

    def child(self, at: At, name: str) -> str:
        return "child"

    def target(self, at: At) -> str:
        return "target"

    def workflow(self, at: At) -> str:
        return "other"

    def routes(self, at: At) -> dict[str, str]:
        return {"a": "child"}


def read(text: str) -> At:
    document, found = read_source(f"task: {text}\n".encode(), "f.yaml")
    assert found == ()
    assert document is not None
    task = document.get("task")
    assert task is not None
    return task


@pytest.mark.parametrize("name", TASK_TYPES)
def test_a_type_is_registered_under_its_name_and_its_record_can_be_read(name: str) -> None:
    kind = TASK_TYPES[name]
    assert kind.name == name
    compiler = Keys()
    values = read_fields(kind, read(FULL[name]), compiler)
    assert compiler.reader.problems.sorted() == ()
    assert values.keys() == yaml_keys(kind)
    kind.Fields(**values)


@pytest.mark.parametrize("name", TASK_TYPES)
def test_every_required_field_is_asked_for(name: str) -> None:
    compiler = Keys()
    values = read_fields(TASK_TYPES[name], read("{}"), compiler)
    asked = [found.code for found in compiler.reader.problems.sorted()]
    assert values == {}
    assert set(asked) <= {"FIELD_MISSING"}
