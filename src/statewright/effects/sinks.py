"""Sinks: where a secret's reference becomes its text, at the last moment, and where the text is masked again.

Source: kernel rules R7 and R8. Only positions that the program declares as sinks are given to `reveal`; whatever
comes back from the world, answer or error, passes `mask`.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Iterator
from urllib.parse import quote, quote_plus

import msgspec

from statewright.effects.performer import Refusal
from statewright.effects.refused import refused
from statewright.kernel.values import Blob, Concat, Json, Reference, Secret

# Looks a secret up by its name; None where it is not set.
Secrets = Callable[[str], str | None]

# A shorter secret occurs by chance in every text; hiding it would tear the text and reveal its places.
MASKABLE_MIN = 4

ENCODERS: dict[str, Callable[[str], str]] = {
    "": str,
    "b64enc": lambda text: base64.b64encode(text.encode()).decode(),
    "urlquery": quote_plus,
}


class Sink:
    """One call's sinks: it remembers what it revealed, so that it can mask it."""

    def __init__(self, secrets: Secrets) -> None:
        self._secrets = secrets
        self._names: dict[str, str] = {}  # each form of a revealed secret -> the secret's name
        self._pattern: re.Pattern[str] | None = None

    def reveal(self, value: Json) -> Json:
        """Returns `value` with the text in place of each reference; refuses the call where a secret is not set."""
        if isinstance(value, Secret):
            return self._text_of(value.name)
        if isinstance(value, Concat):
            return self._joined(value)
        if isinstance(value, dict):
            return {key: self.reveal(item) for key, item in value.items()}
        if isinstance(value, list):
            return [self.reveal(item) for item in value]
        return value

    def named(self, name: str) -> str | None:
        """Returns the text of a secret that may be unset."""
        return self._text_of(name) if self._secrets(name) else None

    def mask(self, value: Json) -> Json:
        """Returns `value` with each revealed secret, in any usual encoding, replaced by its name."""
        if not self._names:
            return value
        if isinstance(value, str):
            return self._masked_text(value)
        if isinstance(value, dict):
            return {self._masked_text(str(key)): self.mask(item) for key, item in value.items()}
        if isinstance(value, (list, tuple)):
            return [self.mask(item) for item in value]
        if isinstance(value, int | float) and not isinstance(value, bool) and str(value) in self._names:
            # A secret of digits comes back as a number.
            return self._masked_text(str(value))
        return value

    def masked(self, refusal: Refusal) -> Refusal:
        """Returns the refusal without any secret."""
        message, details = self._masked_text(refusal.message), self.mask(refusal.details)
        return msgspec.structs.replace(refusal, message=message, details=details)

    def _text_of(self, name: str) -> str:
        text = self._secrets(name)
        if not text:
            raise refused("SECRET_MISSING", f"the secret {name!r} is not set", hint=f"set {name}", left=False)
        self._remember(text, name)
        return text

    def _joined(self, concat: Concat) -> str:
        text = "".join(part if isinstance(part, str) else str(self.reveal(part)) for part in concat.parts)
        encoded = ENCODERS[concat.encoder](text)
        if concat.encoder:
            self._remember(encoded, _first_name(concat))
        return encoded

    def _remember(self, text: str, name: str) -> None:
        for form in forms_of(text):
            if len(form) >= MASKABLE_MIN:
                self._names.setdefault(form, name)
        self._pattern = None

    def _masked_text(self, text: str) -> str:
        if not self._names:
            return text
        if self._pattern is None:
            longest_first = sorted(self._names, key=len, reverse=True)
            self._pattern = re.compile("|".join(map(re.escape, longest_first)))
        return self._pattern.sub(lambda match: f"[secret {self._names[match.group()]}]", text)


def plain(value: Json, what: str) -> Json:
    """Returns `value` if no reference is in it: `what` is not a sink, so nothing may be resolved there (R7)."""
    if isinstance(value, Blob):
        raise refused("VALUE_NOT_LOADED", f"{what} holds a large value that was not loaded", left=False)
    if isinstance(value, Reference):
        raise refused("SECRET_OUTSIDE_SINK", f"{what} holds a secret; only config and env may", left=False)
    if isinstance(value, dict):
        for item in value.values():
            plain(item, what)
    elif isinstance(value, list):
        for item in value:
            plain(item, what)
    return value


def forms_of(text: str) -> Iterator[str]:
    """Yields the text as it may come back: raw, quoted, in hex, and in Base64 at each of the three offsets."""
    data = text.encode()
    yield text
    yield from (quote(text, safe=""), quote_plus(text), json.dumps(text)[1:-1], data.hex(), data.hex().upper())
    yield from (base64.b64encode(data).decode(), base64.urlsafe_b64encode(data).decode())
    for offset in range(3):
        encoded = base64.b64encode(b"\0" * offset + data).decode().rstrip("=")
        # The first and last characters also hold bits of the neighbours, which are unknown.
        first = (0, 2, 3)[offset]
        last = len(encoded) - (1 if (offset + len(data)) % 3 else 0)
        inner = encoded[first:last]
        yield inner
        yield inner.replace("+", "-").replace("/", "_")


def _first_name(concat: Concat) -> str:
    for part in concat.parts:
        if isinstance(part, Secret):
            return part.name
        if isinstance(part, Concat):
            return _first_name(part)
    return ""
