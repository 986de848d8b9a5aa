"""The aggregate task: nothing of its own, its `outputs` gather what other tasks left (workflows.md 5.5)."""

from __future__ import annotations

from typing import Literal

from statewright.kernel.moves import Done, Move
from statewright.kernel.tasks.task import Leaf, NoFields
from statewright.kernel.turn import Visit


class Aggregate(Leaf):
    """`type: aggregate`; the language requires `outputs`."""

    name: Literal["aggregate"] = "aggregate"
    Fields = NoFields

    def start(self, visit: Visit) -> Move:
        """Is finished at once; the outputs are rendered as for every task."""
        return Done({})
