"""A program for the tests of escapes: runs every case within 200 MB, and prints what each came to.

Run it as `python -m tests.kernel.expressions.escapes_child`.
"""

from __future__ import annotations

import resource
from collections.abc import Callable
from pathlib import Path

from statewright.kernel.expressions.evaluate import ExpressionError, Scope
from statewright.kernel.expressions.run import Run
from statewright.kernel.expressions.template import Template
from statewright.language.templates.problems import TemplateSyntaxError
from tests.kernel.expressions.escapes import DATA, cases

MEMORY_MAX = 200 * 1024 * 1024
# All cases together; none may run away.
SECONDS_MAX = 60


def main() -> None:
    """Prints name, code, and the steps that were taken, with tabs between."""
    known = cases()
    taken = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (taken + MEMORY_MAX, taken + MEMORY_MAX))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS_MAX, SECONDS_MAX))
    for name, (parse, text, _) in known.items():
        run = Run(Scope(DATA))
        before = run.steps
        print(name, _outcome(parse, text, run), before - run.steps, sep="\t", flush=True)


def _outcome(parse: Callable[[str], Template], text: str, run: Run) -> str:
    try:
        parse(text).evaluate_in(run)
    except (ExpressionError, TemplateSyntaxError) as error:
        return error.code
    return "a value"


if __name__ == "__main__":
    main()
