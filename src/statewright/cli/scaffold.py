"""A new project as files: a template's, with what the project says about itself in front, and put into place whole.

Templates are folders of plain files beside this module; `dot-x` in them becomes `.x`.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

import msgspec

import statewright
from statewright.cli.terminal import plain_json
from statewright.errors import EXIT_CONFLICT, EXIT_USAGE, StatewrightError
from statewright.language.grammar.json_schema import project_schema
from statewright.language.loader import load
from statewright.language.paths import fits

# What each template shows; the names are those of the folders.
TEMPLATES: Mapping[str, str] = {
    "basic": "one agent, one task",
    "support": "a classifier, a router and a specialist",
    "pipeline": "a collection, tasks side by side, and a report",
    "tools": "a Python function and an HTTP service",
}
PROJECT = "statewright.yaml"
SCHEMA = "statewright.schema.json"
# What may stand in a folder without making it somebody's project.
_UNRELATED = frozenset({".git", ".venv"})
_EVERYWHERE, _DOCKER = "everywhere", "docker"


class About(msgspec.Struct, frozen=True, kw_only=True):
    """What a new project says about itself."""

    name: str
    description: str = ""
    version: str = "0.1.0"
    author: str = ""
    author_url: str = ""


def scaffolded(template: str, about: About, *, docker: bool = False) -> dict[str, bytes]:
    """Returns the files of a new project by path; raises `StatewrightError` for a name or text that cannot be one."""
    parts = (_EVERYWHERE, template, _DOCKER) if docker else (_EVERYWHERE, template)
    written = {path: text for part in parts for path, text in _texts(files(__package__) / "templates" / part)}
    written[PROJECT] = _head(about) + written[PROJECT]
    written["README.md"] = f"# {about.name}\n{written['README.md']}"
    written[SCHEMA] = plain_json(project_schema(), pretty=True) + "\n"
    made = {path: text.encode() for path, text in sorted(written.items())}
    _refuse_errors(made)
    return made


def put(made: Mapping[str, bytes], target: Path) -> None:
    """Writes the files into a new or empty folder: all of them, or none. Raises `StatewrightError`."""
    try:
        _refuse_strangers(target)
        _put(made, target)
    except OSError as error:
        message = f"{target} cannot be written: {error.strerror}"
        raise StatewrightError("FOLDER_UNWRITABLE", message, hint="name a folder that you may write to") from error


def _texts(folder: Traversable, above: str = "") -> Iterator[tuple[str, str]]:
    for entry in folder.iterdir():
        path = above + entry.name.replace("dot-", ".", 1)
        if entry.is_dir() and entry.name != "__pycache__":
            yield from _texts(entry, f"{path}/")
        elif entry.is_file():
            yield path, entry.read_text("utf-8").replace("@VERSION@", statewright.__version__)


def _head(about: About) -> str:
    """Returns the first lines of the project file. Two ways to name the schema: editors follow one or the other."""
    said = {"name": about.name, "version": about.version, "description": about.description}
    author = {"name": about.author, "url": about.author_url}
    lines = [
        f"# yaml-language-server: $schema=./{SCHEMA}",
        f"# $schema: ./{SCHEMA}",
        *(f"{key}: {_quoted(text)}" for key, text in said.items() if text),
        *(["author:"] if any(author.values()) else []),
        *(f"  {key}: {_quoted(text)}" for key, text in author.items() if text),
    ]
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    # What JSON quotes YAML reads alike.
    return json.dumps(text, ensure_ascii=False)


def _refuse_errors(made: Mapping[str, bytes]) -> None:
    """The loader judges what was given, by its own rules: nothing is written that `check` would refuse."""
    loaded = load(made.get, lambda pattern: [path for path in made if fits(path, pattern)], PROJECT)
    for found in loaded.diagnostics:
        if found.severity == "error":
            raise StatewrightError(found.code, found.message, hint=found.hint, exit_code=EXIT_USAGE)


def _refuse_strangers(target: Path) -> None:
    if target.is_symlink() or target.exists():
        # What is no folder says so itself.
        there = sorted(entry.name for entry in target.iterdir() if entry.name not in _UNRELATED)
        if there:
            raise StatewrightError(
                "FOLDER_NOT_EMPTY",
                f"{target} is not empty: there is {there[0]!r}",
                hint="name a new folder, as in: statewright init my-project",
                exit_code=EXIT_CONFLICT,
            )


def _put(made: Mapping[str, bytes], target: Path) -> None:
    """Writes beside the target first: what is half done has another name, and is removed."""
    existed = target.exists()
    if not existed:
        target.parent.mkdir(parents=True, exist_ok=True)
    stage = Path(tempfile.mkdtemp(prefix=".statewright-init-", dir=target if existed else target.parent))
    try:
        for path, data in made.items():
            file = stage / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(data)
        if existed:
            _move_all(stage, target)
        else:
            # Whoever made the folder was the only one who could enter it.
            stage.chmod(0o777 & ~_umask())
            stage.rename(target)
    finally:
        shutil.rmtree(stage, ignore_errors=True)


def _move_all(stage: Path, target: Path) -> None:
    moved: list[Path] = []
    try:
        for entry in sorted(stage.iterdir()):
            moved.append(entry.rename(target / entry.name))
    except OSError:
        for path in moved:
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        raise


def _umask() -> int:
    # The only way to read it is to set it.
    mask = os.umask(0o022)
    os.umask(mask)
    return mask
