"""Models to ask (workflows.md 2.9): the original engine's nested form, and the seed's flat one."""

from __future__ import annotations

from statewright.kernel.values import Json
from statewright.language.grammar.field import Entity, Field, later
from statewright.language.grammar.kinds import (
    AnyMap,
    AnyValue,
    Boolean,
    Credential,
    Duration,
    Inline,
    Integer,
    ListOf,
    Number,
    Text,
)
from statewright.language.marks import At
from statewright.language.yaml.reading import Reader

TIMEOUT = 60_000
RETRIES_MAX = 100
_TOKENS_MAX = 100_000_000

# Sampling options stand in `params`, or on the model itself.
PARAMS = (
    Field("temperature", Number(0, 2), "How freely the model chooses its words."),
    Field("max_tokens", Integer(1, _TOKENS_MAX), "How long an answer may be."),
    Field("stop_words", ListOf(Text()), "Words that end an answer."),
    Field("top_k", AnyValue(), "How many candidates each word is chosen from."),
    Field("top_p", Number(0, 1), "Which part of the likely words is chosen from."),
    Field("seed", AnyValue(), "What chance starts from."),
    Field("min_length", AnyValue(), "The shortest answer."),
    Field("max_length", AnyValue(), "The longest answer."),
    Field("repetition_penalty", AnyValue(), "How much repeating is avoided."),
    Field("presence_penalty", AnyValue(), "How much words are avoided that were there."),
    Field("frequency_penalty", AnyValue(), "How much frequent words are avoided."),
    Field("n", AnyValue(), "How many answers are made."),
    Field("candidate_count", AnyValue(), "How many answers are made, in other providers' words."),
    Field("metadata", AnyMap(), "What the provider is told beside the question."),
)
_NAMES = tuple(field.name for field in PARAMS)


def _params_stand_together(at: At, kept: dict[str, Json], reader: Reader) -> None:
    """Of the seed's flat form and the original engine's nested one, the nested one holds."""
    flat = {name: kept.pop(name) for name in _NAMES if name in kept}
    if flat:
        kept["params"] = flat | (kept.get("params") or {})


PARAMS_ENTITY = Entity("params", "a model's params", "How a model chooses its words.", PARAMS, unknown="typo")
RATE_LIMIT = Entity(
    "rate_limit",
    "a rate limit",
    "How much a provider is asked at a time.",
    (
        Field("concurrency", Integer(), "Questions at the same time."),
        Field("queue_size", Integer(), "Questions that may wait."),
        Field("requests_per_minute", Integer(), "Questions in a minute."),
        Field("request_burst", Integer(), "Questions at once after a pause."),
        Field("tokens_per_minute", Integer(0, _TOKENS_MAX), "Tokens in a minute."),
        Field("token_burst", Integer(0, _TOKENS_MAX), "Tokens at once after a pause."),
    ),
    unknown="typo",
)
MODEL = Entity(
    "model",
    "a model",
    "A model that agents and tasks may ask.",
    (
        Field("resource", Text(), "Says in a file of its own that this is a `model`."),
        Field("id", Text(), "What others call it; `provider:model` where it is left out."),
        Field("provider", Text(), "Whose model it is, as in `openai`, `anthropic` or `ollama`.", required=True),
        Field("model", Text(), "The provider's name of the model.", required=True),
        Field("api_key", Credential(), "The variable that holds the key, as in `{{ .env.OPENAI_API_KEY }}`."),
        Field("api_url", Text(template=True), "The provider's address, where it is not the usual one."),
        Field("base_url", Text(template=True), "The seed's word for `api_url`.", means="api_url"),
        Field("params", Inline("params"), "How the model chooses its words."),
        Field("default", Boolean(), "Whether this model is asked where nobody names one.", default=False),
        Field("timeout", Duration(), "How long an answer may take.", default=TIMEOUT),
        Field("retry_attempts", Integer(0, RETRIES_MAX), "How often a refused question is asked again.", default=0),
        Field("context_window", Integer(0, _TOKENS_MAX), "How many tokens the model reads."),
        *PARAMS,
        *later(
            Field("organization", Text(template=True), "The organisation that pays."),
            Field("max_tool_iterations", Integer(), "How often an agent may call tools and ask again."),
            Field("rate_limit", Inline("rate_limit"), "How much the provider is asked at a time."),
        ),
    ),
    unknown="typo",
    rules=(_params_stand_together,),
    kept=True,
)
