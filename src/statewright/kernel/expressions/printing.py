"""How values become text in workflow mode: null is empty, numbers are plain, lists and maps are compact JSON."""

from __future__ import annotations

from typing import Any

from statewright.kernel import values
from statewright.kernel.expressions.made import Spender, encoded, refuse_secret, resolved, settle
from statewright.kernel.values import Blob, Json, Reference

# From here on every float is whole and its digits say nothing; Go's encoder turns to exponents here too.
EXPONENT_FROM = 1e21
# An agent without an output schema answers a map of this one key; in text it is its text (workflows.md 20.2).
RESPONSE = "response"


def show(run: Spender, value: Any) -> Any:
    """Returns the text of a value; a secret, alone or in text, is returned as the reference it is."""
    kind = type(value)
    if kind is str:
        return value
    if value is None:
        return ""
    if kind is bool:
        return "true" if value else "false"
    if kind is int:
        return str(value)
    if kind is float:
        return number_text(value)
    if isinstance(value, Blob):
        return show(run, run.load(value))
    if isinstance(value, Reference):
        return value
    return _compound(run, settle(run, value))


def text_of(run: Spender, value: Any) -> str:
    """Returns the text of a value; a secret is refused."""
    text = show(run, value)
    if not isinstance(text, str):
        raise refuse_secret()
    return text


def json_text(run: Spender, value: Any) -> str:
    """Returns compact JSON, keys in the order given."""
    plain = settle(run, value)
    data = encoded(run, plain) or values.encode(resolved(run, plain))
    run.make_room(len(data))
    return data.decode()


def number_text(value: float) -> str:
    """Returns a float's shortest digits: 3 rather than 3.0."""
    return str(int(value)) if value.is_integer() and abs(value) < EXPONENT_FROM else repr(value)


def _compound(run: Spender, value: Json) -> Any:
    if isinstance(value, (dict, list)):
        if len(value) == 1 and isinstance(value, dict) and isinstance(value.get(RESPONSE), str):
            return value[RESPONSE]
        return json_text(run, value)
    return show(run, value)
