"""Fits a value to a JSON Schema, for the simulated model: plausible, deterministic, never random.

It aims; the caller validates. Enum values that the question mentions win, and a question that decided one is
answered with higher numbers in bounded ranges, as a confident model would.
"""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable
from typing import Any

from statewright.effects.models import formats, patterns
from statewright.effects.models.normal import Normal, Unfit, options
from statewright.kernel.values import Json

# A number below the limit, for a place in the answer: the only source of variety.
Draw = Callable[[str, int], int]

# Below this, only what is required is filled in, so that recursive schemas end.
OPTIONAL_DEPTH_MAX = 5
# Where a schema leaves the size open: enough to look like a list, little enough to read.
ITEMS_MAX = 3
# Past this a schema asks for a data set, not for an answer.
SIZE_MAX = 1_000
# An open number is drawn from a range of this width.
OPEN_RANGE = 100
# How often a place is drawn again for an item unlike the others.
UNIQUE_DRAWS_MAX = 50

# Endings that English puts on a stem, longest first: "billed", "bills" and "billing" are one word to us.
_ENDINGS = ("ations", "ation", "ating", "ates", "ated", "ions", "ings", "ate", "ion", "ing", "ed", "es", "ly", "s", "e")


class Fitting:
    """One attempt at one answer: the root of the schema, the question's words, and the draw.

    A `wide` attempt draws bounded numbers from their whole range: it comes when likely ones did not fit.
    """

    def __init__(self, root: dict[str, Json], words: list[str], draw: Draw, *, wide: bool = False) -> None:
        self._root = root
        self._normal = Normal(root)
        self._words = words
        self._stems = [_stem(word) for word in words]
        self._draw = draw
        self._decided = False
        self._wide = wide

    def value(self) -> Json:
        """Returns the value for the whole schema; raises `Unfit`."""
        return self._fit(self._root, "$", "answer", 0)

    def _fit(self, schema: Json, place: str, name: str, depth: int) -> Json:
        plain = self._normal.of(schema, depth)
        choices = options(plain)
        if choices:
            return self._first(choices, place, name, depth)
        if "const" in plain:
            return plain["const"]
        if "enum" in plain:
            return self._choice(plain["enum"], place)
        if plain.get("examples"):
            return plain["examples"][self._draw(place, len(plain["examples"]))]
        return _BY_TYPE[_type(plain)](self, plain, place, name, depth)

    def _first(self, choices: list[dict[str, Json]], place: str, name: str, depth: int) -> Json:
        """Returns a value for the first alternative that has one, beginning at a drawn one; null comes last."""
        start = self._draw(f"{place}?", len(choices))
        turned = choices[start:] + choices[:start]
        for choice in sorted(turned, key=lambda choice: choice.get("type") == "null"):
            try:
                return self._fit(choice, place, name, depth + 1)
            except Unfit:
                continue
        raise Unfit(f"{place} has no alternative that can be filled in")

    def _choice(self, values: list[Json], place: str) -> Json:
        if not values:
            raise Unfit(f"{place} has an empty enum")
        scores = [self._mentions(value) for value in values]
        best = max(scores)
        self._decided = self._decided or best > 0
        likely = [value for value, score in zip(values, scores, strict=True) if score == best]
        return likely[self._draw(place, len(likely))]

    def _mentions(self, value: Json) -> int:
        stems = {_stem(word) for word in str(value).lower().replace("_", " ").replace("-", " ").split()}
        return sum(stem in stems for stem in self._stems)

    def _object(self, schema: dict[str, Any], place: str, name: str, depth: int) -> Json:
        required = list(schema.get("required") or [])
        value: dict[str, Json] = {}
        for key, inner in (schema.get("properties") or {}).items():
            if key in required:
                value[key] = self._fit(inner, f"{place}.{key}", key, depth + 1)
            elif depth <= OPTIONAL_DEPTH_MAX:
                with contextlib.suppress(Unfit):
                    value[key] = self._fit(inner, f"{place}.{key}", key, depth + 1)
        lacking = [key for key in required if key not in value]
        few = _size(schema, "minProperties", 0) - len(value) - len(lacking)
        lacking += [f"item_{number + 1}" for number in range(few)]
        for key in lacking:
            value[key] = self._fit(schema.get("additionalProperties", True), f"{place}.{key}", key, depth + 1)
        return value

    def _array(self, schema: dict[str, Any], place: str, name: str, depth: int) -> Json:
        fewest = _size(schema, "minItems", 0)
        most = min(_size(schema, "maxItems", max(fewest, ITEMS_MAX)), max(fewest, ITEMS_MAX))
        count = fewest if depth > OPTIONAL_DEPTH_MAX else max(fewest, min(most, 1 + self._draw(place, ITEMS_MAX)))
        first = list(schema.get("prefixItems") or [])
        if "contains" in schema and not first:
            first, count = [schema["contains"]], max(count, 1)
        items: list[Json] = []
        others = items if schema.get("uniqueItems") else []
        for index in range(max(count, min(len(first), most))):
            inner = first[index] if index < len(first) else schema.get("items", True)
            if inner is False:
                break
            items.append(self._item(inner, others, f"{place}[{index}]", name, depth))
        return items

    def _item(self, schema: Json, others: list[Json], place: str, name: str, depth: int) -> Json:
        for again in range(UNIQUE_DRAWS_MAX):
            value = self._fit(schema, f"{place}{'~' * again}", name, depth + 1)
            if value not in others:
                return value
        raise Unfit(f"{place} finds no more different items")

    def _string(self, schema: dict[str, Any], place: str, name: str, depth: int) -> Json:
        if "format" in schema and schema["format"] in formats.FORMATS:
            return formats.FORMATS[schema["format"]](self._word(place), lambda limit: self._draw(place, limit))
        shortest = _size(schema, "minLength", 0)
        if "pattern" in schema:
            return self._matching(schema["pattern"], shortest, place)
        text = self._phrase(name, place)
        while len(text) < shortest:
            text += f" {self._word(f'{place}{len(text)}')}"
        return text[: _size(schema, "maxLength", len(text))]

    def _matching(self, pattern: str, shortest: int, place: str) -> str:
        counter = iter(range(SIZE_MAX * 10))
        text = ""
        for stretch in (0, 1, 4, 16, 64):
            text = patterns.matching(pattern, lambda limit: self._draw(f"{place}/{next(counter)}", limit), stretch)
            if len(text) >= shortest:
                break
        return text

    def _phrase(self, name: str, place: str) -> str:
        label = name.replace("_", " ").replace("-", " ").strip().capitalize() or "Answer"
        first, second = self._word(f"{place}1"), self._word(f"{place}2")
        topic = first if first == second else f"{first} and {second}"
        return f"{label} about {topic} (simulated)" if topic else f"{label} (simulated)"

    def _word(self, place: str) -> str:
        return self._words[self._draw(f"{place}w", len(self._words))] if self._words else "nothing"

    def _number(self, schema: dict[str, Any], place: str, name: str, depth: int) -> Json:
        low, high, open_ends = _bounds(schema)
        share = self._share(place, open_ends)
        step = schema.get("multipleOf", 1 if _type(schema) == "integer" else None)
        if step:
            return self._multiple(schema, place, step)
        value = low + (high - low) * share
        rounded = round(value, 2)
        within = low < rounded < high or (low == high == rounded)
        return rounded if within else value

    def _multiple(self, schema: dict[str, Any], place: str, step: float) -> Json:
        low, high, open_ends = _bounds(schema)
        first, last = math.ceil(low / step), math.floor(high / step)
        first += first * step <= schema.get("exclusiveMinimum", -math.inf)
        last -= last * step >= schema.get("exclusiveMaximum", math.inf)
        if first > last:
            raise Unfit(f"{place} has no number within its bounds")
        # Ten digits hide that a decimal step is not exact in binary.
        return round((first + round((last - first) * self._share(place, open_ends))) * step, 10)

    def _share(self, place: str, open_ends: bool) -> float:
        """Returns how far into its range a number lies: anywhere in an open one, high or middling in a bounded one."""
        drawn = self._draw(place, 1_000) / 1_000
        if open_ends or self._wide:
            return drawn
        return 0.85 + drawn * 0.13 if self._decided else 0.55 + drawn * 0.25

    def _boolean(self, schema: dict[str, Any], place: str, name: str, depth: int) -> Json:
        return self._draw(place, 2) == 1

    def _null(self, schema: dict[str, Any], place: str, name: str, depth: int) -> Json:
        return None


