"""The corpus: one folder a case, with `workflow.yaml` and `case.yaml`. Every host must bring each to the same end.

`case.yaml` holds the story, the input, the world's answers, events from outside and what is expected. In its data
`{$count: n}` stands for the list 0..n-1 and `{$text: n}` for a text of n letters. Any other YAML file of the folder is
another workflow of the same project: `runs` begins runs of it first, and tasks and signals may start more.
"""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any

import msgspec
import yaml

from statewright.hosts.reaching import Offered
from statewright.kernel.events import AnyEvent
from statewright.kernel.program import Program
from statewright.kernel.state import State
from statewright.language.loader import load
from statewright.testing import RUN, Line, Script, load_workflow

FOLDER = Path(__file__).parent
PROJECT, MAIN, ABOUT = "statewright.yaml", "workflow.yaml", "case.yaml"


class Outside(msgspec.Struct, frozen=True, kw_only=True):
    """An event for `run`, delivered once record `after` of the main run is committed, or `at` ms after the start.

    `refused` is the code that it must be refused with.
    """

    type: str
    fields: dict[str, Any]
    after: int = 0
    at: int = -1
    run: str = RUN
    refused: str = ""

    def event(self, at: int) -> AnyEvent:
        """Returns the event itself."""
        event: AnyEvent = msgspec.convert({"type": self.type, "at": at, **self.fields}, AnyEvent)
        return event


class Beside(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A run that begins before the main one."""

    run: str
    workflow: str
    input: Any = None


class Ending(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a run ends. What is not given is not compared."""

    status: str = ""
    output: Any = msgspec.UNSET
    error: str = ""


class Expected(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How the main run ends, and every other one; `start` is the code that refuses the start itself."""

    status: str = ""
    output: Any = msgspec.UNSET
    error: str = ""
    start: str = ""
    tasks: dict[str, str] | None = None
    calls: int | None = None
    asked: list[Any] | None = None  # the inputs of all tool calls, in order
    usage: dict[str, int] | None = None
    simulated: bool = False
    runs: dict[str, Ending] = {}


class Workflows:
    """The workflows of a case, as a host's library offers them."""

    def __init__(self, programs: dict[str, Program], definitions: dict[str, bytes]) -> None:
        self._programs = programs
        self._definitions = definitions
        self.by_digest = {program.digest: program for program in programs.values()}

    def find(self, workflow: str) -> Offered | None:
        """Returns the workflow with this id."""
        program = self._programs.get(workflow)
        return None if program is None else Offered(program, (program.digest, self._definitions[workflow]))

    def triggered_by(self, signal: str) -> list[str]:
        """Returns the workflows that this signal starts."""
        return [id for id, program in self._programs.items() if signal in program.triggers]


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """One case, ready to run."""

    name: str
    story: str
    program: Program
    workflows: Workflows
    input: Any
    lines: tuple[Line, ...]
    events: tuple[Outside, ...]
    runs: tuple[Beside, ...]
    simulate: bool
    expect: Expected
    hosts: tuple[str, ...]
    any_order: bool
    crashes_show: bool

    def world(self) -> Script:
        """Returns a fresh world."""
        return Script(self.lines)


def names() -> list[str]:
    """Returns the names of all cases."""
    return sorted(path.parent.name for path in FOLDER.glob(f"*/{ABOUT}"))


@functools.cache
def case(name: str) -> Case:
    """Reads and compiles a case."""
    about = yaml.safe_load((FOLDER / name / ABOUT).read_text())
    program, workflows = _compiled(FOLDER / name)
    return Case(
        name=name,
        story=about["story"],
        program=program,
        workflows=workflows,
        input=_expanded(about.get("input")),
        lines=tuple(msgspec.convert(_expanded(line), Line) for line in about.get("answers", [])),
        events=tuple(event for entry in about.get("events", []) for event in _outside(entry)),
        runs=tuple(msgspec.convert(run, Beside) for run in about.get("runs", [])),
        simulate=about.get("simulate", False),
        expect=msgspec.convert(_expanded(about["expect"]), Expected),
        hosts=tuple(about.get("hosts", ["simulated", "memory", "sqlite"])),
        any_order=about.get("any_order", False),
        # A lost attempt counts: what the world said to it, and that it may have left, changes what follows.
        crashes_show=about.get("crashes_show", bool(about.get("events"))),
    )


def tasks(state: State) -> dict[str, str]:
    """Returns what became of each task, by path."""
    return {path: result.status for path, result in state.results.items()}


def _compiled(folder: Path) -> tuple[Program, Workflows]:
    """Compiles the main workflow; with others beside it, as one project. What `gone` names is not offered any more."""
    files = {path.name: path.read_bytes() for path in sorted(folder.glob("*.yaml")) if path.name != ABOUT}
    if list(files) == [MAIN]:
        program = load_workflow(files[MAIN])
        return program, Workflows({program.id: program}, {program.id: files[MAIN]})
    sources = [{"source": name} for name in files]
    files[PROJECT] = yaml.safe_dump({"name": folder.name, "workflows": sources}).encode()
    loaded = load(files.get, lambda pattern: [], PROJECT)
    errors = [diagnostic for diagnostic in loaded.diagnostics if diagnostic.severity == "error"]
    assert not errors, (folder.name, errors)
    main = yaml.safe_load(files[MAIN])["id"]
    gone = yaml.safe_load((folder / ABOUT).read_text()).get("gone", [])
    offered = {id: program for id, program in loaded.programs.items() if id not in gone}
    return loaded.programs[main], Workflows(offered, loaded.definitions)


def _outside(about: dict[str, Any]) -> list[Outside]:
    """Returns an event; one with `times: n` comes so often, with its number as the payload's `n`."""
    own = ("after", "at", "type", "run", "refused", "times")
    fields = {key: _expanded(value) for key, value in about.items() if key not in own}
    settings = {key: about[key] for key in ("after", "at", "run", "refused") if key in about}
    if "times" not in about:
        return [Outside(type=about["type"], fields=fields, **settings)]
    numbered = ({**fields, "payload": {**fields.get("payload", {}), "n": n}} for n in range(about["times"]))
    return [Outside(type=about["type"], fields=one, **settings) for one in numbered]


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
