"""Draws a project for the swarm: every task type, every strategy, every back-off, nested, and two workflows.

Unlike `programs.py` it promises nothing of how a run ends: tasks race, fail, and are waited for in vain.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from typing import Any

import yaml

from statewright.kernel.tasks.strategy import VERDICTS
from statewright.language.loader import load
from tests.conformance.corpus import Workflows
from tests.simulation.choices import Stream

DEPTH_MAX = 2
TASKS_MAX = (14, 5, 3)  # in one list, by depth
SIGNALS = ("go", "stop")
TOOLS = [
    {"id": "call", "type": "javascript", "execute": "() => ({})"},
    {"id": "once", "type": "javascript", "execute": "() => ({})", "at_most_once": True},
]
PATIENCE = (None, None, "1m", "5s", "1h", "100ms")
RETRIES: tuple[dict[str, Any], ...] = (
    {},
    {"retries": 2},
    {"config": {"retry_policy": {"initial_interval": "1s", "backoff_coefficient": 1, "maximum_attempts": 3}}},
    {
        "config": {
            "retry_policy": {
                "initial_interval": "1s",
                "backoff_coefficient": 3,
                "maximum_interval": "5s",
                "maximum_attempts": 4,
            }
        }
    },
)
Task = dict[str, Any]
_CHILD = """
id: child
memories: [{id: notes, type: buffer}]
tools:
  - {id: call, type: javascript, execute: "() => ({})"}
tasks:
  - {id: one, type: basic, tool: call, with: {name: child-one}, compensate: undo_one}
  - {id: two, type: basic, tool: call, with: {name: child-two}, retries: 1}
  - {id: hear, type: wait, wait_for: go, timeout: 4s, condition: "{{ true }}", on_timeout: end}
  - {id: end, type: basic, with: {n: 1}}
  - {id: undo_one, type: basic, tool: call, with: {name: undo-child-one}}
