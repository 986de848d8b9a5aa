"""The workflow itself: the root node, a sequence whose graph may be explicit. It is not a type that YAML can name."""

from __future__ import annotations

from statewright.kernel.moves import Done, Move
from statewright.kernel.state import Result
from statewright.kernel.tasks.composite import Composite, Fields
from statewright.kernel.turn import Visit
from statewright.kernel.values import Json
from statewright.kernel.views import Lookup


class Workflow(Composite):
    """The root. Without `outputs` a workflow's output is that of the task that ran last."""

    name: str = "workflow"
    Fields = Fields

    def view(self, lookup: Lookup, path: str, result: Result) -> Json:
        """The root is not a task that another could look at."""
        raise AssertionError("the workflow has no task result")

    def _done(self, visit: Visit, last: str) -> Move:
        return Done(visit.turn.plain_output(last) if visit.node.outputs is None else None)
