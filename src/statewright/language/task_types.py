"""The registry of task types. Adding one: its file in kernel/tasks, one line here, one conformance case."""

from __future__ import annotations

from statewright.kernel.program import TaskType
from statewright.kernel.tasks.aggregate import Aggregate
from statewright.kernel.tasks.basic import Basic
from statewright.kernel.tasks.collection import Collection
from statewright.kernel.tasks.composite import Composite
from statewright.kernel.tasks.memory import Memory
from statewright.kernel.tasks.parallel import Parallel
from statewright.kernel.tasks.router import Router
from statewright.kernel.tasks.signal import Signal
from statewright.kernel.tasks.subworkflow import SubWorkflow
from statewright.kernel.tasks.wait import Wait

BASIC = "basic"
COLLECTION = "collection"
TASK_TYPES: dict[str, TaskType] = {
    BASIC: Basic(),
    "aggregate": Aggregate(),
    COLLECTION: Collection(),
    "composite": Composite(),
    "memory": Memory(),
    "parallel": Parallel(),
    "router": Router(),
    "signal": Signal(),
    "wait": Wait(),
    "workflow": SubWorkflow(),
}
