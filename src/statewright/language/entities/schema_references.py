"""Where a schema's own `$ref`s lead: to nothing, back to themselves, or to more work than a value is worth (B-047).

A schema may contain itself, as a tree does, as long as each further level of a value is met only once.
"""

from __future__ import annotations

from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter

import msgspec

from statewright.language.diagnostics.diagnostic import meant
from statewright.language.diagnostics.problems import Problems
from statewright.language.entities.schema_keywords import ARRAY_PARTS, IN_PLACE, OBJECT_PARTS
from statewright.language.marks import At, List, Map

# Values nest no deeper (kernel/values.py); a schema that contains itself is followed so far.
LEVELS = 64
# Checks on the way to one part of a value. Alternatives of alternatives multiply, and nobody means thousands.
WORK_MAX = 10_000


def check_references(root: At, references: list[At], problems: Problems) -> None:
    """Complains about each `$ref` that leads nowhere, and about schemas that would be checked for ever."""
    places = _places(root)
    targets: dict[str, str] = {}
    for at in references:
        found = places.get(at.value)
        if found is None:
            schemas = (name for name, place in places.items() if isinstance(place.value, Map))
            hint = meant(at.value, schemas) or "it is written #/$defs/name, from the top of this schema"
            problems.error("SCHEMA_INVALID", f"the schema has nothing at {at.value!r}", at, hint=hint)
        else:
            targets[at.path] = found.path
    if problems.failed:
        return
    parts = {at.path: _part(at, targets) for at in places.values() if isinstance(at.value, Map)}
    try:
        order = tuple(TopologicalSorter({path: part.same for path, part in parts.items()}).static_order())
    except CycleError as error:
        at = next(at for at in references if at.path.rpartition("/")[0] in error.args[1])
        hint = "let it refer to itself under `properties` or `items`"
        problems.error("SCHEMA_RECURSIVE", "a schema cannot be its own part", at, hint=hint)
        return
    if _work(order, parts) > WORK_MAX:
        message = "to check a value by this schema could take for ever: its alternatives refer to each other"
        hint = "let each `$ref` be reached once, and tell alternatives apart by their type"
        problems.error("SCHEMA_TOO_EXPENSIVE", message, references[0], hint=hint)


class _Part(msgspec.Struct, frozen=True):
    """What a schema is made of, by path: schemas that see the same value, its members, its elements.

    Of members that are told apart by their names a value's part meets one; of `every` it meets all.
    """

    same: tuple[str, ...]
    members: tuple[str, ...]
    every: tuple[str, ...]


def _part(at: At, targets: dict[str, str]) -> _Part:
    reference = f"{at.path}/$ref"
    same = [path for key in IN_PLACE for path in _below(at, key)]
    if reference in targets:
        same.append(targets[reference])
    members = [*_below(at, "properties"), *_below(at, "prefixItems")]
    every = [path for key in (*OBJECT_PARTS, *ARRAY_PARTS) for path in _below(at, key) if path not in members]
    return _Part(tuple(same), tuple(members), tuple(every))


def _below(at: At, key: str) -> list[str]:
    """Returns the paths of the schemas under a keyword, which holds one, or a list or map of them."""
    entry = at.get(key)
    if entry is None:
        return []
    several = isinstance(entry.value, List) or key in ("properties", "patternProperties", "dependentSchemas")
    return [child.path for child in (_children(entry) if several else (entry,)) if isinstance(child.value, Map)]


def _work(order: tuple[str, ...], parts: dict[str, _Part]) -> int:
    """Returns how often one part of a value is looked at, at most, on the way down to it."""
    deeper = dict.fromkeys(order, 1)
    for _ in range(LEVELS):
        here: dict[str, int] = {}
        for path in order:
            part = parts[path]
            members = max((deeper[inner] for inner in part.members), default=0)
            here[path] = 1 + members + sum(here[one] for one in part.same) + sum(deeper[one] for one in part.every)
        if here == deeper or max(here.values()) > WORK_MAX:
            break
        deeper = here
    return max(here.values())


def _places(root: At) -> dict[str, At]:
    """Returns all that a `$ref` can name: the whole, pointers and anchors."""
    found = {"#": root}
    for at in _inside(root):
        found["#" + at.path.removeprefix(root.path)] = at
        if isinstance(at.value, Map) and isinstance(at.value.get("$anchor"), str):
            found["#" + at.value["$anchor"]] = at
    return found


def _inside(at: At) -> Iterator[At]:
    for child in _children(at):
        yield child
        yield from _inside(child)


def _children(at: At) -> Iterator[At]:
    return at.elements() if isinstance(at.value, List) else (entry for _, entry in at.entries())
