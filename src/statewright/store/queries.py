"""The statements of `queries.sql` and `migrations.sql` by name, and the schema. SQL lives in .sql files only."""

from __future__ import annotations

import re
from pathlib import Path

_COMMENT = re.compile(r"^--.*\n", re.MULTILINE)
_NAME = re.compile(r"^-- name: (\w+)\n", re.MULTILINE)


def _named(text: str) -> dict[str, str]:
    _, *parts = _NAME.split(text)
    return {name: _COMMENT.sub("", sql).strip() for name, sql in zip(parts[::2], parts[1::2], strict=True)}


_FOLDER = Path(__file__).parent
QUERIES = _named((_FOLDER / "queries.sql").read_text(encoding="utf-8"))
MIGRATIONS = _named((_FOLDER / "migrations.sql").read_text(encoding="utf-8"))
SCHEMA = (_FOLDER / "schema.sql").read_text(encoding="utf-8")
