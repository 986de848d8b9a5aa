"""The `.env` file: variables with their lines. It holds secrets, so what is wrong with it is said without its text."""

from __future__ import annotations

import io
import os
import re
import stat
from pathlib import Path

import msgspec

from statewright.errors import EXIT_NOT_ALLOWED, StatewrightError
from statewright.settings.discovery import is_folder

# What a list of variables needs at the very most; whatever is longer is another file, or a device.
ENV_BYTES_MAX = 1024 * 1024
# It lists the names that a project needs, without their values, and is kept with the project.
EXAMPLE = ".env.example"
_NAMED = re.compile(r"\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=")


class DotEnv(msgspec.Struct, frozen=True):
    """The variables of a file, and the line that each stands in. `found` is false where there is no such file."""

    path: Path
    values: dict[str, str] = {}
    lines: dict[str, int] = {}
    found: bool = False

    def place(self, name: str) -> str:
        """Returns where a variable stands, as in `.env:3`."""
        return f"{self.path.name}:{self.lines.get(name, 0)}"


def read_dotenv(path: Path) -> DotEnv:
    """Returns the file's variables, none where there is no file.

    Raises `ENV_FILE_UNREADABLE`, and `ENV_FILE_EXPOSED` where anybody may write into it.
    """
    text = _text(path)
    if text is None:
        return DotEnv(path)
    # lazy: most commands meet no .env file.
    from dotenv.parser import parse_stream

    written = list(parse_stream(io.StringIO(text)))
    for one in written:
        if one.error:
            # An open quote swallows the variables behind it, which nobody would miss until a call fails.
            blank = len(one.original.string) - len(one.original.string.lstrip("\n"))
            raise _unreadable(path, f"line {one.original.line + blank} is not NAME=value, or its quote is not closed")
    values = {one.key: one.value for one in written if one.key is not None and one.value is not None}
    lines = {found[1]: number for number, line in enumerate(text.split("\n"), 1) if (found := _NAMED.match(line))}
    return DotEnv(path, values, lines, True)


def declared_names(path: Path) -> frozenset[str]:
    """Returns the variables that a project's own files may name, whether or not they are set on this machine."""
    example = read_dotenv(path.with_name(EXAMPLE))
    return frozenset((*read_dotenv(path).values, *example.values))


def _text(path: Path) -> str | None:
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            return None
        with path.open("rb") as file:
            _refuse_exposed(path, os.fstat(file.fileno()).st_mode)
            data = file.read(ENV_BYTES_MAX + 1)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError) as error:
        if not is_folder(path.parent):
            # What is wrong with the folder is said by whoever looks for the project in it.
            return None
        raise _unreadable(path, getattr(error, "strerror", None) or "it cannot be looked up") from error
    if len(data) > ENV_BYTES_MAX:
        raise _unreadable(path, f"it is longer than {ENV_BYTES_MAX} bytes")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        # What the decoder says would show a byte of what may be a secret.
        raise _unreadable(path, f"byte {error.start} is not UTF-8") from error


def _refuse_exposed(path: Path, mode: int) -> None:
    """Whoever can write into it decides which server gets the project's keys."""
    if mode & stat.S_IWOTH:
        raise StatewrightError(
            "ENV_FILE_EXPOSED",
            f"{path}: everybody on this machine can write into it (mode {stat.S_IMODE(mode):04o})",
            hint=f"chmod 600 {path}",
            exit_code=EXIT_NOT_ALLOWED,
        )


def _unreadable(path: Path, said: str) -> StatewrightError:
    hint = "it holds lines NAME=value, as UTF-8 text; name another with --env-file"
    return StatewrightError("ENV_FILE_UNREADABLE", f"{path}: {said}", hint=hint)
