"""Durations as Go writes them: `1h30m`, `-1.5h`, `26h3m4s`. Nanoseconds, as whole numbers."""

from __future__ import annotations

import re

from statewright.kernel.expressions.evaluate import ExpressionError

SECOND = 10**9
UNITS = {
    "ns": 1, "us": 10**3, "µs": 10**3, "μs": 10**3, "ms": 10**6, "s": SECOND, "m": 60 * SECOND, "h": 3600 * SECOND,
}  # fmt: skip
_TERM = re.compile(r"(\d{0,18})(?:\.(\d{0,18}))?(ns|us|µs|μs|ms|s|m|h)")
# What `durationRound` counts in, largest first.
_ROUGH = (("y", 365 * 24 * 3600), ("mo", 30 * 24 * 3600), ("d", 24 * 3600), ("h", 3600), ("m", 60), ("s", 1))


def duration(text: str) -> int:
    """Reads a duration."""
    sign = -1 if text.startswith("-") else 1
    rest = text.lstrip("+-") if text[:1] in ("+", "-") else text
    if rest == "0":
        return 0
    total, at = 0, 0
    while at < len(rest):
        term = _TERM.match(rest, at)
        if term is None or not (term.group(1) or term.group(2)):
            break
        unit = UNITS[term.group(3)]
        fraction = term.group(2) or ""
        total += int(term.group(1) or 0) * unit + int(fraction or 0) * unit // 10 ** len(fraction)
        at = term.end()
    if not rest or at < len(rest) or total >= 2**63:
        raise ExpressionError("EXPR_DATE", f"{text!r} is not a duration", hint="write hours, minutes, seconds: 1h30m")
    return sign * total


def duration_text(span: int) -> str:
    """Writes a duration."""
    if span == 0:
        return "0s"
    sign, span = ("-" if span < 0 else ""), abs(span)
    if span < SECOND:
        unit = next(unit for unit in ("ms", "µs", "ns") if span >= UNITS[unit])
        return f"{sign}{_decimal(span, UNITS[unit])}{unit}"
    hours, rest = divmod(span, 3600 * SECOND)
    minutes, rest = divmod(rest, 60 * SECOND)
    head = f"{hours}h{minutes}m" if hours else f"{minutes}m" if minutes else ""
    return f"{sign}{head}{_decimal(rest, SECOND)}s"


def rounded_text(span: int) -> str:
    """Writes a duration in its largest unit alone, without sign: 2h, 1d, 3mo. A single unit is told in smaller ones."""
    for unit, size in _ROUGH:
        if abs(span) > size * SECOND:
            return f"{abs(span) // (size * SECOND)}{unit}"
    return "0s"


def _decimal(span: int, unit: int) -> str:
    whole, rest = divmod(span, unit)
    digits = f"{rest:0{len(str(unit)) - 1}d}".rstrip("0") if rest else ""
    return f"{whole}.{digits}" if digits else str(whole)
