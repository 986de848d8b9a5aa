"""What parallel and collection share: children that run at once, counted by a tally and judged by a strategy."""

from __future__ import annotations

from statewright.kernel.moves import Done, Failed, Move
from statewright.kernel.state import Failure, Frame, Result
from statewright.kernel.tasks.strategy import VERDICTS, Strategy, Tally
from statewright.kernel.turn import Visit
from statewright.kernel.values import Json

# The original engine's cap on concurrent children where nobody says otherwise (workflows.md 5.4).
CONCURRENCY_MAX = 100
# A message that lists more failures than this says how many there are instead.
FAILURES_LISTED_MAX = 5


def counted(memory: dict[str, Json], child: Result) -> dict[str, Json]:
    """Returns the container's memory with one more child ended; keeps what the first failures said."""
    if child.status == "success":
        return memory | {"succeeded": memory["succeeded"] + 1}
    reasons = memory["reasons"]
    if len(reasons) < FAILURES_LISTED_MAX:
        reasons = [*reasons, f"{child.id}: {child.error.message if child.error else child.status}"]
    retryable = memory["retryable"] and child.error is not None and child.error.retryable
    return memory | {"failed": memory["failed"] + 1, "reasons": reasons, "retryable": retryable}


def begun(total: int) -> dict[str, Json]:
    """Returns the memory of a container of `total` children, none of which has started."""
    return {"total": total, "started": 0, "succeeded": 0, "failed": 0, "reasons": [], "retryable": True}


def extent(frame: Frame) -> tuple[int, int]:
    """Returns how many children a container has begun, and how many it has not."""
    started = frame.memory.get("started", 0)
    return started, frame.memory.get("total", 0) - started


def ended(visit: Visit, strategy: Strategy, memory: dict[str, Json]) -> Move | None:
    """Returns the container's last move if its strategy has decided, else None."""
    tally = Tally(memory["total"], memory["started"], memory["succeeded"], memory["failed"])
    verdict = VERDICTS[strategy](tally)
    if verdict == "success":
        return Done(count=tally.started)
    if verdict == "failed":
        listed = "; ".join(memory["reasons"])
        message = f"{tally.failed} of {tally.total} tasks failed. Failed tasks: [{listed}]"
        return Failed(Failure("CHILDREN_FAILED", message, visit.path, retryable=memory["retryable"]))
    return None
