"""`python -m benchmarks.costliest`: searches for the template that holds the event loop longest within its budget.

Every function gets arguments that are large, many or awkward. What a call takes, divided by the steps that it is
charged, says how long a loop of such calls can last; the worst loops are then run for real.
"""

from __future__ import annotations

import itertools
import sys
from collections.abc import Iterator
from contextlib import suppress
from time import process_time
from typing import NamedTuple

from statewright.kernel.expressions.evaluate import STEPS_MAX, ExpressionError, Scope
from statewright.kernel.expressions.functions.registry import WORKFLOW_FUNCTIONS
from statewright.kernel.expressions.run import Run
from statewright.kernel.expressions.template import Template
from statewright.kernel.values import Json
from statewright.language.templates.compiling import parse_template
from statewright.language.templates.problems import TemplateSyntaxError

# What the loop may be held for (issue 3), and how many of the worst are shown.
HELD_MS_MAX = 50.0
SHOWN = 10
# The fastest of so many tries counts: the machine's other work is no property of ours.
TRIES = 3
ARITY_MAX = 3

# A turn of a loop takes this many.
LOOP_STEPS = 2
LOOP = "{{ range $i, $_ := .loop }}{{ $x := %s }}{{ end }}"
BARE = ("{{ range .loop }}{{ end }}", "{{ range .loop }}x{{ end }}", LOOP % "1 + 1", LOOP % "$.few[1]")


def _nested(depth: int) -> Json:
    return {"a": _nested(depth - 1), "b": [_nested(depth - 1)]} if depth else {"z": 1}


LARGE: dict[str, Json] = {
    "long": "lorem ipsum, " * 40_000,
    "commas": "," * 100_000,
    "digits": "7" * 4_000,
    "wide": "é漢😀 " * 20_000,
    "numbers": [(index * 7919) % 10_007 for index in range(20_000)],
    "texts": [f"text {index % 97}" for index in range(5_000)],
    "maps": [{"k": index, "t": "x" * 20} for index in range(3_000)],
    "map": {f"key{index}": index for index in range(10_000)},
    "deep": _nested(10),
}
SMALL: dict[str, Json] = {
    "text": "The quick, brown fox", "word": "a", "dots": "a.b.c", "pattern": "(a|b|[c-z]+)*,?",
    "layout": "2006-01-02 Mon", "date": "2026-11-21T10:00:00Z", "format": "%-9.3v|%q|%x",
    "version": "1.2.3-rc.1", "range": ">=1.0 <3 || ~4.1",
    "few": [3, 1, 2], "pair": {"a": 1}, "ten": 10, "far": 10_000, "half": 0.5, "huge": 2**62,
}  # fmt: skip
DATA: dict[str, Json] = {**LARGE, **SMALL, "loop": [0] * STEPS_MAX}
NOW_MS = 1_795_255_200_000


class Call(NamedTuple):
    """A call, what it took, and what a loop of it would take if nothing else stopped it."""

    projected_ms: float
    us: float
    steps: int
    text: str


def main() -> None:
    """Prints the worst loops and the worst calls; names of functions narrow the search."""
    names = sys.argv[1:] or sorted(WORKFLOW_FUNCTIONS)
    calls = [call for name in names for call in _worst(name)]
    held = sorted(((_held(LOOP % call.text), call) for call in calls), reverse=True)
    print(f"{'loop ms':>9}  {'call us':>9}  {'steps':>7}  call")
    for ms, call in held[:SHOWN]:
        print(f"{ms:9.1f}  {call.us:9.1f}  {call.steps:7}  {call.text}")
    print("\nbare loops")
    for text in BARE:
        print(f"{_held(text):9.1f} ms  {text}")
    over = sum(ms > HELD_MS_MAX for ms, _ in held)
    print(f"\n{len(names)} functions, {over} of {len(held)} loops hold longer than {HELD_MS_MAX:.0f} ms")


def _worst(name: str) -> list[Call]:
    """Returns the dearest calls of a function: for a loop, and alone."""
    measured = [call for text in _calls(name) if (call := _measured(text)) is not None]
    return list({max(measured), max(measured, key=lambda call: call.us)}) if measured else []


def _calls(name: str) -> Iterator[str]:
    """Yields calls with every argument of each arity; with three, the last is large or the first is."""
    large, small = [f"$.{key}" for key in LARGE], [f"$.{key}" for key in SMALL]
    pools = {1: [[*large, *small]], 2: [[*large, *small]] * 2, ARITY_MAX: [small[:8], [*small[:4], "$.ten"], large]}
    for pool in pools.values():
        for arguments in itertools.product(*pool):
            yield f"{name} {' '.join(arguments)}"


def _measured(text: str) -> Call | None:
    """Returns what a call takes; None where the function refuses the arguments before it looks at them."""
    try:
        template = parse_template(f"{{{{ $x := {text} }}}}")
    except TemplateSyntaxError:
        return None
    us, steps = _once(template)
    if us * STEPS_MAX / (steps + 1) > HELD_MS_MAX * 1_000:
        us = min(us, *(_once(template)[0] for _ in range(TRIES - 1)))
    # The loop itself takes a few steps; no loop makes more calls than there are steps.
    return Call(us / 1_000 * STEPS_MAX / (steps + LOOP_STEPS), us, steps, text)


def _once(template: Template) -> tuple[float, int]:
    """Returns how many microseconds and steps an evaluation takes until it is done, refused, or out of budget."""
    run = Run(Scope(DATA, NOW_MS))
    begun = process_time()
    with suppress(ExpressionError):
        template.evaluate_in(run)
    return (process_time() - begun) * 1_000_000, STEPS_MAX - max(run.steps, 0)


def _held(text: str) -> float:
    """Returns how many milliseconds a template takes until it is done or its budget is."""
    template = parse_template(text)
    return min(_once(template)[0] for _ in range(TRIES)) / 1_000


if __name__ == "__main__":
    main()
