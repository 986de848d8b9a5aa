"""What a function takes: one letter per argument, and how values are made to fit.

`s` text (`S` where each character is looked at, `x` each byte, `r` patterns), `i` whole number, `f` number, `b` true or
false, `l` list, `m` map, `v` any value, `d` any value as a plain tree, `w` any value as it is (views too), `t` a
moment, `k` text that may be secret. `?` makes the letter before it optional, `*` repeats it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from statewright.kernel.expressions.evaluate import ExpressionError
from statewright.kernel.expressions.made import BYTES_PER_STEP, ENTRIES_PER_STEP, refuse_secret, resolved, settle
from statewright.kernel.expressions.operators import bounded, kind_of
from statewright.kernel.expressions.printing import number_text
from statewright.kernel.expressions.run import Run
from statewright.kernel.expressions.views import MISSING, View
from statewright.kernel.values import Blob, Reference

Take = Callable[[Run, Any], Any]


class Function(msgspec.Struct, frozen=True):
    """A function of templates.

    `takes` is its signature; `subject` is where the piped value goes in `x | f(a)`, -1 being last; `needs_run` says
    that the run is its first argument; `cost` is what a call costs in steps, apart from the size of its arguments.
    """

    call: Callable[..., Any]
    takes: str
    subject: int = -1
    needs_run: bool = False
    cost: int = 2

    @property
    def least(self) -> int:
        """How many arguments there must be."""
        return len(self._letters()) - self.takes.count("?") - self.takes.count("*")

    @property
    def most(self) -> int:
        """How many arguments there may be; a repeated one has no limit but the length of an action."""
        return 9999 if "*" in self.takes else len(self._letters())

    def kinds(self, count: int) -> str:
        """Returns the letter of each of `count` arguments."""
        letters = self._letters()
        if "*" in self.takes:
            letters = letters[:-1] + letters[-1] * (count - len(letters) + 1)
        return letters[:count]

    def _letters(self) -> str:
        return self.takes.replace("?", "").replace("*", "")


def unfit(expected: str, value: Any) -> ExpressionError:
    """The error of an argument that is something else."""
    if isinstance(value, Reference) and not isinstance(value, Blob):
        return refuse_secret()
    return ExpressionError("EXPR_TYPE", f"expected {expected}, got {kind_of(value)}")


def as_text(run: Run, value: Any) -> str:
    """Text stays text; null is empty; numbers, true and false print as they do in text."""
    kind = type(value)
    if kind is str:
        if len(value) > BYTES_PER_STEP:
            run.spend(len(value) // BYTES_PER_STEP)
        return value  # type: ignore[no-any-return]  # the line above has looked
    if value is None:
        return ""
    if kind is bool:
        return "true" if value else "false"
    if kind is int:
        return str(value)
    if kind is float:
        return number_text(value)
    if kind is Blob:
        return as_text(run, run.load(value))
    if isinstance(value, View):
        plain = value.plain()
        if not isinstance(plain, (dict, list)):
            return as_text(run, plain)
    raise unfit("text", value)


def slowly(take: Take, characters: int) -> Take:
    """Takes text whose length matters: it costs a step for so many characters."""

    def taken(run: Run, value: Any) -> Any:
        text = take(run, value)
        run.spend(len(text) // characters)
        return text

    return taken


def as_whole(run: Run, value: Any) -> int:
    """A whole number, also where it is written 3.0."""
    if type(value) is float and value.is_integer():
        value = int(value)
    if type(value) is not int:
        raise unfit("a whole number", value)
    return bounded(value)  # type: ignore[no-any-return]  # an int stays one


def as_number(run: Run, value: Any) -> int | float:
    """Any number."""
    if type(value) in (int, float):
        return value  # type: ignore[no-any-return]  # the line above has looked
    raise unfit("a number", value)


def as_truth(run: Run, value: Any) -> bool:
    """True or false, and nothing else."""
    if isinstance(value, bool):
        return value
    raise unfit("true or false", value)


def as_list(run: Run, value: Any) -> list[Any]:
    """A list; null is an empty one."""
    if isinstance(value, list):
        run.spend(len(value) // ENTRIES_PER_STEP)
        return value
    if value is None:
        return []
    if type(value) is Blob:
        return as_list(run, run.load(value))
    if isinstance(value, View) and value.is_list:
        return as_list(run, value.plain())
    raise unfit("a list", value)


def as_map(run: Run, value: Any) -> dict[str, Any]:
    """A map; null is an empty one."""
    if isinstance(value, dict):
        run.spend(len(value) // ENTRIES_PER_STEP)
        return value
    if value is None:
        return {}
    if type(value) is Blob:
        return as_map(run, run.load(value))
    if isinstance(value, View):
        plain = value.plain()
        if isinstance(plain, dict):
            return plain
    raise unfit("a map", value)


def as_value(run: Run, value: Any) -> Any:
    """Any value; views become plain data, secrets are refused."""
    kind = type(value)
    if kind is str:
        return as_text(run, value)
    if isinstance(value, View):
        return value.plain()
    if kind is Blob:
        return run.load(value)
    if isinstance(value, Reference):
        raise refuse_secret()
    return value


def as_tree(run: Run, value: Any) -> Any:
    """Any value as a plain tree of bounded size, without references."""
    return resolved(run, settle(run, as_value(run, value)))


def as_it_is(run: Run, value: Any) -> Any:
    """Any value, views as they are; secrets are refused."""
    if isinstance(value, Reference):
        return as_value(run, value)
    return value


def as_secret(run: Run, value: Any) -> Any:
    """Anything, secrets too: for functions that only join text."""
    return value if isinstance(value, Reference) and not isinstance(value, Blob) else as_it_is(run, value)


# Half a microsecond's work: a loop in Python, and a pattern in RE2.
CHARACTERS_PER_STEP = 4
PATTERN_CHARACTERS_PER_STEP = 128
# A loop in Python that looks at every byte.
DEAR_CHARACTERS_PER_STEP = 2

TAKES: Mapping[str, Take] = {
    "s": as_text,
    "S": slowly(as_text, CHARACTERS_PER_STEP),
    "r": slowly(as_text, PATTERN_CHARACTERS_PER_STEP),
    "x": slowly(as_text, DEAR_CHARACTERS_PER_STEP),
    "i": as_whole,
    "f": as_number,
    "b": as_truth,
    "l": as_list,
    "m": as_map,
    "v": as_value,
    "d": as_tree,
    "w": as_it_is,
    "t": as_it_is,
    "k": as_secret,
}


def _go_text(run: Run, value: Any) -> Any:
    if type(value) is str:
        return as_text(run, value)
    raise unfit("string", value)


def _go_whole(run: Run, value: Any) -> Any:
    if type(value) is int:
        return bounded(value)
    raise unfit("int", value)


def _go_number(run: Run, value: Any) -> Any:
    if type(value) is float:
        return value
    raise unfit("float64", value)


def _go_list(run: Run, value: Any) -> Any:
    if isinstance(value, list):
        return as_list(run, value)
    raise ExpressionError("EXPR_TYPE", f"list should be type of slice or array but {kind_of(value)}")


def _go_map(run: Run, value: Any) -> Any:
    if isinstance(value, dict):
        return as_map(run, value)
    raise unfit("map[string]interface {}", value)


def _go_value(run: Run, value: Any) -> Any:
    """What is missing is nil as an argument; moments and versions stay what they are."""
    if value is MISSING:
        return None
    return value if isinstance(value, View) else as_value(run, value)


# Go converts nothing: a function that takes a string takes a string.
GO_TAKES: Mapping[str, Take] = {
    **TAKES,
    "s": _go_text,
    "S": slowly(_go_text, CHARACTERS_PER_STEP),
    "r": slowly(_go_text, PATTERN_CHARACTERS_PER_STEP),
    "x": slowly(_go_text, DEAR_CHARACTERS_PER_STEP),
    "i": _go_whole,
    "f": _go_number,
    "l": _go_list,
    "m": _go_map,
    "v": _go_value,
    "w": _go_value,
    "t": _go_value,
    "d": lambda run, value: None if value is MISSING else as_tree(run, value),
}
