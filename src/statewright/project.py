"""A project's folder: its files for the language to read, and the environment that its runs may see.

The language itself opens nothing; everything it reads comes through the two functions here.
"""

from __future__ import annotations

import itertools
import os
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path

import msgspec

from statewright.errors import EXIT_INVALID_DEFINITION, EXIT_NOT_ALLOWED, StatewrightError
from statewright.kernel.program import Program
from statewright.kernel.values import Json, Secret
from statewright.language.diagnostics.diagnostic import Diagnostic
from statewright.language.diagnostics.problems import Problems
from statewright.language.files import Files, NotAFile
from statewright.language.loader import Loaded, load
from statewright.language.paths import fits, normal
from statewright.language.yaml.source import read_source
from statewright.settings.configuration import Configuration, read_configuration
from statewright.settings.discovery import PROJECT_FILES, is_file
from statewright.settings.dotenv import DotEnv, declared_names, read_dotenv
from statewright.settings.place import Settings
from statewright.settings.registry import SECTIONS
from statewright.settings.resolving import Flags, Sources
from statewright.settings.written import Written, read_written

# More than a whole project may have; the language says so, with the limit. A device or a slip is not read to its end.
READ_BYTES_MAX = 10 * 1024 * 1024 + 1


class DefinitionInvalid(StatewrightError):
    """Raised where a project has errors; `loaded` holds its diagnostics."""

    def __init__(self, loaded: Loaded) -> None:
        count = sum(1 for diagnostic in loaded.diagnostics if diagnostic.severity == "error")
        super().__init__(
            "DEFINITION_INVALID",
            f"the project has {count} error{'s' if count != 1 else ''}",
            hint="see all of them with: statewright check",
            exit_code=EXIT_INVALID_DEFINITION,
        )
        self.loaded = loaded


class Folder:
    """The files below a project's folder. Links that lead out of it, devices and pipes are not files of it."""

    def __init__(self, root: Path) -> None:
        self._root = root.resolve()

    def read(self, path: str) -> bytes | None:
        """Returns a file's bytes, or None where there is nothing; raises `NotAFile` for what is no file."""
        try:
            target = (self._root / path).resolve()
            if not target.is_relative_to(self._root):
                raise NotAFile("PATH_OUTSIDE_PROJECT", f"{path!r} is a link that leads out of the project's folder")
            # A pipe that is opened waits for a writer, and a device may have no end.
            if not stat.S_ISREG(target.stat().st_mode):
                raise NotAFile("PATH_NOT_A_FILE", f"{path!r} is a folder, a pipe or a device, not a file")
            with target.open("rb") as file:
                return file.read(READ_BYTES_MAX)
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
            return None
        except RuntimeError as error:
            # Not every release of Python takes a link in a circle for an OSError.
            raise NotAFile("PATH_NOT_A_FILE", f"{path!r} is a link that leads to itself") from error
        except (OSError, ValueError) as error:
            raise _unreadable(path, error) from error

    def glob(self, pattern: str) -> Iterator[str]:
        """Yields the paths that match, relative to the project. Links to folders are not followed."""
        for parent, _, names in os.walk(self._root / _fixed(pattern)):
            for name in names:
                path = (Path(parent) / name).relative_to(self._root).as_posix()
                if fits(path, pattern):
                    yield path


def _fixed(pattern: str) -> str:
    """Returns the folders that a pattern begins with, so that nothing beside them is looked at."""
    return "/".join(itertools.takewhile(lambda part: not set(part) & set("*?[{"), normal(pattern).split("/")[:-1]))


def _unreadable(path: str, error: Exception) -> StatewrightError:
    # A name with a null byte and a link that leads to itself are no OSErrors to every release of Python.
    said = (error.strerror if isinstance(error, OSError) else None) or "the path leads nowhere"
    denied = isinstance(error, PermissionError)
    return StatewrightError(
        "FILE_UNREADABLE",
        f"{path}: {said}",
        hint=f"chmod u+r {path}" if denied else "check the disk, and where the path leads",
        exit_code=EXIT_NOT_ALLOWED if denied else EXIT_INVALID_DEFINITION,
    )


def load_project(settings: Settings, instead: Mapping[str, bytes] | None = None) -> Loaded:
    """Reads and compiles the project. What is wrong with it is in the diagnostics; nothing is raised for that.

    `instead` holds files, by their paths below the project's folder, that are to be read as if they were so.
    """
    file = project_file(settings)
    if not file.is_relative_to(settings.folder):
        raise StatewrightError(
            "PATH_OUTSIDE_PROJECT",
            f"the project file {file} lies outside the project's folder {settings.folder}",
            hint=f"go there with: --cwd {file.parent}",
            exit_code=EXIT_INVALID_DEFINITION,
        )
    folder, changed = Folder(settings.folder), instead or {}

    def read(path: str) -> bytes | None:
        return changed[path] if path in changed else folder.read(path)

    path = file.relative_to(settings.folder).as_posix()
    return _with_configuration(load(read, folder.glob, path, environment=allowed_names(settings)), path)


