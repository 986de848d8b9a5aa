"""Breaks a sound project in one place: each mutation changes one token of one line, as a slip of the finger would."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from tests.house.sources import ROOT

EXAMPLES = ROOT / "examples"
PROJECTS = ("hello-world", "customer-support", "support-and-data")
# What the seed's `.env` names.
ENVIRONMENT = frozenset({"BILLING_API_TOKEN"})
# Below these the author decides what the keys are.
FREE = frozenset({
    "with", "outputs", "output", "env", "properties", "routes", "params", "headers", "input", "schemas", "config",
    "permissions", "default", "example", "examples",
})  # fmt: skip
_KEY = re.compile(r"^(?P<indent>\s*(?:- )?)(?P<key>[a-z_]{4,}):(?P<rest>.*)$")
_REFERENCE = re.compile(r"\.tasks\.(?P<id>[a-z_]{4,})\.|#\(id==\\?[\"'](?P<selected>[a-z_-]{4,})\\?[\"']\)")
_QUOTED = re.compile(r'^[^"#]*: "[^"]*"\s*$')
_PLAIN = re.compile(r"^(?P<head>\s*(?:- )?(?:id|type|name|action|strategy|mode|next):) (?P<value>[a-zA-Z_-]+)\s*$")


class Mutant(NamedTuple):
    """A project with one line changed. `word` is what a good message would name."""

    kind: str
    file: str
    line: int
    word: str
    files: dict[str, str]


def sound(project: str) -> dict[str, str]:
    """Returns the files of an example."""
    folder = EXAMPLES / project
    return {path.relative_to(folder).as_posix(): path.read_text("utf-8") for path in _sources(folder)}


def mutants(project: str) -> Iterator[Mutant]:
    """Yields the example with each possible slip in it, one at a time."""
    files = sound(project)
    for file, text in files.items():
        if not file.endswith(".yaml"):
            continue
        lines = text.split("\n")
        for number, (line, free, block) in enumerate(zip(lines, *_surroundings(lines), strict=True), 1):
            for kind, changed, word in _slips(line, free=free, block=block):
                broken = "\n".join([*lines[: number - 1], *changed, *lines[number:]])
                yield Mutant(kind, file, number, word, {**files, file: broken})


def _sources(folder: Path) -> list[Path]:
    found = [path for path in sorted(folder.rglob("*")) if path.is_file() and path.suffix in (".yaml", ".ts", ".py")]
    return [path for path in found if path.name != "operator.yaml"]


def _surroundings(lines: list[str]) -> tuple[list[bool], list[bool]]:
    """Says of each line whether it stands below a key whose map is the author's own, or in a text of several lines."""
    free, block = [], []
    above: list[tuple[int, str]] = []
    for line in lines:
        depth = len(line) - len(line.lstrip(" -"))
        if line.strip():
            while above and above[-1][0] >= depth:
                above.pop()
        names = [name for _, name in above]
        free.append(bool(FREE.intersection(names)))
        block.append("|" in names)
        found = re.match(r"^[\s-]*([\w$-]+):(.*)$", line)
        if found and "|" not in names:
            above.append((depth, found[1]))
            if re.match(r"\s*[|>][-+]?\s*$", found[2]):
                above.append((depth, "|"))
    return free, block


def _slips(line: str, *, free: bool, block: bool) -> Iterator[tuple[str, list[str], str]]:
    for found in _REFERENCE.finditer(line):
        group = "id" if found["id"] else "selected"
        word = _swapped(found[group])
        yield "reference", [line[: found.start(group)] + word + line[found.end(group) :]], word
    if block or line.lstrip().startswith("#"):
        return
    if _QUOTED.match(line):
        yield "quote", [line.rstrip()[:-1]], ""
    key = _KEY.match(line)
    if key and not free:
        word = _swapped(key["key"])
        yield "key", [f"{key['indent']}{word}:{key['rest']}"], word
        yield "colon", [f"{key['indent']}{key['key']}{key['rest']}"], key["key"]
    plain = _PLAIN.match(line)
    if plain and not free:
        yield "value", [f"{plain['head']} {_swapped(plain['value'])}"], plain["value"]
        yield "type", [f"{plain['head']} [1]"], ""
    if line.strip() and not free:
        yield "removed", [], ""
        yield "deeper", ["   " + line], ""


def _swapped(word: str) -> str:
    """Swaps two letters that differ, as fast fingers do."""
    for at in range(1, len(word) - 1):
        if word[at] != word[at + 1]:
            return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    return word + "x"
