"""Who answers a model call: nothing switches silently."""

from __future__ import annotations

import pytest

from statewright.effects.models.choose import HINT, Models
from statewright.effects.models.scripted import Scripted
from statewright.effects.performer import Answer
from statewright.kernel.values import Concat, Json, Secret
from tests.effects.performing import NO_SECRETS, answer, model_call, perform, refusal, work


async def test_simulation_answers_for_every_provider_even_one_that_is_here() -> None:
    scripted = Scripted(["real"])
    models = Models(secrets=NO_SECRETS.get, providers={"openai": scripted})
    for provider in ("openai", "anthropic"):
        outcome = await perform(models, model_call("x", provider=provider), work(simulate=True))
        assert isinstance(outcome, Answer)
        assert (outcome.simulated, outcome.value["provider"]) == (True, provider)
    assert scripted.calls == []


@pytest.mark.parametrize("provider", ["simulated", "mock"])
async def test_a_provider_can_be_the_simulated_one_by_name(provider: str) -> None:
    outcome = await answer(Models(secrets=NO_SECRETS.get), model_call("x", provider=provider), work())
    assert outcome["content"].startswith("[simulated] ")


async def test_a_provider_that_is_not_here_is_named_with_the_way_out() -> None:
    end = await refusal(Models(secrets=NO_SECRETS.get), model_call("x", api_key=Secret("OPENAI_API_KEY")), work())
    assert (end.code, end.retryable, end.left) == ("MODEL_PROVIDER_UNAVAILABLE", False, False)
    assert "'openai'" in end.message
    assert end.details == {"hint": HINT}


@pytest.mark.parametrize("api_key", [Secret("KEY"), Concat(("Bearer ", Concat((Secret("KEY"),), "b64enc")))])
async def test_a_key_that_is_not_set_is_named(api_key: Json) -> None:
    models = Models(secrets={"KEY": ""}.get, providers={"openai": Scripted(["real"])})
    end = await refusal(models, model_call("x", api_key=api_key), work())
    assert (end.code, end.left, "KEY" in end.message) == ("MODEL_KEY_MISSING", False, True)


@pytest.mark.parametrize("api_key", [None, "", Secret("KEY")])
async def test_a_provider_with_its_key_or_without_need_of_one_answers(api_key: Json) -> None:
    models = Models(secrets={"KEY": "canary"}.get, providers={"openai": Scripted(["real"])})
    outcome = await perform(models, model_call("x", api_key=api_key), work())
    assert isinstance(outcome, Answer)
    assert outcome.value["content"] == "real"
    assert "canary" not in repr(outcome)
