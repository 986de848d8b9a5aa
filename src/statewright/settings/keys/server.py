"""Keys of the server and of what it stands on: database, Temporal, Redis, cache, limits for callers, figures."""

from __future__ import annotations

from statewright.language.grammar.kinds import Boolean, Choice, Duration, Integer, Text
from statewright.settings.keys.key import COUNT, HOUR, MIB, MINUTE, PORT, SECOND, SIZE, TEXTS, Key

MODES = ("memory", "persistent", "distributed")
_MODE = Choice(MODES)
_LEVEL = Choice(("debug", "info", "warn", "error", "disabled"), {"warning": "warn"})
_ORIGINS = ["http://localhost:3000", "http://localhost:5001"]

SERVER = (
    Key("mode", _MODE, "How much survives a restart.", "memory", env=("COMPOZY_MODE",), flag="--mode"),
    Key(
        "server.host", Text(), "The address that is listened on.", "0.0.0.0", env=("SERVER_HOST", "COMPOZY_HOST"),
        flag="--host",
    ),
    Key("server.port", PORT, "The port that is listened on.", 5001, env=("SERVER_PORT", "COMPOZY_PORT"), flag="--port"),
    Key("server.cors_enabled", Boolean(), "Whether other origins may call.", True, flag="--cors"),
    Key("server.cors.allowed_origins", TEXTS, "Which origins may call.", _ORIGINS, flag="--cors-origins"),
    Key("server.cors.allow_credentials", Boolean(), "Whether cookies are taken from them.", True),
    Key("server.cors.max_age", Integer(0, 86_400), "For how many seconds browsers remember that.", 86_400),
    Key("server.timeout", Duration(), "How long a request may take.", 30 * SECOND),
    Key("server.auth.enabled", Boolean(), "Whether callers need a key.", False, flag="--auth-enabled"),
    Key("server.auth.workflow_exceptions", TEXTS, "Workflows that need none.", [], flag="--auth-workflow-exceptions"),
    Key("server.auth.admin_key", Text(), "The first administrator's key.", secret=True),
    Key("server.source_of_truth", Choice(("repo", "builder")), "Who changes definitions.", "repo"),
    Key("server.timeouts.start", Duration(), "How long a start may take.", 30 * SECOND, env=("SERVER_START_TIMEOUT",)),
    Key(
        "server.timeouts.shutdown", Duration(), "How long a stop may take.", 30 * SECOND,
        env=("SERVER_SHUTDOWN_TIMEOUT",),
    ),
    Key(
        "server.timeouts.read", Duration(), "How long a request may arrive.", 15 * SECOND,
        env=("SERVER_READ_TIMEOUT",),
    ),
    Key(
        "server.timeouts.write", Duration(), "How long an answer may leave.", 15 * SECOND,
        env=("SERVER_WRITE_TIMEOUT",),
    ),
    Key(
        "server.timeouts.idle", Duration(), "How long a connection may rest.", 60 * SECOND,
        env=("SERVER_IDLE_TIMEOUT",),
    ),
    Key(
        "database.driver", Choice(("sqlite", "postgres")), "Which database; without it, what the mode needs.",
        env=("DB_DRIVER",), flag="--db-driver",
    ),
    Key("database.host", Text(), "The database's host.", "localhost", env=("DB_HOST",), flag="--db-host"),
    Key("database.port", PORT, "The database's port.", 5432, env=("DB_PORT",), flag="--db-port"),
    Key("database.user", Text(), "The database's user.", "postgres", env=("DB_USER",), flag="--db-user"),
    Key("database.password", Text(), "The user's password.", env=("DB_PASSWORD",), flag="--db-password", secret=True),
    Key("database.name", Text(), "The database's name.", "compozy", env=("DB_NAME",), flag="--db-name"),
    Key(
        "database.ssl_mode", Choice(("disable", "allow", "prefer", "require", "verify-ca", "verify-full")),
        "How the connection is protected.", "disable", env=("DB_SSL_MODE",), flag="--db-ssl-mode",
    ),
    Key(
        "database.conn_string", Text(), "All of it as one address.", env=("DB_CONN_STRING",),
        flag="--db-conn-string", address=True,
    ),
    Key(
        "database.path", Text(), "The database's file; without it, what the mode needs.", env=("DB_PATH",),
        flag="--db-path",
    ),
    Key("database.auto_migrate", Boolean(), "Whether tables are made at the start.", True, env=("DB_AUTO_MIGRATE",)),
    Key("database.migration_timeout", Duration(), "How long that may take.", 2 * MINUTE, env=("DB_MIGRATION_TIMEOUT",)),
    Key(
        "database.max_open_conns", COUNT, "How many connections are opened.", 25,
        env=("DB_MAX_OPEN_CONNS", "DB_MAX_CONNECTIONS"), also=("database.max_connections",),
    ),
    Key("database.max_idle_conns", COUNT, "How many of them stay open.", 5, env=("DB_MAX_IDLE_CONNS",)),
    Key("temporal.mode", _MODE, "Another mode for Temporal alone."),
    Key("temporal.host_port", Text(), "Where Temporal is.", "localhost:7233", flag="--temporal-host"),
    Key("temporal.namespace", Text(), "Its namespace.", "default", flag="--temporal-namespace"),
    Key("temporal.task_queue", Text(), "Its queue.", "compozy-tasks", flag="--temporal-task-queue"),
    Key("temporal.api_key", Text(), "Its key.", secret=True),
    Key("redis.mode", _MODE, "Another mode for Redis alone."),
    Key("redis.url", Text(), "Where Redis is, as one address.", flag="--redis-url", address=True),
    Key("redis.host", Text(), "Redis' host.", "localhost", flag="--redis-host"),
    Key("redis.port", PORT, "Redis' port.", 6379, flag="--redis-port"),
    Key("redis.password", Text(), "Redis' password.", flag="--redis-password", secret=True),
    Key("redis.db", Integer(0, 65_535), "The number of the database in it.", 0, flag="--redis-db"),
    Key("redis.pool_size", COUNT, "How many connections are opened.", 10),
    Key("redis.max_idle_conns", COUNT, "How many of them stay open."),
    Key("cache.enabled", Boolean(), "Whether answers are remembered.", True),
    Key("cache.ttl", Duration(), "For how long.", 24 * HOUR),
    Key("cache.prefix", Text(), "What their keys begin with.", "compozy:cache:"),
    Key("cache.url", Text(), "A Redis server of its own.", address=True),
    Key("cache.password", Text(), "Its password.", secret=True),
    Key(
        "ratelimit.global_rate.limit", COUNT, "How many requests all callers have.", 100,
        env=("RATELIMIT_GLOBAL_LIMIT",),
    ),
    Key("ratelimit.global_rate.period", Duration(), "In which time.", MINUTE, env=("RATELIMIT_GLOBAL_PERIOD",)),
    Key("ratelimit.api_key_rate.limit", COUNT, "How many requests a key has.", 100, env=("RATELIMIT_API_KEY_LIMIT",)),
    Key("ratelimit.api_key_rate.period", Duration(), "In which time.", MINUTE, env=("RATELIMIT_API_KEY_PERIOD",)),
    Key(
        "webhooks.default_method", Choice(("POST", "PUT", "PATCH", "GET")), "Which method calls come with.", "POST",
        flag="--webhook-default-method",
    ),
    Key(
        "webhooks.default_max_body", SIZE, "How many bytes they may bring.", MIB, flag="--webhook-default-max-body",
        also=("webhooks.max_body",),
    ),
    Key(
        "webhooks.default_dedupe_ttl", Duration(), "How long a repetition is recognised.", 10 * MINUTE,
        flag="--webhook-default-dedupe-ttl", also=("webhooks.dedupe_ttl",),
    ),
    Key(
        "webhooks.stripe_skew", Duration(), "How old a signature of Stripe may be.", 5 * MINUTE,
        flag="--webhook-stripe-skew",
    ),
    Key(
        "monitoring.enabled", Boolean(), "Whether figures are published.", False,
        env=("MONITORING_ENABLED", "PROMETHEUS_ENABLED"),
    ),
    Key("monitoring.path", Text(), "Where they are.", "/metrics", also=("monitoring.metrics.endpoint",)),
    Key("monitoring.grafana_url", Text(), "Where they are drawn.", env=("GRAFANA_URL",), address=True),
    Key("monitoring.tracing.enabled", Boolean(), "Whether spans are sent.", False, env=("TRACING_ENABLED",)),
    Key("monitoring.tracing.endpoint", Text(), "Where spans are sent.", env=("JAEGER_ENDPOINT",), address=True),
    Key(
        "runtime.environment", Text(), "What kind of installation this is.", "development",
        env=("RUNTIME_ENVIRONMENT", "COMPOZY_ENV"),
    ),
    Key(
        "runtime.log_level", _LEVEL, "From which weight on things are logged.", "info", flag="--log-level",
        also=("monitoring.logging.level",),
    ),
    Key(
        "runtime.log_format", Choice(("text", "json")), "How they are written.", "text",
        also=("monitoring.logging.format",),
    ),
)  # fmt: skip
