"""The project's own files, as the house tests read them: listed, parsed once, and named by their path from the root."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CODE_FOLDERS = ("src", "tests", "examples", "benchmarks")

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef


@cache
def _ignored() -> frozenset[str]:
    """The folder names of .gitignore: the house judges what git keeps, and needs no git for it."""
    lines = (ROOT / ".gitignore").read_text("utf-8").split()
    return frozenset(line.rstrip("/") for line in lines if line.endswith("/"))


def _walk(folder: Path) -> Iterator[Path]:
    for entry in sorted(folder.iterdir()):
        if entry.is_symlink() or entry.name in _ignored() or entry.name.endswith((".egg-info", ".pyc")):
            continue
        if entry.is_dir():
            yield from _walk(entry)
        else:
            yield entry


@cache
def project_files() -> tuple[Path, ...]:
    """Every file of the project."""
    return tuple(_walk(ROOT))


@cache
def python_files(*folders: str) -> tuple[Path, ...]:
    """Every Python file below these folders of the root; all code folders if none is named."""
    wanted = [ROOT / folder for folder in folders or CODE_FOLDERS]
    return tuple(
        path for path in project_files() if path.suffix == ".py" and any(path.is_relative_to(at) for at in wanted)
    )


@cache
def text_of(path: Path) -> str:
    """The file's text; what is no text has no lines."""
    data = path.read_bytes()
    return "" if b"\0" in data else data.decode("utf-8")


@cache
def tree_of(path: Path) -> ast.Module:
    """The file's syntax tree."""
    return ast.parse(text_of(path), filename=str(path))


def name_of(path: Path) -> str:
    """The path from the root, as messages print it."""
    return path.relative_to(ROOT).as_posix()


def functions_of(path: Path) -> Iterator[FunctionNode]:
    """Every function and method, nested ones too."""
    return (node for node in ast.walk(tree_of(path)) if isinstance(node, FunctionNode))


def report(problems: list[str]) -> str:
    """What a failing house test says: one problem per line."""
    return "\n" + "\n".join(problems)
