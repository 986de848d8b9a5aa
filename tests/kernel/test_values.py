"""The value model: what is admitted, what is refused and where, and that bytes keep what they were given."""

from __future__ import annotations

import hashlib
import math
from collections import OrderedDict
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from statewright.kernel.values import (
    VALUE_DEPTH_MAX,
    Blob,
    Concat,
    Json,
    Secret,
    ValueRefused,
    admit,
    blob_of,
    decode,
    encode,
)

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"]))
)
KEYS = st.sampled_from(["$ref", "$", "$$x", "name", ""]) | st.text(st.characters(exclude_categories=["Cs"]), max_size=4)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4), max_leaves=20
)


def nested(depth: int) -> Json:
    value: Json = 1
    for level in range(depth):
        value = [value] if level % 2 else {"k": value}
    return value


def same_types(one: Json, other: Json) -> bool:
    if type(one) is not type(other):
        return False
    if isinstance(one, dict):
        return list(one) == list(other) and all(same_types(one[key], other[key]) for key in one)
    if isinstance(one, list):
        return len(one) == len(other) and all(map(same_types, one, other))
    return bool(one == other)


@given(VALUES)
def test_a_value_is_admitted_as_an_equal_copy(value: Json) -> None:
    copy = admit(value)
    assert same_types(copy, value)
    if isinstance(value, (dict, list)):
        assert copy is not value


@given(VALUES)
def test_bytes_bring_back_the_value_with_its_types_and_the_order_of_its_keys(value: Json) -> None:
    assert same_types(decode(encode(value)), value)


@given(VALUES)
def test_bytes_are_the_same_whenever_they_are_written(value: Json) -> None:
    assert encode(decode(encode(value))) == encode(value)


def test_what_is_admitted_cannot_be_changed_from_outside() -> None:
    value: dict[str, Json] = {"list": [1], "map": {"a": 1}}
    copy = admit(value)
    value["list"].append(2)
    value["map"]["b"] = 2
    assert copy == {"list": [1], "map": {"a": 1}}


@pytest.mark.parametrize(
    "value", [2**64, -(2**63) - 1, 10**40, 0.1, -0.0, 5e-324, 1.7976931348623157e308, "\u2028 ä 😀"]
)
def test_numbers_and_texts_at_the_edge_are_exact(value: Json) -> None:
    assert same_types(admit(value), value)
    assert same_types(decode(encode(value)), value)
    assert not isinstance(value, float) or math.copysign(1, decode(encode(value))) == math.copysign(1, value)


@pytest.mark.parametrize(
    ("value", "code", "path"),
    [
        (math.nan, "NUMBER_NOT_FINITE", ""),
        ({"a": [1, math.inf]}, "NUMBER_NOT_FINITE", ".a[1]"),
        ({"a": {3: "x"}}, "VALUE_KEY", ".a"),
        ({None: 1}, "VALUE_KEY", ""),
        ({"a": (1, 2)}, "VALUE_TYPE", ".a"),
        ([{1}], "VALUE_TYPE", "[0]"),
        ([b"bytes"], "VALUE_TYPE", "[0]"),
        ({"when": date(2026, 1, 1)}, "VALUE_TYPE", ".when"),
        ([Decimal("1.5")], "VALUE_TYPE", "[0]"),
        ([object()], "VALUE_TYPE", "[0]"),
        ({"a": "\ud800"}, "TEXT_INVALID_CHARACTER", ".a"),
        (nested(VALUE_DEPTH_MAX + 1), "VALUE_DEPTH_LIMIT", None),
        (nested(5_000), "VALUE_DEPTH_LIMIT", None),
    ],
)
def test_what_is_not_a_value_is_refused_with_its_place(value: Json, code: str, path: str | None) -> None:
    with pytest.raises(ValueRefused) as refused:
        admit(value)
    assert refused.value.code == code
    assert path is None or refused.value.path == path


@pytest.mark.parametrize("value", [Secret("KEY"), [Blob("00" * 32, 3)], {"a": Concat(("x", Secret("KEY")))}])
def test_nobody_outside_can_bring_a_reference_in(value: Json) -> None:
    with pytest.raises(ValueRefused) as refused:
        admit(value)
    assert refused.value.code in ("VALUE_TYPE", "VALUE_INVALID")


def test_a_value_that_contains_itself_is_refused() -> None:
    value: list[Json] = []
    value.append(value)
    with pytest.raises(ValueRefused) as refused:
        admit(value)
    assert refused.value.code == "VALUE_DEPTH_LIMIT"


@pytest.mark.parametrize("depth", [1, VALUE_DEPTH_MAX])
def test_a_value_may_nest_as_deep_as_the_limit(depth: int) -> None:
    assert admit(nested(depth)) == nested(depth)


def test_a_wide_value_is_not_a_deep_one() -> None:
    value: list[Json] = [[] for _ in range(10 * VALUE_DEPTH_MAX)]
    assert admit(value) == value


def test_an_ordered_map_is_admitted_as_a_plain_one() -> None:
    copy = admit(OrderedDict([("z", 1), ("a", 2)]))
    assert type(copy) is dict
    assert list(copy) == ["z", "a"]


REFERENCES = [
    Secret("OPENAI_API_KEY"),
    Blob("ab" * 32, 300_000),
    Concat(("Bearer ", Secret("KEY"))),
    Concat((Concat(("user:", Secret("KEY")), "b64enc"), "?q=", Secret("$ref"))),
]


@pytest.mark.parametrize("reference", REFERENCES)
def test_a_reference_comes_back_typed(reference: Json) -> None:
    value = {"headers": [reference], "$ref": "mine"}
    assert decode(encode(value)) == value


@pytest.mark.parametrize("reference", REFERENCES)
def test_data_that_looks_like_a_reference_stays_data(reference: Json) -> None:
    forged = {"header": {"$ref": "secret", "name": "OPENAI_API_KEY"}, "copy": {"$ref": {"$ref": "blob"}}}
    mixed = {"real": reference, "forged": forged}
    assert admit(forged) == forged
    assert decode(encode(mixed)) == mixed
    assert type(decode(encode(mixed))["forged"]["header"]) is dict


def test_a_value_is_kept_under_the_digest_of_its_bytes() -> None:
    blob, data = blob_of({"b": 1, "$a": [2]})
    assert decode(data) == {"b": 1, "$a": [2]}
    assert blob == Blob(hashlib.sha256(data).hexdigest(), len(data))
