"""The one kind of task that this release checks and does not run: a collection with several tasks for each item.

Its record has the shape of those in kernel/tasks; its annotations are the grammar, as everywhere (tasks/fields.py).
"""

from __future__ import annotations

from typing import Literal

import msgspec

from statewright.kernel.expressions.template import Tree
from statewright.kernel.moves import Move
from statewright.kernel.program import Children, Predicate
from statewright.kernel.tasks.strategy import Strategy
from statewright.kernel.tasks.task import Leaf
from statewright.kernel.turn import Visit


class Later(Leaf):
    """A task type without a performer. A workflow that has one is in `Loaded.lacking`, so no run comes here."""

    def start(self, visit: Visit) -> Move:
        """Nothing starts."""
        raise AssertionError(f"task type {self.name!r} has no performer in this release")


class CollectionFields(msgspec.Struct, frozen=True, kw_only=True):
    """A collection with several children for each item: `tasks` in the place of `task`."""

    items: Tree
    tasks: Children
    item_var: str = "item"
    index_var: str = "index"
    mode: Literal["parallel", "sequential"] = "parallel"
    filter: Predicate | None = None
    batch: int = 0
    max_workers: int = 0
    strategy: Strategy = "wait_all"


class CollectionOfLists(Later):
    """`type: collection` with `tasks`."""

    name: Literal["collection"] = "collection"
    Fields = CollectionFields
