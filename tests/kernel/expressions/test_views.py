"""Lazy views: read as far as a template goes, never written, and what they raise passes through."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from statewright.kernel.expressions.evaluate import ExpressionError, Scope
from statewright.kernel.expressions.views import MISSING, View
from statewright.kernel.values import Json
from statewright.language.templates.compiling import parse_template


class Recording(View):
    """A view over data that notes what was asked of it."""

    def __init__(self, data: Json, asked: list[str]) -> None:
        self.data = data
        self.asked = asked
        self.is_list = isinstance(data, list)

    def get(self, key: str) -> Any:
        """Returns a value, noting the key."""
        self.asked.append(key)
        return self.shown(self.data.get(key, MISSING)) if isinstance(self.data, dict) else MISSING

    def at(self, index: int) -> Any:
        """Returns an entry, noting the position."""
        self.asked.append(str(index))
        return self.shown(self.data[index]) if 0 <= index < len(self.data) else MISSING

    def length(self) -> int:
        """Returns how many there are."""
        return len(self.data)

    def items(self) -> Iterator[tuple[str | int, Any]]:
        """Yields entries, noting each."""
        pairs = enumerate(self.data) if self.is_list else self.data.items()
        for key, value in pairs:
            self.asked.append(str(key))
            yield key, self.shown(value)

    def plain(self) -> Json:
        """Returns all of it."""
        self.asked.append("all")
        return self.data

    def call(self, name: str, args: list[Json]) -> Json:
        """Answers with what was asked."""
        return {"name": name, "args": args}

    def shown(self, value: Any) -> Any:
        """Returns lists and maps as views too."""
        return Recording(value, self.asked) if isinstance(value, (dict, list)) else value


DATA = {"a": {"b": 1, "c": [10, 20, 30]}, "rows": [{"n": 1, "s": "x"}, {"n": 2, "s": "y"}], "empty": []}


def over(text: str) -> tuple[Json, list[str]]:
    """What a template gives over a view, and what it asked for."""
    asked: list[str] = []
    return parse_template(text).evaluate(Scope(Recording(DATA, asked))), asked


@pytest.mark.parametrize(
    ("text", "value", "asked"),
    [
        ("{{ .a.b }}", 1, ["a", "b"]),
        ("{{ .a.c[1] }}", 20, ["a", "c", "1"]),
        ("{{ .a.c.2 }}", 30, ["a", "c", "2", "2"]),
        ("{{ .a.c | length }}", 3, ["a", "c"]),
        ("{{ len .a.c }}", 3, ["a", "c"]),
        ("{{ if .empty }}a{{ else }}b{{ end }}", "b", ["empty"]),
        ("{{ range .a.c }}{{ . }}{{ break }}{{ end }}", "10", ["a", "c", "0"]),
        ("{{ .rows | map('n') }}", [1, 2], ["rows", "0", "n", "1", "n"]),
        ("{{ .a }}", DATA["a"], ["a", "all"]),
        ("<{{ .a.c }}>", "<[10,20,30]>", ["a", "c", "all"]),
        ("{{ .a.c | toJson }}", "[10,20,30]", ["a", "c", "all"]),
        ("{{ .a.missing | default('d') }}", "d", ["a", "missing"]),
    ],
)
def test_a_template_asks_a_view_for_no_more_than_it_needs(text: str, value: Json, asked: list[str]) -> None:
    assert over(text) == (value, asked)


def test_filters_keep_entries_and_give_plain_data() -> None:
    assert over("{{ .rows | filter('s', 'y') }}")[0] == [{"n": 2, "s": "y"}]
    assert over("{{ .rows | filter('s', 'y') | length }}")[0] == 1


def test_a_method_gets_its_arguments_as_plain_data() -> None:
    expected = {"name": "get", "args": [1, [10, 20, 30], "x"]}
    assert over("{{ .a.get(.a.b, .a.c, 'x') }}")[0] == expected
    assert over('{{ .a.get .a.b .a.c "x" }}')[0] == expected
    assert over('{{ "x" | .a.get .a.b .a.c }}')[0] == expected
    assert over("{{ .a.b | .a.get(.a.c, 'x') }}")[0] == expected


def test_names_with_an_underscore_do_not_exist() -> None:
    with pytest.raises(ExpressionError) as caught:
        over("{{ .a._private }}")
    assert caught.value.code == "EXPR_ATTRIBUTE_FORBIDDEN"
    assert parse_template("{{ ._id }}").evaluate(Scope({"_id": 7})) == 7


def test_what_is_no_view_has_no_methods() -> None:
    with pytest.raises(ExpressionError) as caught:
        parse_template("{{ .a.go(1) }}").evaluate(Scope({"a": {}}))
    assert caught.value.code == "EXPR_NOT_CALLABLE"


class Needed(Exception):
    """What a kernel raises when a template needs an answer first."""


class Asking(Recording):
    """A view that needs an answer first."""

    def get(self, key: str) -> Any:
        """Asks."""
        raise Needed(key)

    def call(self, name: str, args: list[Json]) -> Json:
        """Asks."""
        raise Needed(name)


@pytest.mark.parametrize(
    "text",
    [
        "{{ .v.x }}",
        "{{ if .v.x }}{{ end }}",
        "{{ .v.ask(1) }}",
        "{{ upper (.v.ask 1) }}",
        "{{ .v.x == 1 && true }}",
        "{{ range .list }}{{ $.v.x }}{{ end }}",
    ],
)
def test_what_a_view_raises_passes_through_untouched(text: str) -> None:
    view = Asking({"x": 1}, [])
    with pytest.raises(Needed):
        parse_template(text).evaluate(Scope({"v": view, "list": [1]}))
