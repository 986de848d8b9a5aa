"""Model definitions, in the seed's flat form and the original engine's nested one, to the kernel's `Model`.

Source: workflows.md 2.9.
"""

from __future__ import annotations

from statewright.kernel.program import Model, Retry
from statewright.kernel.values import Json
from statewright.language.diagnostics.diagnostic import near
from statewright.language.entities.credentials import credential, sink
from statewright.language.grammar.model import MODEL, PARAMS, PARAMS_ENTITY, RETRIES_MAX, TIMEOUT
from statewright.language.marks import At, bare
from statewright.language.yaml.reading import Reader

PROVIDERS = (
    "openai", "anthropic", "google", "groq", "ollama", "deepseek", "xai", "cerebras", "openrouter",
    "simulated", "mock", "scripted",
)  # fmt: skip
_PARAMS = tuple(field.name for field in PARAMS)


def read_model(at: At, env: dict[str, Json], reader: Reader) -> Model:
    """Returns the model that a map describes."""
    reader.keys(at, MODEL.keys)
    provider = reader.required_text(at, "provider", "a model")
    meant = near(provider, PROVIDERS) if provider not in PROVIDERS else []
    if meant:
        entry = at.get("provider")
        assert entry is not None
        message = f"{provider!r} is no provider that this release knows"
        reader.problems.warning("PROVIDER_UNKNOWN", message, entry, hint=f"did you mean {meant[0]!r}?")
    attempts = reader.integer(at, "retry_attempts", 0, most=RETRIES_MAX)
    return Model(
        provider=provider,
        model=reader.required_text(at, "model", "a model"),
        params=_params(at, reader),
        api_key=credential(at.get("api_key"), env, reader.problems),
        api_url=_url(at, env, reader),
        timeout=reader.duration(at, "timeout", TIMEOUT),
        retry=Retry(attempts=attempts + 1),
    )


def model_id(at: At) -> str:
    """Returns the name that a text may call a model by: its `id`, else `provider:model`."""
    value = at.value
    return str(value.get("id") or f"{value.get('provider', '')}:{value.get('model', '')}")


def _params(at: At, reader: Reader) -> dict[str, Json]:
    found: dict[str, Json] = {}
    nested = reader.mapping(at, "params")
    for layer in (at, nested):
        if layer is None:
            continue
        if layer is nested:
            reader.keys(layer, PARAMS_ENTITY.keys)
        # Checked for what every provider agrees on; the values are kept as written.
        reader.number(layer, "temperature", 0, least=0, most=2)
        reader.number(layer, "top_p", 0, least=0, most=1)
        reader.integer(layer, "max_tokens", 1, least=1, most=100_000_000)
        found.update({key: bare(layer.value[key]) for key in _PARAMS if layer.value.get(key) is not None})
    return found


def _url(at: At, env: dict[str, Json], reader: Reader) -> str:
    entry = at.get("api_url") or at.get("base_url")
    if entry is None:
        return ""
    url = sink(entry, env, reader)
    if isinstance(url, str):
        return url
    if url is not None:
        hint = "give the variable a plain value under `env`"
        reader.problems.error("SECRET_NOT_ALLOWED_HERE", "an address cannot be a secret", entry, hint=hint)
    return ""
