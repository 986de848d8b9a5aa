"""A file's bytes to marked data. libyaml's events are checked one by one before anything is built from them.

What YAML could do to us (bombs, tags, merge keys, duplicate keys, code) ends here (reliability.md B-001..B-019).
"""

from __future__ import annotations

import re
from typing import Any, NoReturn

import yaml

from statewright.language.diagnostics.diagnostic import Diagnostic
from statewright.language.diagnostics.edits import Advice
from statewright.language.diagnostics.problems import Problems
from statewright.language.marks import At, List, Map, Mark, Source, whole
from statewright.language.yaml.scalars import ScalarRefused, scalar
from statewright.language.yaml.tabs import blanks_for_tabs, indent_tab
from statewright.language.yaml.unclosed import close_quote, unclosed_quote
from statewright.language.yaml.unquoted import unquoted_template

# DESIGN 9: nobody writes a larger file, or one that nests deeper, by hand.
FILE_BYTES_MAX = 1024 * 1024
DEPTH_MAX = 64
# Keys and values of a file. What has more is data, which belongs into a run's input.
NODES_MAX = 150_000
# A text for people repeats itself a few times; a bomb does by the thousand (B-006).
ALIASES_MAX = 100
ALIASED_NODES_MAX = 10_000

_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufeff\ufffe\uffff]")
_MERGE = "<<"


# As for `At` in marks.py: there is one for every value.
_mark = tuple.__new__


class _Stop(Exception):
    """Ends the reading of a file at its first problem that leaves nothing to go on with."""


def read_source(data: bytes, file: str) -> tuple[At | None, tuple[Diagnostic, ...]]:
    """Returns the document, or None where there is none to go on with, and what is wrong with it."""
    problems = Problems()
    try:
        source = Source(file, _text(data, file, problems))
        value = _Builder(source, problems).document()
    except _Stop:
        return None, problems.sorted()
    return whole(source, value), problems.sorted()


def _text(data: bytes, file: str, problems: Problems) -> str:
    empty = Source(file, "")
    if len(data) > FILE_BYTES_MAX:
        message = f"the file has {len(data)} bytes, {FILE_BYTES_MAX} is the limit"
        _stop(problems, "DEF_TOO_LARGE", message, empty, 0, "split it: workflows, agents and tools may have own files")
    try:
        text = data.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        hint = "save the file as UTF-8"
        _stop(problems, "TEXT_NOT_UTF8", f"byte {error.start} is not UTF-8", empty, 0, hint)
    control = _CONTROLS.search(text)
    if control:
        message = f"the character U+{ord(control.group()):04X} is not allowed in a definition"
        _stop(problems, "TEXT_INVALID_CHARACTER", message, Source(file, text), control.start(), "remove it")
    return text


def _stop(problems: Problems, code: str, message: str, source: Source, at: int, hint: str | Advice = "") -> NoReturn:
    problems.error(code, message, At(None, Mark(source, at, at + 1, at, at + 1), ""), hint=hint)
    raise _Stop


class _Anchored:
    """What an anchor stands for; open until it has been read whole."""

    __slots__ = ("closed", "end", "nodes", "start", "value")

    def __init__(self, value: Any, start: int) -> None:
        self.value, self.start, self.end = value, start, start
        self.nodes = 1
        self.closed = False


