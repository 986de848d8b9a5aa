"""The one table of everything that templates can call, per mode. `and`, `or` and `call` are syntax, not functions."""

from __future__ import annotations

from collections.abc import Mapping

from statewright.kernel.expressions.functions import (
    chance,
    dates,
    encoding,
    filters,
    formatting,
    lists,
    logic,
    maps,
    numbers,
    paths,
    reflection,
    regex,
    seeds,
    semver,
    text,
    urls,
    words,
)
from statewright.kernel.expressions.functions.signature import Function

# Sprig's `must` versions raise where the plain ones guess. Ours never guess, so both are the same function; where they
# differ in Go mode, both have an entry of their own.
_MUST = (
    "append", "chunk", "compact", "deepCopy", "first", "has", "initial", "last", "merge",
    "mergeOverwrite", "prepend", "push", "rest", "reverse", "slice", "uniq", "without",
)  # fmt: skip
_SPRIG: dict[str, Function] = {
    **chance.FUNCTIONS,
    **dates.FUNCTIONS,
    **encoding.FUNCTIONS,
    **formatting.FUNCTIONS,
    **lists.FUNCTIONS,
    **logic.FUNCTIONS,
    **maps.FUNCTIONS,
    **numbers.FUNCTIONS,
    **paths.FUNCTIONS,
    **reflection.FUNCTIONS,
    **regex.FUNCTIONS,
    **semver.FUNCTIONS,
    **text.FUNCTIONS,
    **urls.FUNCTIONS,
    **words.FUNCTIONS,
}


def _with_must(functions: dict[str, Function]) -> Mapping[str, Function]:
    return functions | {f"must{name[0].upper()}{name[1:]}": functions[name] for name in _MUST}


WORKFLOW_FUNCTIONS = _with_must(_SPRIG | dates.WORKFLOW_FUNCTIONS | seeds.FUNCTIONS | filters.FUNCTIONS)
GO_FUNCTIONS = _with_must(_SPRIG | dates.GO_FUNCTIONS | encoding.GO_FUNCTIONS | lists.GO_FUNCTIONS | text.GO_FUNCTIONS)
