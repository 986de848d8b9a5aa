"""The text of any value inside functions: Go's `%v` in Go mode, our plain printing in workflow mode."""

from __future__ import annotations

from typing import Any

from statewright.kernel.expressions.goprint import go_value
from statewright.kernel.expressions.made import refuse_secret
from statewright.kernel.expressions.printing import show
from statewright.kernel.expressions.run import Run
from statewright.kernel.expressions.views import View

# Writing a text of an entry takes about a microsecond for so many characters.
TEXT_PER_STEP = 8


def text_value(run: Run, value: Any) -> str:
    """Returns the text of a value; a secret is refused."""
    text = go_value(run, value) if run.go else show(run, value)
    if not isinstance(text, str):
        raise refuse_secret()
    return text


def texts(run: Run, value: Any) -> list[str]:
    """Returns the texts of a list, nulls left out; of a single value its own text."""
    if isinstance(value, View) and value.is_list:
        value = value.plain()
    if isinstance(value, list):
        run.spend(1 + len(value) // 4)
        found = []
        size = 0
        for item in value:
            if item is not None:
                found.append(text_value(run, item))
                run.spend(1 + len(found[-1]) // TEXT_PER_STEP)
                size += len(found[-1])
                run.make_room(size)
        return found
    return [] if value is None else [text_value(run, value)]