class _Builder:
    """Builds one document from events, without recursion: `_open` holds the containers not yet closed."""

    def __init__(self, source: Source, problems: Problems) -> None:
        self._source = source
        self._problems = problems
        self._open: list[tuple[Map | List, int, _Anchored | None]] = []
        # For each open map: the key that waits for its value, with its offsets.
        self._keys: list[tuple[str, int, int] | None] = []
        self._anchors: dict[str, _Anchored] = {}
        # Where maps begin of which a key was found twice.
        self._doubled: set[int] = set()
        self._nodes = 0
        self._aliases = 0
        self._aliased = 0
        self._document: Any = None
        self._documents = 0

    def document(self) -> Any:
        """Returns the only document; every problem that leaves nothing to build raises `_Stop`."""
        try:
            for event in yaml.parse(self._source.text, Loader=yaml.CSafeLoader):
                handler = _HANDLERS.get(type(event))
                if handler is not None:
                    handler(self, event)
        except yaml.YAMLError as error:
            self._syntax(error)
        if not isinstance(self._document, Map):
            self._not_a_mapping()
        return self._document

    def on_document(self, event: Any) -> None:
        """A second document has no meaning here."""
        self._documents += 1
        if self._documents > 1:
            hint = "put it into a file of its own"
            self._fail("YAML_MULTIPLE_DOCUMENTS", "a second document begins here", event.start_mark.index, hint)

    def on_scalar(self, event: Any) -> None:
        """Keys are text as written; values are YAML 1.2's scalars."""
        start, end = event.start_mark.index, event.end_mark.index
        self._guard(event, start)
        if self._expects_key():
            self._take_key(event.value, start, end, plain=event.implicit[0])
            return
        value: Any = event.value
        if event.implicit[0]:
            try:
                value = scalar(value)
            except ScalarRefused as refused:
                self._note(refused.code, str(refused), start, end, "write it in quotes if it is a text")
                value = None
        anchored = self._anchor(event, value, start)
        if anchored is not None:
            anchored.closed, anchored.end = True, end
        self._put(value, start, end)

    def on_start(self, event: Any) -> None:
        """A mapping or sequence opens."""
        start = event.start_mark.index
        self._guard(event, start)
        if self._expects_key():
            self._key_is_no_text(start)
        if len(self._open) >= DEPTH_MAX:
            hint = "give the inner part a name of its own, and refer to it with $ref"
            self._fail("YAML_DEPTH_LIMIT", f"this nests deeper than {DEPTH_MAX} levels", start, hint)
        value: Map | List = Map() if isinstance(event, yaml.MappingStartEvent) else List()
        self._open.append((value, start, self._anchor(event, value, start)))
        self._keys.append(None)

    def on_end(self, event: Any) -> None:
        """A mapping or sequence closes."""
        value, start, anchored = self._open.pop()
        self._keys.pop()
        end = event.end_mark.index
        if anchored is not None:
            anchored.closed, anchored.end = True, end
            anchored.nodes = self._nodes - anchored.nodes + 1
        self._put(value, start, end)

    def on_alias(self, event: Any) -> None:
        """An alias stands for the very value of its anchor."""
        start = event.start_mark.index
        found = self._anchors.get(event.anchor)
        if self._expects_key():
            self._key_is_no_text(start)
        if found is None:
            self._fail("YAML_SYNTAX", f"there is no anchor &{event.anchor} above", start)
        if not found.closed:
            self._fail("YAML_RECURSIVE", f"*{event.anchor} contains itself", start, "remove it from what it stands for")
        self._aliases += 1
        self._aliased += found.nodes
        if self._aliases > ALIASES_MAX or self._aliased > ALIASED_NODES_MAX:
            message = f"aliases are limited to {ALIASES_MAX}, and to {ALIASED_NODES_MAX:,} values that they repeat"
            self._fail("YAML_ALIAS_LIMIT", message, start, "write it out, or refer to it with $ref")
        self._nodes += found.nodes
        self._put(found.value, found.start, found.end)

    def _guard(self, event: Any, start: int) -> None:
        self._nodes += 1
        if self._nodes > NODES_MAX:
            hint = "split it, or give the data to a run as its input"
            self._fail("DEF_TOO_LARGE", f"the file has more than {NODES_MAX:,} keys and values", start, hint)
        if event.tag is not None:
            hint = "write plain data; a value's kind follows from how it is written"
            self._fail("YAML_TAG_FORBIDDEN", f"the tag {event.tag!r} is not allowed", start, hint)

    def _anchor(self, event: Any, value: Any, start: int) -> _Anchored | None:
        if event.anchor is None:
            return None
        anchored = self._anchors[event.anchor] = _Anchored(value, start)
        anchored.nodes = self._nodes if isinstance(value, Map | List) else 1
        return anchored

    def _expects_key(self) -> bool:
        return bool(self._open) and isinstance(self._open[-1][0], Map) and self._keys[-1] is None

    def _take_key(self, key: str, start: int, end: int, *, plain: bool) -> None:
        container = self._open[-1][0]
        assert isinstance(container, Map)
        if plain and key == _MERGE:
            hint = "use $merge or $ref instead"
            self._fail("YAML_MERGE_FORBIDDEN", "merge keys are not allowed", start, hint)
        if key in container and self._open[-1][1] not in self._doubled:
            line = self._source.place(container.marks[key].key_start)[0]
            message = f"the key {key!r} is here twice; the first one is in line {line}"
            hint = "remove one of them"
            if len(self._open) > 1 and isinstance(self._open[-2][0], List):
                # Two elements that ran together have all their keys twice; the first one tells it.
                self._doubled.add(self._open[-1][1])
                hint = "remove one of them, or begin the next element with '- '"
            self._note("YAML_DUPLICATE_KEY", message, start, end, hint)
        self._keys[-1] = (key, start, end)

    def _put(self, value: Any, start: int, end: int) -> None:
        if not self._open:
            self._document = value
            return
        container = self._open[-1][0]
        if isinstance(container, List):
            container.put(value, _mark(Mark, (self._source, start, end, start, end)))
            return
        waiting = self._keys[-1]
        assert waiting is not None
        self._keys[-1] = None
        container.put(waiting[0], value, _mark(Mark, (self._source, waiting[1], waiting[2], start, end)))

    def _key_is_no_text(self, start: int) -> NoReturn:
        self._unquoted(start)
        self._fail("YAML_KEY_NOT_TEXT", "a key must be a text", start)

    def _unquoted(self, start: int) -> None:
        """`{{ .x }}` without quotes is a map in a map to YAML: it fails as a key, or as bad syntax behind it."""
        found = unquoted_template(self._source.text, start)
        if found is not None:
            message, advice = "YAML reads this as a map, not as a template", found.advice(self._source)
            self._fail("TEMPLATE_NOT_QUOTED", message, found.start, advice)

    def _syntax(self, error: yaml.YAMLError) -> NoReturn:
        """Says in our own words what the parser stumbled over, where the mistake begins."""
        text = self._source.text
        opening = getattr(error, "context_mark", None)
        mark = getattr(error, "problem_mark", None) or opening
        at = min(mark.index, len(text)) if mark is not None else 0
        self._unquoted(at)
        opened = unclosed_quote(text, at)
        if opened is not None:
            self._fail("YAML_SYNTAX", _NEVER_CLOSED, opened, close_quote(self._source, opened))
        tab = indent_tab(text, at)
        if tab is not None:
            self._fail("YAML_SYNTAX", "tabs are not allowed for indentation", tab, blanks_for_tabs(self._source))
        problem, context = str(getattr(error, "problem", "")), str(getattr(error, "context", ""))
        if opening is not None and any(word in context for word in ("scalar", "flow", "simple key")):
            at = min(opening.index, len(text))
        said = ((message, hint) for words, message, hint in _SYNTAX if words in problem or words in context)
        message, hint = next(said, _SYNTAX_OTHERWISE)
        self._fail("YAML_SYNTAX", message, at, hint)

    def _not_a_mapping(self) -> NoReturn:
        if self._document is None:
            self._fail("DEF_EMPTY", "there is no document in this file", 0, "a project begins with `name:`")
        kind = "list" if isinstance(self._document, List) else "single value"
        message = f"the top level of a definition is a map, not a {kind}"
        self._fail("DEF_NOT_A_MAPPING", message, 0, "a project begins with `name:`")

    def _note(self, code: str, message: str, start: int, end: int, hint: str) -> None:
        self._problems.error(code, message, At(None, Mark(self._source, start, end, start, end), ""), hint=hint)

    def _fail(self, code: str, message: str, at: int, hint: str | Advice = "") -> NoReturn:
        _stop(self._problems, code, message, self._source, at, hint)


