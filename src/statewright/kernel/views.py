"""What templates see: lazy views over frames and results, never copies (kernel rule R19).

Source of the names: workflows.md 4.3 and 20. A name that does not exist is `MISSING`; the expression decides what
that means.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from statewright.kernel.expressions.views import MISSING, View
from statewright.kernel.overlay import Overlay
from statewright.kernel.program import Program, child_path, key_of
from statewright.kernel.progress import Family, progress, status_of
from statewright.kernel.state import Result
from statewright.kernel.values import Json


class Lookup:
    """Finds tasks' results from a place in the program."""

    __slots__ = ("at", "overlay", "program")

    def __init__(self, program: Program, overlay: Overlay, at: int) -> None:
        self.program = program
        self.overlay = overlay
        self.at = at

    def output(self, path: str) -> Any:
        """Returns the output of the task at `path`: plain data, a view, or None where it left nothing."""
        result = self.overlay.result(path)
        return None if result is None else self.shown(path, result)

    def shown(self, path: str, result: Result) -> Any:
        """Returns the output of a result: plain data, or a view."""
        node = self.program.nodes[result.node]
        if node.outputs is not None:
            return result.output
        return node.kind.view(self, path, result)

    def find(self, path: str, id: str) -> str | None:
        """Returns the path of task `id` as seen from the frame at `path`: the nearest container that has it wins.

        The frame itself may be that container: its `outputs` see its own children.
        """
        key = self.program.places.get(id)
        if key is None or "[]" not in key:
            # What nothing repeats has one path, wherever it is looked for.
            return key
        container: str | None = path
        while container is not None:
            found = self._child(container, key)
            if found is not None:
                return found
            frame = self.overlay.frame(container)
            container = frame.parent if frame is not None else None
        return None

    def _child(self, container: str, key: str) -> str | None:
        node = self.program.nodes[key]
        path = child_path(container, node)
        return path if key_of(path) == key else None


def plain(value: Any) -> Json:
    """Returns plain JSON data of a value that may be a view."""
    return value.plain() if isinstance(value, View) else value


class MapView(View):
    """A view whose keys are known: a table of name to function."""

    is_list = False

    def names(self) -> list[str]:
        """Returns the keys that this view has."""
        raise NotImplementedError

    def at(self, index: int) -> Any:
        """A map has no positions."""
        return MISSING

    def length(self) -> int:
        """Returns how many keys there are."""
        return len(self.names())

    def items(self) -> Iterator[tuple[str | int, Any]]:
        """Yields keys with values: not every name has one everywhere."""
        for name in self.names():
            value = self.get(name)
            if value is not MISSING:
                yield name, value

    def plain(self) -> Json:
        """Returns a plain map."""
        return {str(name): plain(value) for name, value in self.items()}


class TasksView(MapView):
    """`.tasks`: the finished tasks visible from a frame."""

    def __init__(self, lookup: Lookup, path: str) -> None:
        self._lookup = lookup
        self._path = path

    def get(self, key: str) -> Any:
        """Returns the task with this id, if it has finished."""
        path = self._lookup.find(self._path, key)
        result = self._lookup.overlay.result(path) if path is not None else None
        return MISSING if path is None or result is None else TaskView(self._lookup, path, result)

    def names(self) -> list[str]:
        """Returns the ids of the finished tasks that have a place of their own."""
        return [id for id in self._lookup.program.places if self.get(id) is not MISSING]


class TaskView(MapView):
    """`.tasks.X`: one finished task."""

    def __init__(self, lookup: Lookup, path: str, result: Result) -> None:
        self._lookup = lookup
        self._path = path
        self._result = result

    def get(self, key: str) -> Any:
        """Returns one of the task's facts."""
        result = self._result
        if key == "output":
            return self._lookup.shown(self._path, self._result)
        if key == "children":
            return self._children()
        if key == "error":
            return None if result.error is None else msgspec.to_builtins(result.error)
        facts = {
            "id": result.id,
            "status": status_of(self._path, result),
            "input": result.input,
            "execution_type": self._lookup.program.nodes[result.node].kind.name,
        }
        return facts.get(key, MISSING)

    def names(self) -> list[str]:
        """Returns the facts that every task has."""
        return ["id", "status", "execution_type", "output", "input", "error"]

    def _children(self) -> Any:
        view = self._lookup.program.nodes[self._result.node].kind.view(self._lookup, self._path, self._result)
        return view.tasks() if isinstance(view, ChildrenView) else {}


