"""The files of a project while it is loaded: each is read and parsed once, through the function that reads."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from statewright.language.diagnostics.problems import Problems
from statewright.language.entities.credentials import refuse_literal_keys
from statewright.language.marks import At, Source, whole
from statewright.language.yaml.source import read_source


class NotAFile(Exception):
    """Raised by a `Read` for what lies at a path and is no file of the project; `code` says why."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


# The text of a file, or None where there is no such file; the paths that fit a pattern, in any order.
Read = Callable[[str], bytes | None]
Glob = Callable[[str], Iterable[str]]

# DESIGN 9: a project larger than this is many projects.
PROJECT_BYTES_MAX = 10 * 1024 * 1024


class Files:
    """What has been read so far. `texts` is what a definition keeps."""

    def __init__(self, read: Read, problems: Problems) -> None:
        self.texts: dict[str, str] = {}
        self._read = read
        self._problems = problems
        self._documents: dict[str, At | None] = {}
        self._bytes = 0

    def document(self, path: str, named_at: At | None = None) -> At | None:
        """Returns the parsed file; None where it cannot be had, which was said then."""
        if path not in self._documents:
            self._documents[path] = self.tried(path, named_at, self._problems)
        return self._documents[path]

    def tried(self, path: str, named_at: At | None, problems: Problems) -> At | None:
        """Returns the parsed file like `document`, and says what is wrong with it to somebody else."""
        try:
            data = self._read(path)
        except NotAFile as refused:
            place = named_at or At(path, whole(Source(path, ""), None).mark, "")
            problems.error(refused.code, str(refused), place, hint="name a file that lies in the project's folder")
            return None
        if data is None:
            if named_at is not None:
                hint = "create it, or correct the path; it counts from the project file"
                problems.error("FILE_MISSING", f"there is no file {path!r}", named_at, hint=hint)
            return None
        return self._parsed(path, data, named_at, problems)

    def is_missing(self, path: str) -> bool:
        """Returns whether there is no such file."""
        try:
            return self._read(path) is None
        except NotAFile:
            return True

    def _parsed(self, path: str, data: bytes, named_at: At | None, problems: Problems) -> At | None:
        self._bytes += len(data)
        if self._bytes > PROJECT_BYTES_MAX and named_at is not None:
            message = f"the project's files exceed {PROJECT_BYTES_MAX} bytes"
            problems.error("DEF_TOO_LARGE", message, named_at, hint="split the project")
            return None
        document, found = read_source(data, path)
        problems.add(found)
        if document is not None:
            refuse_literal_keys(document, problems)
        self.texts[path] = data.decode("utf-8", "replace")
        return document
