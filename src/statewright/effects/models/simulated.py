"""The simulated model: answers without a model, the same answer to the same question for ever.

It sees messages, schema and seed, and nothing else: renaming a workflow's ids, or changing its provider, changes no
answer. What it writes fits the schema and repeats words of the question; it knows nothing and says that it is fake.
"""

from __future__ import annotations

import hashlib
import re
from functools import lru_cache

import msgspec

from statewright.effects.models import reply
from statewright.effects.models.fitting import Draw, Fitting
from statewright.effects.models.normal import Unfit
from statewright.effects.performer import Answer, Finish, Refusal, Work
from statewright.kernel.effects import Call
from statewright.kernel.schemas import Schema, compile_schema
from statewright.kernel.values import Json

# The provider names that always mean this model.
PROVIDERS = ("simulated", "mock")

# Choices of `oneOf`, `not` and the like may miss; by the twentieth other choice a satisfiable schema is satisfied.
ATTEMPTS_MAX = 20

_WORD = re.compile(r"[^\W\d_]{3,}")
# Words that carry no content. A wrong one here costs a duller answer, nothing else.
_FILLER = (
    "about all also and any are based been both but can did does each else following for from had has have her his how "
    "input into its just may more must not now off one only other our out per please provide shall should some such "
    "than that the their them then there these they this those use using very was were what when where which while who "
    "why will with you your"
)
_FILLERS = frozenset(_FILLER.split())


class Simulated:
    """Performs model calls by `answer`. It finishes inside `begin`: there is nothing to wait for."""

    def begin(self, call: Call, work: Work, finish: Finish) -> None:
        """Answers at once."""
        finish(_outcome(call, work.seed))


def answer(messages: list[dict[str, Json]], schema: dict[str, Json] | None, seed: str) -> Json:
    """Returns a text, or, with a schema, a value that fits it; raises `Unfit` where none was found."""
    asked = next((str(message["content"]) for message in reversed(messages) if message["role"] == "user"), "")
    words = content_words(asked)
    if schema is None:
        return _paragraph(words, _draw(_key(messages, None, seed), 0))
    compiled = _compiled(msgspec.json.encode(schema))
    key = _key(messages, compiled.document, seed)
    for attempt in range(ATTEMPTS_MAX):
        value = Fitting(compiled.document, words, _draw(key, attempt), wide=attempt >= ATTEMPTS_MAX // 2).value()
        if not compiled.problems(value):
            return value
    raise Unfit("no simulated value fits the schema")


def content_words(text: str) -> list[str]:
    """Returns the words of a text that carry its content, in order, each as often as it stands there."""
    return [word for word in _WORD.findall(text.lower()) if word not in _FILLERS]


def _outcome(call: Call, seed: str) -> Answer | Refusal:
    schema = reply.wanted_schema(call)
    try:
        said = answer(call.request["messages"], schema, seed)
    except (Unfit, ValueError, ArithmeticError) as error:
        return Refusal(
            code="SCHEMA_NOT_SIMULATED",
            message=f"the simulated model cannot answer in this schema: {error}",
            details={"hint": "simplify the output schema, or ask a real model"},
            left=False,
        )
    if schema is None:
        return reply.reply(call, said)
    return reply.reply(call, reply.encode(said), said)


@lru_cache(maxsize=256)
def _compiled(document: bytes) -> Schema:
    return compile_schema(msgspec.json.decode(document))


def _key(messages: list[dict[str, Json]], schema: Json, seed: str) -> bytes:
    return msgspec.json.encode([messages, schema, seed], order="sorted")


def _draw(key: bytes, attempt: int) -> Draw:
    """Returns the only source of variety: a number below `limit` for each place of the answer."""
    root = hashlib.sha256(key + b"#%d" % attempt).digest()

    def draw(place: str, limit: int) -> int:
        return int.from_bytes(hashlib.sha256(root + place.encode()).digest()[:8], "big") % limit

    return draw


def _paragraph(words: list[str], draw: Draw) -> str:
    topics = ", ".join(dict.fromkeys(words[-12:])) or "nothing in particular"
    closing = _CLOSINGS[draw("closing", len(_CLOSINGS))]
    return f"[simulated] No model was asked. A real answer would deal with: {topics}. {closing}"


_CLOSINGS = (
    "The same question always gets this text.",
    "Run with a real provider to read more.",
    "This text stands in for the model's.",
)
