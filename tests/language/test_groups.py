"""A collection with several tasks for each item: its limits, its names, and what is told of mistakes in it."""

from __future__ import annotations

import pytest

from statewright.kernel.program import Node
from tests.language.loading import errors, load_text, rendered, warnings

EACH = "name: p\ntasks:\n  - id: each\n    type: collection\n    items: [1, 2]\n"
TWO = "    tasks: [{id: a, with: {n: 1}}, {id: b, with: {n: 2}}]\n"


def compiled(text: str) -> dict[str, Node]:
    """Returns the nodes of a project without mistakes."""
    loaded = load_text(text)
    assert errors(loaded) == [], rendered(loaded)
    return loaded.programs["p"].nodes


@pytest.mark.parametrize(
    ("said", "items", "tasks"),
    [
        ("", 50, 2),
        ("    max_workers: 1\n", 1, 1),
        ("    max_workers: 3\n", 1, 2),
        ("    max_workers: 8\n    batch: 6\n", 3, 2),
        ("    mode: sequential\n", 1, 1),
        ("    mode: sequential\n    batch: 4\n", 2, 2),
    ],
)
def test_limits_count_tasks_and_not_items(said: str, items: int, tasks: int) -> None:
    nodes = compiled(EACH + said + TWO)
    each, group = nodes["each"].fields, nodes["each[]"].fields
    assert (each.batch if each.mode == "sequential" else each.max_workers, group.max_workers) == (items, tasks)


def test_patience_that_is_given_to_everything_is_not_the_groups_as_well() -> None:
    nodes = compiled("config: {retry_policy: {maximum_attempts: 4}}\n" + EACH + TWO)
    attempts = {key: nodes[key].retry.attempts for key in ("each", "each[]", "each[].a")}
    assert attempts == {"each": 4, "each[]": 1, "each[].a": 4}


MISTAKES = {
    "no list": ("    tasks: {id: a}\n", ["TYPE_LIST", "TASKS_EMPTY"]),
    "no task": ("    tasks: []\n", ["TASKS_EMPTY"]),
    "a strategy that is none": ("    strategy: wait_al\n" + TWO, ["CHOICE_INVALID"]),
    "a limit that is no number": ("    max_workers: many\n" + TWO, ["TYPE_INTEGER"]),
    "a task without an id": ("    tasks: [{with: {}}]\n", ["FIELD_MISSING"]),
    "two of the same id": ("    tasks: [{id: a, with: {}}, {id: a, with: {}}]\n", ["ID_DUPLICATE"]),
    "nobody to undo it": ("    tasks: [{id: a, with: {}, compensate: z}]\n", ["TASK_UNKNOWN"]),
    "one task beside them": ("    task: {id: c, with: {}}\n" + TWO, ["FIELD_CONFLICT"]),
    "neither one nor several": ("", ["FIELD_MISSING"]),
    "an output of one item, read outside": (
        TWO + 'outputs: {n: "{{ .tasks.a.output.n }}"}\n',
        ["REF_NEVER_AVAILABLE"],
    ),
}


@pytest.mark.parametrize("case", MISTAKES)
def test_a_mistake_among_several_tasks_is_told_once(case: str) -> None:
    text, codes = MISTAKES[case]
    loaded = load_text(EACH + text)
    assert errors(loaded) == codes, rendered(loaded)


def test_tasks_of_an_item_see_each_other_only_where_they_follow_each_other() -> None:
    reading = '    tasks: [{id: a, with: {n: 1}}, {id: b, with: {n: "{{ .tasks.a.status }}"}}]\n'
    assert "REF_CONCURRENT" in warnings(load_text(EACH + reading))
    assert warnings(load_text(EACH + "    mode: sequential\n" + reading)) == []