_BY_TYPE: dict[str, Callable[..., Json]] = {
    "object": Fitting._object,
    "array": Fitting._array,
    "string": Fitting._string,
    "number": Fitting._number,
    "integer": Fitting._number,
    "boolean": Fitting._boolean,
    "null": Fitting._null,
}

# Which type a schema means that names none.
_TELLING = {
    "properties": "object",
    "required": "object",
    "additionalProperties": "object",
    "minProperties": "object",
    "items": "array",
    "prefixItems": "array",
    "minItems": "array",
    "contains": "array",
    "minimum": "number",
    "maximum": "number",
    "exclusiveMinimum": "number",
    "exclusiveMaximum": "number",
    "multipleOf": "number",
}


def _type(schema: dict[str, Json]) -> str:
    named = schema.get("type")
    if isinstance(named, list):
        named = next((item for item in named if item != "null"), "null")
    if named is None:
        named = next((kind for key, kind in _TELLING.items() if key in schema), "string")
    return str(named)


def _bounds(schema: dict[str, Any]) -> tuple[float, float, bool]:
    """Returns the range of a number, and whether an end of it is ours because the schema leaves it open."""
    lows = [schema[key] for key in ("minimum", "exclusiveMinimum") if key in schema]
    highs = [schema[key] for key in ("maximum", "exclusiveMaximum") if key in schema]
    low = max(lows) if lows else min(0, min(highs, default=0) - OPEN_RANGE if highs else 0)
    high = min(highs) if highs else max(low, 0) + OPEN_RANGE
    if low > high:
        raise Unfit(f"no number is at least {low} and at most {high}")
    return low, high, not (lows and highs)


def _size(schema: dict[str, Any], key: str, otherwise: int) -> int:
    size = int(schema.get(key, otherwise))
    if key.startswith("min") and size > SIZE_MAX:
        raise Unfit(f"{key} is {size}, more than {SIZE_MAX}")
    return size


def _stem(word: str) -> str:
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word[: -len(ending)]
    return word
