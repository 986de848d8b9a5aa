"""No template and no condition gets out of its box, and none takes more time or memory than it may."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from statewright.kernel.expressions.evaluate import STEPS_MAX, ExpressionError, Scope
from statewright.language.templates.problems import TemplateSyntaxError
from tests.kernel.expressions.escapes import DATA, cases

ROOT = Path(__file__).parents[3]
CASES = cases()


@pytest.mark.parametrize("name", CASES)
def test_an_escape_ends_with_its_code(name: str) -> None:
    _, text, code = CASES[name]
    error = error_of(name)
    assert error is not None
    assert error.code == code
    assert 0 <= error.start <= error.end <= len(text)


def error_of(name: str) -> ExpressionError | TemplateSyntaxError | None:
    """Returns the error that a case ends with."""
    parse, text, _ = CASES[name]
    try:
        parse(text).evaluate(Scope(DATA))
    except (ExpressionError, TemplateSyntaxError) as error:
        return error
    return None


def test_all_of_them_together_fit_into_200_megabytes() -> None:
    child = [sys.executable, "-m", "tests.kernel.expressions.escapes_child"]
    done = subprocess.run(child, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found = {name: (code, int(steps)) for name, code, steps in (row.split("\t") for row in done.stdout.splitlines())}
    assert {name: code for name, (code, _) in found.items()} == {name: code for name, (_, _, code) in CASES.items()}
    within = [name for name, (code, steps) in found.items() if code != "EXPR_STEP_LIMIT" and steps > STEPS_MAX]
    assert within == []
