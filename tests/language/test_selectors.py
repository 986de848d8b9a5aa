"""The path language finds what gjson finds, and what the seed's `&&` means."""

from __future__ import annotations

from typing import Any

import pytest

from statewright.language.directives.selection import find, names_near, rivals
from statewright.language.directives.selectors import SelectorSyntaxError, parse_selector
from statewright.language.marks import At, bare
from statewright.language.yaml.source import read_source

# workflows.md 4.9: the data and the vectors that were run against gjson itself.
DATA = b"""
a:
  - {id: x, n: 1, tags: [p, q]}
  - {id: y, n: 2, tags: [q], f.g: 1}
  - {id: xy, n: 3}
o: {k1: 1, k2: 2}
flags: [{id: p, on: true}, {id: q, on: "1"}, {id: r, on: "no"}, {id: s}]
models:
  - {provider: openai, model: gpt-4-turbo}
  - {provider: openai, model: gpt-4}
  - {provider: anthropic, model: claude-3-opus}
"""
NOTHING = object()
VECTORS: dict[str, Any] = {
    "a.#(n>=2).id": "y",
    "a.#(n>=2)#.id": ["y", "xy"],
    'a.#(id%"x*")#.id': ["x", "xy"],
    'a.#(id!%"x*")#.id': ["y"],
    'a.#(tags.#(=="p")).id': "x",
    'a.#(tags.0="p").n': 1,
    "a.#(n)#.id": ["x", "y", "xy"],
    r"a.1.f\.g": 1,
    "o.k*": 1,
    "o.@keys": ["k1", "k2"],
    'a.#(id=="nope")': NOTHING,
    'a.#(id=="nope")#': [],
    "a.#": 3,
    "a.#.n": [1, 2, 3],
    "a.-1": NOTHING,
    "a.7": NOTHING,
    "a[0]": NOTHING,
    "a.@reverse.0.id": "xy",
    "a|@reverse|0|id": "xy",
    "{a.0.id,o.k1}": {"id": "x", "k1": 1},
    "[a.0.id,o.k1]": ["x", 1],
    '{"first":a.0.id, "none":a.9, "all":a.#.id}': {"first": "x", "all": ["x", "y", "xy"]},
    "a.#.{id,n}|1": {"id": "y", "n": 2},
    "[a.#(n>=2),{o.k2}].0.id": "y",
    "a.#.tags|@flatten": ["p", "q", "q"],
    '[a.#.tags,o].@flatten:{"deep":true}': ["p", "q", "q", {"k1": 1, "k2": 2}],
    "[o,{a.0.n}].@join": {"k1": 1, "k2": 2, "n": 1},
    "o.@values": [1, 2],
    'o.@pretty:{"indent":""}': {"k1": 1, "k2": 2},
    "o.@ugly.@this.k2": 2,
    "flags.#(on==~true)#.id": ["p", "q"],
    "flags.#(on==~false)#.id": ["r", "s"],
    'a.#(tags.#(=="p"))#.id': ["x"],
    "a.#(id!=x)#.id": ["y", "xy"],
    "a.#(n<2)#.id": ["x"],
    "a.#(n<=2)#.id": ["x", "y"],
    "a.#(n>2).id": "xy",
    'a.#( id == "y" ).n': 2,
    "a.#(nope)": NOTHING,
    "o.k?": 1,
    r"a.1.f\.*": 1,
    r"*.k2": NOTHING,
    # Ours: gjson has no such operators, the seed uses them.
    'models.#(provider=="openai" && model=="gpt-4").model': "gpt-4",
    "models.#(provider='openai' && model='gpt-4').model": "gpt-4",
    'models.#(provider == "openai" && model == gpt-4-turbo).model': "gpt-4-turbo",
    'models.#(provider=="groq" || provider=="anthropic").model': "claude-3-opus",
    'models.#(provider=="anthropic" || provider=="openai" && model=="gpt-4")#.model': ["gpt-4", "claude-3-opus"],
    'models.#((provider=="anthropic" || provider=="openai") && model=="gpt-4").model': "gpt-4",
    'models.#(provider=="openai")#|#(model=="gpt-4")': {"provider": "openai", "model": "gpt-4"},
}


def document() -> At:
    at, _ = read_source(DATA, "f.yaml")
    assert at is not None
    return at


@pytest.mark.parametrize("path", VECTORS)
def test_a_path_selects_what_it_says(path: str) -> None:
    found = find(parse_selector(path), document())
    assert (NOTHING if found is None else bare(found.value)) == VECTORS[path]


@pytest.mark.parametrize(
    "path",
    [
        "",
        ".",
        "a.",
        "a..b",
        "a.#(id=='x'",
        "a.#()",
        "a.#(id==x &&)",
        "a b[0].",
        "{a,b",
        "[a,}",
        "o.@bogus",
        "o.@flatten:x",
    ],
)
def test_a_path_that_cannot_be_read_says_where(path: str) -> None:
    with pytest.raises(SelectorSyntaxError) as error:
        parse_selector(path)
    assert 0 <= error.value.offset <= len(path)


def test_queries_inside_queries_stop_at_a_depth() -> None:
    with pytest.raises(SelectorSyntaxError, match="nest"):
        parse_selector("a.#(" * 50 + "x" + ")" * 50)


def test_what_was_found_keeps_the_place_where_it_was_written() -> None:
    found = find(parse_selector('models.#(model=="gpt-4")'), document())
    assert found is not None
    assert found.mark.place().line == 10


def test_what_fits_a_query_beside_the_first_is_known() -> None:
    assert [
        bare(one.value)["model"] for one in rivals(parse_selector('models.#(provider=="openai").model'), document())
    ] == [
        "gpt-4-turbo",
        "gpt-4",
    ]
    assert rivals(parse_selector('models.#(provider=="anthropic")'), document()) == []
    assert rivals(parse_selector('models.#(provider=="openai")#'), document()) == []


def test_names_near_are_those_that_stood_to_choose() -> None:
    assert names_near(parse_selector('a.#(id=="z")'), document()) == ["x", "y", "xy"]
    assert names_near(parse_selector("o.k3"), document()) == ["k1", "k2"]


def test_only_a_conjunction_of_equalities_says_what_a_model_is() -> None:
    both = parse_selector('models.#(provider=="p" && model=="m")')
    assert both.equalities() == {"provider": "p", "model": "m"}
    assert parse_selector('models.#(provider=="p" || model=="m")').equalities() == {}
    assert parse_selector('models.#(provider=="p" && n>1)').equalities() == {}
