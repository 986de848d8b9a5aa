"""The registry of task types. Adding one: its file in kernel/tasks, one line here, one conformance case."""

from __future__ import annotations

from statewright.kernel.program import TaskType
from statewright.kernel.tasks.aggregate import Aggregate
from statewright.kernel.tasks.basic import Basic
from statewright.kernel.tasks.collection import Collection
from statewright.kernel.tasks.composite import Composite
from statewright.kernel.tasks.parallel import Parallel
from statewright.kernel.tasks.router import Router

BASIC = "basic"
TASK_TYPES: dict[str, TaskType] = {
    BASIC: Basic(),
    "aggregate": Aggregate(),
    "collection": Collection(),
    "composite": Composite(),
    "parallel": Parallel(),
    "router": Router(),
}
# Known from the original engine; they come with later releases.
LATER = ("wait", "signal", "memory", "workflow")
