"""Loads projects that stand in a test as texts, and the seed document's own YAML."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from statewright.kernel.program import Program
from statewright.language.diagnostics.diagnostic import render
from statewright.language.loader import Loaded, load
from statewright.language.paths import fits

DATA = Path(__file__).parent / "data"
SEED = DATA / "seed"


def load_files(
    files: Mapping[str, str | bytes], project: str = "compozy.yaml", *, environment: frozenset[str] = frozenset()
) -> Loaded:
    """Loads the project whose files are given by path; `environment` are the names of its `.env` file."""
    data = {path: text.encode() if isinstance(text, str) else text for path, text in files.items()}

    def glob(pattern: str) -> list[str]:
        return [path for path in data if fits(path, pattern)]

    return load(data.get, glob, project, environment=environment)


def load_text(text: str) -> Loaded:
    """Loads a project of a single file."""
    return load_files({"compozy.yaml": text})


def program_of(text: str) -> Program:
    """Returns the only program of a single-file project that has no errors."""
    loaded = load_text(text)
    assert errors(loaded) == [], rendered(loaded)
    (program,) = loaded.programs.values()
    return program


def errors(loaded: Loaded) -> list[str]:
    """Returns the codes of the errors."""
    return [found.code for found in loaded.diagnostics if found.severity == "error"]


def warnings(loaded: Loaded) -> list[str]:
    """Returns the codes of the warnings."""
    return [found.code for found in loaded.diagnostics if found.severity == "warning"]


def rendered(loaded: Loaded) -> str:
    """Returns all diagnostics as a person reads them."""
    return "\n\n".join(render(found, loaded.sources.get(found.file, "")) for found in loaded.diagnostics) + "\n"
