"""What JSON Schemas say about each other: which kinds of value, which part lies under a name, what cannot fit.

Only what is certain is said. A schema that says nothing (None here) fits everything.
"""

from __future__ import annotations

from typing import Final

from statewright.kernel.values import Json

Shape = dict[str, Json]
KINDS = ("object", "array", "string", "number", "integer", "boolean", "null")
# Deeper than this nobody reads what a proof says about a value.
DEPTH_MAX = 12
# Values that are listed one by one; more are no choice any more.
VALUES_MAX = 64


class Absent:
    """Stands for a name that a schema does not have; `names` are those that it has."""

    def __init__(self, names: tuple[str, ...], *, closed: bool) -> None:
        self.names = names
        self.closed = closed


NULL: Final = frozenset({"null"})
BOOLEAN: Final = frozenset({"boolean"})
OBJECT: Final = frozenset({"object"})


def kinds(shape: Shape | None) -> frozenset[str] | None:
    """Returns the kinds of value that a schema admits; None where that is not known."""
    if not isinstance(shape, dict) or "$ref" in shape:
        return None
    if "const" in shape:
        return frozenset({kind_of(shape["const"])})
    if isinstance(shape.get("enum"), list):
        return frozenset(kind_of(value) for value in shape["enum"])
    named = shape.get("type")
    if named is not None:
        found = frozenset(named if isinstance(named, list) else [named])
        return found | NULL if shape.get("nullable") is True else found
    for word in ("anyOf", "oneOf"):
        if isinstance(shape.get(word), list):
            return _any_of([kinds(one) for one in shape[word]])
    return None


def part(shape: Shape | None, name: str) -> Shape | Absent | None:
    """Returns what lies under a name or position of a value."""
    known = kinds(shape)
    if shape is None or known is None or not known - NULL <= {"object", "array"}:
        return None
    if "array" in known:
        items = shape.get("items")
        return items if known - NULL == {"array"} and _is_position(name) and isinstance(items, dict) else None
    return _property(shape, name)


def descended(shape: Shape | None, names: tuple[str, ...]) -> Shape | None:
    """Returns what lies under a path; None where that is not known or not there."""
    for name in names:
        found = part(shape, name)
        if not isinstance(found, dict):
            return None
        shape = found
    return shape


def values(shape: Shape | None) -> tuple[Json, ...] | None:
    """Returns the only values that a schema admits; None where there are others, or it is not known."""
    if not isinstance(shape, dict):
        return None
    if "const" in shape:
        return (shape["const"],)
    if isinstance(shape.get("enum"), list) and shape["enum"]:
        return tuple(shape["enum"])
    return (True, False) if kinds(shape) == BOOLEAN else None


def any_of(shapes: list[Shape | None]) -> Shape | None:
    """Returns what admits the values of all of these; flat, so that it is no larger than they are."""
    listed = [values(shape) for shape in shapes]
    certain = [value for found in listed if found is not None for value in found]
    if None not in listed and len(certain) <= VALUES_MAX:
        return {"enum": certain}
    admitted = _any_of([kinds(shape) for shape in shapes])
    return None if admitted is None else {"type": sorted(admitted)}


def disjoint(wanted: Shape | None, given: Shape | None) -> str:
    """Returns why no value of `given` fits `wanted`, as "expects …, gets …"; nothing where one may.

    A null in an optional place is taken as absent, so that it is never the reason.
    """
    want, have = kinds(wanted), kinds(given)
    if want is None or have is None or not have - NULL:
        return ""
    if not _numbers(want) & _numbers(have) - NULL:
        return f"expects {_named(want)}, gets {_named(have - NULL)}"
    if isinstance(wanted, dict) and {"enum", "const"} & wanted.keys():
        allowed, possible = values(wanted) or (), values(given)
        if possible is not None and not [value for value in possible if value in allowed]:
            return f"expects {_listed(allowed)}, gets {_listed(possible)}"
    return ""


def kind_of(value: Json) -> str:
    """Returns the JSON name of a value's kind."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int | float):
        return "integer" if isinstance(value, int) else "number"
    return "object" if isinstance(value, dict) else "array" if isinstance(value, list) else "string"


def _property(shape: Shape, name: str) -> Shape | Absent | None:
    properties = shape.get("properties")
    inner = properties.get(name) if isinstance(properties, dict) else None
    if isinstance(inner, dict):
        return inner
    others = shape.get("additionalProperties")
    if isinstance(properties, dict) and name in properties:
        return None
    if others is False and "patternProperties" not in shape:
        return Absent(tuple(properties or ()), closed=True)
    says_more = {"allOf", "anyOf", "oneOf", "if", "patternProperties", "$ref", "unevaluatedProperties"} & shape.keys()
    if others not in (None, True) or says_more or not properties:
        return others if isinstance(others, dict) and not says_more else None
    # An explicit `additionalProperties: true` says that there is more.
    return None if others is True else Absent(tuple(properties), closed=False)


def _any_of(found: list[frozenset[str] | None]) -> frozenset[str] | None:
    known = [one for one in found if one is not None]
    return frozenset().union(*known) if len(known) == len(found) else None


def _is_position(name: str) -> bool:
    return name.isdecimal() or name == "*"


def _numbers(found: frozenset[str]) -> frozenset[str]:
    """A number may be whole, so that neither kind is wrong for the other."""
    return found | {"number", "integer"} if found & {"number", "integer"} else found


def _named(found: frozenset[str]) -> str:
    return " or ".join(kind for kind in KINDS if kind in found)


def _listed(found: tuple[Json, ...]) -> str:
    shown = " | ".join(str(value) for value in found[:6])
    return shown + (" | …" if len(found) > 6 else "")
