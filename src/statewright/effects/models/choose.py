"""Chooses who answers a model call: the simulated model where that was asked for, else the provider's performer.

Nothing switches silently: a provider that is not here, and one whose key is not set, are refusals with their own
codes.
"""

from __future__ import annotations

from collections.abc import Mapping

from statewright.effects.models.simulated import PROVIDERS, Simulated
from statewright.effects.performer import Finish, Performer, Refusal, Stop, Work
from statewright.effects.sinks import Secrets
from statewright.kernel.effects import Call
from statewright.kernel.values import Concat, Json, Secret

HINT = "run with --simulate, or set STATEWRIGHT_SIMULATE=1, for simulated answers"


class Models:
    """Performs the calls of kind `model`. `providers` are the real ones, by the name that a project uses."""

    def __init__(self, *, secrets: Secrets, providers: Mapping[str, Performer] | None = None) -> None:
        self._secrets = secrets
        self._providers = dict(providers or {})
        self._simulated = Simulated()

    def begin(self, call: Call, work: Work, finish: Finish) -> Stop | None:
        """Begins the call with the performer that it names, or with the simulated one."""
        model = call.request["model"]
        if work.simulate or model["provider"] in PROVIDERS:
            self._simulated.begin(call, work, finish)
            return None
        provider = self._providers.get(model["provider"])
        if provider is None:
            message = f"the model provider {model['provider']!r} is not available in this release"
            finish(_refusal("MODEL_PROVIDER_UNAVAILABLE", message))
            return None
        unset = [name for name in _names(model["api_key"]) if not self._secrets(name)]
        if unset:
            message = f"the model {call.target!r} needs the key {unset[0]}, which is not set"
            finish(_refusal("MODEL_KEY_MISSING", message))
            return None
        return provider.begin(call, work, finish)


def _refusal(code: str, message: str) -> Refusal:
    return Refusal(code=code, message=message, details={"hint": HINT}, left=False)


def _names(value: Json) -> list[str]:
    """Returns the names of the secrets in a reference."""
    if isinstance(value, Secret):
        return [value.name]
    if isinstance(value, Concat):
        return [name for part in value.parts for name in _names(part)]
    return []
