"""Small projects for the command line's tests."""

from __future__ import annotations

from pathlib import Path

# Needs nothing: tasks without an agent or tool pass their `with` through.
PASSING = """\
name: passing
config:
  input:
    type: object
    properties:
      name: { type: string }
      times: { type: integer, default: 2 }
    required: [name]
tasks:
  - id: first
    type: basic
    with: { text: "Hello {{ .workflow.input.name }}" }
  - id: second
    type: basic
    with: { text: "{{ .tasks.first.output.text }}!", times: "{{ .workflow.input.times }}" }
outputs:
  said: "{{ .tasks.second.output.text }}"
  times: "{{ .tasks.second.output.times }}"
"""

# Waits until somebody creates the file `go`, or fails where there is a file `fail`.
WAITING = """\
name: waiting
tools:
  - id: wait
    type: python
    execute: tools.py:wait
tasks:
  - id: before
    type: basic
    with: { ready: true }
  - id: wait
    type: basic
    $use: tool(local::tools.#(id=="wait"))
    with: { folder: "{{ .workflow.input.folder }}" }
outputs:
  waited: "{{ .tasks.wait.output.waited }}"
"""
WAITING_TOOLS = '''\
"""Waits for a file, so that a test decides when the tool answers."""

import time
from pathlib import Path


def wait(folder: str) -> dict[str, bool]:
    while not (Path(folder) / "go").exists():
        time.sleep(0.005)
    if (Path(folder) / "fail").exists():
        raise ValueError("it went wrong \\x1b[31mred")
    return {"waited": True}
'''

TWO_ERRORS = """\
name: wrong
tasks:
  - id: ask
    type: basc
    with: {}
  - id: then
    type: basic
    with: { text: "{{ .tasks.aks.output }}" }
    on_sucess: { next: ask }
"""


def passing(folder: Path) -> Path:
    """Returns the folder with a project that needs nothing."""
    (folder / "compozy.yaml").write_text(PASSING, "utf-8")
    return folder


def waiting(folder: Path) -> Path:
    """Returns the folder with a project whose tool waits for the file `go` in it."""
    (folder / "compozy.yaml").write_text(WAITING, "utf-8")
    (folder / "tools.py").write_text(WAITING_TOOLS, "utf-8")
    return folder


def let_go(folder: Path, *, fail: bool = False) -> None:
    """Lets the waiting tool answer."""
    if fail:
        (folder / "fail").touch()
    (folder / "go").touch()


# Looks, waits for a person's word, and looks again. What it looks at stands in the input.
GATED = """\
name: gated
triggers:
  - type: signal
    name: approved
tools:
  - id: look
    type: python
    execute: tools.py:look
tasks:
  - id: before
    type: basic
    $use: tool(local::tools.#(id=="look"))
    with: { what: "{{ .workflow.input.who }}" }
    on_success: { next: gate }
  - id: gate
    type: wait
    wait_for: approved
    timeout: 24h
    condition: 'signal.payload.ok == true'
    on_timeout: late
    on_success: { next: after }
  - id: late
    type: basic
    with: { seen: nobody }
    final: true
  - id: after
    type: basic
    $use: tool(local::tools.#(id=="look"))
    with: { what: "after {{ .tasks.before.output.seen }}" }
    final: true
outputs:
  said: '{{ .tasks.after.output.seen | default "late" }}'
"""
# What was looked at stands in a file, so that a test sees what left the process.
GATED_TOOLS = '''\
"""Looks at something, and writes down that it did."""


def look(what: str) -> dict[str, str]:
    with open("looked", "a") as file:
        file.write(what + "\\n")
    return {"seen": what}
'''


def gated(folder: Path, *, at_most_once: bool = False) -> Path:
    """Returns the folder with a project that waits for a signal between two looks."""
    once = "execute: tools.py:look\n    at_most_once: true"
    text = GATED.replace("execute: tools.py:look", once) if at_most_once else GATED
    (folder / "compozy.yaml").write_text(text, "utf-8")
    (folder / "tools.py").write_text(GATED_TOOLS, "utf-8")
    return folder


def looked(folder: Path) -> list[str]:
    """Returns what was looked at, in order."""
    path = folder / "looked"
    return path.read_text("utf-8").splitlines() if path.exists() else []
