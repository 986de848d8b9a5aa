"""Holds: small files that would grow without end are answered within two seconds and 200 MB (reliability.md 4.1).

The bounds are the system's own, on a process of its own: whoever exceeds them is ended, and so fails here.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys

import pytest

from tests.house.sources import ROOT

SECONDS = 2
MEGABYTES = 200
# The limits begin when everything is imported: they are about the file, and not about the program.
LOAD = """
import json, resource, sys
from statewright.kernel.schemas import compile_schema
from statewright.language.loader import load
from statewright.language.paths import fits
text, files = sys.stdin.buffer.read(), int(sys.argv[1])
load({"p.yaml": b"name: p\\ntasks: [{id: a, with: {v: '{{ .x }}'}}]\\n"}.get, lambda pattern: [], "p.yaml")
used = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
spent = sum(resource.getrusage(resource.RUSAGE_SELF)[:2])
resource.setrlimit(resource.RLIMIT_AS, (used + MEGABYTES * 2**20,) * 2)
resource.setrlimit(resource.RLIMIT_CPU, (int(spent) + SECONDS,) * 2)
paths = ("x" * 200 + str(n) for n in range(files))
loaded = load({"p.yaml": text}.get, lambda pattern: (path for path in paths if fits(path, pattern)), "p.yaml")
print(json.dumps(sorted({found.code for found in loaded.diagnostics})))
""".replace("MEGABYTES", str(MEGABYTES)).replace("SECONDS", str(SECONDS))
TASKS = "tasks: [{id: a, with: {}}]\n"


def _input(schema: str) -> str:
    return f"name: p\nconfig:\n  input: {schema}\n{TASKS}"


def _doubled(form: str, depth: int, last: str) -> str:
    parts = "".join(f"x-{n}: {form.replace('NEXT', f'local::x-{n + 1}')}\n" for n in range(depth))
    return f"name: p\n{parts}x-{depth}: {last}\n{TASKS}"


ALIASES = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{name}: &{name} [{','.join([f'*{before}'] * 9)}]\n" for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)
TWO_REFS = "{$ref: 'NEXT'}, {$ref: 'NEXT'}"
BOMBS: dict[str, tuple[str, str]] = {
    "brackets": ("a: " + "[" * 30_000, "YAML_DEPTH_LIMIT"),
    "braces": ("a: " + "{a: " * 30_000, "YAML_DEPTH_LIMIT"),
    "dashes": ("a:\n" + "- " * 30_000, "YAML_DEPTH_LIMIT"),
    "question marks": ("? " * 30_000, "YAML_KEY_NOT_TEXT|YAML_DEPTH_LIMIT"),
    "aliases": (ALIASES, "YAML_ALIAS_LIMIT"),
    "merge keys": (
        "a: &a {x: 1}\n" + "".join(f"b{n}: &b{n}\n  <<: [*a, *a]\n" for n in range(25)),
        "YAML_MERGE_FORBIDDEN",
    ),
    "an alias of itself": ("a: &a [*a]\n", "YAML_RECURSIVE"),
    "a list of 2 MB": ("a:\n" + "- x\n" * 500_000, "DEF_TOO_LARGE"),
    "a list of 1 MB": ("a: [" + "1," * 500_000 + "]\n", "DEF_TOO_LARGE"),
    "tasks without end": ("name: p\ntasks: [" + "{}, " * 200_000 + "]\n", "DEF_TOO_LARGE"),
    "unknown keys": ("name: p\n" + "".join(f"kyes{n}: 1\n" for n in range(50_000)) + TASKS, "KEY_UNKNOWN"),
    "a number of a megabyte": ("name: p\nx-n: " + "9" * 1_000_000 + "\n" + TASKS, "NUMBER_TOO_LARGE"),
    "references that double": (_doubled(f"[{TWO_REFS}]", 30, "1"), "REF_DEPTH"),
    "references that double in maps": (_doubled("{a: {$ref: 'NEXT'}, b: {$ref: 'NEXT'}}", 30, "1"), "REF_DEPTH"),
    "references in ten": (_doubled("[" + ", ".join(["{$ref: 'NEXT'}"] * 10) + "]", 30, "1"), "REF_DEPTH"),
    "merges that double": (_doubled(f"{{$merge: [{TWO_REFS}]}}", 20, "[1, 2, 3]"), "REF_DEPTH"),
    "merges that double and stop short": (_doubled(f"{{$merge: [{TWO_REFS}]}}", 10, "[1, 2, 3]"), ""),
    "a chain of references": (_doubled("{$ref: 'NEXT'}", 1_000, "1"), "REF_DEPTH"),
    "a long selector": (f"name: p\nx-a: {{$ref: 'local::{'a.' * 400_000}b'}}\n{TASKS}", "REF_SYNTAX"),
    "a deep selector": (f"name: p\nx-a: {{$ref: 'local::{'#(' * 300}b'}}\n{TASKS}", "REF_SYNTAX"),
    "blocks of a template": (f"name: p\ntasks: [{{id: a, with: {{v: '{'{{ if .a }}' * 20_000}'}}}}]\n", "EXPR_[A-Z_]+"),
    "parentheses of a template": (f"name: p\ntasks: [{{id: a, with: {{v: '{{{{ {'(' * 50_000}'}}}}]\n", "EXPR_[A-Z_]+"),
    "actions of a template": (f"name: p\ntasks: [{{id: a, with: {{v: '{'{{ .a }}' * 100_000}'}}}}]\n", "EXPR_[A-Z_]+"),
    "a schema that is its own part": (_input('{$ref: "#"}'), "SCHEMA_RECURSIVE"),
    "a schema that doubles": (
        _input(
            "{$defs: {"
            + "".join(
                f"a{n}: {{anyOf: [{{$ref: '#/$defs/a{n + 1}'}}, {{$ref: '#/$defs/a{n + 1}'}}]}}, " for n in range(40)
            )
            + "a40: {}}, $ref: '#/$defs/a0'}"
        ),
        "SCHEMA_TOO_EXPENSIVE",
    ),
    "a schema that doubles with each level": (
        _input("{anyOf: [{items: {$ref: '#'}}, {items: {$ref: '#'}}]}"),
        "SCHEMA_TOO_EXPENSIVE",
    ),
    "a schema of 10,000 keywords": (
        _input("{properties: {" + ", ".join(f"p{n}: {{type: string}}" for n in range(10_000)) + "}}"),
        "SCHEMA_LIMIT",
    ),
    "a schema with a chain": (
        _input(
            "{properties: {"
            + "".join(f"a{n}: {{$ref: '#/properties/a{n + 1}'}}, " for n in range(2_000))
            + "a2000: {}}}"
        ),
        "",
    ),
    "a pattern that goes back": (_input("{type: string, pattern: '^(a+)+$'}"), ""),
    "a pattern that repeats": (_input("{type: string, pattern: '((a{1,999}){1,999}){1,999}'}"), "REGEX_UNSUPPORTED"),
    "a default for a pattern that goes back": (
        _input(f"{{type: string, pattern: '^(a+)+$', default: '{'a' * 50_000}!'}}"),
        "SCHEMA_DEFAULT_INVALID",
    ),
    "unique items": (_input(f"{{type: array, uniqueItems: true, default: [{','.join(map(str, range(50_000)))}]}}"), ""),
    "a glob with many stars": (f"name: p\nautoload: {{enabled: true, include: ['{'*x' * 100}b']}}\n{TASKS}", ""),
    "a glob that fits everything": (
        f"name: p\nautoload: {{enabled: true, include: ['**']}}\n{TASKS}",
        "AUTOLOAD_TOO_MANY",
    ),
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_answered(name: str) -> None:
    text, code = BOMBS[name]
    files = "100000" if "glob" in name else "0"
    done = subprocess.run(
        [sys.executable, "-c", LOAD, files],
        input=text.encode(),
        env={"PYTHONPATH": str(ROOT / "src")},
        capture_output=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr.decode()[-400:]
    codes = json.loads(done.stdout)
    assert [one for one in codes if re.fullmatch(code, one)] or (not code and not codes)