_NEVER_CLOSED = "the quote that opens here is never closed"
_SYNTAX_OTHERWISE = ("this is not YAML: the text does not go on as it began", "look at indentation and quotes")
# What libyaml says, in part; what we say; what to do.
_SYNTAX = (
    ("found character that cannot start any token", "a text cannot begin with this character here",
     "quote texts that begin with @, % or `"),
    ("unknown escape character", "the text that opens here holds a '\\' that YAML does not know",
     "write '\\\\' for a backslash, or use single quotes"),
    ("did not find expected hexdecimal number", "the text that opens here holds a '\\x' or '\\u' without its digits",
     "write '\\\\' for a backslash, or use single quotes"),
    ("invalid Unicode character escape code", "the text that opens here holds a '\\u' that is no character",
     "leave it out; a surrogate alone is not text"),
    ("quoted scalar", _NEVER_CLOSED, "close it, or double a quote inside the text"),
    ("did not find expected ',' or", "a bracket that opens here is not closed where it should be", "close it"),
    ("mapping values are not allowed", "this ':' makes no sense here",
     "quote the text if the ':' belongs to it; else look at the indentation of this line"),
    ("did not find expected key", "an entry `key: value` is expected here", "look at the indentation of this line"),
    ("could not find expected ':'", "there is no ':' after this key", "write `key: value`, or quote the text"),
    ("did not find expected '-' indicator", "a list element `- …` is expected here", "look at the indentation"),
    ("found undefined alias", "there is no such anchor above", "an anchor is written &name, before its alias"),
    ("block sequence entries are not allowed", "a list cannot begin in this line", "put the '-' into its own line"),
)  # fmt: skip
_HANDLERS: dict[type, Any] = {
    yaml.DocumentStartEvent: _Builder.on_document,
    yaml.ScalarEvent: _Builder.on_scalar,
    yaml.MappingStartEvent: _Builder.on_start,
    yaml.SequenceStartEvent: _Builder.on_start,
    yaml.MappingEndEvent: _Builder.on_end,
    yaml.SequenceEndEvent: _Builder.on_end,
    yaml.AliasEvent: _Builder.on_alias,
}
