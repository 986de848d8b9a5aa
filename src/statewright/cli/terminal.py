"""What is printed, and how: data on stdout, everything else on stderr, colour where it is wanted.

Text that came from data passes `printable` or `to_json` first, so that it cannot steer the terminal (B-159).
"""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Literal, TextIO

import msgspec

from statewright.errors import StatewrightError
from statewright.kernel import values
from statewright.kernel.values import Json

Stream = Literal["stdout", "stderr"]
Colour = Literal["red", "green", "yellow", "cyan", "dim", "bold"]

# What a text from data may not hold as it is: controls, and marks that reorder or hide what stands around them.
UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]")
_CODES: dict[Colour, str] = {"red": "31", "green": "32", "yellow": "33", "cyan": "36", "dim": "2", "bold": "1"}

# The real stdout, while tools run beside us that take `sys.stdout` for theirs.
_data: list[TextIO] = []


class OutputClosed(Exception):
    """Raised when nobody reads stdout or stderr any more, as after `| head`."""


def emit(text: str, to: Stream = "stdout") -> None:
    """Prints one line, or several, at once."""
    stream = _stream(to)
    if stream is None:
        # The caller closed it: they want to hear nothing.
        return
    try:
        stream.write(text + "\n")
        stream.flush()
    except BrokenPipeError:
        raise OutputClosed from None
    except OSError as error:
        hint = "free some space, or send the output elsewhere"
        raise StatewrightError("OUTPUT_UNWRITABLE", f"{to} takes nothing: {error.strerror}", hint=hint) from error


@contextmanager
def stdout_for_data() -> Iterator[None]:
    """While it lasts only `emit` reaches stdout; what a tool prints on the way goes to stderr."""
    _data.append(sys.stdout)
    sys.stdout = sys.stderr
    try:
        yield
    finally:
        sys.stdout = _data.pop()


def printable(text: str) -> str:
    """Returns the text with everything that would move the cursor or the reading order written as an escape."""
    return UNSAFE.sub(_escaped, text)


def lines_of(text: str, indent: str = "") -> str:
    """Returns a text of several lines, each made printable."""
    return "\n".join(indent + printable(line) for line in text.split("\n"))


def to_json(value: Json, *, pretty: bool = False) -> str:
    """Returns JSON that is safe to show; references of the run's values appear as they are stored."""
    return plain_json(msgspec.json.decode(values.encode(value)), pretty=pretty)


def plain_json(value: object, *, pretty: bool = False) -> str:
    """Returns JSON that is safe to show, of data in which a `$` means nothing."""
    text = json.dumps(value, ensure_ascii=False, indent=2 if pretty else None, allow_nan=False)
    # Outside of strings JSON holds no character that would match, but the line ends of `pretty`.
    return UNSAFE.sub(lambda found: "\n" if found.group() == "\n" else f"\\u{ord(found.group()):04x}", text)


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Returns aligned columns."""
    cells = [list(head), *([printable(cell) for cell in row] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return "\n".join("  ".join(map(str.ljust, row, widths)).rstrip() for row in cells)


def duration(ms: int) -> str:
    """Returns a length of time as people say it: `12ms`, `1.9s`, `3m 04s`, `2h 05m`."""
    if ms < 1_000:
        return f"{ms}ms"
    if ms < 60_000:
        return f"{ms / 1_000:.1f}s"
    minutes, seconds = divmod(ms // 1_000, 60)
    if minutes < 60:
        return f"{minutes}m {seconds:02d}s"
    return f"{minutes // 60}h {minutes % 60:02d}m"


def several(count: int, noun: str) -> str:
    """Returns how many there are of something: `1 event`, `2 events`."""
    return f"{count} {noun}{'' if count == 1 else 's'}"


def paint(text: str, colour: Colour, to: Stream = "stderr") -> str:
    """Returns the text in a colour, where that stream wants any."""
    return f"\x1b[{_CODES[colour]}m{text}\x1b[0m" if coloured(to) else text


def coloured(to: Stream, environ: Mapping[str, str] | None = None) -> bool:
    """Says whether a stream gets colour: NO_COLOR is stronger than FORCE_COLOR, and both than what the stream is."""
    environ = os.environ if environ is None else environ
    if environ.get("NO_COLOR"):
        return False
    if environ.get("FORCE_COLOR", "0") not in ("", "0"):
        return True
    return is_live(to, environ)


def is_live(to: Stream, environ: Mapping[str, str] | None = None) -> bool:
    """Says whether a stream is a terminal on which lines can be drawn over."""
    environ = os.environ if environ is None else environ
    stream = _stream(to)
    return stream is not None and stream.isatty() and environ.get("TERM") != "dumb"


def _stream(to: Stream) -> TextIO | None:
    stream: TextIO | None = getattr(sys, to)
    return _data[-1] if _data and to == "stdout" else stream


def _escaped(found: re.Match[str]) -> str:
    # As Python writes it in a literal: \n, \x1b, \u202e.
    return repr(found.group())[1:-1]
