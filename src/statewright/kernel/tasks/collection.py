"""The collection task: one child per item, filtered as the cursor advances, at once or one after the other.

Source: workflows.md 5.4 and 5.5; kernel rules R18 (children are created only up to the limit) and R19 (results by
index). The items are written once beside the frame, so that a finished child costs the same whatever their number.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Literal, overload

import msgspec

from statewright.kernel.events import Closing
from statewright.kernel.expressions.template import Tree
from statewright.kernel.moves import Failed, Move, Start, Starts
from statewright.kernel.program import Child, Node, Predicate, child_path
from statewright.kernel.progress import Family
from statewright.kernel.state import Failure, Frame, Result
from statewright.kernel.tasks.concurrent import CONCURRENCY_MAX, begun, counted, ended, extent
from statewright.kernel.tasks.strategy import Strategy
from statewright.kernel.tasks.task import CONTAINER_TIMED_OUT, Leaf
from statewright.kernel.turn import Visit
from statewright.kernel.values import Json
from statewright.kernel.views import ChildrenView, Lookup

# More items than this are an error: split the work, or use runs of their own (DESIGN 9).
ITEMS_MAX = 100_000
# Items that one step looks at; a filter that drops many spreads over several steps of the budget (R18).
ITEMS_PER_STEP = 100


class Fields(msgspec.Struct, frozen=True, kw_only=True):
    """`max_workers` and `batch` of 0 set no limit of their own; `sequential` runs `batch` (or 1) at a time."""

    items: Tree
    task: Child
    item_var: str = "item"
    index_var: str = "index"
    mode: Literal["parallel", "sequential"] = "parallel"
    filter: Predicate | None = None
    batch: int = 0
    max_workers: int = 0
    strategy: Strategy = "wait_all"


class Collection(Leaf):
    """`type: collection`."""

    name: Literal["collection"] = "collection"
    Fields = Fields
    times_out = CONTAINER_TIMED_OUT

    def start(self, visit: Visit) -> Move:
        """Renders the items and starts the first children."""
        items = listed(visit.tree(visit.fields.items))
        if len(items) > ITEMS_MAX:
            message = f"the collection has {len(items)} items; {ITEMS_MAX} is the limit"
            return Failed(Failure("FANOUT_LIMIT", message, visit.path))
        visit.keep_items(items)
        return self._go(visit, begun(len(items)) | {"next": 0})

    def child_done(self, visit: Visit, child: str) -> Move:
        """Counts the child, if one ended, and starts the next items."""
        memory = visit.frame.memory
        return self._go(visit, counted(memory, visit.turn.result(child)) if child else memory)

    def answered(self, visit: Visit, role: str, closing: Closing) -> Move:
        """A collection asks for nothing itself."""
        raise AssertionError(f"collection {visit.path!r} asked for nothing, got {role!r}")

    def children(self, visit: Visit) -> Iterable[str]:
        """Returns the paths of the children started so far; of those that are alive, where fewer tasks are."""
        started, overlay = visit.frame.memory.get("started", 0), visit.turn.overlay
        if started <= overlay.frames_max():
            return Slots(visit.path, started)
        first = len(visit.path) + 1
        below = (path for path in overlay.paths() if overlay.parent(path) == visit.path)
        return sorted(below, key=lambda path: int(path[first:-1]))

    def extent(self, frame: Frame) -> tuple[int, int]:
        """A strategy may have decided before all of them have begun."""
        return extent(frame)

    def view(self, lookup: Lookup, path: str, result: Result) -> Json:
        """Shows the children's outputs as a list in item order, by id too."""
        family = Family(path, result, Slots(path, result.count), result.left)
        child = lookup.program.nodes[lookup.program.nodes[result.node].fields.task]
        return ChildrenView(lookup, family, as_list=True) if child.id else _GroupsView(lookup, family, child)

    def _go(self, visit: Visit, memory: dict[str, Json]) -> Move:
        fields = visit.fields
        last = ended(visit, fields.strategy, memory)
        if last is not None:
            return last
        return _fill(visit, fields, memory)


