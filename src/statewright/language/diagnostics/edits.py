"""What to write instead: edits that a person, an editor or a program applies to the text alike.

An edit without a file says only what stands for what; `placed` finds where that is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

import msgspec

from statewright.language.marks import Source

# Texts that YAML takes for something else, or that a quoted text would have to escape, are left to the author.
_PLAIN = re.compile(r"\.?[^\W\d][\w./:@+-]*(?: [\w./@+-]+)*\Z")
_NOT_TEXT = frozenset({"true", "false", "null", ".nan", ".inf"})
# `&name` gives the value to other places too, where it may be right.
_SHARED = ("&", "*")


class Edit(msgspec.Struct, frozen=True, kw_only=True):
    """Writes `text` over `old`, the characters `start` to `end` of a file (counted without a byte order mark).

    Lines and columns count from 1. While `file` is empty the place is not known yet, and no `old` means all of it.
    """

    file: str = ""
    start: int = 0
    end: int = 0
    line: int = 0
    column: int = 0
    end_line: int = 0
    end_column: int = 0
    old: str = ""
    text: str


class Advice(msgspec.Struct, frozen=True):
    """The next step: in words, as an edit where only one thing can be meant, and which names may be."""

    hint: str = ""
    fix: tuple[Edit, ...] = ()
    meant: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.hint)


def write(text: str, hint: str) -> Advice:
    """Returns the advice to write `text` in place of the whole value."""
    return Advice(hint, (Edit(text=text),))


def quote(written: str) -> Advice:
    """Returns the advice to put into quotes what stands there without."""
    text = quoted(written)
    return write(text, f"quote it: {text}")


def quoted(text: str) -> str:
    """Returns a text of one line as YAML's quotes hold it, with the fewest escapes."""
    if '"' not in text and "\\" not in text:
        return f'"{text}"'
    return "'" + text.replace("'", "''") + "'"


def edit_of(source: Source, start: int, end: int, text: str) -> Edit:
    """Returns an edit of the characters `start` to `end`."""
    line, column = source.place(start)
    end_line, end_column = source.place(end)
    return Edit(
        file=source.file,
        start=start,
        end=end,
        line=line,
        column=column,
        end_line=end_line,
        end_column=end_column,
        old=source.text[start:end],
        text=text,
    )


def placed(edits: Iterable[Edit], source: Source, start: int, end: int) -> tuple[Edit, ...]:
    """Returns the edits with their places between `start` and `end`: all of them, or none."""
    found = tuple(edit if edit.file else _placed(edit, source, start, end) for edit in edits)
    certain = tuple(edit for edit in found if edit is not None)
    return certain if len(certain) == len(found) else ()


def applied(texts: Mapping[str, str], fixes: Iterable[tuple[Edit, ...]]) -> dict[str, str]:
    """Returns the files that change, with the fixes made in them.

    A fix is made whole or not at all: not where it overlaps one before it, or where its `old` does not stand any more.
    """
    chosen: dict[str, dict[tuple[int, int], Edit]] = {}
    for fix in dict.fromkeys(fixes):
        if fix and all(_fits(edit, texts.get(edit.file, ""), chosen.get(edit.file, {})) for edit in fix):
            for edit in fix:
                chosen.setdefault(edit.file, {})[edit.start, edit.end] = edit
    return {file: _edited(texts[file], [edits[span] for span in sorted(edits)]) for file, edits in chosen.items()}


def _edited(text: str, edits: list[Edit]) -> str:
    pieces, at = [], 0
    for edit in edits:
        pieces += [text[at : edit.start], edit.text]
        at = edit.end
    return "".join([*pieces, text[at:]])


def _fits(edit: Edit, text: str, chosen: dict[tuple[int, int], Edit]) -> bool:
    free = all(edit.end <= start or end <= edit.start for start, end in chosen)
    return free and bool(edit.old) and text[edit.start : edit.end] == edit.old


def _placed(edit: Edit, source: Source, start: int, end: int) -> Edit | None:
    stands = source.text[start:end].rstrip()
    if not stands or "\n" in stands or stands.startswith(_SHARED):
        return None
    if not edit.old:
        return edit_of(source, start, start + len(stands), edit.text)
    found = list(re.finditer(rf"(?<![\w-]){re.escape(edit.old)}(?![\w-])", stands))
    if len(found) != 1 or not _PLAIN.match(edit.text) or edit.text.lower() in _NOT_TEXT:
        return None
    return edit_of(source, start + found[0].start(), start + found[0].end(), edit.text)
