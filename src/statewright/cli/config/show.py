"""`statewright config show`: every setting and, if asked, where it comes from and what it hides."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal

from cyclopts import Parameter

from statewright.cli.config.reading import Sets, configured_at, exit_code_of, facts, tell_problems
from statewright.cli.options import HERE, Flag, Place
from statewright.cli.terminal import emit, table, to_json
from statewright.kernel.values import Json
from statewright.settings.resolving import Setting
from statewright.settings.values import shown

Format = Literal["text", "table", "json", "yaml"]
_FORMAT = Parameter(name=("--output", "-o", "--format", "-f"), show_default=True)
_ORIGIN = Parameter(name=("--origin", "--sources"), negative="")


def show(
    prefix: str = "",
    /,
    *,
    origin: Annotated[Flag, _ORIGIN] = False,
    output: Annotated[Format, _FORMAT] = "text",
    set: Sets = None,
    place: Place = HERE,
) -> int:
    """Show every setting, and where it comes from. Secrets are hidden.

    Parameters
    ----------
    set
        Try a value out, as in `--set server.port=3000`; it wins over everything else.
    prefix
        Only settings whose names begin with it, as in `server` or `server.port`.
    origin
        Show also what each value comes from, and every other value that does not count.
    """
    found = configured_at(place, set)
    settings = found.configuration.below(prefix)
    match output:
        case "json":
            emit(to_json(_json(settings, origin), pretty=True))
        case "yaml":
            emit("\n".join(_yaml(settings, origin)))
        case _:
            emit(_text(settings, origin))
    tell_problems(found)
    return exit_code_of(found)


def _text(settings: list[Setting], origin: bool) -> str:
    rows = []
    for setting in settings:
        rows.append([setting.key.path, _cell(setting, setting.value), setting.origin.place])
        if origin:
            rows += [["", _cell(setting, given.value), f"shadowed: {given.origin.place}"] for given in setting.shadowed]
    return table(("KEY", "VALUE", "FROM"), rows) if origin else table(("KEY", "VALUE"), [row[:2] for row in rows])


def _cell(setting: Setting, value: Json) -> str:
    seen = shown(value, setting.key)
    return "" if seen is None else seen if isinstance(seen, str) else to_json(seen)


def _json(settings: list[Setting], origin: bool) -> Json:
    if origin:
        return {setting.key.path: facts(setting) for setting in settings}
    return _tree(settings)


def _tree(settings: list[Setting]) -> dict[str, Json]:
    """Returns the settings as the project file writes them: blocks in blocks."""
    top: dict[str, Json] = {}
    for setting in settings:
        *blocks, name = setting.key.path.split(".")
        block = top
        for each in blocks:
            block = block.setdefault(each, {})
        block[name] = shown(setting.value, setting.key)
    return top


def _yaml(settings: list[Setting], origin: bool) -> Iterator[str]:
    """Yields the lines of a project file that says the same; JSON's scalars and lists are YAML's."""
    open_blocks: list[str] = []
    for setting in settings:
        *blocks, name = setting.key.path.split(".")
        for depth, block in enumerate(blocks):
            if open_blocks[: depth + 1] != blocks[: depth + 1]:
                yield f"{'  ' * depth}{block}:"
        open_blocks = blocks
        comment = f"  # {setting.origin.place}" if origin else ""
        yield f"{'  ' * len(blocks)}{name}: {to_json(shown(setting.value, setting.key))}{comment}"