"""


def drawn(choose: Stream) -> tuple[str, Workflows]:
    """Returns the text of the main workflow, and the project with its child."""
    numbers = iter(range(1, 1_000))
    tasks = _list(choose, numbers, 0)
    main = {"id": "main", "memories": [{"id": "notes", "type": "buffer"}], "tools": TOOLS, "tasks": tasks}
    text = yaml.safe_dump(main, sort_keys=False, width=120)
    return text, compiled(text)


@functools.lru_cache(maxsize=64)
def compiled(text: str) -> Workflows:
    """Compiles the project of a main workflow."""
    files = {
        "statewright.yaml": b"name: swarm\nworkflows: [{source: main.yaml}, {source: child.yaml}]\n",
        "main.yaml": text.encode(),
        "child.yaml": _CHILD.encode(),
    }
    loaded = load(files.get, lambda pattern: [], "statewright.yaml")
    errors = [found for found in loaded.diagnostics if found.severity == "error"]
    assert not errors, (text, errors)
    return Workflows(loaded.programs, loaded.definitions)


def _list(choose: Stream, numbers: Iterator[int], depth: int) -> list[Task]:
    kinds = tuple(_KINDS) if depth < DEPTH_MAX else tuple(_LEAVES)
    found: list[Task] = []
    for _ in range(1 + choose(TASKS_MAX[depth])):
        found += _KINDS[choose.pick(kinds)](choose, numbers, depth)
    return found


def _call(choose: Stream, numbers: Iterator[int], depth: int) -> list[Task]:
    return [_calling(choose, f"t{next(numbers)}")]


def _calling(choose: Stream, id: str) -> Task:
    task: Task = {"id": id, "type": "basic", "tool": "call", "with": {"name": id}, **choose.pick(RETRIES)}
    patience = choose.pick(PATIENCE)
    return task if patience is None else {**task, "timeout": patience}


def _once(choose: Stream, numbers: Iterator[int], depth: int) -> list[Task]:
    id = f"t{next(numbers)}"
    return [{"id": id, "type": "basic", "tool": "once", "with": {"name": id}}]


def _pass(choose: Stream, numbers: Iterator[int], depth: int) -> list[Task]:
    task: Task = {"id": f"t{next(numbers)}", "type": "basic", "with": {"n": choose(3)}}
    return [{**task, "sleep": "5s"} if choose(2) else task]


def _saga(choose: Stream, numbers: Iterator[int], depth: int) -> list[Task]:
    id = f"t{next(numbers)}"
    undo = {"id": f"undo_{id}", "type": "basic", "tool": "call", "with": {"name": f"undo-{id}"}, "retries": choose(3)}
    return [{**_calling(choose, id), "compensate": undo["id"]}, undo]


def _handled(choose: Stream, numbers: Iterator[int], depth: int) -> list[Task]:
    id = f"t{next(numbers)}"
    repair = {"id": f"repair_{id}", "type": "basic", "with": {"why": f"{{{{ .tasks.{id}.error.code | default(1) }}}}"}}
    return [{**_calling(choose, id), "on_error": {"next": repair["id"]}}, repair]


def _wait(choose: Stream, numbers: Iterator[int], depth: int) -> list[Task]:
    id = f"t{next(numbers)}"
    condition = choose.pick(("{{ true }}", "{{ eq (mod .signal.payload.n 2) 0 }}"))
    task: Task = {"id": id, "type": "wait", "wait_for": choose.pick(SIGNALS), "condition": condition}
    timeout = choose.pick(("5s", "1m", "1h"))
    if choose(2):
        task["processor"] = _calling(choose, f"{id}_look")
    late = {"id": f"late_{id}", "type": "basic", "with": {"late": True}}
    if choose(6):
        return [{**task, "timeout": timeout, "on_timeout": late["id"]}, late]
    return [{**task, "timeout": timeout} if choose(4) else task]


def _signal(choose: Stream, numbers: Iterator[int], depth: int) -> list[Task]:
    signal = {"id": choose.pick(SIGNALS), "payload": {"n": choose(4)}}
    return [{"id": f"t{next(numbers)}", "type": "signal", "signal": signal}]


def _router(choose: Stream, numbers: Iterator[int], depth: int) -> list[Task]:
    id = f"t{next(numbers)}"
    routes = {
        "a": {"id": f"{id}_a", "type": "basic", "with": {"n": 1}},
        "default": {"id": f"{id}_b", "type": "basic", "tool": "call", "with": {"name": f"{id}_b"}},
    }
    return [{"id": id, "type": "router", "condition": choose.pick(("{{ 'a' }}", "{{ 'b' }}")), "routes": routes}]


def _aggregate(choose: Stream, numbers: Iterator[int], depth: int) -> list[Task]:
    return [{"id": f"t{next(numbers)}", "type": "aggregate", "outputs": {"n": "{{ .workflow.input.n | default(1) }}"}}]


def _memory(choose: Stream, numbers: Iterator[int], depth: int) -> list[Task]:
    say = {"type": "memory", "memory_ref": "notes", "key_template": "k"}
    if choose(2):
        return [{"id": f"t{next(numbers)}", **say, "operation": "read"}]
    return [{"id": f"t{next(numbers)}", **say, "operation": "append", "payload": "hello", "retries": 1}]


def _child(choose: Stream, numbers: Iterator[int], depth: int) -> list[Task]:
    task: Task = {"id": f"t{next(numbers)}", "type": "workflow", "workflow": "child"}
    return [{**task, "timeout": "10s"} if choose(6) == 5 else task]


def _composite(choose: Stream, numbers: Iterator[int], depth: int) -> list[Task]:
    id = f"t{next(numbers)}"
    return [{"id": id, "type": "composite", "retries": choose(2), "tasks": _list(choose, numbers, depth + 1)}]


def _parallel(choose: Stream, numbers: Iterator[int], depth: int) -> list[Task]:
    task: Task = {"id": f"t{next(numbers)}", "type": "parallel", "strategy": choose.pick(tuple(VERDICTS))}
    limit = choose(3)
    task |= {"max_workers": limit} if limit else {}
    patience = choose.pick((None, None, None, "10s"))
    task |= {"timeout": patience} if patience else {}
    return [{**task, "tasks": _list(choose, numbers, depth + 1)}]


def _collection(choose: Stream, numbers: Iterator[int], depth: int) -> list[Task]:
    id = f"t{next(numbers)}"
    task: Task = {"id": id, "type": "collection", "items": list(range(choose(5)))}
    task |= {"strategy": choose.pick(tuple(VERDICTS)), "mode": choose.pick(("parallel", "sequential"))}
    batch = choose(3)
    task |= {"batch": batch} if batch else {}
    task |= {"filter": "{{ .item != 1 }}"} if choose(2) else {}
    inner = {"id": f"{id}-{{{{ .index }}}}", "type": "composite", "tasks": _list(choose, numbers, depth + 1)}
    return [{**task, "task": inner}]


_LEAVES: dict[str, Callable[[Stream, Iterator[int], int], list[Task]]] = {
    "call": _call,
    "pass": _pass,
    "once": _once,
    "saga": _saga,
    "handled": _handled,
    "wait": _wait,
    "signal": _signal,
    "router": _router,
    "aggregate": _aggregate,
    "memory": _memory,
    "child": _child,
}
_KINDS = {**_LEAVES, "composite": _composite, "parallel": _parallel, "collection": _collection}