def project_file(settings: Settings) -> Path:
    """Returns the project file; raises `PROJECT_MISSING` naming what was looked for."""
    candidates = [settings.config] if settings.config else [settings.folder / name for name in PROJECT_FILES]
    for candidate in candidates:
        if is_file(candidate):
            return candidate
    for candidate in candidates:
        if _is_other(candidate):
            message, hint = f"{candidate} is a folder or a device, not a file", "name the project file with --config"
            raise StatewrightError("PROJECT_MISSING", message, hint=hint, exit_code=EXIT_INVALID_DEFINITION)
    looked_for = " or ".join(candidate.name for candidate in candidates)
    where = f"{settings.folder}" if settings.config else f"{settings.folder} or above"
    raise StatewrightError(
        "PROJECT_MISSING",
        f"there is no file {looked_for} in {where}",
        hint="go to the project's folder, or name it with --cwd; a new one is made by: statewright init",
        exit_code=EXIT_INVALID_DEFINITION,
    )


class Configured(msgspec.Struct, frozen=True, kw_only=True):
    """A project's configuration, and what it was read from. `file` is its project file; None where there is none."""

    configuration: Configuration
    diagnostics: tuple[Diagnostic, ...]
    sources: dict[str, str]
    file: Path | None
    dotenv: DotEnv


def configured(
    settings: Settings, environ: Mapping[str, str], flags: Flags, sets: Mapping[str, str] | None = None
) -> Configured:
    """Returns the configuration of the project there, or of no project; what is wrong with it is in the diagnostics.

    `sets` are what `--set` says.
    """
    file = _file_or_none(settings)
    dotenv = read_dotenv(settings.env_file)
    problems = Problems()
    files = Files(Folder(settings.folder if file is None else file.parent).read, problems)
    document = None if file is None else files.document(file.name)
    written = Written() if document is None else read_written(document, {**dotenv.values, **environ})
    configuration = read_configuration(Sources(environ, flags, dotenv, written, sets or {}))
    return Configured(
        configuration=configuration,
        diagnostics=tuple(dict.fromkeys((*problems.sorted(), *configuration.diagnostics))),
        sources=files.texts,
        file=file,
        dotenv=dotenv,
    )


def _with_configuration(loaded: Loaded, file: str) -> Loaded:
    """Returns the project with what is wrong with the blocks of its file that configure the program."""
    text = loaded.sources.get(file, "")
    if not any(text.startswith(f"{name}:") or f"\n{name}:" in text for name in (*SECTIONS, "mode", "config")):
        return loaded
    document, _ = read_source(text.encode(), file)
    if document is None:
        return loaded
    problems = Problems()
    problems.add(loaded.diagnostics)
    problems.add(read_written(document, None).diagnostics)
    if problems.failed:
        loaded = msgspec.structs.replace(loaded, programs={}, definitions={}, lacking={}, entities={})
    return msgspec.structs.replace(loaded, diagnostics=problems.sorted())


def _file_or_none(settings: Settings) -> Path | None:
    """A configuration needs no project; a project file that was named must be there."""
    if settings.config is None and not any(is_file(settings.folder / name) for name in PROJECT_FILES):
        return None
    return project_file(settings)


def _is_other(path: Path) -> bool:
    """Says whether something else than a file is there."""
    try:
        return path.exists()
    except (OSError, ValueError):
        return False


class Environment:
    """Variables that a project's runs may refer to: the process's own over those of the `.env` file."""

    def __init__(self, environ: Mapping[str, str], env_file: Path) -> None:
        self._values = {**read_dotenv(env_file).values, **environ}

    def secret(self, name: str) -> str | None:
        """Returns a variable's value; only performers ask, at the last moment."""
        return self._values.get(name)

    def of(self, program: Program) -> dict[str, Json]:
        """Returns what `Started.env` holds: plain values as declared, and secrets by name where they are set (R8)."""
        return {
            name: value
            for name, value in program.env.items()
            if not isinstance(value, Secret) or value.name in self._values
        }


def allowed_names(settings: Settings) -> frozenset[str]:
    """Returns the variables that every file of the project may name, besides those that the project file does."""
    return declared_names(settings.env_file)
