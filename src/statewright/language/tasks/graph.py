"""The graph that a list of tasks draws: names to keys, who is led to by name, and the order of the rest.

Source: workflows.md 5.1 and DESIGN 9. Works on the YAML of one container, before anything is compiled.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec

from statewright.language.marks import At, Map
from statewright.language.templates.compiling import has_template
from statewright.language.yaml.reading import Reader

_SEGMENT = re.compile(r"[A-Za-z0-9_-]+\Z")
_UNSAFE = re.compile(r"[^A-Za-z0-9_-]")
ROUTER = "router"
DEFAULT = "default"
# The key of a collection's only child, and of whatever else repeats.
REPEATED = "[]"


class Spot(msgspec.Struct, frozen=True):
    """A task of a container: its YAML, its id as written (a route's key where there is none), key and segment.

    A group is what the compiler puts around a collection's `tasks`: nobody gave it an id.
    """

    at: At
    id: str
    key: str
    segment: str
    is_group: bool = False


class Container(msgspec.Struct, frozen=True):
    """The tasks of one list; `routed` are those written inside routers."""

    key: str
    depth: int
    listed: tuple[Spot, ...]
    routed: tuple[Spot, ...]

    @property
    def keys(self) -> dict[str, str]:
        """The keys of all its tasks by id; the first one where two have the same."""
        return {spot.id: spot.key for spot in reversed((*self.listed, *self.routed))}


def survey(key: str, depth: int, elements: list[At], reader: Reader) -> Container:
    """Returns the container at `key`; complains about ids that are there twice."""
    listed = tuple(_spot(key, index, at) for index, at in enumerate(elements))
    routed = tuple(inner for spot in listed for inner in _routed(key, spot))
    _refuse_doubles((*listed, *routed), reader)
    return Container(key, depth, listed, routed)


def order_of(container: Container, *, top_level: bool) -> tuple[str, ...]:
    """Returns the keys that follow each other without being told to; none where the graph is explicit."""
    if top_level and any(_is_explicit(spot.at) for spot in container.listed):
        return ()
    led_to = {id for spot in (*container.listed, *container.routed) for id in _targets(spot.at)}
    return tuple(spot.key for spot in container.listed if spot.id not in led_to)


def route_spot(container_key: str, router: Spot, index: int, route: str, at: At) -> Spot:
    """Returns where a task stands that is written inside a router: beside it, below its name."""
    safe = _UNSAFE.sub("_", route)
    # Two routes that differ in what a key cannot hold still have keys of their own.
    segment = f"{router.segment}.{safe if safe == route else f'{safe}#{index}'}"
    return Spot(at, _id(at) or route, _below(container_key, segment), segment)


def _spot(key: str, index: int, at: At) -> Spot:
    id = _id(at)
    segment = id if _SEGMENT.match(id) else f"#{index}"
    return Spot(at, id, _below(key, segment), segment)


def _id(at: At) -> str:
    id = at.value.get("id") if isinstance(at.value, Map) else None
    return id if isinstance(id, str) else ""


def _below(key: str, segment: str) -> str:
    return f"{key}.{segment}" if key else segment


def _routed(key: str, spot: Spot) -> Iterator[Spot]:
    routes = spot.at.get("routes") if spot.at.value.get("type") == ROUTER else None
    if routes is None:
        return
    for index, (route, entry) in enumerate(routes.entries()):
        if isinstance(entry.value, Map):
            inner = route_spot(key, spot, index, route, entry)
            yield inner
            yield from _routed(key, inner)


def _refuse_doubles(spots: tuple[Spot, ...], reader: Reader) -> None:
    seen: dict[str, Spot] = {}
    for spot in spots:
        if not _id(spot.at):
            continue
        first = seen.setdefault(spot.id.casefold(), spot)
        if first is spot or has_template(spot.id):
            continue
        line = (first.at.get("id") or first.at).mark.place().line
        same = "there are two tasks" if first.id == spot.id else f"only case tells {first.id!r} from the task"
        message = f"{same} {spot.id!r}; the first one is in line {line}"
        reader.problems.error("ID_DUPLICATE", message, spot.at.get("id") or spot.at, hint="rename one of them")


def _is_explicit(at: At) -> bool:
    """`on_error` alone does not make a graph explicit (DESIGN 9)."""
    arrow = at.get("on_success")
    return (arrow is not None and arrow.get("next") is not None) or at.value.get("final") is True


def _targets(at: At) -> Iterator[str]:
    """Yields the ids that a task leads to other than as its ordinary successor."""
    arrow = at.get("on_error")
    named = [arrow.value.get("next") if arrow is not None and isinstance(arrow.value, Map) else None]
    # What undoes a task, or answers for a signal that did not come, is not the next thing to do.
    named += [at.value.get("compensate"), at.value.get("on_timeout")]
    if at.value.get("type") == ROUTER:
        routes = at.get("routes")
        named += [at.value.get(DEFAULT)]
        named += [entry.value for _, entry in routes.entries()] if routes is not None else []
    yield from (name for name in named if isinstance(name, str))
