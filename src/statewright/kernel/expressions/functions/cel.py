"""What conditions can call: the functions and methods of CEL that JSON data has a use for.

They are stricter than those of templates: text is text and nothing else becomes it, except by `string()`.
"""

from __future__ import annotations

import math
import re
from typing import Any

from statewright.kernel.expressions.evaluate import ExpressionError
from statewright.kernel.expressions.functions.lists import made
from statewright.kernel.expressions.functions.regex import COST, must_match
from statewright.kernel.expressions.functions.seeds import length
from statewright.kernel.expressions.functions.signature import (
    PATTERN_CHARACTERS_PER_STEP,
    TAKES,
    Function,
    Take,
    as_text,
    slowly,
    unfit,
)
from statewright.kernel.expressions.operators import bounded
from statewright.kernel.expressions.printing import number_text
from statewright.kernel.expressions.run import COLLECTION_MAX, Run
from statewright.kernel.expressions.views import View
from statewright.kernel.values import Blob

# Nothing longer is a number of 64 bits.
DIGITS_MAX = 400
# Each place where a text is replaced costs as much as many characters that are not.
REPLACED_PER_STEP = 16
_WHOLE = re.compile(r"[+-]?[0-9]{1,40}")
_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,5})?")
_TRUTHS = {
    **dict.fromkeys(("1", "t", "true", "TRUE", "True"), True),
    **dict.fromkeys(("0", "f", "false", "FALSE", "False"), False),
}
_UPPER = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_TO_LOWER = str.maketrans(_UPPER, _UPPER.lower())
_TO_UPPER = str.maketrans(_UPPER.lower(), _UPPER)

# The names that `type()` answers with; a condition may write them as they are.
TYPES = ("bool", "double", "int", "list", "map", "null_type", "string")
_TYPE_OF: dict[type, str] = {bool: "bool", int: "int", float: "double", str: "string", type(None): "null_type"}


def size(run: Run, value: Any) -> int:
    """Counts the characters of a text, the entries of a list or a map."""
    if value is None:
        raise unfit("text, a list or a map", value)
    return length(run, value)


def to_int(value: Any) -> int:
    """Makes a whole number of a number, cut off at the point, or of its digits."""
    if type(value) is str and _WHOLE.fullmatch(value):
        value = int(value)
    if type(value) is float:
        value = math.trunc(value)
    if type(value) is not int:
        raise unfit("a number, or text that is a whole number", value)
    return bounded(value)  # type: ignore[no-any-return]  # an int stays one


def to_double(value: Any) -> float:
    """Makes a floating-point number of a number or its digits."""
    if type(value) is str and len(value) <= DIGITS_MAX and _NUMBER.fullmatch(value):
        value = float(value)
    if type(value) not in (int, float):
        raise unfit("a number, or text that is one", value)
    return bounded(float(value))  # type: ignore[no-any-return]  # a float stays one


def to_text(value: Any) -> str:
    """Makes text of a number, or of true and false."""
    if type(value) is bool:
        return "true" if value else "false"
    if type(value) is float:
        return number_text(value)
    if type(value) not in (str, int):
        raise unfit("text, a number, or true or false", value)
    return str(value)


def to_bool(value: Any) -> bool:
    """Makes true or false of the texts that mean them."""
    found = _TRUTHS.get(value) if type(value) is str else value
    if type(found) is not bool:
        raise unfit("true or false, or text that says so", value)
    return found


def type_name(value: Any) -> str:
    """Returns the name of a value's type."""
    if isinstance(value, View):
        return "list" if value.is_list else "map"
    return _TYPE_OF.get(type(value)) or ("list" if isinstance(value, list) else "map")


def split(run: Run, text: str, separator: str, limit: int = -1) -> list[Any]:
    """Returns the parts of a text, at most `limit` of them; a negative one is no limit."""
    found = text.count(separator) + 1
    most = found if limit < 0 else min(limit, found)
    if most > COLLECTION_MAX:
        raise ExpressionError("EXPR_OUTPUT_LIMIT", f"a list may have {COLLECTION_MAX:,} entries")
    if most == 0:
        return []
    if separator:
        return made(run, text.split(separator, most - 1))
    return made(run, filter(None, (*text[: most - 1], text[most - 1 :])))


def replace(run: Run, text: str, old: str, new: str, limit: int = -1) -> str:
    """Replaces every occurrence, or the first `limit` ones."""
    found = text.count(old)
    count = found if limit < 0 else min(limit, found)
    run.make_room(len(text) + count * (len(new) - len(old)))
    run.spend(count // REPLACED_PER_STEP)
    return text.replace(old, new, count)


def join(run: Run, items: list[Any], separator: str = "") -> str:
    """Joins the texts of a list."""
    for item in items:
        if type(item) is not str:
            raise unfit("a list of texts with nothing else", item)
    run.make_room(sum(map(len, items)) + len(separator) * len(items))
    return separator.join(items)


def _only_text(run: Run, value: Any) -> str:
    """Text, and nothing that could become it."""
    if type(value) is Blob:
        return _only_text(run, run.load(value))
    if type(value) is not str:
        raise unfit("text", value)
    return as_text(run, value)


CONDITION_TAKES: dict[str, Take] = {
    **TAKES,
    "s": _only_text,
    "r": slowly(_only_text, PATTERN_CHARACTERS_PER_STEP),
}

_SIZE = Function(size, "w", needs_run=True)
# CEL has the text first and the pattern second.
_MATCHES = Function(lambda text, pattern: must_match(pattern, text), "rs", cost=COST)

FUNCTIONS = {
    "bool": Function(to_bool, "v"),
    "double": Function(to_double, "v"),
    "dyn": Function(lambda value: value, "w"),
    "int": Function(to_int, "v"),
    "matches": _MATCHES,
    "size": _SIZE,
    "string": Function(to_text, "v"),
    "type": Function(type_name, "w"),
}
METHODS = {
    "contains": Function(lambda text, part: part in text, "ss"),
    "endsWith": Function(lambda text, end: text.endswith(end), "ss"),
    "join": Function(join, "ls?", needs_run=True),
    "lowerAscii": Function(lambda text: text.translate(_TO_LOWER), "S"),
    "matches": _MATCHES,
    "replace": Function(replace, "sssi?", needs_run=True),
    "size": _SIZE,
    "split": Function(split, "ssi?", needs_run=True),
    "startsWith": Function(lambda text, start: text.startswith(start), "ss"),
    "trim": Function(lambda text: text.strip(), "s"),
    "upperAscii": Function(lambda text: text.translate(_TO_UPPER), "S"),
}
