"""The compiled program: what `language` makes of YAML and `decide` reads. Frozen; nothing here runs.

A node's `key` is its position: the segments of its containers joined by dots, `[]` where a collection repeats it. A
frame's path is the same with the index filled in: node `process[].extract` has the frame `process[3].extract`.
"""

from __future__ import annotations

from typing import Any, Literal, Protocol

import msgspec
import re2

from statewright.kernel.expressions.template import Template, Tree
from statewright.kernel.schemas import Schema
from statewright.kernel.values import Json

ROOT = ""
# Which decisions this release makes; a run keeps the number it started with (R28).
LOGIC_VERSION = 1

# What a task type's `Fields` may be annotated with, besides plain types. The language reads these aliases.
Children = tuple[str, ...]  # YAML list of tasks -> keys of their nodes, in order
Child = str  # one YAML task -> key of its node
Target = str  # the id of a task beside this one -> key of its node
WorkflowId = str  # the id of a workflow of the project
Words = Template | str  # a text that may be a template
Signalled = tuple[Words, Tree | None]  # a map of `id` and `payload`
Routes = dict[str, str]  # YAML map of route -> task or task id; here route -> key of the node
Duration = int  # milliseconds
Predicate = Template  # a condition that comes to true or false


class Place(msgspec.Struct, frozen=True):
    """Where in the text something was written: 1-based line and column."""

    file: str
    line: int
    column: int


class Next(msgspec.Struct, frozen=True):
    """Where the flow goes after a task: key of the next node, and input merged below that task's own `with`."""

    node: str
    with_: Tree | None = None


class Retry(msgspec.Struct, frozen=True):
    """How often and how patiently a refused call is tried again. Delays are milliseconds."""

    attempts: int = 1
    initial: int = 1_000
    factor: float = 2.0
    longest: int = 60_000


class Node(msgspec.Struct, frozen=True, kw_only=True):
    """One task of the program."""

    key: str
    segment: str  # the last step of its path, below its container
    id: Template | str
    kind: TaskType
    fields: Any  # an instance of the task type's own `Fields`
    with_: Tree | None = None
    outputs: Tree | None = None
    on_success: Next | None = None
    on_error: Next | None = None
    final: bool = False
    retry: Retry = Retry()
    timeout: Duration = 0
    sleep: Duration = 0
    input: Schema | None = None
    output: Schema | None = None
    action: str = ""
    compensate: str = ""  # key of the task that undoes this one
    env: dict[str, Json] = {}  # variables of its own over those of its containers: values, or references to secrets
    place: Place | None = None


class TaskType(Protocol):
    """A kind of task: one file in kernel/tasks/. `Fields` says what YAML may say, the rest says what follows."""

    @property
    def name(self) -> str:
        """The word that YAML uses."""

    @property
    def Fields(self) -> type[msgspec.Struct]:
        """What YAML may say beyond what every task may."""

    @property
    def times_out(self) -> str:
        """The code of its failure when a timer ends it; empty where the host keeps its time (R16)."""

    @property
    def asks(self) -> bool:
        """Whether its raw output is the world's: `output` checks that, else what the task ends with."""

    def start(self, visit: Any) -> Any:
        """Returns the first `Move` of a `Visit` (kernel/turn.py); the frame's input is rendered."""

    def answered(self, visit: Any, role: str, closing: Any) -> Any:
        """Returns the `Move` after one of its effects was closed."""

    def child_done(self, visit: Any, child: str) -> Any:
        """Returns the `Move` after the child at path `child` finished; its result is in the state."""

    def received(self, visit: Any) -> Any:
        """Returns the `Move` after a signal arrived that it listens to."""

    def children(self, visit: Any) -> Any:
        """Returns the paths, in order, below which frames may be alive. Cancelling walks them (R20)."""

    def extent(self, frame: Any) -> tuple[int, int]:
        """Returns how many children a frame of this type has begun, and how many it has not, as far as it knows."""

    def view(self, lookup: Any, path: str, result: Any) -> Any:
        """Returns what `.tasks.X.output` shows where the task has no `outputs`: plain data or a lazy view."""


