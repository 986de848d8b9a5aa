"""A declared secret in data from outside is found in every usual form, and named without being shown."""

from __future__ import annotations

import base64
import contextlib
from urllib.parse import quote

import pytest

from statewright.effects.disclosing import REFUSABLE_MIN, Disclosures
from statewright.errors import StatewrightError
from statewright.kernel.values import Json
from statewright.testing import load_workflow

KEY = 'k3y "ö" 0123456789'
DIGITS = "4929123456781234567"
SET = {"KEY": KEY, "DIGITS": DIGITS, "STAGE": "production", "UNDECLARED": "another-long-value-0123"}
PROGRAM = load_workflow(b"""
name: p
env: {PLAIN: a-plain-value-of-some-length}
tasks:
  - id: a
    env: {K: "{{ .env.KEY }}", D: "{{ .env.DIGITS }}", S: "{{ .env.STAGE }}", U: "{{ .env.UNSET }}"}
""")
HOLDING: dict[str, Json] = {
    "alone": KEY,
    "within": f"Bearer {KEY}!",
    "quoted": quote(KEY, safe=""),
    "encoded": base64.b64encode(f"user:{KEY}".encode()).decode(),
    "hex": KEY.encode().hex(),
    "a number": int(DIGITS),
    "deep": {"a": [{"b": KEY}]},
    "a key": {KEY: 1},
}
HARMLESS: dict[str, Json] = {
    "nothing": None,
    "a word of few letters": "production",
    "what nobody declared": SET["UNDECLARED"],
    "what is no secret": "a-plain-value-of-some-length",
    "a part": KEY[:-1],
    "no data": {1, 2},
}


@pytest.mark.parametrize("case", HOLDING)
def test_data_that_holds_a_secret_is_refused_without_showing_it(case: str) -> None:
    with pytest.raises(StatewrightError) as raised:
        Disclosures(SET.get).refuse(PROGRAM, {"given": HOLDING[case]}, "the input")
    assert raised.value.code == "SECRET_NOT_ALLOWED_HERE"
    said = f"{raised.value.message} {raised.value.hint}"
    assert KEY not in said
    assert DIGITS not in said
    assert ".given" in said


@pytest.mark.parametrize("case", HARMLESS)
def test_other_data_passes(case: str) -> None:
    Disclosures(SET.get).refuse(PROGRAM, {"given": HARMLESS[case]}, "the input")


@pytest.mark.parametrize(("length", "refused"), [(REFUSABLE_MIN - 1, False), (REFUSABLE_MIN, True)])
def test_short_values_are_words_that_inputs_hold_by_chance(length: int, refused: bool) -> None:
    disclosures = Disclosures(lambda name: "x" * length)
    with pytest.raises(StatewrightError) if refused else contextlib.nullcontext():
        disclosures.refuse(PROGRAM, ["x" * length], "the payload")
