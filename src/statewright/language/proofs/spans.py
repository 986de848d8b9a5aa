"""Where a path that a template reads stands in its text: for carets."""

from __future__ import annotations

import re

from statewright.kernel.expressions.trace import Path


def span_of(source: str, path: Path, index: int) -> tuple[int, int]:
    """Returns where the name at `index` of a path stands in a template."""
    written = r"\s*\.\s*".join(re.escape(name) for name in path[: index + 1])
    found = re.search(r"(?:\.\s*|(?<![\w.]))" + written + r"(?![\w-])", source)
    if found is None:
        start = max(source.find(path[index]), 0)
        return start, start + len(path[index])
    return found.end() - len(path[index]), found.end()