class Model(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A model to ask. `api_key` is a `Secret` reference or nothing; `params` are the provider's sampling options."""

    provider: str
    model: str
    params: dict[str, Json] = {}
    api_key: Json = None
    api_url: str = ""
    timeout: Duration = 60_000
    retry: Retry = Retry()


class Retention(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How a memory keeps conversations. Limits of 0 are none; spans of time of 0 have no end.

    A conversation past `max_messages` or `max_tokens` loses its oldest messages, down to `keep_*` where that is given.
    """

    max_messages: int = 0
    max_tokens: int = 2_000  # the original engine's, where nobody says anything
    keep_messages: int = 0
    keep_tokens: int = 0
    strategy: Literal["simple_fifo", "lru"] = "simple_fifo"
    flushes: bool = True
    ttl: Duration = 0
    append_ttl: Duration = 0
    flush_ttl: Duration = 0
    redact: tuple[str, ...] = ()  # patterns
    redaction: str = "[REDACTED]"
    unkept: tuple[str, ...] = ()  # roles


class MemoryUse(msgspec.Struct, frozen=True, kw_only=True):
    """A conversation that an agent reads and, unless read-only, appends to."""

    id: str
    key: Template | str
    mode: Literal["read-write", "read-only"] = "read-write"
    rules: Retention = Retention()


class Prompt(msgspec.Struct, frozen=True, kw_only=True):
    """One question to a model: what a basic task with an agent, or with a bare prompt, does."""

    model: Model
    agent: str = ""
    action: str = ""
    instructions: Template | str = ""
    prompt: Template | str = ""
    schema: Schema | None = None
    json_mode: bool = False
    memory: tuple[MemoryUse, ...] = ()
    tools: tuple[str, ...] = ()


class Tool(msgspec.Struct, frozen=True, kw_only=True):
    """A callable of the world. Secrets stand in `config` and `env` only: those are its sinks (R7)."""

    id: str
    kind: Literal["http", "javascript", "python", "entrypoint"]
    description: str = ""
    config: Json = None
    env: dict[str, Json] = {}
    code: str = ""  # javascript: the text of the function
    entry: str = ""  # python: "file.py:function"; entrypoint: the module's path; relative to the project folder
    permissions: tuple[str, ...] = ()
    with_: Json = None  # default input
    input: Schema | None = None
    output: Schema | None = None
    timeout: Duration = 60_000
    at_most_once: bool = False


_INDEX = re2.compile(r"\[\d+\]")


def key_of(path: str) -> str:
    """Returns the key of the node that the frame or result at `path` belongs to."""
    return str(_INDEX.sub("[]", path)) if "[" in path else path


def child_path(path: str, node: Node) -> str:
    """Returns the path of a child of the container at `path`; the workflow's own children stand alone."""
    return f"{path}.{node.segment}" if path else node.segment


class Program(msgspec.Struct, frozen=True, kw_only=True):
    """A workflow ready to run. `digest` (hex SHA-256) names the definition text that a run is pinned to."""

    id: str
    digest: str
    nodes: dict[str, Node]  # by key; the workflow itself is the node `ROOT`
    inside: dict[str, tuple[str, ...]]  # key of a container -> keys of the nodes directly inside it
    places: dict[str, str]  # the author's id -> key of its node, where the id is not a template
    version: str = ""
    description: str = ""
    project: dict[str, Json] = {}
    input: Schema | None = None
    schemas: dict[str, Schema] = {}
    triggers: dict[str, Schema | None] = {}  # signals that start a run of it, and what their payload must look like
    tools: dict[str, Tool] = {}
    memories: dict[str, Retention] = {}
    env: dict[str, Json] = {}  # declared names: a literal value, or a `Secret` that the host fills in `Started.env`
    folder: str = ""  # where the project lies; only performers look at it
