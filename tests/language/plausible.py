"""Projects that somebody could have written on a bad day: right keys, often in the right place, with any value."""

from __future__ import annotations

import json

from hypothesis import strategies as st

from statewright.kernel.values import Json
from statewright.language.task_types import TASK_TYPES
from tests.fuzz.contract import FILE_MARK

IDS = st.sampled_from(("a", "b", "c", "local", "", "a b", "a.b", "ä", "-", "0", "x" * 300))
TEMPLATES = st.sampled_from((
    "{{ .workflow.input.x }}", "{{ .tasks.a.output }}", "{{ .tasks.b.output.c | default 1 }}", "{{ .input.x }}",
    "{{ .env.KEY }}", "{{ .item }}", "{{ .index }}", "{{ .output.x }}", "{{ .error.code }}", "{{ .with.a }}",
    "{{ .tasks.zz.output }}", "{{", "{{ end }}", "{{ nope 1 }}", "a {{ .env.KEY }} b", "{{ now }}", "{{ $ }}",
))  # fmt: skip
SCALARS: st.SearchStrategy[Json] = st.one_of(
    st.none(), st.booleans(), st.integers(-2, 2**64), st.floats(allow_nan=False, allow_infinity=False), IDS, TEMPLATES,
    st.sampled_from(("5s", "1h30m", "-1s", "9 d", "99999h", "./a/../../x.yaml", "tools.py:f", "https://a.example/x")),
)  # fmt: skip
VALUES: st.SearchStrategy[Json] = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(IDS, inner, max_size=3), max_leaves=6
)
DIRECTIVES: st.SearchStrategy[Json] = st.sampled_from((
    {"$ref": "local::agents.0"}, {"$ref": "global::tasks.#(id==\"a\")"}, {"$ref": "local::"}, {"$ref": 3},
    {"$ref": "resource::agent::a"}, {"$use": "agent(local::agents.0)"}, {"$use": "tool(resource::tool::a)"},
    {"$merge": [{"a": 1}, {"$ref": "local::config"}]},
    {"$merge": {"strategy": "deep", "sources": [{"a": 1}, {"a": 2}]}}, {"$ref": "local::config.input.#.@keys"},
    {"$ref": "local::tasks", "more": 1}, {"$merge": []}, {"$nope": 1},
))  # fmt: skip
SCHEMAS: st.SearchStrategy[Json] = st.deferred(
    lambda: st.fixed_dictionaries(
        {"type": st.sampled_from(("object", "string", "integer", "array", "number", "boolean", "null", "nope"))},
        optional={
            "id": IDS,
            "properties": st.dictionaries(IDS, SCHEMAS, max_size=2),
            "items": SCHEMAS,
            "enum": st.lists(SCALARS, max_size=3),
            "default": VALUES,
            "required": st.lists(IDS, max_size=2),
            "pattern": st.sampled_from(("a+", "(", "(?=a)b", "")),
            "format": st.sampled_from(("email", "uuid", "date-time", "nope")),
            "minimum": SCALARS,
        },
    )
)


def sometimes_wrong(right: st.SearchStrategy[Json]) -> st.SearchStrategy[Json]:
    """Returns mostly what belongs there, and now and then anything, or a directive."""
    return st.integers(0, 9).flatmap(lambda roll: VALUES if roll == 0 else DIRECTIVES if roll == 1 else right)


def records(**fields: st.SearchStrategy[Json]) -> st.SearchStrategy[Json]:
    """Returns maps with any of these keys."""
    return st.fixed_dictionaries({}, optional={key: sometimes_wrong(value) for key, value in fields.items()})


def lists(of: st.SearchStrategy[Json]) -> st.SearchStrategy[Json]:
    """Returns short lists."""
    return st.lists(sometimes_wrong(of), max_size=3)


OPEN = st.dictionaries(IDS, VALUES, max_size=3)
STEPS = records(next=IDS, **{"with": OPEN})
ACTIONS = records(id=IDS, prompt=TEMPLATES, output=SCHEMAS, input=SCHEMAS, json_mode=st.booleans(), **{"with": OPEN})
MODELS = records(
    provider=st.sampled_from(("openai", "mock", "nope")), model=IDS, api_key=TEMPLATES, temperature=SCALARS
)
AGENTS = records(id=IDS, instructions=TEMPLATES, config=MODELS, model=MODELS, actions=lists(ACTIONS), memory=OPEN)
TOOLS = records(
    id=IDS, type=st.sampled_from(("http", "python", "javascript")), execute=SCALARS, config=OPEN, input=SCHEMAS,
    output=SCHEMAS, timeout=SCALARS, env=OPEN,
)  # fmt: skip
TASKS: st.SearchStrategy[Json] = st.deferred(
    lambda: records(
        id=IDS, type=st.sampled_from((*TASK_TYPES, "wait", "basc")), agent=IDS, tool=IDS, action=IDS, prompt=TEMPLATES,
        condition=TEMPLATES, routes=st.dictionaries(IDS, IDS | TASKS, max_size=3), items=VALUES, mode=IDS,
        strategy=st.sampled_from(("wait_all", "fail_fast", "race", "nope")), task=TASKS, tasks=lists(TASKS),
        outputs=OPEN, on_success=STEPS, on_error=STEPS, next=IDS, final=st.booleans(), timeout=SCALARS,
        retries=SCALARS, sleep=SCALARS, batch=SCALARS, filter=TEMPLATES, config=OPEN, **{"with": OPEN},
    )
)  # fmt: skip
SOURCES = st.lists(st.sampled_from(({"source": "w.yaml"}, {"source": "../w.yaml"}, "missing.yaml")), max_size=2)
AUTOLOAD = records(enabled=st.booleans(), strict=st.booleans(), include=st.just(["agents/*.yaml"]))
PROJECTS = records(
    name=IDS, id=IDS, version=SCALARS, description=SCALARS, models=lists(MODELS), agents=lists(AGENTS),
    tools=lists(TOOLS), schemas=lists(SCHEMAS), tasks=lists(TASKS), outputs=OPEN, workflows=SOURCES, autoload=AUTOLOAD,
    config=records(input=SCHEMAS, env=OPEN), policies=lists(st.just("every path to a passes b")), runtime=OPEN,
    env=OPEN, triggers=lists(OPEN), memories=lists(OPEN), schedule=OPEN, mcps=lists(OPEN), knowledge_bases=lists(OPEN),
)  # fmt: skip
RESOURCES = st.builds(
    lambda entity, kind: {**entity, "resource": kind} if isinstance(entity, dict) else entity,
    AGENTS | TOOLS,
    st.sampled_from(("agent", "tool", "workflow", "nope")),
)


@st.composite
def projects(draw: st.DrawFn) -> str:
    """A project of three files as one input; YAML reads JSON too."""
    parts = {"w.yaml": draw(PROJECTS), "agents/a.yaml": draw(RESOURCES)}
    first = json.dumps(draw(PROJECTS), indent=1, ensure_ascii=draw(st.booleans()))
    return "\n".join([first, *(f"{FILE_MARK}{path}\n{json.dumps(part, indent=1)}" for path, part in parts.items())])
