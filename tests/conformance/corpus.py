"""The corpus: one folder a case, with `workflow.yaml` and `case.yaml`. Every host must bring each to the same end.

`case.yaml` holds the story, the input, the world's answers, events from outside and what is expected. In its data
`{$count: n}` stands for the list 0..n-1 and `{$text: n}` for a text of n letters.
"""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any

import msgspec
import yaml

from statewright.kernel.events import AnyEvent
from statewright.kernel.program import Program
from statewright.kernel.state import State
from statewright.testing import Line, Script, load_workflow

FOLDER = Path(__file__).parent


class Outside(msgspec.Struct, frozen=True, kw_only=True):
    """An event delivered once record `after` is committed; `refused` is the code it must be refused with."""

    after: int
    type: str
    fields: dict[str, Any]
    refused: str = ""

    def event(self, at: int) -> AnyEvent:
        """Returns the event itself."""
        event: AnyEvent = msgspec.convert({"type": self.type, "at": at, **self.fields}, AnyEvent)
        return event


class Expected(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How the run ends. What is not given is not compared; `start` is the code that refuses the start itself."""

    status: str = ""
    output: Any = msgspec.UNSET
    error: str = ""
    start: str = ""
    tasks: dict[str, str] | None = None
    calls: int | None = None
    usage: dict[str, int] | None = None
    simulated: bool = False


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """One case, ready to run."""

    name: str
    story: str
    program: Program
    input: Any
    lines: tuple[Line, ...]
    events: tuple[Outside, ...]
    expect: Expected
    hosts: tuple[str, ...]
    any_order: bool

    def world(self) -> Script:
        """Returns a fresh world."""
        return Script(self.lines)


def names() -> list[str]:
    """Returns the names of all cases."""
    return sorted(path.parent.name for path in FOLDER.glob("*/case.yaml"))


@functools.cache
def case(name: str) -> Case:
    """Reads and compiles a case."""
    about = yaml.safe_load((FOLDER / name / "case.yaml").read_text())
    return Case(
        name=name,
        story=about["story"],
        program=load_workflow((FOLDER / name / "workflow.yaml").read_bytes()),
        input=_expanded(about.get("input")),
        lines=tuple(msgspec.convert(_expanded(line), Line) for line in about.get("answers", [])),
        events=tuple(_outside(event) for event in about.get("events", [])),
        expect=msgspec.convert(about["expect"], Expected),
        hosts=tuple(about.get("hosts", ["simulated", "memory", "sqlite"])),
        any_order=about.get("any_order", False),
    )


def tasks(state: State) -> dict[str, str]:
    """Returns what became of each task, by path."""
    return {path: result.status for path, result in state.results.items()}


def _outside(about: dict[str, Any]) -> Outside:
    fields = {key: value for key, value in about.items() if key not in ("after", "type", "refused")}
    return Outside(after=about["after"], type=about["type"], fields=fields, refused=about.get("refused", ""))


def _expanded(value: Any) -> Any:
    if isinstance(value, list):
        return [_expanded(item) for item in value]
    if not isinstance(value, dict):
        return value
    if set(value) == {"$count"}:
        return list(range(value["$count"]))
    if set(value) == {"$text"}:
        return "x" * value["$text"]
    return {key: _expanded(item) for key, item in value.items()}
