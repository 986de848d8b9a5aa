"""What the fields of an entity, and the entities of a project, have to do with each other."""

from __future__ import annotations

import pytest

from tests.language.loading import errors, load_files, load_text, rendered

TASK = "tasks: [{id: a, with: {}}]\n"
# What is written, the code, the place, and words that must be said.
MISTAKES = {
    "a server by url and by command": (
        "mcps: [{id: m, url: 'https://x.example', command: run}]",
        ("FIELD_CONFLICT", 3, "not both"),
    ),
    "a server that nobody can reach": ("mcps: [{id: m, name: M}]", ("FIELD_MISSING", 3, "'url'")),
    "a server that is reached in no known way": ("mcps: [{id: m, transport: pigeon}]", ("CHOICE_INVALID", 3, "stdio")),
    "a template in a header, not closed": (
        "mcps: [{id: m, url: 'https://x.example', headers: {A: '{{ .env.B | '}}]",
        ("EXPR_SYNTAX", 3, "close it"),
    ),
    "a template among arguments, not closed": (
        "mcps: [{id: m, transport: stdio, command: run, args: [a, '{{ .b ']}]",
        ("EXPR_SYNTAX", 3, "close it"),
    ),
    "a variable for a key, not closed": (
        "embedders: [{id: e, provider: openai, model: m, api_key: '{{ .env.K ', config: {dimension: 3}}]",
        ("EXPR_SYNTAX", 3, "close it"),
    ),
    "an event's filter that ends too soon": (
        "triggers: [{type: webhook, webhook: {slug: s, events: [{name: e, filter: 'payload.x =='}]}}]",
        ("EXPR_SYNTAX", 3, "end of the condition"),
    ),
    "an event's input, not closed": (
        "triggers: [{type: webhook, webhook: {slug: s, events: [{name: e, filter: 'true', input: {a: '{{ .b '}}]}}]",
        ("EXPR_SYNTAX", 3, "close it"),
    ),
    "an attachment's address, not closed": (
        "agents: [{id: a, instructions: x, model: {provider: simulated, model: m},"
        " attachments: [{type: image, urls: ['{{ .input.u ']}]}]",
        ("EXPR_SYNTAX", 3, "close it"),
    ),
    "a program that is not named": ("mcps: [{id: m, transport: stdio}]", ("FIELD_MISSING", 3, "'command'")),
    "a server that is no web address": ("mcps: [{id: m, url: 'ftp://x'}]", ("FORMAT_INVALID", 3, "https://")),
    "a header with its key": (
        "mcps: [{id: m, url: 'https://x.example', headers: {Authorization: Bearer abc}}]",
        ("SECRET_INLINE", 3, ".env.NAME"),
    ),
    "a protocol that is no date": (
        "mcps: [{id: m, url: 'https://x.example', proto: v2}]",
        ("FORMAT_INVALID", 3, "date"),
    ),
    "two servers of one name": (
        "mcps: [{id: m, url: 'https://x.example'}, {id: m, url: 'https://y.example'}]",
        ("ID_DUPLICATE", 3, "two MCP servers"),
    ),
    "a server that is not there": (
        "mcps: [{id: search, url: 'https://x.example'}]\n"
        "agents: [{id: a, instructions: x, mcps: [serch], model: {provider: simulated, model: m}}]",
        ("MCP_UNKNOWN", 4, "'search'"),
    ),
    "an embedder's key in clear": (
        "embedders: [{id: e, provider: openai, model: m, api_key: abcdef, config: {dimension: 3}}]",
        ("SECRET_INLINE", 3, ".env.NAME"),
    ),
    "an address of a database in clear": (
        "vector_dbs: [{id: v, type: pgvector, config: {dimension: 3, dsn: 'postgres://u:p@h/d'}}]",
        ("SECRET_INLINE", 3, ".env.NAME"),
    ),
    "a database without an address": (
        "vector_dbs: [{id: v, type: qdrant, config: {dimension: 3}}]",
        ("FIELD_MISSING", 3, "'dsn'"),
    ),
    "fewer connections at most than at least": (
        "vector_dbs: [{id: v, type: pgvector, config: {dimension: 3, pgvector: {pool: {min_conns: 9, max_conns: 2}}}}]",
        ("RANGE", 3, "'max_conns', which is 2"),
    ),
    "pieces that are nothing but overlap": (
        "knowledge_bases: [{id: k, embedder: e, vector_db: v, chunking: {size: 100, overlap: 100},"
        " sources: [{type: url, urls: ['https://x.example']}]}]\n"
        "embedders: [{id: e, provider: local, model: m, config: {dimension: 3}}]\n"
        "vector_dbs: [{id: v, type: filesystem, config: {dimension: 3}}]",
        ("RANGE", 3, "'size', which is 100"),
    ),
    "vectors that do not fit": (
        "knowledge_bases: [{id: k, embedder: e, vector_db: v, sources: [{type: url, urls: ['https://x.example']}]}]\n"
        "embedders: [{id: e, provider: local, model: m, config: {dimension: 3}}]\n"
        "vector_dbs: [{id: v, type: filesystem, config: {dimension: 4}}]",
        ("RANGE", 3, "vectors of 3"),
    ),
    "an embedder that is not there": (
        "knowledge_bases: [{id: k, embedder: e, vector_db: v, sources: [{type: url, urls: ['https://x.example']}]}]\n"
        "vector_dbs: [{id: v, type: filesystem, config: {dimension: 4}}]",
        ("EMBEDDER_UNKNOWN", 3, "'e'"),
    ),
    "knowledge that is not there": ("knowledge: [{id: handbook}]", ("KNOWLEDGE_UNKNOWN", 3, "'handbook'")),
    "a source without files": (
        "knowledge_bases: [{id: k, embedder: e, vector_db: v, sources: [{type: markdown_glob}]}]\n"
        "embedders: [{id: e, provider: local, model: m, config: {dimension: 3}}]\n"
        "vector_dbs: [{id: v, type: filesystem, config: {dimension: 3}}]",
        ("FIELD_MISSING", 3, "'paths'"),
    ),
    "shares that are more than all": (
        "memories: [{id: m, token_allocation: {short_term: 0.7, long_term: 0.7}}]",
        ("RANGE", 3, "1.4"),
    ),
    "two limits of a memory": (
        "memories: [{id: m, max_tokens: 9, max_context_ratio: 0.5}]",
        ("FIELD_CONFLICT", 3, "not both"),
    ),
    "a lasting memory without an end": (
        "memories: [{id: m, persistence: {type: redis}}]",
        ("FIELD_MISSING", 3, "'ttl'"),
    ),
    "a webhook without a slug": (
        "triggers: [{type: webhook, webhook: {events: [{name: a, filter: 'true'}]}}]",
        ("FIELD_MISSING", 3, "'slug'"),
    ),
    "a webhook that proves nothing": (
        "triggers: [{type: webhook, webhook: {slug: s, verify: {strategy: github}, events: [{name: a, filter: x}]}}]",
        ("FIELD_MISSING", 3, "'secret'"),
    ),
    "two webhooks at one address": (
        "triggers:\n"
        "  - {type: webhook, webhook: {slug: s, events: [{name: a, filter: x}]}}\n"
        "  - {type: webhook, webhook: {slug: s, events: [{name: a, filter: x}]}}",
        ("ID_DUPLICATE", 5, "two webhooks"),
    ),
    "two models of one name": (
        "models: [{id: m, provider: simulated, model: a}, {id: m, provider: simulated, model: b}]",
        ("ID_DUPLICATE", 3, "two models"),
    ),
    "more knowledge than one": (
        "knowledge: [{id: '{{ .env.K }}'}, {id: '{{ .env.L }}'}]",
        ("RANGE", 3, "may have 1"),
    ),
    "a trigger without its signal": ("triggers: [{type: signal}]", ("FIELD_MISSING", 3, "'name'")),
    "a minute that no hour has": ("schedule: {cron: '61 * * * *'}", ("CRON_INVALID", 3, "0 to 59")),
    "a schedule of seconds": ("schedule: {cron: '* * * * * *'}", ("CRON_INVALID", 3, "second")),
    "a day that no month has": ("schedule: {cron: '0 0 30 2 *'}", ("CRON_NEVER", 3, "a day 30")),
    "a macro that nobody knows": ("schedule: {cron: '@dayly'}", ("CRON_INVALID", 3, "@daily")),
    "a zone that is not on earth": (
        "schedule: {cron: '@daily', timezone: Mars/Phobos}",
        ("TIMEZONE_UNKNOWN", 3, "Mars/Phobos"),
    ),
    "a zone that is misspelt": (
        "schedule: {cron: '@daily', timezone: Europe/Berln}",
        ("TIMEZONE_UNKNOWN", 3, "Berlin"),
    ),
    "a schedule that ends before it starts": (
        "schedule: {cron: '@daily', start_at: '2026-02-01T00:00:00Z', end_at: '2026-01-01T00:00:00Z'}",
        ("RANGE", 3, "later than 2026-02-01"),
    ),
    "a picture from nowhere": (
        "agents: [{id: a, instructions: x, attachments: [{type: image}], model: {provider: simulated, model: m}}]",
        ("FIELD_MISSING", 3, "url or urls or path or paths"),
    ),
    "an author without an address": ("author: {name: Ada, email: ada}", ("FORMAT_INVALID", 3, "ada@example.com")),
    "figures among the interfaces": ("monitoring: {path: /api/metrics}", ("FORMAT_INVALID", 3, "/metrics")),
    "a tool with the original engine's prefix": (
        "tools: [{id: cp__mine, type: javascript, execute: 'function f() {}'}]",
        ("ID_INVALID", 3, "cp__mine"),
    ),
}


