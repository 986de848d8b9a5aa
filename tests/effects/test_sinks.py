"""Secrets become text in sinks only, and are masked in whatever comes back."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as some

from statewright.effects.performer import Refusal
from statewright.effects.refused import CallRefused
from statewright.effects.sinks import Sink, plain
from statewright.kernel.values import Blob, Concat, Json, Secret

SECRETS = {"USER": "alice", "PASSWORD": 'pa ss/wö"rd', "EMPTY": ""}


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Secret("USER"), "alice"),
        (Concat(("Bearer ", Secret("USER"))), "Bearer alice"),
        (Concat((Concat((Secret("USER"), ":x"), "b64enc"),)), base64.b64encode(b"alice:x").decode()),
        (Concat(("?p=", Concat((Secret("PASSWORD"),), "urlquery"))), "?p=pa+ss%2Fw%C3%B6%22rd"),
        ({"a": [Secret("USER"), 1, None]}, {"a": ["alice", 1, None]}),
        ("no secret", "no secret"),
    ],
)
def test_references_become_text(value: Json, text: Json) -> None:
    assert Sink(SECRETS.get).reveal(value) == text


@pytest.mark.parametrize("name", ["EMPTY", "ABSENT"])
def test_a_secret_that_is_not_set_is_named_and_nothing_else(name: str) -> None:
    with pytest.raises(CallRefused) as raised:
        Sink(SECRETS.get).reveal(Concat(("x", Secret(name))))
    assert raised.value.refusal == Refusal(
        code="SECRET_MISSING", message=f"the secret '{name}' is not set", details={"hint": f"set {name}"}, left=False
    )


FORMS: dict[str, Callable[[str], str]] = {
    "raw": str,
    "quoted": lambda text: quote(text, safe=""),
    "query": quote_plus,
    "json": lambda text: json.dumps(text),
    "hex": lambda text: text.encode().hex(),
    "base64": lambda text: base64.b64encode(text.encode()).decode(),
    "base64url": lambda text: base64.urlsafe_b64encode(text.encode()).decode(),
    "base64 behind 1": lambda text: base64.b64encode(f"u{text}v".encode()).decode(),
    "base64 behind 2": lambda text: base64.b64encode(f"uu{text}vv".encode()).decode(),
}


@pytest.mark.parametrize("form", FORMS)
@given(secret=some.text(min_size=12, max_size=40), before=some.text(max_size=5))
def test_a_secret_is_masked_in_every_usual_form(form: str, secret: str, before: str) -> None:
    try:
        secret.encode()
    except UnicodeEncodeError:
        return
    sink = Sink({"S": secret}.get)
    sink.reveal(Secret("S"))
    shown = FORMS[form](secret)
    masked = sink.mask({"a": [f"{before} {shown} after"]})["a"][0]
    assert "[secret S]" in masked
    assert shown not in masked


def test_a_refusal_is_masked_whole() -> None:
    sink = Sink(SECRETS.get)
    sink.reveal(Secret("USER"))
    masked = sink.masked(Refusal(code="X", message="for alice", details={"alice": ["alice"]}, retryable=True))
    assert masked == Refusal(
        code="X", message="for [secret USER]", details={"[secret USER]": ["[secret USER]"]}, retryable=True
    )


def test_what_was_not_revealed_is_not_touched() -> None:
    sink = Sink(SECRETS.get)
    value = {"a": ["alice"]}
    assert sink.mask(value) is value
    assert "alice" not in repr(sink)


def test_a_reference_outside_of_a_sink_is_refused() -> None:
    for value, code in ((Secret("USER"), "SECRET_OUTSIDE_SINK"), (Blob("0" * 64, 1), "VALUE_NOT_LOADED")):
        with pytest.raises(CallRefused) as raised:
            plain({"a": [{"b": value}]}, "the input")
        assert raised.value.refusal.code == code
