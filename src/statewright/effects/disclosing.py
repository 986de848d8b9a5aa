"""Finds the text of a declared secret in what comes from outside, before it is journaled: a journal forgets nothing.

Source: reliability.md I-45 and finding 3. Nothing is masked here: a run that works on a mask would only fail later.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

import msgspec

from statewright.effects.sinks import Secrets, forms_of
from statewright.errors import EXIT_NOT_ALLOWED, StatewrightError
from statewright.kernel.program import Program
from statewright.kernel.values import Json, Secret

# Shorter variables are words that inputs hold by chance: `production`, `eu-central-1`. Keys are longer.
REFUSABLE_MIN = 16
# What an encoding leaves of a text in the middle of another one is shorter than the text's own encoding.
FORM_MIN = 12


class Disclosures:
    """The secrets of each program, in every form in which they are looked for."""

    def __init__(self, secrets: Secrets) -> None:
        self._secrets = secrets
        self._known: dict[str, tuple[re.Pattern[str], dict[str, str]] | None] = {}

    def refuse(self, program: Program, value: Json, what: str) -> None:
        """Raises `SECRET_NOT_ALLOWED_HERE` where data for a run of `program` holds one of its secrets."""
        if program.digest not in self._known:
            self._known[program.digest] = self._forms(program)
        known = self._known[program.digest]
        if known is None:
            return
        pattern, names = known
        found = pattern.search(_text(value))
        if found is None:
            return
        name = names[found.group()]
        place = next(_places(value, re.compile(re.escape(found.group())), ""), "") or "the top"
        raise StatewrightError(
            "SECRET_NOT_ALLOWED_HERE",
            f"{what} holds the value of the secret {name!r} at {place}; the run's journal would keep it",
            hint=f"leave it out: a tool gets it as {{{{ .env.{name} }}}} in its `config` or `env`; "
            "if it is no secret, write its value under the project's `env`",
            exit_code=EXIT_NOT_ALLOWED,
        )

    def _forms(self, program: Program) -> tuple[re.Pattern[str], dict[str, str]] | None:
        names: dict[str, str] = {}
        for name in _declared(program.env.values()):
            text = self._secrets(name) or ""
            # What is searched is the data as one JSON text, so that keys and numbers are seen as well.
            forms = (_text(text)[1:-1], *forms_of(text)) if len(text) >= REFUSABLE_MIN else ()
            names |= {form: names.get(form, name) for form in forms if len(form) >= FORM_MIN}
        if not names:
            return None
        return re.compile("|".join(map(re.escape, sorted(names, key=len, reverse=True)))), names


def _declared(values: Iterable[Json]) -> Iterator[str]:
    for value in values:
        if isinstance(value, Secret):
            yield value.name


def _text(value: Json) -> str:
    """Returns the data as one text; what is no data is refused by the gate, in words of its own."""
    try:
        return msgspec.json.encode(value).decode()
    except (TypeError, ValueError, RecursionError, msgspec.MsgspecError):
        return ""


def _places(value: Json, pattern: re.Pattern[str], path: str) -> Iterator[str]:
    """Yields where the data matches, the innermost places first; a key is told by its map, so that it is not shown."""
    if isinstance(value, dict):
        for key, item in value.items():
            if pattern.search(_text(key)):
                yield f"a key of {path or 'the top'}"
            yield from _places(item, pattern, f"{path}.{key}")
    elif isinstance(value, (list, tuple)):
        for index, item in enumerate(value):
            yield from _places(item, pattern, f"{path}[{index}]")
    elif pattern.search(_text(value)):
        yield path