@pytest.mark.parametrize("case", MISTAKES)
def test_a_mistake_is_told_once_with_its_place_and_the_next_step(case: str) -> None:
    text, (code, line, words) = MISTAKES[case]
    loaded = load_text(f"name: p\n{TASK}{text}\n")
    assert errors(loaded) == [code], rendered(loaded)
    (found,) = (found for found in loaded.diagnostics if found.severity == "error")
    assert found.line == line
    assert words in f"{found.message} {found.hint}"


@pytest.mark.parametrize("cron", ["0 9 * * MON-FRI", "*/15 8-18 1,15 JAN-JUN ?", "0 0 L * *", "0 9 * * FRI#2",
                                  "0 0 29 2 *", "0 0 30 2 MON", "30 0 9 * * *", "@every 90m", "@hourly"])  # fmt: skip
def test_what_comes_true_is_a_schedule(cron: str) -> None:
    assert errors(load_text(f"name: p\n{TASK}schedule: {{cron: '{cron}', timezone: Europe/Berlin}}\n")) == []


def test_what_one_file_defines_another_may_name() -> None:
    loaded = load_files({
        "compozy.yaml": f"name: p\n{TASK}knowledge: [{{id: k}}]\n"
        "autoload: {enabled: true, include: ['*.res.yaml']}\n",
        "k.res.yaml": "resource: knowledge_base\nid: k\nembedder: e\nvector_db: v\n"
        "sources: [{type: markdown_glob, paths: ['docs/**/*.md']}]\n",
        "e.res.yaml": "resource: embedder\nid: e\nprovider: local\nmodel: m\nconfig: {dimension: 3}\n",
        "v.res.yaml": "resource: vector_db\nid: v\ntype: filesystem\nconfig: {dimension: 3, path: data}\n",
    })  # fmt: skip
    assert errors(loaded) == [], rendered(loaded)
    assert loaded.entities["knowledge_base"]["k"]["ingest"] == "manual"
    assert loaded.entities["embedder"]["e"]["config"]["batch_size"] == 512
    assert loaded.entities["vector_db"]["v"]["config"]["path"] == "data"


