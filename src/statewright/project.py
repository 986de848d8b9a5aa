"""A project's folder: its files for the language to read, and the environment that its runs may see.

The language itself opens nothing; everything it reads comes through the two functions here.
"""

from __future__ import annotations

import stat
from collections.abc import Mapping
from pathlib import Path

from statewright.errors import EXIT_INVALID_DEFINITION, StatewrightError
from statewright.kernel.program import Program
from statewright.kernel.values import Json, Secret
from statewright.settings import PROJECT_FILES, Settings, is_file

# An `include` pattern that finds more than this is a mistake (reliability.md B-034).
FILES_MAX = 1_000


class Folder:
    """The files below a project's folder. Links that lead out of it, devices and pipes are not files of it."""

    def __init__(self, root: Path) -> None:
        self._root = root.resolve()

    def read(self, path: str) -> bytes | None:
        """Returns a file's bytes, or None where there is no such file in the project."""
        target = (self._root / path).resolve()
        if not target.is_relative_to(self._root):
            return None
        try:
            return target.read_bytes() if stat.S_ISREG(target.stat().st_mode) else None
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
            return None
        except OSError as error:
            raise StatewrightError(
                "FILE_UNREADABLE", f"{path}: {error.strerror}", hint="check the file's owner and mode"
            ) from error

    def glob(self, pattern: str) -> list[str]:
        """Returns the paths that match, sorted, relative to the project."""
        found: list[str] = []
        for path in self._root.glob(pattern):
            if path.is_file() and path.resolve().is_relative_to(self._root):
                found.append(path.relative_to(self._root).as_posix())
            if len(found) > FILES_MAX:
                raise StatewrightError(
                    "AUTOLOAD_TOO_MANY",
                    f"the pattern {pattern!r} matches more than {FILES_MAX} files",
                    hint="narrow autoload.include, or name the folder in autoload.exclude",
                    exit_code=EXIT_INVALID_DEFINITION,
                )
        return sorted(found)


def project_file(settings: Settings) -> Path:
    """Returns the project file; raises `PROJECT_MISSING` naming what was looked for."""
    candidates = [settings.config] if settings.config else [settings.folder / name for name in PROJECT_FILES]
    for candidate in candidates:
        if is_file(candidate):
            return candidate
    looked_for = " or ".join(candidate.name for candidate in candidates)
    raise StatewrightError(
        "PROJECT_MISSING",
        f"there is no file {looked_for} in {settings.folder}",
        hint="go to the project's folder, or name it with --cwd",
        exit_code=EXIT_INVALID_DEFINITION,
    )


class Environment:
    """Variables that a project's runs may refer to: the process's own over those of the `.env` file."""

    def __init__(self, environ: Mapping[str, str], env_file: Path) -> None:
        self._values = {**_dotenv(env_file), **environ}

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


def _dotenv(path: Path) -> dict[str, str]:
    if not is_file(path):
        return {}
    # lazy: most commands meet no .env file.
    from dotenv import dotenv_values

    try:
        values = dotenv_values(path, interpolate=False)
    except (OSError, UnicodeDecodeError) as error:
        # What the decoder says would show a byte of what may be a secret.
        said = error.strerror if isinstance(error, OSError) else f"byte {error.start} is not UTF-8"
        hint = "it holds lines NAME=value, as UTF-8 text; name another with --env-file"
        raise StatewrightError("ENV_FILE_UNREADABLE", f"{path}: {said}", hint=hint) from error
    return {name: value for name, value in values.items() if value is not None}
