"""What the project file says about the configuration: values with their lines, and what is wrong with them.

The rest of the file is the language's; so is the grammar of `runtime`, `cache` and `monitoring`, which both read.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from statewright.kernel.expressions.evaluate import ExpressionError, Scope
from statewright.kernel.values import Json
from statewright.language.diagnostics.diagnostic import Diagnostic, meant
from statewright.language.diagnostics.problems import Problems
from statewright.language.directives.lookup import Scopes
from statewright.language.directives.resolve import resolve
from statewright.language.grammar import kinds
from statewright.language.grammar.secrets import refuse, refuse_in_clear
from statewright.language.marks import BROKEN, At, List, Map
from statewright.language.templates.compiling import has_template
from statewright.language.templates.texts import parsed
from statewright.language.yaml.reading import Reader
from statewright.settings.keys.key import Key
from statewright.settings.registry import BY_PLACE, SECTIONS
from statewright.settings.values import Misfit, account_in, expected, value_of

PRECEDENCES = ("yaml-first", "env-first")
# The language warns of unknown keys in these: it reads more of them than the registry has.
_LANGUAGES = frozenset({"runtime", "cache", "monitoring"})
# Words that mean a definition as well, which is a list or has other keys.
_AMBIGUOUS = frozenset({"tasks", "knowledge", "memory", "webhooks", "attachments", "cache"})
# Blocks of the original engine with more keys than its registry lists.
_OPEN = frozenset({"llm", "stream", "tasks", "attachments", "cli"})


class Written(msgspec.Struct, frozen=True):
    """Values by the paths of their keys, each with its place, as in `compozy.yaml:14`."""

    values: dict[str, tuple[tuple[str, Json], ...]] = {}
    diagnostics: tuple[Diagnostic, ...] = ()
    env_first: bool = False


def read_written(document: At, environ: Mapping[str, str] | None) -> Written:
    """Returns what a project file's document says; `{{ .env.NAME }}` in it means the variables of `environ`.

    Without an environment the templates are only read: what is wrong with them is the same on every machine.
    """
    problems = Problems()
    # What is wrong with a directive is said by `check`; what it should have brought is not there.
    resolved, _ = resolve(document, Scopes(document, document))
    found: dict[str, list[tuple[str, Json]]] = {}
    for place, key in BY_PLACE.items():
        at = _entry(resolved, place.split("."))
        if at is not None and at.value is not BROKEN:
            value = _value(at, key, environ, problems)
            if value is not None:
                mark = at.mark.place()
                found.setdefault(key.path, []).append((f"{mark.file}:{mark.line}", value))
    for section in SECTIONS:
        _check_section(resolved, section, problems)
    values = {path: tuple(given) for path, given in found.items()}
    env_first = _is_env_first(resolved, problems)
    return Written(values, problems.sorted(), env_first)


def _entry(at: At, path: list[str]) -> At | None:
    """Returns the entry of a path; a block that is only switched on or off is its `enabled`."""
    for position, name in enumerate(path):
        if isinstance(at.value, bool) and path[position:] == ["enabled"]:
            return at
        found = at.get(name)
        if found is None:
            return None
        at = found
    return at


def _value(at: At, key: Key, environ: Mapping[str, str] | None, problems: Problems) -> Json:
    if isinstance(at.value, str) and has_template(at.value):
        return _rendered(at, key, environ, problems)
    if key.secret and refuse_in_clear(at, problems):
        return None
    if key.address and isinstance(at.value, str) and (account := account_in(at.value)):
        refuse(at, *account, problems)
        return None
    reader = Reader(Problems())
    # The reader names an entry by its key, so it gets the map of this entry alone.
    name = at.path.rpartition("/")[2]
    alone = Map()
    alone.put(name, at.value, at.mark)
    value = _READ[type(key.kind)](reader, At(alone, at.mark, at.path.rpartition("/")[0]), name, key.kind)
    problems.add(reader.problems.sorted())
    return None if reader.problems.failed else value


def _rendered(at: At, key: Key, environ: Mapping[str, str] | None, problems: Problems) -> Json:
    reader = Reader(problems)
    template = parsed(at, reader)
    if template is None:
        return None
    if any(name[0] != "env" for name in template.names):
        message = "only .env can be used here: this is fixed before any run starts"
        problems.error("TEMPLATE_NOT_ALLOWED_HERE", message, at)
        return None
    if environ is None:
        return None
    unset = [name[1] for name in template.names if len(name) > 1 and not environ.get(str(name[1]))]
    if unset:
        message = f"the variable {unset[0]!r} is not set, so this says nothing"
        problems.warning("ENV_NOT_SET", message, at, hint=f"set {unset[0]}, or write it into the .env file")
        return None
    try:
        return value_of(str(template.text(Scope({"env": dict(environ)}))), key.kind)
    except ExpressionError as error:
        problems.within(Diagnostic(code=error.code, message=error.message, hint=error.hint), at, error.start, error.end)
    except Misfit:
        message = f"what this template comes to is not {expected(key.kind)}"
        problems.error("SETTING_INVALID", message, at, hint="correct the variable that it names")
    return None


def _check_section(document: At, section: str, problems: Problems) -> None:
    at = document.get(section)
    if at is None or at.value is BROKEN or isinstance(at.value, bool):
        return
    if not isinstance(at.value, Map):
        if section not in _AMBIGUOUS or not isinstance(at.value, List):
            Reader(problems).mapping(document, section)
    elif section not in _LANGUAGES and not ("id" in at.value and section in _AMBIGUOUS):
        _check_keys(at, section, problems)


def _check_keys(at: At, path: str, problems: Problems) -> None:
    known = {place[len(path) + 1 :].split(".")[0] for place in BY_PLACE if place.startswith(f"{path}.")}
    for name, entry in at.entries():
        if name not in known:
            hint = meant(name, sorted(known))
            if hint.hint or path.split(".")[0] not in _OPEN:
                problems.key("KEY_UNKNOWN", f"{path!r} has no key {name!r}", entry, hint=hint, severity="warning")
        elif f"{path}.{name}" not in BY_PLACE:
            _check_keys(entry, f"{path}.{name}", problems)


def _is_env_first(document: At, problems: Problems) -> bool:
    config = document.get("config")
    if config is None or not isinstance(config.value, Map):
        return False
    return Reader(problems).choice(config, "precedence", PRECEDENCES, PRECEDENCES[0]) == "env-first"


def _choice(reader: Reader, at: At, key: str, kind: Any) -> Json:
    chosen = reader.choice(at, key, kind.words, "")
    return kind.aliases.get(chosen, chosen)


_READ: dict[type, Callable[[Reader, At, str, Any], Json]] = {
    kinds.Text: lambda reader, at, key, kind: reader.text(at, key),
    kinds.Integer: lambda reader, at, key, kind: reader.integer(at, key, least=kind.least, most=kind.most),
    kinds.Number: lambda reader, at, key, kind: reader.number(at, key, 0, least=kind.least, most=kind.most),
    kinds.Boolean: lambda reader, at, key, kind: reader.boolean(at, key),
    kinds.Choice: _choice,
    kinds.Duration: lambda reader, at, key, kind: reader.duration(at, key, least=kind.least),
    kinds.ListOf: lambda reader, at, key, kind: list(reader.texts(at, key)),
}
