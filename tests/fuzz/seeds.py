"""What fuzzing starts from: inputs that stand in the project already, and the words of the language."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from statewright.kernel.expressions.functions.registry import WORKFLOW_FUNCTIONS
from tests.fuzz.contract import FILE_MARK

ROOT = Path(__file__).resolve().parents[2]
# A larger seed makes every run slower and says no more.
SEED_BYTES_MAX = 20_000
TEMPLATES_IN_YAML = re.compile(r"\{\{.{1,400}?\}\}")

TEMPLATE_WORDS = (
    *sorted(WORKFLOW_FUNCTIONS),
    "{{", "}}", "{{-", "-}}", "{{/*", "*/}}", "if", "else", "else if", "end", "range", "with", "define", "block",
    "template", "break", "continue", "and", "or", "not", "call", "nil", "null", "true", "false", "in", "not in",
    "&&", "||", "==", "!=", "<=", ">=", ":=", "$", "$x", ".a.b", ".items", ".name", ".key", ".large", ".mixed",
    "['a']", "[0]", "|", "'''", '"', "`", "0x1F", "1e308", "9223372036854775807", "-9223372036854775808", "%-9.3v",
    "2006-01-02", "%[3]*.[2]*[1]f",
)  # fmt: skip
CONDITIONS = (
    'tasks.one.output.text == "hi" && size(items) > 0', "has(a.b) || !has(a.zz)", "items.exists(x, x.n > 2)",
    "items.all(x, x.n != null) ? n : f", "n in [1, 42]", 'name.matches("^A.*e$")', "items.map(x, x.name).size() == 3",
    "items.filter(x, has(x.n)).size()", '{"a": n}.a >= 42', "-n % 5 < 3 && yes", 'name.startsWith("Ada")',
    "int(f) + 1", "string(n) + name", 'timestamp("2026-11-21T10:00:00Z") > timestamp("2020-01-01T00:00:00Z")',
)  # fmt: skip
CONDITION_WORDS = (
    "has(", "size(", ".exists(x, ", ".all(x, ", ".filter(x, ", ".map(x, ", ".exists_one(x, ", ".matches(", " in [",
    "? ", " : ", "int(", "string(", "double(", "duration(", "timestamp(", "type(", "null", "b'", "r'", "u", "0x",
)  # fmt: skip
YAML_WORDS = (
    "$ref", "$use", "$merge", "local::", "global::", "resource::", "agent(", "tool(", "schema(", "&a ", "*a", "<<: ",
    "!!", "!!python", "|-", ">+", "---", "...", "%YAML 1.2", "? ", "- ", ": ", "tasks:", "agents:", "tools:", "type: ",
    "id: ", "with:", "input:", "outputs:", "on_success:", "next:", "config:", "autoload:", "include:", "schemas:",
    "strategy: deep", "key_conflict: error", "basic", "router", "parallel", "collection", "aggregate", "composite",
    "wait", "signal", "memory", "condition: ", "routes:", "items: ", "final: true", "properties:", "#(id==", "@keys",
    "0o17", "0x1F", ".inf", ".nan", "1e999", "~", "resource: ", "workflows:", "source: ", "{{ .input.x }}",
)  # fmt: skip


def seeds_of(name: str) -> list[bytes]:
    """Returns the first inputs of a harness, each once."""
    texts = dict.fromkeys(_SEEDS[name]())
    return [data for data in (text.encode() for text in texts) if 0 < len(data) <= SEED_BYTES_MAX]


def words_of(name: str) -> str:
    """Returns the dictionary of a harness, in libFuzzer's form."""
    words = {"template": TEMPLATE_WORDS, "condition": (*TEMPLATE_WORDS, *CONDITION_WORDS)}.get(name, YAML_WORDS)
    return "".join(f'"{_escaped(word)}"\n' for word in words)


def _templates() -> Iterable[str]:
    for path in sorted((ROOT / "tests" / "vectors").glob("*.json")):
        vectors = json.loads(path.read_text("utf-8"))
        for case in vectors.get("cases", ()):
            if isinstance(case.get("template"), str):
                yield case["template"]
    for text in _yaml():
        yield from TEMPLATES_IN_YAML.findall(text)


def _conditions() -> Iterable[str]:
    yield from CONDITIONS
    for text in _templates():
        yield text
        # What stands in braces can stand without them.
        yield text.strip().removeprefix("{{").removesuffix("}}").strip(" -")


def _yaml() -> Iterable[str]:
    for folder in ("examples", "tests/language", "tests/conformance", "src/statewright"):
        for path in sorted((ROOT / folder).rglob("*.yaml")):
            yield path.read_text("utf-8", "replace")


def _projects() -> Iterable[str]:
    """Whole folders as one input each, so that files can name each other."""
    for path in sorted((ROOT / "examples").glob("*/compozy.yaml")):
        others = sorted(other for other in path.parent.rglob("*.yaml") if other != path)
        parts = [f"{FILE_MARK}{other.relative_to(path.parent).as_posix()}\n{other.read_text()}" for other in others]
        yield "\n".join([path.read_text("utf-8"), *parts])
    yield from _yaml()


_SEEDS: Mapping[str, Callable[[], Iterable[str]]] = {
    "condition": _conditions,
    "template": _templates,
    "yaml": _yaml,
    "directives": _projects,
}


def _escaped(word: str) -> str:
    return "".join(
        char if char.isalnum() or char in " .:|$-" else "".join(f"\\x{byte:02x}" for byte in char.encode())
        for char in word
    )
