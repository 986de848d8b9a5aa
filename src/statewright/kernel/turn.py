"""A turn: everything that one decision works with. It lives for one call of `decide` and writes to its overlay only."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping

import msgspec

from statewright.kernel.effects import AnyEffect
from statewright.kernel.events import Answered
from statewright.kernel.expressions.draws import Draws
from statewright.kernel.overlay import Overlay
from statewright.kernel.program import Program
from statewright.kernel.scope import validated
from statewright.kernel.state import Frame, Result, State
from statewright.kernel.values import Blob, Json
from statewright.kernel.views import Lookup, plain
from statewright.kernel.visit import Visit

_UNSEEN = object()


class BlobMissing(Exception):
    """Raised when a decision looks into a blob that the host has not loaded (R12)."""

    def __init__(self, digest: str) -> None:
        super().__init__(digest)
        self.digest = digest


class Turn:
    """One decision at work."""

    def __init__(self, program: Program, state: State, *, seq: int, at: int, blobs: Mapping[str, Json]) -> None:
        self.program = program
        self.overlay = Overlay(state)
        self.lookup = Lookup(program, self.overlay, at)
        self.seq = seq
        self.at = at
        self.steps = 0
        self.agenda: deque[tuple[str, Visit, str]] = deque()  # name, whose, child
        self.effects: list[AnyEffect] = []
        self.minted = 0
        self._blobs = blobs
        self._visits: dict[str, Visit | None] = {}

    def visit(self, path: str) -> Visit | None:
        """Returns the visit of the task at `path`; None where it is not alive."""
        known = self._visits.get(path, _UNSEEN)
        if known is not _UNSEEN:
            return known  # type: ignore[return-value]  # sentinel
        frame = self.overlay.frame(path)
        visit = None if frame is None else Visit(self, path, frame, self.program.nodes[frame.node])
        self._visits[path] = visit
        return visit

    def alive(self, path: str) -> Visit:
        """Returns the visit of the task at `path`; asking for one that is gone is a bug."""
        visit = self.visit(path)
        assert visit is not None, f"no frame at {path!r}"
        return visit

    def begin(self, path: str, frame: Frame) -> Visit:
        """Puts a new frame at `path`."""
        visit = self._visits[path] = Visit(self, path, frame, self.program.nodes[frame.node])
        self.overlay.patch.frames[path] = frame
        return visit

    def again(self, visit: Visit, number: int) -> Visit:
        """Begins the task anew in the same place: steps of the visit before are not taken any more."""
        visit.over = True
        return self.begin(visit.path, msgspec.structs.replace(visit.frame, visit=number))

    def end(self, visit: Visit) -> None:
        """Takes the frame away, and the items that it iterated."""
        visit.over = True
        self._visits[visit.path] = None
        self.overlay.remove(visit.path)

    def close(self) -> None:
        """Lets go of the visits. They hold the turn, and a circle would wait for the collector at every event."""
        self._visits.clear()
        self.agenda.clear()

    def result(self, path: str) -> Result:
        """Returns the result at `path`; asking for one that is not there is a bug."""
        result = self.overlay.result(path)
        assert result is not None, f"no result at {path!r}"
        return result

    def plain_output(self, path: str) -> Json:
        """Returns a finished task's output as plain data."""
        return plain(self.lookup.output(path))

    def value_of(self, closing: Answered) -> Json:
        """Returns an answer's value, looking into a blob where it is one."""
        return self.blob(closing.value) if isinstance(closing.value, Blob) else closing.value

    def blob(self, blob: Blob) -> Json:
        """Returns the value of a blob; raises `BlobMissing` where the host must load it first."""
        if blob.digest not in self._blobs:
            raise BlobMissing(blob.digest)
        return self._blobs[blob.digest]

    @property
    def strict(self) -> bool:
        """Whether a printed value that is missing is an error in this project."""
        return bool(self.program.project.get("strict_templates"))

    @property
    def functions(self) -> Mapping[str, Callable[..., Json]]:
        """The template functions that need the program."""
        return {"validateSchema": self._validated}

    def draws(self, place: str) -> Draws:
        """Returns the randomness of one place of the run."""
        return Draws(f"{self.overlay.run('seed')}:{place}")

    def _validated(self, value: Json, id: str) -> Json:
        return validated(self.program.schemas, value, id)
