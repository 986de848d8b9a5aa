"""Which releases of Statewright a project asks for: `requires: ">=1.2, <2"`, the version specifiers of PEP 440.

Only numbers are compared; a development version counts as the release that it leads to.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable

from statewright.language.diagnostics.problems import Problems
from statewright.language.marks import At

_SPECIFIER = re.compile(r"(~=|==|!=|<=|>=|<|>)\s*v?([0-9]{1,6}(?:\.[0-9]{1,6}){0,3})(\.\*)?\Z")
_NUMBERS = re.compile(r"[0-9]+(?:\.[0-9]+)*")

Numbers = tuple[int, ...]


def check_release(project: At, running: str, problems: Problems) -> bool:
    """Complains where the project asks for another release than the one that runs; returns whether it fits."""
    entry = project.get("requires")
    if entry is None:
        return True
    if not isinstance(entry.value, str):
        problems.error("TYPE_STRING", "'requires' must be a text", entry, hint='as in requires: ">=1.2, <2"')
        return True
    fits = is_satisfied(entry.value, running)
    if fits is None:
        message = f"{entry.value!r} says no range of versions"
        problems.error("FORMAT_INVALID", message, entry, hint='as in ">=1.2, <2", "~=1.4" or "==1.*"')
    elif not fits:
        message = f"the project requires Statewright {entry.value}, this is {running}"
        hint = "install a release that fits, or change `requires` where it asks for too much"
        problems.error("ENGINE_VERSION", message, entry, hint=hint)
    return fits is not False


def is_satisfied(wanted: str, running: str) -> bool | None:
    """Returns whether a version fits every specifier; None where one of them is none."""
    found = _NUMBERS.match(running)
    has = _numbers(found[0]) if found else ()
    verdicts = []
    for part in wanted.split(","):
        specifier = _SPECIFIER.match(part.strip())
        if specifier is None or (specifier[3] and specifier[1] not in ("==", "!=")):
            return None
        if specifier[1] == "~=" and "." not in specifier[2]:
            return None
        verdicts.append(_fits(has, specifier[1], _numbers(specifier[2]), begins=bool(specifier[3])))
    return all(verdicts)


def _fits(has: Numbers, sign: str, asked: Numbers, *, begins: bool) -> bool:
    if begins:
        return (_filled(has, len(asked))[: len(asked)] == asked) == (sign == "==")
    length = max(len(has), len(asked))
    left, right = _filled(has, length), _filled(asked, length)
    if sign == "~=":
        return left >= right and left[: len(asked) - 1] == asked[:-1]
    return _COMPARE[sign](left, right)


def _numbers(text: str) -> Numbers:
    return tuple(map(int, text.split(".")))


def _filled(numbers: Numbers, length: int) -> Numbers:
    return numbers + (0,) * (length - len(numbers))


_COMPARE: dict[str, Callable[[Numbers, Numbers], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<=": operator.le,
    ">=": operator.ge,
    "<": operator.lt,
    ">": operator.gt,
}
