"""The `config` of a project, workflow or task (workflows.md 2.20): patience, and what stands beside it."""

from __future__ import annotations

from statewright.language.grammar.field import Entity, Field, later
from statewright.language.grammar.kinds import (
    AnyMap,
    Boolean,
    Choice,
    Duration,
    Inline,
    Integer,
    ListOf,
    Number,
    SchemaOrId,
    Text,
)

# What a retry policy means that says no number of attempts.
ATTEMPTS = 3
ATTEMPTS_MAX = 100

ARROW = Entity(
    "transition",
    "a transition",
    "Where the flow goes on.",
    (
        Field("next", Text(), "The id of the task to go on with.", required=True),
        Field("with", AnyMap(template=True), "Input for it, below its own `with`."),
    ),
)
RETRY_POLICY = Entity(
    "retry_policy",
    "a retry policy",
    "How often and how patiently a refused call is tried again.",
    (
        Field("initial_interval", Duration(), "The wait before the second attempt.", default=1_000),
        Field("backoff_coefficient", Number(1, 100), "How much longer each further wait is.", default=2.0),
        Field("maximum_attempts", Integer(1, ATTEMPTS_MAX), "How many attempts there are.", default=ATTEMPTS),
        Field("maximum_interval", Duration(), "The longest wait.", default=60_000),
        *later(Field("non_retryable_error_types", ListOf(Text()), "Errors that another attempt cannot help.")),
    ),
)
GLOBAL_OPTS = Entity(
    "config",
    "config",
    "Patience of the tasks below, and a workflow's input.",
    (
        Field("input", SchemaOrId(), "The schema of what a run is started with."),
        Field("env", AnyMap(template=True), "Variables of the workflow."),
        Field("start_to_close_timeout", Duration(), "How long one attempt may take."),
        Field("retry_policy", Inline("retry_policy"), "How refused calls are tried again."),
        Field("strict_templates", Boolean(), "Whether a template that names nothing is an error."),
        Field("precedence", Choice(("yaml-first", "env-first")), "Whether this file or variables win; the project's."),
        *later(
            Field("schedule_to_start_timeout", Duration(), "How long a task may wait before it begins."),
            Field("schedule_to_close_timeout", Duration(), "How long all attempts may take."),
            Field("heartbeat_timeout", Duration(), "How often a long task must show that it is alive."),
            Field("on_error", Inline("transition"), "Where tasks go on that fail and do not say it themselves."),
            Field("source_of_truth", Choice(("repo", "builder")), "Whether files or the editor win.", default="repo"),
        ),
    ),
    unknown="typo",
)
