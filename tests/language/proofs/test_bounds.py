"""How many model calls a run makes at most: against workflows whose number is known because they were made that way."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest

from statewright.language.proofs.bounds import model_calls
from tests.language.loading import program_of
from tests.language.proofs.programs import HEAD

Task = dict[str, Any]


class Grown:
    """Makes tasks together with what they cost."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)
        self._count = 0

    def task(self, depth: int) -> tuple[Task, int]:
        self._count += 1
        name = f"t{self._count}"
        makers = [self._ask, self._plain] if not depth else [self._several, self._each, self._fork]
        return self.rng.choice(makers)(name, depth - 1)

    def tasks(self, count: int, depth: int) -> tuple[list[Task], list[int]]:
        made = [self.task(self.rng.randrange(depth + 1)) for _ in range(count)]
        return [task for task, _ in made], [cost for _, cost in made]

    def _ask(self, name: str, depth: int) -> tuple[Task, int]:
        retries = self.rng.randrange(3)
        return {"id": name, "agent": "reader", "action": "read", "with": {"text": "x"}, "retries": retries}, retries + 1

    def _plain(self, name: str, depth: int) -> tuple[Task, int]:
        return {"id": name, "with": {"v": 1}}, 0

    def _several(self, name: str, depth: int) -> tuple[Task, int]:
        inner, costs = self.tasks(self.rng.randrange(1, 4), depth)
        retries = self.rng.randrange(2)
        kind = self.rng.choice(["parallel", "composite"])
        return {"id": name, "type": kind, "tasks": inner, "retries": retries}, sum(costs) * (retries + 1)

    def _each(self, name: str, depth: int) -> tuple[Task, int]:
        child, cost = self.task(0)
        items = list(range(self.rng.randrange(4)))
        child["id"] = name + "-{{ .index }}"
        return {"id": name, "type": "collection", "items": items, "task": child}, cost * len(items)

    def _fork(self, name: str, depth: int) -> tuple[Task, int]:
        """A sequence of its own, so that the router may stand anywhere."""
        (left, right), costs = self.tasks(2, 0)
        router = {"id": f"{name}r", "type": "router", "condition": "{{ .workflow.input.kind }}"}
        router["routes"] = {"red": left, "default": right}  # type: ignore[assignment]  # a task is data of any kind
        return {"id": name, "type": "composite", "tasks": [router]}, max(costs)


def workflow(tasks: list[Task]) -> str:
    return HEAD + "tasks:\n" + "".join(f"  - {json.dumps(task)}\n" for task in tasks)


@pytest.mark.parametrize("seed", range(20))
def test_the_bound_is_what_the_workflow_was_made_to_cost(seed: int) -> None:
    grown = Grown(seed)
    tasks, costs = grown.tasks(grown.rng.randrange(1, 6), 2)
    text = workflow(tasks)
    assert model_calls(program_of(text)).calls == sum(costs), text


@pytest.mark.parametrize("seed", range(20))
def test_a_circle_that_asks_has_no_bound_and_is_named(seed: int) -> None:
    rng = random.Random(seed)
    names = [f"s{at}" for at in range(rng.randrange(1, 5))]
    asks = rng.choice(names)
    ask = {"agent": "reader", "action": "read", "with": {"text": "x"}}
    tasks: list[Task] = [
        {"id": name, "on_success": {"next": following}, **(ask if name == asks else {"with": {"v": 1}})}
        for name, following in zip(names, [*names[1:], "again"], strict=True)
    ]
    routes = {"red": names[0], "default": "out"}
    tasks += [
        {"id": "again", "type": "router", "condition": "{{ .workflow.input.kind }}", "routes": routes},
        {"id": "out", "with": {"v": 1}},
    ]
    bound = model_calls(program_of(workflow(tasks)))
    assert bound.calls is None
    around = bound.through.removeprefix("cycle ").split(" > ")
    assert around[0] == around[-1] == asks
    assert set(around) == {*names, "again"}


EACH = {
    "id": "c", "type": "collection", "items": "{{ .workflow.input.xs }}",
    "task": {"id": "c-{{ .index }}", "prompt": "Hi", "retries": 1},
}  # fmt: skip
SHOWN: dict[str, list[Task]] = {
    "no model call": [{"id": "a", "with": {"v": 1}}],
    "≤ 1 model call per run": [{"id": "a", "prompt": "Hi"}],
    "≤ 3 model calls per run": [{"id": "a", "prompt": "Hi"}, {"id": "b", "prompt": "Hi", "retries": 1}],
    "≤ 200,000 model calls per run (c has up to 100,000 items)": [EACH],
}


@pytest.mark.parametrize("shown", SHOWN)
def test_a_bound_reads_as_people_say_it(shown: str) -> None:
    assert model_calls(program_of(workflow(SHOWN[shown]))).shown() == shown


def test_a_schema_says_how_many_items_there_are() -> None:
    text = workflow([EACH])
    text = text.replace("{name: {type: string},", "{xs: {type: array, maxItems: 5}, name: {type: string},")
    assert model_calls(program_of(text)).shown() == "≤ 10 model calls per run (c has up to 5 items)"
