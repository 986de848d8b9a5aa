"""Walks a witness path through a workflow's YAML by rules of its own: nothing here is shared with the proofs.

It knows list order, arrows, routes, and what stands inside what; a path of names is real if each step is one of these.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import yaml

FAILS = " (fails)"
Steps = dict[str, set[str]]


def is_real(text: str, witness: str) -> bool:
    """Says whether a run could go the way `start > a > b (fails) > …`."""
    names = witness.split(" (never ran ")[0].split(" > ")
    if names[-1].endswith(" failed)"):
        names[-1] = names[-1].split(" (")[0]
    steps = steps_of(yaml.safe_load(text))
    if names[0] != "start":
        return False
    for before, after in pairwise(names):
        if after == "✖":
            continue
        if after.removesuffix(FAILS) not in steps.get(before, set()):
            return False
    return True


def steps_of(document: Any) -> Steps:
    """Returns what can follow what."""
    steps: Steps = {}
    tasks = document["tasks"]
    explicit = any("next" in (task.get("on_success") or {}) or task.get("final") for task in tasks)
    _sequence("start", tasks, {"end"}, steps, explicit=explicit)
    return steps


def _sequence(entry: str, tasks: list[Any], after: set[str], steps: Steps, *, explicit: bool = False) -> None:
    led_to = {name for task in tasks for name in _named(task)}
    order = [task for task in tasks if task["id"] not in led_to] if not explicit else []
    steps.setdefault(entry, set()).add((order or tasks)[0]["id"])
    for task in tasks:
        following = after
        if task in order:
            at = order.index(task) + 1
            following = {order[at]["id"]} if at < len(order) else after
        _task(task, following, steps)


def _task(task: Any, after: set[str], steps: Steps) -> None:
    name, kind = task["id"], task.get("type", "basic")
    if task.get("on_error"):
        steps[name + FAILS] = {task["on_error"]["next"]}
    if task.get("on_timeout"):
        steps.setdefault(name + FAILS, set()).add(task["on_timeout"])
    if task.get("on_success"):
        after = {task["on_success"]["next"]}
    found = steps.setdefault(name, set())
    if kind == "router":
        for route in task["routes"].values():
            found.add(route if isinstance(route, str) else route["id"])
            if isinstance(route, dict):
                _task(route, after, steps)
    elif kind == "composite":
        _sequence(name, task["tasks"], after, steps)
    elif kind in ("parallel", "collection"):
        inner = task["tasks"] if kind == "parallel" else [task["task"]]
        found.update(child["id"] for child in inner)
        found.update(after if kind == "collection" else ())
        for child in inner:
            _task(child, after, steps)
    else:
        found |= after


def _named(task: Any) -> set[str]:
    routes = [route for route in (task.get("routes") or {}).values() if isinstance(route, str)]
    handlers = [(task.get("on_error") or {}).get("next"), task.get("on_timeout")]
    return {name for name in (*routes, *handlers) if name}
