"""The wait task: listens for a signal until one fits its condition. A processor may look at each signal first.

Source: workflows.md 5.9 and kernel rule R13: a run keeps the signals of a name in order, every wait reads them with a
cursor of its own, one at a time. The kernel's side of the log is in kernel/signals.py.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

import msgspec

from statewright.kernel import signals
from statewright.kernel.expressions.evaluate import ExpressionError
from statewright.kernel.moves import Again, Done, Failed, Move, Start, Starts, Waiting
from statewright.kernel.program import Child, Predicate, Target, Words, child_path
from statewright.kernel.state import Failure
from statewright.kernel.tasks.task import Leaf
from statewright.kernel.turn import Visit
from statewright.kernel.values import Json


class Fields(msgspec.Struct, frozen=True, kw_only=True):
    """`processor` sees each signal as `.signal`; `condition` sees that and `.processor`, and says whether to go on."""

    wait_for: Words
    condition: Predicate
    processor: Child | None = None
    on_timeout: Target | None = None


class Wait(Leaf):
    """`type: wait`. Its frame remembers the name, the cursor, and the signal that is being looked at."""

    name: Literal["wait"] = "wait"
    Fields = Fields
    times_out = "WAIT_TIMEOUT"

    def start(self, visit: Visit) -> Move:
        """Begins to listen where the last finished wait of this name stopped; looks at the next signal."""
        memory = visit.frame.memory
        if not memory:
            name = visit.text(visit.fields.wait_for)
            memory = {"name": name, "cursor": signals.consumed(visit.turn.overlay, name)}
        return _look(visit, memory)

    def received(self, visit: Visit) -> Move:
        """A signal of this name has arrived; one that is being processed is finished first."""
        return _look(visit, visit.frame.memory)

    def child_done(self, visit: Visit, child: str) -> Move:
        """The processor has looked; now the condition says what that means."""
        result = visit.turn.result(child)
        if result.status != "success":
            return Failed(result.error or Failure("TASK_CANCELLED", f"task {result.id!r} was cancelled", visit.path))
        return _judge(visit, visit.frame.memory, {"output": visit.turn.plain_output(child)})

    def children(self, visit: Visit) -> Iterable[str]:
        """Returns the processor's path while it is at work."""
        processor = visit.fields.processor
        is_busy = processor and "signal" in visit.frame.memory
        return (child_path(visit.path, visit.turn.program.nodes[processor]),) if is_busy else ()


def _look(visit: Visit, memory: dict[str, Json]) -> Move:
    if "signal" in memory:
        # One at a time: the processor is at work on it, and its verdict leads here again.
        return Waiting()
    signal = signals.after(visit.turn.overlay, memory["name"], memory["cursor"])
    if signal is None:
        return Waiting(memory=memory)
    processor = visit.fields.processor
    if not processor:
        return _judge(visit, {**memory, "signal": signal}, None)
    step = "." + visit.turn.program.nodes[processor].segment
    start = Start(processor, step, {"signal": signal}, with_={"signal": signal})
    return Starts((start,), {**memory, "signal": signal})


def _judge(visit: Visit, memory: dict[str, Json], processor: Json) -> Move:
    signal = memory["signal"]
    try:
        fits = visit.truth(visit.fields.condition, {"signal": signal, "processor": processor})
    except ExpressionError as error:
        return Failed(Failure("WAIT_TASK_ERROR", f"{error.code}: {error.message}", visit.path))
    cursor = memory["cursor"] + 1
    if not fits:
        return Again({"name": memory["name"], "cursor": cursor})
    signals.consume(visit, memory["name"], cursor)
    output = processor["output"] if processor is not None else None
    return Done({"wait_status": "completed", "signal": signal, "processor_output": output})