def test_everything_that_a_project_says_is_kept_by_kind_and_id() -> None:
    loaded = load_text("""
name: p
version: 1.0.0
models: [{id: fast, provider: simulated, model: m, temperature: 0.5}]
schemas: [{id: order, type: object}]
tools: [{id: web, type: http, config: {base_url: 'https://x.example', headers: {A: '{{ .env.K }}'}}, timeout: 5s}]
memories: [{id: notes, type: buffer, default_key_template: k}]
agents: [{id: a, instructions: x, model: fast, actions: [{id: go, prompt: hi}], memory: [{id: notes}], tools: [web]}]
mcps: [{id: search, command: find, transport: stdio}]
triggers: [{type: webhook, webhook: {slug: hook, events: [{name: e, filter: 'true'}]}}]
schedule: {cron: '@daily'}
tasks: [{id: t, agent: a, action: go}]
""")
    assert errors(loaded) == [], rendered(loaded)
    kept = loaded.entities
    assert {kind: [*ids] for kind, ids in kept.items()} == {
        "model": ["fast"], "schema": ["order"], "tool": ["web"], "memory": ["notes"], "agent": ["a"], "mcp": ["search"],
        "project": ["p"],
    }  # fmt: skip
    assert kept["tool"]["web"]["timeout"] == 5_000
    assert kept["agent"]["a"]["max_iterations"] == 5
    assert kept["mcp"]["search"]["proto"] == "2025-03-26"
    project = kept["project"]["p"]
    assert project["schedule"]["overlap_policy"] == "skip"
    assert project["triggers"][0]["webhook"]["method"] == "POST"
    assert project["tasks"][0]["type"] == "basic"
