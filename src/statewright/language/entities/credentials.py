"""Where secrets may stand, and where not: `.env` names, credential fields, and literal keys that must not be here.

Source: kernel rules R7, R8 and R39. A literal credential would lie beside the journal for ever.
"""

from __future__ import annotations

import re

from statewright.kernel.expressions.evaluate import ExpressionError, Scope
from statewright.kernel.values import Json, Secret
from statewright.language.diagnostics.diagnostic import Diagnostic
from statewright.language.diagnostics.masking import LITERAL_KEYS
from statewright.language.diagnostics.problems import Problems
from statewright.language.grammar.secrets import HINT, is_credential_header, refuse, refuse_in_clear
from statewright.language.marks import At, List, Map
from statewright.language.templates.compiling import has_template
from statewright.language.templates.texts import parsed
from statewright.language.yaml.reading import Reader

_NAME = r"[A-Za-z_][A-Za-z0-9_]*"
_MENTIONED = re.compile(r"\.env\.(" + _NAME + ")")
_SOLE = re.compile(r"\s*\{\{-?\s*\.env\.(" + _NAME + r")\s*-?\}\}\s*\Z")


def mentioned(value: Json) -> set[str]:
    """Returns every name that stands as `.env.NAME` in the texts of some data."""
    if isinstance(value, str):
        return set(_MENTIONED.findall(value)) if ".env." in value else set()
    if not isinstance(value, (dict, list)):
        return set()
    return {name for item in (value.values() if isinstance(value, dict) else value) for name in mentioned(item)}


def refuse_literal_keys(at: At, problems: Problems) -> None:
    """Complains about every text of a document that looks like a key."""
    if LITERAL_KEYS.search(at.mark.source.text):
        _refuse_keys(at, problems)


def _refuse_keys(at: At, problems: Problems) -> None:
    if isinstance(at.value, str):
        found = LITERAL_KEYS.search(at.value)
        if found:
            refuse(at, found.start(), found.end(), problems)
    for element in at.elements():
        _refuse_keys(element, problems)
    for _, entry in at.entries():
        _refuse_keys(entry, problems)


def credential(at: At | None, env: dict[str, Json], problems: Problems) -> Secret | None:
    """Returns the secret that a credential field names; anything but one reference is refused."""
    if at is None:
        return None
    sole = _SOLE.match(at.value) if isinstance(at.value, str) else None
    if sole:
        secret = env.get(sole[1], Secret(sole[1]))
        if isinstance(secret, Secret):
            return secret
        message = f"the variable {sole[1]!r} has its value in this project, so it is no secret"
        problems.error("SECRET_INLINE", message, at, hint="remove it from `env`, and set it outside")
    elif isinstance(at.value, str) and has_template(at.value):
        problems.error("SECRET_FORM", "a credential is exactly one variable", at, hint='write "{{ .env.NAME }}"')
    elif isinstance(at.value, str) and at.value:
        refuse(at, 0, len(at.value), problems)
    elif at.value != "":
        problems.error("TYPE_STRING", "a credential is a text", at, hint=HINT)
    return None


def sink(at: At, env: dict[str, Json], reader: Reader) -> Json:
    """Returns data that a performer resolves: texts with `.env.X` become `Secret` or `Concat`, plain names their value.

    Nothing else of a run is known there, so no other variable may stand in it.
    """
    if isinstance(at.value, Map):
        return {key: _entry(key, entry, env, reader) for key, entry in at.entries()}
    if isinstance(at.value, List):
        return [sink(element, env, reader) for element in at.elements()]
    if not isinstance(at.value, str) or not has_template(at.value):
        return at.value
    template = parsed(at, reader)
    if template is None:
        return None
    if any(name[0] != "env" for name in template.names):
        message = "only .env can be used here: this is fixed before any run starts"
        hint = 'write the text itself, or "{{ .env.NAME }}"'
        reader.problems.error("TEMPLATE_NOT_ALLOWED_HERE", message, at, hint=hint)
        return None
    sole = _SOLE.match(at.value)
    if sole:
        return env.get(sole[1], Secret(sole[1]))
    try:
        return template.text(_scope(at.value, env))
    except ExpressionError as error:
        found = Diagnostic(code=error.code, message=error.message, hint=error.hint)
        reader.problems.within(found, at, error.start, error.end)
        return None


def _entry(key: str, at: At, env: dict[str, Json], reader: Reader) -> Json:
    if is_credential_header(key):
        refuse_in_clear(at, reader.problems)
    return sink(at, env, reader)


def _scope(text: str, env: dict[str, Json]) -> Scope:
    values = {name: env.get(name, Secret(name)) for name in _MENTIONED.findall(text)}
    return Scope({"env": values}, strict=True)
