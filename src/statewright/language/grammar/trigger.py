"""What starts a workflow from outside: signals and webhooks (workflows.md 2.14 and 2.22)."""

from __future__ import annotations

from statewright.kernel.values import Json
from statewright.language.conditions.texts import parsed_condition
from statewright.language.grammar.field import Entity, Field, later
from statewright.language.grammar.kinds import (
    AnyMap,
    Boolean,
    Choice,
    Credential,
    Duration,
    Inline,
    ListOf,
    SchemaOrId,
    Text,
)
from statewright.language.marks import At
from statewright.language.yaml.reading import Reader

STRIPE_SKEW = 300_000
DEDUPE_TTL = 600_000


def _says_what_starts_it(at: At, kept: dict[str, Json], reader: Reader) -> None:
    needed = {"signal": "name", "webhook": "webhook"}.get(str(kept.get("type")))
    if needed is not None and at.get(needed) is None:
        reader.missing(at, needed, f"a trigger of type {kept['type']!r}")


def _verified_by_something(at: At, kept: dict[str, Json], reader: Reader) -> None:
    strategy = kept.get("strategy")
    if strategy not in ("hmac", "stripe", "github"):
        return
    what = f"a webhook verified by {strategy!r}"
    if at.get("secret") is None:
        reader.missing(at, "secret", what, 'as in secret: "{{ .env.WEBHOOK_SECRET }}"')
    if strategy == "hmac" and at.get("header") is None:
        reader.missing(at, "header", what, "the header that carries the signature")


def _events_have_names_of_their_own(at: At, kept: dict[str, Json], reader: Reader) -> None:
    events = at.get("events")
    seen: set[str] = set()
    for event in events.elements() if events is not None else ():
        name = event.get("name")
        if name is not None and name.value in seen:
            message = f"there are two events {name.value!r}"
            reader.problems.error("ID_DUPLICATE", message, name, hint="rename one of them")
        if name is not None and isinstance(name.value, str):
            seen.add(name.value)


def _its_filter_can_be_read(at: At, kept: dict[str, Json], reader: Reader) -> None:
    filter = at.get("filter")
    if filter is not None and isinstance(filter.value, str):
        parsed_condition(filter, reader)


VERIFY = Entity(
    "webhook_verify",
    "the verification of a webhook",
    "How a call proves who sent it.",
    (
        Field("strategy", Choice(("none", "hmac", "stripe", "github")), "By which rule.", default="none"),
        Field("secret", Credential(), "The variable that holds the shared secret."),
        Field("header", Text(), "The header that carries the signature."),
        Field("skew", Duration(), "How old a call may be.", default=STRIPE_SKEW),
    ),
    rules=(_verified_by_something,),
)
DEDUPE = Entity(
    "webhook_dedupe",
    "the dedupe of a webhook",
    "How a repeated call is known.",
    (
        Field("enabled", Boolean(), "Whether a repeated call starts nothing.", default=False),
        Field("ttl", Duration(), "How long calls are remembered.", default=DEDUPE_TTL),
        Field("key", Text(), "Where the call's body holds what makes it the same."),
    ),
)
EVENT = Entity(
    "webhook_event",
    "an event of a webhook",
    "One of the things that a call may mean.",
    (
        Field("name", Text(), "What it is called.", required=True),
        Field("filter", Text(), "The condition by which a call means this event.", required=True),
        Field("input", AnyMap(template=True), "What the run is started with, made of the call.", default={}),
        Field("schema", SchemaOrId(), "What that input must look like."),
    ),
    rules=(_its_filter_can_be_read,),
)
WEBHOOK = Entity(
    "webhook",
    "a webhook",
    "An address that other systems call.",
    (
        Field(
            "slug",
            Text(format="slug", unique="webhooks"),
            "The last part of the address; no other webhook has it.",
            required=True,
        ),
        Field("method", Choice(("POST", "PUT", "PATCH")), "How it is called.", default="POST"),
        Field("verify", Inline("webhook_verify"), "How a call proves who sent it."),
        Field("dedupe", Inline("webhook_dedupe"), "How a repeated call is known."),
        Field("events", ListOf(Inline("webhook_event"), least=1), "What a call may mean.", required=True),
    ),
    rules=(_events_have_names_of_their_own,),
)
TRIGGER = Entity(
    "trigger",
    "a trigger",
    "What starts a workflow from outside.",
    (
        Field("type", Choice(("signal", "webhook")), "A signal, or a call over the web.", required=True),
        Field("name", Text(unique="triggers"), "The signal's name."),
        Field("schema", SchemaOrId(), "What the signal's payload must look like to start anything."),
        *later(Field("webhook", Inline("webhook"), "The address that is called.")),
    ),
    rules=(_says_what_starts_it,),
)
ENTITIES = (TRIGGER, WEBHOOK, VERIFY, DEDUPE, EVENT)
