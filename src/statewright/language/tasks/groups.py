"""Tasks that the compiler puts around those that an author wrote. They have no meaning that YAML could not spell out.

A router among concurrent tasks gets a sequence of its own. A collection with `tasks` repeats a parallel of them.
"""

from __future__ import annotations

from typing import Any

from statewright.kernel.tasks.concurrent import CONCURRENCY_MAX
from statewright.kernel.values import Json
from statewright.language.marks import At, List, Map
from statewright.language.tasks.graph import ROUTER

# What an author says of a router that holds for the sequence around it.
_OF_THE_SEQUENCE = ("id", "with", "env", "on_success", "on_error")
# What a collection says that `grouped` says in other words.
_REWORDED = ("task", "tasks", "max_workers", "batch")


def sequenced(at: At) -> At:
    """Returns a router in a sequence of its own, any other task as it is: only a sequence follows routes."""
    if at.value.get("type") != ROUTER:
        return at
    inner, listed, wrapped = Map(), List(), Map()
    for key, entry in at.entries():
        (wrapped if key in _OF_THE_SEQUENCE else inner).put(key, entry.value, entry.mark)
    inner.put("id", "route", at.mark)
    listed.put(inner, at.mark)
    _say(wrapped, at, type="composite", tasks=listed, outputs="{{ .output.route }}")
    return At(wrapped, at.mark, at.path)


def grouped(at: At) -> At:
    """Returns a collection with `tasks` as one whose `task` does them all for one item (workflows.md 5.5).

    The group is judged by the collection's own strategy, which comes to the same as judging all tasks together. Its
    limits count tasks, not items: both share them, so that no more tasks are at work than the author allows.
    """
    entry = at.get("tasks")
    if entry is None:
        return at
    outer, group = Map(), Map()
    for key, one in at.entries():
        if key not in _REWORDED:
            outer.put(key, one.value, one.mark)
    group.put("tasks", entry.value, entry.mark)
    strategy = at.get("strategy")
    if strategy is not None:
        group.put("strategy", strategy.value, strategy.mark)
    limit, size = _limit(at), max(1, len(entry.value)) if isinstance(entry.value, list) else 1
    # Patience is the collection's and the tasks' own: what a `config` gives to everything would be tried twice over.
    _say(group, entry, type="parallel", max_workers=min(limit, size), retries=0)
    items = "batch" if at.value.get("mode") == "sequential" else "max_workers"
    _say(outer, entry, **{items: max(1, limit // size), "task": group})
    return At(outer, at.mark, at.path)


def _limit(at: At) -> int:
    """Returns how many tasks may be at work at the same time, as the collection itself would count them."""
    if at.value.get("mode") == "sequential":
        return _positive(at.value.get("batch")) or 1
    limits = (_positive(at.value.get(name)) for name in ("max_workers", "batch"))
    return min((limit for limit in limits if limit), default=CONCURRENCY_MAX)


def _positive(value: Json) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else 0


def _say(into: Map, at: At, **entries: Any) -> None:
    for key, value in entries.items():
        into.put(key, value, at.mark)
