"""What an evaluation works with: the scope that the kernel supplies, the budget that bounds it, and its one error."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import msgspec

from statewright.kernel.expressions.draws import Draws
from statewright.kernel.values import VALUE_DEPTH_MAX, Blob, Json

# A step is about a microsecond; a template that needs more is a program and belongs into a tool (B-058).
STEPS_MAX = 100_000
# The longest text that any template or function may make (DESIGN 9).
OUTPUT_BYTES_MAX = 10 * 1024 * 1024


class ExpressionError(Exception):
    """A template that cannot be evaluated. `start` and `end` are offsets in its source; both 0 mean: not placed yet."""

    def __init__(self, code: str, message: str, start: int = 0, end: int = 0, hint: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.start = start
        self.end = end
        self.hint = hint

    def __str__(self) -> str:
        return self.message

    def placed(self, start: int, end: int) -> ExpressionError:
        """Takes this place, unless an inner node has given a better one."""
        if not self.end:
            self.start, self.end = start, end
        return self


class Budget(msgspec.Struct, frozen=True):
    """How much one evaluation may do. `depth` bounds blocks and templates inside each other."""

    steps: int = STEPS_MAX
    output_bytes: int = OUTPUT_BYTES_MAX
    depth: int = VALUE_DEPTH_MAX


def no_blobs(blob: Blob) -> Json:
    """The loader of a scope whose data holds no blobs: finding one is a bug of ours."""
    raise AssertionError(f"the value {blob.digest[:12]} is not loaded")


class Scope(msgspec.Struct):
    """What one rendering sees. Secrets and blobs are references in its data; everything else is plain or a `View`.

    `functions` are the kernel's own, subject first; `strict` makes a printed value that is missing an error. Whoever
    made it reads in `used` what it has cost.
    """

    root: Json
    now_ms: int = 0
    draws: Draws = msgspec.field(default_factory=lambda: Draws(b""))
    functions: Mapping[str, Callable[..., Json]] = {}
    blob: Callable[[Blob], Json] = no_blobs
    strict: bool = False
    budget: Budget = Budget()
    used: int = 0  # steps that evaluations in this scope have taken
