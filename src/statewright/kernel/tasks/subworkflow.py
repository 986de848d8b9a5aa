"""The workflow task: starts another workflow of the project as a run of its own, and ends as that run ends.

Source: DESIGN 9 (sub-workflow) and kernel rule R15. Cancelling the task cancels the child; performing the Spawn again
finds the child that is there.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from statewright.kernel.events import Answered, Closing, Refused
from statewright.kernel.moves import SPAWN, Done, Move, Request, Waiting, refused
from statewright.kernel.program import WorkflowId
from statewright.kernel.tasks.task import CONTAINER_TIMED_OUT, Leaf
from statewright.kernel.turn import Visit

CHILD = "child"


class Fields(msgspec.Struct, frozen=True, kw_only=True):
    """`workflow` is the id of a workflow of the same project; its input is the task's `with`."""

    workflow: WorkflowId


class SubWorkflow(Leaf):
    """`type: workflow`."""

    name: Literal["workflow"] = "workflow"
    Fields = Fields
    asks = True
    times_out = CONTAINER_TIMED_OUT

    def start(self, visit: Visit) -> Move:
        """Starts the child with the rendered `with` as its input."""
        request = Request(kind=SPAWN, target=visit.fields.workflow, request=visit.frame.input, role=CHILD)
        return Waiting((request,))

    def answered(self, visit: Visit, role: str, closing: Closing) -> Move:
        """Takes the child's output, or the code that it failed with."""
        if isinstance(closing, Refused):
            return refused(closing, visit.path)
        assert isinstance(closing, Answered)
        return Done(visit.turn.value_of(closing))
