"""What a task came to, and how far the children of a container are: the original engine's words for both."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from statewright.kernel.overlay import Overlay
from statewright.kernel.state import Result
from statewright.kernel.values import Json

# The original engine's words for what a task came to, and for one that has not ended (workflows.md 5.3).
STATUSES = {"success": "SUCCESS", "failed": "FAILED", "cancelled": "CANCELED"}
RUNNING, PENDING = "RUNNING", "PENDING"
# Codes of a task whose time was over: a call's or container's deadline, a tool that watches its own, a wait.
TIMES_OUT = frozenset({"TIMED_OUT", "TOOL_TIMEOUT", "WAIT_TIMEOUT"})
# A child's status -> where `progress_info` counts it (workflows.md 5.4).
COUNTED = {
    "SUCCESS": "success_count",
    "FAILED": "failed_count",
    "CANCELED": "canceled_count",
    "TIMED_OUT": "timed_out_count",
    RUNNING: "running_count",
    PENDING: "pending_count",
}


class Family(msgspec.Struct, frozen=True, gc=False):
    """A container's children as it left them: the paths of those that may have begun, and how many never did."""

    path: str  # the container's own
    result: Result
    paths: Sequence[str]
    left: int = 0


def progress(overlay: Overlay, family: Family) -> Json:
    """Returns what the original engine says of a container's children (workflows.md 5.4).

    A child that never began is pending. `overall_status` is the container's own, as its strategy decided it.
    """
    begun = [status_at(overlay, path) for path in family.paths]
    total = len(begun) + family.left
    counts = {status: begun.count(status) for status in COUNTED} | {PENDING: begun.count(PENDING) + family.left}
    failed = counts["FAILED"] + counts["TIMED_OUT"]
    return {
        "total_children": total,
        **{name: counts[status] for status, name in COUNTED.items()},
        "terminal_count": total - counts[RUNNING] - counts[PENDING],
        "status_counts": {status: count for status, count in counts.items() if count},
        "completion_rate": counts["SUCCESS"] / total if total else 0,
        "failure_rate": failed / total if total else 0,
        "overall_status": _overall(overlay, family),
    }


def status_at(overlay: Overlay, path: str) -> str:
    """Returns the status of the task at `path`: one that is visited again runs, whatever its last visit came to."""
    if overlay.frame(path) is not None:
        return RUNNING
    result = overlay.result(path)
    return PENDING if result is None else status_of(path, result)


def status_of(path: str, result: Result) -> str:
    """Returns what a finished task came to, in the original engine's words (workflows.md 5.3).

    Only a task's own time-out counts: a failure from inside names another task, one of another run has its details.
    """
    error = result.error
    if error is not None and error.code in TIMES_OUT and error.task == path and error.details is None:
        return "TIMED_OUT"
    return STATUSES[result.status]


def _overall(overlay: Overlay, family: Family) -> str:
    frame = overlay.frame(family.path)
    is_deciding = frame is not None and frame.phase != "outputs"
    return RUNNING if is_deciding else status_of(family.path, family.result)
