"""Generated workflows, and a world for them: whatever dies in between, each comes to the same end.

What a program comes to depends on its tasks alone. So tasks that race are left out, a call that is refused for now is
tried more often than it is refused, and every wait has a name of its own.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

import msgspec
import yaml
from hypothesis import strategies as st

from statewright.effects.performer import Answer, Refusal, Work
from statewright.kernel.effects import Call
from statewright.language.loader import load
from tests.conformance.corpus import Case, Expected, Workflows

CALLS = ("fine", "fine", "fine", "flaky", "broken", "large")
CHILD = """
id: child
tools:
  - {id: call, type: javascript, execute: "() => ({})"}
tasks:
  - {id: one, type: basic, tool: call, with: {name: "{{ .workflow.input.name }}-one"}, compensate: undo_one}
  - {id: two, type: basic, tool: call, with: {name: "{{ .workflow.input.name }}-{{ .workflow.input.how }}"}, retries: 3}
  - {id: undo_one, type: basic, tool: call, with: {name: "undo-{{ .workflow.input.name }}-one"}}
"""
# Blobs are kept by content from 256 KB on.
LARGE = "x" * 300_000


class World:
    """Says the same to the same call whoever asks; counts the effects that it saw, by name."""

    def __init__(self) -> None:
        self.seen: dict[str, str] = {}
        self._refused: Counter[str] = Counter()

    def __call__(self, call: Call, work: Work) -> Answer | Refusal:
        """Returns what the name in the request asks for."""
        name = str(call.request["input"]["name"])
        self.seen[call.id] = name
        if name.endswith("broken"):
            return Refusal(code="BROKEN", message="no such thing")
        if name.endswith("flaky") and self._refused[call.id] < 2:
            self._refused[call.id] += 1
            return Refusal(code="BUSY", message="come back later", retryable=True)
        return Answer(value={"text": LARGE} if name.endswith("large") else {"name": name})

    def ledger(self) -> Counter[str]:
        """Returns how many effects each name had: what was done, whoever asked how often."""
        return Counter(self.seen.values())


@st.composite
def cases(draw: Any) -> Case:
    """Draws a project of a workflow and its child."""
    numbers = iter(range(1, 1_000))
    tasks = _list(draw, numbers, depth=0)
    main = {"id": "main", "tools": [{"id": "call", "type": "javascript", "execute": "() => ({})"}], "tasks": tasks}
    files = {
        "statewright.yaml": b"name: generated\nworkflows: [{source: main.yaml}, {source: child.yaml}]\n",
        "main.yaml": yaml.safe_dump(main, sort_keys=False).encode(),
        "child.yaml": CHILD.encode(),
    }
    loaded = load(files.get, lambda pattern: [], "statewright.yaml")
    errors = [found for found in loaded.diagnostics if found.severity == "error"]
    assert not errors, (files["main.yaml"].decode(), errors)
    return Case(
        name="generated",
        story=files["main.yaml"].decode(),
        program=loaded.programs["main"],
        workflows=Workflows(loaded.programs, loaded.definitions),
        input={},
        lines=(),
        events=(),
        runs=(),
        simulate=False,
        expect=Expected(),
        hosts=(),
        any_order=True,
        crashes_show=False,
    )


def _list(draw: Any, numbers: Any, *, depth: int) -> list[Any]:
    found: list[Any] = []
    for _ in range(draw(st.integers(1, 3))):
        kinds = ["call", "pass", "saga", "sleep", "talk", "child"] + (
            ["parallel", "collection", "composite"] * (depth < 2)
        )
        found += _KINDS[draw(st.sampled_from(kinds))](draw, numbers, depth)
    return found


def _call(draw: Any, numbers: Any, depth: int) -> list[Any]:
    return [_calling(draw, f"t{next(numbers)}")]


def _calling(draw: Any, id: str) -> dict[str, Any]:
    name = f"{id}-{draw(st.sampled_from(CALLS))}"
    return {"id": id, "type": "basic", "tool": "call", "with": {"name": name}, "retries": 3}


def _pass(draw: Any, numbers: Any, depth: int) -> list[Any]:
    return [{"id": f"t{next(numbers)}", "type": "basic", "with": {"n": draw(st.integers(0, 3))}}]


def _saga(draw: Any, numbers: Any, depth: int) -> list[Any]:
    id = f"t{next(numbers)}"
    undo = {"id": f"undo_{id}", "type": "basic", "tool": "call", "with": {"name": f"undo-{id}"}}
    return [{**_calling(draw, id), "compensate": undo["id"]}, undo]


def _sleep(draw: Any, numbers: Any, depth: int) -> list[Any]:
    return [{"id": f"t{next(numbers)}", "type": "basic", "with": {"n": 1}, "sleep": "5s"}]


def _talk(draw: Any, numbers: Any, depth: int) -> list[Any]:
    """A wait and the signal for it, side by side or one after the other; without the signal it times out."""
    id = f"t{next(numbers)}"
    name = f"{id}-{{{{ .index | default(0) }}}}" if depth else id
    wait: dict[str, Any] = {
        "id": f"{id}_wait",
        "type": "wait",
        "wait_for": name,
        "condition": "{{ true }}",
        "timeout": "1m",
    }
    wait |= {"outputs": {"heard": "{{ .output.wait_status }}"}}
    tell = {"id": f"{id}_tell", "type": "signal", "signal": {"id": name, "payload": {"n": 1}}}
    if draw(st.booleans()):
        wait["processor"] = {**_calling(draw, f"{id}_look"), "retries": 3}
    way = draw(st.sampled_from(["before", "beside", "never"]))
    ways: dict[str, list[Any]] = {"before": [tell, wait], "beside": [wait, tell], "never": [wait]}
    both = ways[way]
    if way == "before":
        return both
    return [{"id": f"{id}_talk", "type": "parallel", "strategy": "wait_all", "tasks": both}]


def _child(draw: Any, numbers: Any, depth: int) -> list[Any]:
    id = f"t{next(numbers)}"
    how = draw(st.sampled_from(CALLS))
    return [{"id": id, "type": "workflow", "workflow": "child", "with": {"name": id, "how": how}}]


def _container(kind: str) -> Any:
    def made(draw: Any, numbers: Any, depth: int) -> list[Any]:
        id = f"t{next(numbers)}"
        inner = _list(draw, numbers, depth=depth + 1)
        if kind == "composite":
            return [{"id": id, "type": kind, "tasks": inner}]
        strategy = draw(st.sampled_from(["wait_all", "best_effort"]))
        if kind == "parallel":
            return [{"id": id, "type": kind, "strategy": strategy, "tasks": inner}]
        each = {"id": f"{id}-{{{{ .index }}}}", "type": "composite", "tasks": inner}
        mode = draw(st.sampled_from(["parallel", "sequential"]))
        items = list(range(draw(st.integers(0, 3))))
        return [{"id": id, "type": kind, "strategy": strategy, "mode": mode, "items": items, "task": each}]

    return made


_KINDS: dict[str, Any] = {
    "call": _call,
    "pass": _pass,
    "saga": _saga,
    "sleep": _sleep,
    "talk": _talk,
    "child": _child,
    "parallel": _container("parallel"),
    "collection": _container("collection"),
    "composite": _container("composite"),
}


class Came(msgspec.Struct, frozen=True):
    """What a program came to: its end, what became of each task, what was done, and the ends of all runs."""

    status: str
    output: Any
    tasks: dict[str, str]
    ledger: dict[str, int]
    family: list[tuple[str, str]]