class Slots(Sequence[str]):
    """The paths of a collection's children. They are made as they are asked for, not all of them at each look."""

    def __init__(self, path: str, count: int) -> None:
        self._path = path
        self._count = count

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[str]:
        return (f"{self._path}[{index}]" for index in range(self._count))

    @overload
    def __getitem__(self, index: int) -> str: ...
    @overload
    def __getitem__(self, index: slice) -> list[str]: ...
    def __getitem__(self, index: int | slice) -> str | list[str]:
        if isinstance(index, slice):
            return [self[place] for place in range(self._count)[index]]
        return f"{self._path}[{range(self._count)[index]}]"


class _GroupsView(ChildrenView):
    """The output of a collection with several tasks for each item: a map of theirs for each item.

    By name, as `.children`, and counted as progress, it is the tasks themselves: nobody gave their group an id.
    """

    def __init__(self, lookup: Lookup, family: Family, group: Node) -> None:
        super().__init__(lookup, family, as_list=True)
        self._group = group
        self._each: ChildrenView | None = None

    def get(self, key: str) -> Json:
        """Returns the task with this id, else the collection's own facts."""
        return self._all().get(key)

    def tasks(self) -> ChildrenView:
        """Returns the tasks of all items."""
        return self._all().tasks()

    def _all(self) -> ChildrenView:
        if self._each is not None:
            return self._each
        inner = [self._lookup.program.nodes[key] for key in self._group.fields.tasks]
        family = self._family
        paths = [child_path(path, node) for path in family.paths for node in inner]
        each = Family(family.path, family.result, paths, family.left * len(inner))
        self._each = ChildrenView(self._lookup, each, as_list=False)
        return self._each


def _fill(visit: Visit, fields: Fields, memory: dict[str, Json]) -> Starts:
    items = visit.items()
    cursor, started, total = memory["next"], memory["started"], memory["total"]
    room = _limit(fields) - (started - memory["succeeded"] - memory["failed"])
    stop = min(cursor + ITEMS_PER_STEP, len(items))
    starts: list[Start] = []
    while cursor < stop and len(starts) < room:
        item = items[cursor]
        cursor += 1
        if fields.filter is not None and not _wanted(visit, fields, item, cursor - 1):
            total -= 1
            continue
        extra = _variables(fields, item, started)
        starts.append(Start(fields.task, f"[{started}]", extra))
        started += 1
    # Whoever stopped at the step's edge, or dropped the last items, must look again before anything is answered.
    more = (cursor < len(items) and len(starts) < room) or (cursor == len(items) and total < memory["total"])
    return Starts(tuple(starts), memory | {"next": cursor, "started": started, "total": total}, more)


def _limit(fields: Fields) -> int:
    if fields.mode == "sequential":
        return fields.batch or 1
    return min(limit for limit in (fields.max_workers, fields.batch, CONCURRENCY_MAX) if limit)


def _wanted(visit: Visit, fields: Fields, item: Json, position: int) -> bool:
    assert fields.filter is not None
    return visit.truth(fields.filter, _variables(fields, item, position))


def _variables(fields: Fields, item: Json, index: int) -> dict[str, Json]:
    return {"item": item, "index": index, fields.item_var: item, fields.index_var: index}


def listed(value: Json) -> list[Json]:
    """Returns the items that a rendered `items` stands for (workflows.md 5.5 collection 1)."""
    if value is None:
        return []
    if isinstance(value, list):
        return value
    if isinstance(value, dict):
        return [{"key": key, "value": item} for key, item in value.items()]
    if isinstance(value, int) and not isinstance(value, bool):
        return list(range(min(value, ITEMS_MAX + 1)))
    return _decoded(value)


def _decoded(value: Json) -> list[Json]:
    """A text may be a JSON list or map, as templates print them; any other scalar is a single item."""
    if isinstance(value, str) and value.lstrip()[:1] in ("[", "{"):
        try:
            return listed(msgspec.json.decode(value.encode()))
        except msgspec.DecodeError:
            return [value]
    return [value]