class ChildrenView(View):
    """A container's output: its children's outputs by id, and as a list where `as_list`.

    It answers to `progress_info` and `outputs` too, so that projects of the original engine find what they know. Ids
    are looked for once: a view remembers those that it has passed.
    """

    def __init__(self, lookup: Lookup, family: Family, *, as_list: bool, whole: bool = False) -> None:
        self._lookup = lookup
        self._family = family
        self._whole = whole
        self._passed: dict[str, tuple[str, Result]] = {}
        self._ahead = self._results()
        self.is_list = as_list

    def tasks(self) -> ChildrenView:
        """Returns the same children as task views instead of outputs."""
        return ChildrenView(self._lookup, self._family, as_list=False, whole=True)

    def get(self, key: str) -> Any:
        """Returns the child with this id, else the container's own facts."""
        found = self._child(key)
        if found is not None:
            return self._shown(*found)
        if key == "outputs":
            return ChildrenView(self._lookup, self._family, as_list=False)
        return progress(self._lookup.overlay, self._family) if key == "progress_info" else MISSING

    def at(self, index: int) -> Any:
        """Returns the child at a position."""
        paths = self._family.paths
        if not 0 <= index < len(paths):
            return MISSING
        result = self._lookup.overlay.result(paths[index])
        return None if result is None else self._shown(paths[index], result)

    def length(self) -> int:
        """Returns how many children there are."""
        return len(self._family.paths) if self.is_list else sum(1 for _ in self._results())

    def items(self) -> Iterator[tuple[str | int, Any]]:
        """Yields positions or ids with outputs."""
        if self.is_list:
            yield from enumerate(self._listed())
        else:
            for path, result in self._results():
                yield result.id, self._shown(path, result)

    def plain(self) -> Json:
        """Returns a plain list or map of outputs."""
        if self.is_list:
            return [plain(value) for value in self._listed()]
        return {str(key): plain(value) for key, value in self.items()}

    def _listed(self) -> Iterator[Any]:
        found = self._lookup.overlay.result
        for path in self._family.paths:
            result = found(path)
            yield None if result is None else self._shown(path, result)

    def _child(self, id: str) -> tuple[str, Result] | None:
        if id not in self._passed:
            for path, result in self._ahead:
                self._passed.setdefault(result.id, (path, result))
                if result.id == id:
                    break
        return self._passed.get(id)

    def _shown(self, path: str, result: Result) -> Any:
        return TaskView(self._lookup, path, result) if self._whole else self._lookup.shown(path, result)

    def _results(self) -> Iterator[tuple[str, Result]]:
        for path in self._family.paths:
            result = self._lookup.overlay.result(path)
            if result is not None:
                yield path, result


class WorkflowView(MapView):
    """`.workflow`: the run itself. Its times are those of events, so that a replay sees the same (R16)."""

    def __init__(self, lookup: Lookup) -> None:
        self._lookup = lookup

    def get(self, key: str) -> Any:
        """Returns one of the run's facts."""
        overlay = self._lookup.overlay
        if key == "input":
            return overlay.run("input")
        if key == "output":
            return overlay.run("output")
        if key in ("exec_id", "execution_id"):
            return overlay.run("run")
        if key == "execution_time":
            return (self._lookup.at - overlay.run("started_at")) / 1000
        if key in ("completed_tasks", "success_rate"):
            return self._completed() if key == "completed_tasks" else self._success_rate()
        program = self._lookup.program
        facts = {
            "id": program.id,
            "version": program.version,
            "description": program.description,
            "status": "RUNNING",
            "error": None,
        }
        return facts.get(key, MISSING)

    def names(self) -> list[str]:
        """Returns the facts of a run."""
        return ["id", "version", "description", "status", "error", "input", "exec_id", "execution_id"]

    def _top_level(self) -> list[Result]:
        return [
            result for path, result in self._lookup.overlay.results().items() if "." not in path and "[" not in path
        ]

    def _completed(self) -> list[str]:
        return [result.id for result in self._top_level()]

    def _success_rate(self) -> float | int:
        finished = self._top_level()
        won = sum(1 for result in finished if result.status == "success")
        return won / len(finished) if finished else 0
