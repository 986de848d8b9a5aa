"""The overlay: a decision's writes over an unchanged state. What it collects is the patch.

Every read looks at the patch first. Nothing is copied, so a decision costs what it changes (R20).
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import Any

from statewright.kernel.state import Frame, Patch, Pending, Result, Signals, State
from statewright.kernel.values import Json

_ABSENT = object()
NO_SIGNALS = Signals()


class Overlay:
    """Reads through to the state, writes to the patch."""

    __slots__ = ("patch", "state")

    def __init__(self, state: State) -> None:
        self.state = state
        self.patch = Patch()

    def frame(self, path: str) -> Frame | None:
        """Returns the live frame at `path`."""
        found = self.patch.frames.get(path, _ABSENT)
        return self.state.frames.get(path) if found is _ABSENT else found  # type: ignore[return-value]  # sentinel

    def result(self, path: str) -> Result | None:
        """Returns the result that the task at `path` left."""
        found = self.patch.results.get(path, _ABSENT)
        return self.state.results.get(path) if found is _ABSENT else found  # type: ignore[return-value]  # sentinel

    def pending(self, effect: str) -> Pending | None:
        """Returns an open effect."""
        found = self.patch.pending.get(effect, _ABSENT)
        return self.state.pending.get(effect) if found is _ABSENT else found  # type: ignore[return-value]  # sentinel

    def items(self, path: str) -> list[Json]:
        """Returns what the collection at `path` iterates."""
        found = self.patch.items.get(path)
        return self.state.items[path] if found is None else found

    def remove(self, path: str) -> None:
        """Takes the frame at `path` away, and what it iterated; what this decision made leaves no trace."""
        patch, state = self.patch, self.state
        if path in state.frames:
            patch.frames[path] = None
        else:
            del patch.frames[path]
        if path in state.items:
            patch.items[path] = None
        elif patch.items:
            patch.items.pop(path, None)

    def paths(self) -> list[str]:
        """Returns the paths of all live frames, in the order in which they began. Costs O(frames)."""
        merged = {**self.state.frames, **self.patch.frames}
        return [path for path, frame in merged.items() if frame is not None]

    def parent(self, path: str) -> str | None:
        """Returns the path of the container of a live frame."""
        frame = self.frame(path)
        return None if frame is None else frame.parent

    def frames_max(self) -> int:
        """Returns how many frames there are at most."""
        return len(self.state.frames) + len(self.patch.frames)

    def youngest(self) -> Iterator[str]:
        """Yields paths of frames, the newest first, those that have just ended among them. Costs what is taken."""
        yield from (path for path in reversed(self.patch.frames) if path not in self.state.frames)
        yield from reversed(self.state.frames)

    def signal(self, key: str) -> Json:
        """Returns a signal that is kept, or None."""
        found = self.patch.signals.get(key)
        return self.state.signals.get(key) if found is None else found

    def signals(self, name: str) -> Signals:
        """Returns what is known of the signals of a name."""
        return self.patch.logs.get(name) or self.state.logs.get(name) or NO_SIGNALS

    def drop_signal(self, key: str) -> None:
        """Lets go of a signal."""
        if key in self.state.signals:
            self.patch.signals[key] = None
        else:
            self.patch.signals.pop(key, None)

    def run(self, name: str) -> Any:
        """Returns a field of the run itself."""
        found = self.patch.run.get(name, _ABSENT)
        return getattr(self.state, name) if found is _ABSENT else found

    def results(self) -> dict[str, Result]:
        """Returns all results, in the order in which their paths first finished. Costs O(results): for views only."""
        merged = {**self.state.results, **self.patch.results}
        return {path: result for path, result in merged.items() if result is not None}

    def is_any_open(self, *, but: str = "") -> bool:
        """Says whether any effect is open, other than those of a role. Costs what it looks at before it finds one."""
        changed = self.patch.pending
        own = (pending for pending in changed.values() if pending is not None)
        left = (pending for id, pending in self.state.pending.items() if id not in changed)
        return any(pending.role != but for pending in chain(own, left))

    def open_effects(self) -> list[Pending]:
        """Returns all open effects in the order in which they were asked. Costs O(open effects)."""
        merged = {**self.state.pending, **self.patch.pending}
        return [pending for pending in merged.values() if pending is not None]
