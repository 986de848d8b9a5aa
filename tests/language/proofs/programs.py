"""Makes workflows for the proofs: sound ones, and the same with one defect planted. A seed always makes the same text.

A task is one line of the text; the line with the defect ends with `# planted`, and `caret` is what a caret points at.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from typing import Any, NamedTuple

MARK = "# planted"
HEAD = """\
name: made
config:
  input:
    type: object
    properties: {name: {type: string}, count: {type: integer}, kind: {type: string, enum: [red, green, blue]}}
models:
  - {provider: simulated, model: m}
agents:
  - id: reader
    instructions: Read.
    actions:
      - id: read
        prompt: "Read {{ .input.text }}"
        input: {type: object, properties: {text: {type: string}}, required: [text]}
        output:
          type: object
          properties: {kind: {type: string, enum: [red, green, blue]}, text: {type: string}, sure: {type: boolean}}
tools:
  - id: pay
    type: http
    config: {base_url: "https://example.com"}
    input: {type: object, properties: {amount: {type: number}, to: {type: string}}, required: [amount]}
    output: {type: object, properties: {receipt: {type: string}, total: {type: number}}}
"""
KIND = "{{ .workflow.input.kind }}"

Task = dict[str, Any]


class Made(NamedTuple):
    """A workflow's text, the line of the planted defect (0 where there is none), and what stands at the caret."""

    text: str
    line: int
    caret: str


class Scene:
    """A workflow that grows task by task. `known` are tasks that were done before whatever comes next."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)
        self.known: list[str] = []
        self.tail = ""
        self.caret = ""
        self.is_open = True
        self._lines: list[str] = []
        self._count = 0

    def name(self, stem: str) -> str:
        """Returns a name that nobody has yet."""
        self._count += 1
        return f"{stem}{self._count}"

    def plain(self, stem: str = "plain", **more: Any) -> Task:
        """Returns a task that passes on what it is given."""
        return {"id": self.name(stem), "with": {"v": self.sound()}, **more}

    def asking(self, **more: Any) -> Task:
        """Returns a task that asks a model."""
        return {"id": self.name("ask"), "agent": "reader", "action": "read", "with": {"text": "hello"}, **more}

    def add(self, task: Task, caret: str = "") -> str:
        """Adds a task; with a caret, it is the planted one. Returns its name."""
        self._lines.append(_line(json.dumps(task), caret))
        self.caret = caret or self.caret
        return str(task["id"])

    def rule(self, policy: str, caret: str = "") -> None:
        """Adds a policy."""
        self.tail = f"policies:\n{_line(policy, caret)}\n"
        self.caret = caret or self.caret

    def alone(self) -> None:
        """Forgets all tasks, and takes none but those of the site: arrows say what follows."""
        self._lines, self.known, self.is_open = [], [], False

    def sound(self) -> str:
        """Returns a template that reads something that is surely there."""
        options = ["{{ .workflow.input.name }}", "{{ .workflow.input.count }}"]
        return self.rng.choice(options + [read(name) for name in self.known])

    def fill(self, count: int) -> None:
        """Adds sound tasks of any type."""
        for _ in range(count if self.is_open else 0):
            self.rng.choice(_FILLERS)(self)

    def text(self) -> str:
        """Returns the workflow."""
        return "\n".join([HEAD + "tasks:", *self._lines, self.tail])


# Adds what one proof is about: sound, or with its defect.
Site = Callable[[Scene, bool], None]


def made(site: Site, seed: int, *, broken: bool) -> Made:
    """Returns a workflow with a site somewhere in it."""
    scene = Scene(seed)
    scene.fill(scene.rng.randrange(4))
    site(scene, broken)
    scene.fill(scene.rng.randrange(3))
    text = scene.text()
    marked = [number for number, line in enumerate(text.splitlines(), 1) if line.endswith(MARK)]
    assert len(marked) == (1 if broken else 0), text
    return Made(text, marked[0] if marked else 0, scene.caret)


def read(name: str) -> str:
    """Returns a template that reads what a plain task passed on."""
    return f"{{{{ .tasks.{name}.output.v }}}}"


def _line(text: str, caret: str) -> str:
    return f"  - {text} {MARK}" if caret else f"  - {text}"


def _plain(scene: Scene) -> None:
    scene.known.append(scene.add(scene.plain()))


def _asking(scene: Scene) -> None:
    scene.known.append(scene.add(scene.asking(outputs={"v": "{{ .output.text }}"})))


def _both(scene: Scene) -> None:
    inner = [scene.plain("one"), scene.plain("two")]
    scene.add({"id": scene.name("both"), "type": "parallel", "tasks": inner})
    scene.known += [task["id"] for task in inner]


def _each(scene: Scene) -> None:
    name = scene.name("each")
    child = {"id": name + "-{{ .index }}", "with": {"v": "{{ .item }}"}}
    scene.add({"id": name, "type": "collection", "items": [1, 2], "task": child})


def _inner(scene: Scene) -> None:
    first = scene.plain("first")
    second: Task = {"id": scene.name("second"), "with": {"v": read(first["id"])}}
    scene.add({"id": scene.name("inner"), "type": "composite", "tasks": [first, second]})
    scene.known += [first["id"], second["id"]]


def _fork(scene: Scene) -> None:
    routes = {"red": scene.plain("left"), "default": scene.plain("right")}
    scene.add({"id": scene.name("fork"), "type": "router", "condition": KIND, "routes": routes})


_FILLERS: tuple[Callable[[Scene], None], ...] = (_plain, _asking, _both, _each, _inner, _fork)
