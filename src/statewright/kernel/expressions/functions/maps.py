"""Map functions of Sprig. Only a map that the template itself has made is changed in place; data never is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from statewright.kernel.expressions.evaluate import ExpressionError
from statewright.kernel.expressions.functions.lists import made
from statewright.kernel.expressions.functions.logic import empty
from statewright.kernel.expressions.functions.signature import Function
from statewright.kernel.expressions.functions.strings import text_value
from statewright.kernel.expressions.made import CONTAINER_COST, ENTRIES_PER_STEP, MadeDict, settle
from statewright.kernel.expressions.operators import kind_of
from statewright.kernel.expressions.run import COLLECTION_MAX, Run
from statewright.kernel.expressions.views import View
from statewright.kernel.values import VALUE_DEPTH_MAX, Json


def dictionary(run: Run, *pairs: Any) -> Any:
    """Returns a map of keys and values in turn; a last key without value gets empty text."""
    found = MadeDict()
    for position in range(0, len(pairs), 2):
        key = text_value(run, pairs[position])
        found[key] = pairs[position + 1] if position + 1 < len(pairs) else ""
    return found


def get(mapping: dict[str, Any], key: str) -> Any:
    """Returns the value under a key, or empty text."""
    return mapping.get(key, "")


def has_key(mapping: Any, key: str) -> bool:
    """Says whether a map has a key."""
    if isinstance(mapping, View):
        return key in mapping.names()
    if mapping is not None and not isinstance(mapping, dict):
        raise ExpressionError("EXPR_TYPE", f"expected a map, got {kind_of(mapping)}")
    return key in (mapping or ())


def put(run: Run, mapping: dict[str, Any], key: str, value: Any) -> Any:
    """Returns the map with a value under a key."""
    changed = _own(run, mapping)
    changed[key] = value
    if len(changed) > COLLECTION_MAX:
        raise ExpressionError("EXPR_OUTPUT_LIMIT", f"a map may have {COLLECTION_MAX:,} entries")
    return changed


def unset(run: Run, mapping: dict[str, Any], key: str) -> Any:
    """Returns the map without a key."""
    changed = _own(run, mapping)
    changed.pop(key, None)
    return changed


def pluck(run: Run, key: str, *mappings: dict[str, Any]) -> Any:
    """Returns the values that several maps have under one key."""
    return made(run, [mapping[key] for mapping in mappings if key in mapping])


def keys(run: Run, *mappings: dict[str, Any]) -> Any:
    """Returns the keys of maps."""
    return made(run, [key for mapping in mappings for key in mapping])


def values(run: Run, *mappings: dict[str, Any]) -> Any:
    """Returns the values of maps."""
    return made(run, [value for mapping in mappings for value in mapping.values()])


def pick(mapping: dict[str, Any], *wanted: str) -> Any:
    """Returns the map with only these keys."""
    return MadeDict((key, mapping[key]) for key in wanted if key in mapping)


def omit(mapping: dict[str, Any], *unwanted: str) -> Any:
    """Returns the map without these keys."""
    return MadeDict((key, value) for key, value in mapping.items() if key not in unwanted)


def merge(run: Run, target: dict[str, Any], *sources: dict[str, Any]) -> Any:
    """Fills what the first map lacks, or has empty, from the others."""
    return _merged(run, target, sources, overwrites=False)


def merge_overwrite(run: Run, target: dict[str, Any], *sources: dict[str, Any]) -> Any:
    """Lays maps over the first one; the last one wins."""
    return _merged(run, target, sources, overwrites=True)


def deep_copy(run: Run, value: Json) -> Any:
    """Returns a copy that can be changed without changing the original."""
    return _copied(run, value)


def dig(run: Run, *path: Any) -> Any:
    """Walks a map: keys, the value for a missing key, the map."""
    if len(path) < 3:
        raise ExpressionError("EXPR_ARGUMENTS", "dig takes keys, a default and a map")
    value = path[-1]
    for key in (text_value(run, name) for name in path[:-2]):
        if not isinstance(value, dict):
            raise ExpressionError("EXPR_TYPE", f"dig expects a map to have {key!r}, not {kind_of(value)}")
        run.spend(1)
        if key not in value:
            return path[-2]
        value = value[key]
    return value


def _own(run: Run, mapping: dict[str, Any]) -> MadeDict:
    if isinstance(mapping, MadeDict):
        return mapping
    run.spend(len(mapping) // ENTRIES_PER_STEP)
    return MadeDict(mapping)


def _merged(run: Run, target: dict[str, Any], sources: Sequence[dict[str, Any]], *, overwrites: bool) -> Any:
    result = _own(run, target)
    for source in sources:
        plain = settle(run, source)
        # What a map is merged into must not be what it is made of.
        _merge_into(run, result, plain, overwrites=overwrites, depth=0)
    return result


def _merge_into(run: Run, target: dict[str, Any], source: Json, *, overwrites: bool, depth: int) -> None:
    if depth > VALUE_DEPTH_MAX:
        raise ExpressionError("EXPR_DEPTH", f"a value nests deeper than {VALUE_DEPTH_MAX} levels")
    run.spend(1 + len(source))
    for key, value in source.items():
        mine = target.get(key)
        if isinstance(mine, dict) and isinstance(value, dict):
            target[key] = own = _own(run, mine)
            _merge_into(run, own, value, overwrites=overwrites, depth=depth + 1)
        elif overwrites or key not in target or empty(run, mine):
            target[key] = _copied(run, value)


def _copied(run: Run, value: Json) -> Any:
    if isinstance(value, dict):
        run.spend(CONTAINER_COST + len(value) // 2)
        return MadeDict((key, _copied(run, item)) for key, item in value.items())
    if isinstance(value, list):
        run.spend(CONTAINER_COST + len(value) // 2)
        return made(run, [_copied(run, item) for item in value])
    return value


FUNCTIONS = {
    "deepCopy": Function(deep_copy, "d", needs_run=True),
    "dict": Function(dictionary, "v*", needs_run=True),
    "dig": Function(dig, "v*", needs_run=True),
    "get": Function(get, "ms", subject=0),
    "hasKey": Function(has_key, "ws", subject=0),
    "keys": Function(keys, "m*", needs_run=True),
    "merge": Function(merge, "mm*", subject=0, needs_run=True),
    "mergeOverwrite": Function(merge_overwrite, "mm*", subject=0, needs_run=True),
    "omit": Function(omit, "ms*", subject=0),
    "pick": Function(pick, "ms*", subject=0),
    "pluck": Function(pluck, "sm*", needs_run=True),
    "set": Function(put, "msv", subject=0, needs_run=True),
    "unset": Function(unset, "ms", subject=0, needs_run=True),
    "values": Function(values, "m*", needs_run=True),
}
