"""Randomness that the run's seed decides: `uuidv4`, `rand…`, `shuffle` (rule R16)."""

from __future__ import annotations

import base64
import string

from statewright.kernel.expressions.evaluate import ExpressionError
from statewright.kernel.expressions.functions.signature import Function
from statewright.kernel.expressions.run import Run

# Longer random text is data, and comes from a tool.
LENGTH_MAX = 4096
# A draw for each character takes longer than looking at it.
SHUFFLE_COST = 2
# The printable characters of ASCII.
ASCII = "".join(map(chr, range(32, 127)))


def uuid4(run: Run) -> str:
    """Returns a version 4 UUID."""
    data = bytearray(run.scope.draws.bytes(16))
    data[6] = data[6] & 0x0F | 0x40
    data[8] = data[8] & 0x3F | 0x80
    digits = data.hex()
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


def rand_int(run: Run, low: int, high: int) -> int:
    """Returns a whole number from `low` up to, not including, `high`."""
    if high <= low:
        raise ExpressionError("EXPR_TYPE", "randInt needs a lower and a greater number")
    return low + run.scope.draws.below(high - low)


def rand_bytes(run: Run, count: int) -> str:
    """Returns random bytes in base64."""
    return base64.b64encode(run.scope.draws.bytes(_length(run, count))).decode()


def shuffle(run: Run, text: str) -> str:
    """Returns the characters of a text in random order."""
    run.spend(SHUFFLE_COST * len(text))
    chars = list(text)
    run.scope.draws.shuffle(chars)
    return "".join(chars)


def _letters(alphabet: str) -> Function:
    def drawn(run: Run, count: int) -> str:
        return run.scope.draws.letters(alphabet, _length(run, count))

    return Function(drawn, "i", needs_run=True, cost=4)


def _length(run: Run, count: int) -> int:
    if not 0 <= count <= LENGTH_MAX:
        raise ExpressionError("EXPR_OUTPUT_LIMIT", f"random text has at most {LENGTH_MAX:,} characters")
    run.spend(count)
    return count


FUNCTIONS = {
    "randAlpha": _letters(string.ascii_letters),
    "randAlphaNum": _letters(string.ascii_letters + string.digits),
    "randAscii": _letters(ASCII),
    "randBytes": Function(rand_bytes, "i", needs_run=True),
    "randInt": Function(rand_int, "ii", needs_run=True),
    "randNumeric": _letters(string.digits),
    "shuffle": Function(shuffle, "s", needs_run=True),
    "uuidv4": Function(uuid4, "", needs_run=True, cost=5),
}
