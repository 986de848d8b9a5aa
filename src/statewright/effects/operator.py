"""The operator file: what the person who runs the machine allows, which no project may say itself.

`hosts` maps host names that HTTP tools ask to other origins, `modules` maps module names that JavaScript tools import
to stub files, `allow_http_loopback` lets HTTP tools reach http://localhost. Nothing else is legal in it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import yaml

from statewright.errors import StatewrightError

# One page of text is enough for a machine; more is a mistaken path.
OPERATOR_BYTES_MAX = 64 * 1024
# As for a project's files; libyaml's composer is recursive, and ends the process where nothing bounds it.
DEPTH_MAX = 64

_ORIGIN = re.compile(r"https?://(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(:[0-9]{1,5})?/?")


class Operator(msgspec.Struct, frozen=True, kw_only=True):
    """What the operator allows. Without a file: no mapping, no module, nothing but public https."""

    hosts: dict[str, str] = {}  # host or host:port -> origin
    modules: dict[str, str] = {}  # module name -> absolute path of its stub
    allow_http_loopback: bool = False


class OperatorInvalid(StatewrightError):
    """Raised where the operator file cannot be used; names the place."""

    def __init__(self, place: str, message: str) -> None:
        super().__init__(
            "OPERATOR_INVALID",
            f"{place}: {message}",
            hint="an operator file has the keys hosts, modules and allow_http_loopback",
        )


def read_operator(path: str) -> Operator:
    """Returns what the file at `path` allows; raises `OperatorInvalid` naming file, line and column."""
    try:
        with open(path, "rb") as file:
            data = file.read(OPERATOR_BYTES_MAX + 1)
        root = _composed(path, data)
    except OSError as error:
        raise OperatorInvalid(path, error.strerror or "cannot be read") from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f"{path}:{mark.line + 1}:{mark.column + 1}" if mark else path
        raise OperatorInvalid(place, str(getattr(error, "problem", None) or "this is not YAML")) from error
    if len(data) > OPERATOR_BYTES_MAX:
        raise OperatorInvalid(path, f"the file is larger than {OPERATOR_BYTES_MAX} bytes")
    if root is None:
        return Operator()
    return Operator(**{name: _KEYS[name](path, node) for name, node in _entries(path, root, _KEYS)})


def _composed(path: str, data: bytes) -> yaml.Node | None:
    depth = 0
    for event in yaml.parse(data, Loader=yaml.CSafeLoader):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > DEPTH_MAX:
            raise OperatorInvalid(_place(path, event), f"this nests deeper than {DEPTH_MAX} levels")
    return yaml.compose(data, Loader=yaml.CSafeLoader)


def _hosts(path: str, node: yaml.Node) -> dict[str, str]:
    return {host.lower(): _text(path, item, _ORIGIN, "an origin such as http://127.0.0.1:8123").rstrip("/")
            for host, item in _entries(path, node)}  # fmt: skip


def _modules(path: str, node: yaml.Node) -> dict[str, str]:
    return {name: _file(path, item) for name, item in _entries(path, node)}


def _flag(path: str, node: yaml.Node) -> bool:
    return _text(path, node, re.compile("true|false"), "true or false", plain=True) == "true"


# How each key's node is read.
_KEYS: dict[str, Callable[[str, yaml.Node], Any]] = {
    "hosts": _hosts,
    "modules": _modules,
    "allow_http_loopback": _flag,
}


def _entries(path: str, node: yaml.Node, known: dict[str, Any] | None = None) -> list[tuple[str, yaml.Node]]:
    if not isinstance(node, yaml.MappingNode):
        raise OperatorInvalid(_place(path, node), "expected a mapping")
    entries: dict[str, yaml.Node] = {}
    for key, item in node.value:
        if not isinstance(key, yaml.ScalarNode) or not key.value:
            raise OperatorInvalid(_place(path, key), "expected a name")
        if known is not None and key.value not in known:
            raise OperatorInvalid(_place(path, key), f"the key {key.value!r} is unknown")
        if key.value in entries:
            raise OperatorInvalid(_place(path, key), f"the key {key.value!r} stands here twice")
        entries[key.value] = item
    return list(entries.items())


def _text(path: str, node: yaml.Node, pattern: re.Pattern[str], expected: str, *, plain: bool = False) -> str:
    if not isinstance(node, yaml.ScalarNode) or (plain and node.style) or not pattern.fullmatch(node.value):
        raise OperatorInvalid(_place(path, node), f"expected {expected}")
    return str(node.value)


def _file(path: str, node: yaml.Node) -> str:
    written = _text(path, node, re.compile(r".+"), "the path of a module file")
    file = (Path(path).parent / written).resolve()
    if not file.is_file():
        raise OperatorInvalid(_place(path, node), f"the module file {written!r} does not exist")
    return str(file)


def _place(path: str, node: yaml.Node | yaml.Event) -> str:
    mark = node.start_mark
    return path if mark is None else f"{path}:{mark.line + 1}:{mark.column + 1}"
