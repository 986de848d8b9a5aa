"""What a schema says against itself: limits that cross, choices of another type, a default that does not fit.

Only what is certain is said: a schema in which nothing is wrong here may still fit no value.
"""

from __future__ import annotations

import math
from typing import Any

from statewright.kernel.schemas import SchemaRefused, compile_schema
from statewright.kernel.values import Json
from statewright.language.diagnostics.diagnostic import meant
from statewright.language.diagnostics.problems import Problems
from statewright.language.entities.schema_keywords import ABOUT
from statewright.language.marks import At, List, Map, bare

# Lower and upper limits; where a limit itself is excluded, both may not even be equal.
_LIMITS = (
    ("minimum", "maximum", False),
    ("minimum", "exclusiveMaximum", True),
    ("exclusiveMinimum", "maximum", True),
    ("exclusiveMinimum", "exclusiveMaximum", True),
    ("minLength", "maxLength", False),
    ("minItems", "maxItems", False),
    ("minContains", "maxContains", False),
    ("minProperties", "maxProperties", False),
)
_UNSATISFIABLE = "SCHEMA_UNSATISFIABLE"
_DEFINITIONS = ("$defs", "definitions", "$schema")


def check_contradictions(at: At, root: At, problems: Problems) -> None:
    """Complains about a schema that no value can fit, and about parts of it that say nothing."""
    kinds = _kinds(at.value)
    for low, high, excluded in _LIMITS:
        _check_limits(at, low, high, excluded, problems)
    _check_whole_numbers(at, kinds, problems)
    _check_choices(at, kinds, problems)
    _check_required(at, problems)
    _check_about(at, kinds, problems)
    if "default" in at.value:
        _check_default(at, root, problems)


def _check_limits(at: At, low: str, high: str, excluded: bool, problems: Problems) -> None:
    least, most = at.value.get(low), at.value.get(high)
    if not _is_number(least) or not _is_number(most):
        return
    if least > most or (excluded and least == most):
        message = f"no value fits: `{low}` is {least} and `{high}` is {most}"
        problems.error(_UNSATISFIABLE, message, _entry(at, high), hint="exchange them, or widen one")


def _check_whole_numbers(at: At, kinds: frozenset[str] | None, problems: Problems) -> None:
    least, most = at.value.get("minimum"), at.value.get("maximum")
    if kinds == frozenset({"integer"}) and _is_number(least) and _is_number(most) and math.floor(most) < least <= most:
        message = f"there is no whole number from {least} to {most}"
        problems.error(_UNSATISFIABLE, message, _entry(at, "maximum"), hint="widen one, or use `type: number`")


def _check_choices(at: At, kinds: frozenset[str] | None, problems: Problems) -> None:
    """A choice of the wrong type can never be made; often it is a text that YAML reads as a number."""
    if "const" in at.value and kinds is not None and not _is_of(at.value["const"], kinds):
        message = f"no value fits: `const` is {_shown(at.value['const'])}, and `type` is {_names(kinds)}"
        problems.error(_UNSATISFIABLE, message, _entry(at, "const"), hint=_quote(kinds))
    choices = at.value.get("enum")
    if not isinstance(choices, List):
        return
    if not choices:
        message = "no value fits: `enum` lists no choice"
        problems.error(_UNSATISFIABLE, message, _entry(at, "enum"), hint="list the choices, or leave it out")
    others = [] if kinds is None else [one for one in _entry(at, "enum").elements() if not _is_of(one.value, kinds)]
    if choices and len(others) == len(choices):
        message = f"no value fits: no choice of `enum` is of the type {_names(kinds)}"
        problems.error(_UNSATISFIABLE, message, _entry(at, "enum"), hint=_quote(kinds))
        return
    for one in others:
        message = f"{_shown(one.value)} can never be chosen: `type` is {_names(kinds)}"
        problems.warning(_UNSATISFIABLE, message, one, hint=_quote(kinds))


def _check_required(at: At, problems: Problems) -> None:
    properties, required = at.value.get("properties"), at.get("required")
    if required is None or not isinstance(properties, Map):
        return
    closed = at.value.get("additionalProperties") is False and not at.value.get("patternProperties")
    for name in required.elements():
        if isinstance(name.value, str) and name.value not in properties:
            hint = meant(name.value, properties)
            if closed:
                message = f"no value fits: {name.value!r} is required and no other properties are allowed"
                advice = hint or "add it to `properties`, or allow `additionalProperties`"
                problems.error(_UNSATISFIABLE, message, name, hint=advice)
            elif hint:
                message = f"{name.value!r} is required and is none of the `properties`"
                problems.warning("PROPERTY_UNKNOWN", message, name, hint=hint)


def _check_about(at: At, kinds: frozenset[str] | None, problems: Problems) -> None:
    if kinds is None:
        return
    about = kinds | {"number"} if "integer" in kinds else kinds
    for key, kind in ABOUT.items():
        if key in at.value and kind not in about:
            message = f"{key!r} says nothing about a value of the type {_names(kinds)}"
            problems.key("NOT_APPLIED", message, _entry(at, key), hint=f"it is about {kind}s", severity="warning")


def _check_default(at: At, root: At, problems: Problems) -> None:
    entry = _entry(at, "default")
    around = {key: bare(value) for key, value in root.value.items() if key in _DEFINITIONS}
    own = {key: bare(value) for key, value in at.value.items() if key not in ("id", "resource")}
    try:
        found = compile_schema({**around, **own}).problems(own["default"])
    except SchemaRefused:
        # It refers to what lies elsewhere in the whole; that one is compiled next, and judged then.
        return
    if found:
        where = "" if found[0].path == "$" else f" at {found[0].path}"
        message = f"the default does not fit its own schema{where}: {found[0].message}"
        problems.error("SCHEMA_DEFAULT_INVALID", message, entry, hint="correct the default, or the schema")


def _entry(at: At, key: str) -> At:
    return At(at.value[key], at.value.marks[key], f"{at.path}/{key}")


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _kinds(schema: Any) -> frozenset[str] | None:
    """Returns the types that a schema names; None where it names none."""
    named = schema.get("type")
    if named is None:
        return None
    return frozenset(one for one in (named if isinstance(named, list) else [named]) if isinstance(one, str))


def _is_of(value: Json, kinds: frozenset[str]) -> bool:
    if isinstance(value, bool) or value is None:
        return ("null" if value is None else "boolean") in kinds
    if isinstance(value, int | float):
        return "number" in kinds or ("integer" in kinds and float(value).is_integer())
    return ("string" if isinstance(value, str) else "array" if isinstance(value, list) else "object") in kinds


def _names(kinds: frozenset[str] | None) -> str:
    return " or ".join(sorted(kinds or ()))


def _shown(value: Json) -> str:
    if isinstance(value, Map | List):
        return "a map" if isinstance(value, Map) else "a list"
    return {None: "null", True: "true", False: "false"}.get(value, repr(value)) if not _is_number(value) else str(value)


def _quote(kinds: frozenset[str] | None) -> str:
    return "write texts in quotes" if kinds is not None and "string" in kinds else "correct the type, or the choices"
