"""Randomness is decided by the seed, and by nothing else."""

from __future__ import annotations

from statewright.kernel.expressions.draws import Draws
from statewright.kernel.expressions.evaluate import Scope
from statewright.language.templates.compiling import parse_template
from tests.house.sealed import run_sealed


def test_the_same_seed_draws_the_same_in_pieces_or_at_once() -> None:
    whole, pieces = Draws(b"seed"), Draws(b"seed")
    assert whole.bytes(100) == b"".join(pieces.bytes(size) for size in (1, 31, 33, 35))
    assert whole.bytes(10) != Draws(b"other").bytes(10)


def test_the_stream_is_pinned() -> None:
    assert Draws(b"seed").bytes(8).hex() == "1a30d3c0635d49b5"


def test_numbers_reach_every_value_below_the_bound_and_none_else() -> None:
    draws = Draws(b"dice")
    assert {draws.below(6) for _ in range(200)} == set(range(6))


def test_a_template_draws_from_its_scope_and_a_second_rendering_asks_the_same() -> None:
    template = parse_template("{{ uuidv4 }} {{ randInt 0 1000000 }} {{ randAlphaNum 8 }} {{ shuffle 'abcdefgh' }}")
    first = template.evaluate(Scope({}, draws=Draws(b"run:1")))
    assert first == template.evaluate(Scope({}, draws=Draws(b"run:1")))
    assert first != template.evaluate(Scope({}, draws=Draws(b"run:2")))


def test_rendering_touches_no_world_and_is_alike_under_any_hash_seed() -> None:
    prepare = """
        from statewright.kernel.expressions.draws import Draws
        from statewright.kernel.expressions.evaluate import Scope
        from statewright.language.templates.compiling import parse_template
        template = parse_template(
            "{{ range $k, $v := .m }}{{ $k }}={{ $v }};{{ end }}{{ keys .m }}{{ .m | toJson }}{{ uniq .l }}"
            "{{ uuidv4 }}{{ now | date 'Mon Jan 2 15:04:05 MST 2006' }}{{ omit .m 'a' }}{{ regexFindAll 'a' 'aa' -1 }}"
        )
    """
    act = """
        data = {"m": {"z": 1, "a": {"y": [2]}, "k": None}, "l": ["b", "a", "b"]}
        answer = template.evaluate(Scope(data, 1_795_255_200_000, draws=Draws(b"x")))
    """
    assert len({run_sealed(prepare, act, hash_seed=seed) for seed in (0, 1, 4_294_967_295)}) == 1
