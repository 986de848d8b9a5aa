"""The rows of the table and who takes part in each. A row compares equal jobs only: same steps, same durability."""

from __future__ import annotations

from benchmarks.contender import Contender, Home, Row

OURS = "Statewright"


def _ours(name: str = OURS, *, wanted: float = 0.0, module: str = "benchmarks.ours") -> Contender:
    return Contender(name, "ours", module, role="ours", wanted=wanted)


def _peer(name: str, file: str, *, home: Home = "peers", wanted: float = 0.0) -> Contender:
    return Contender(name, home, f"benchmarks.peers.{file}", wanted=wanted)


def _limit(name: str, *, module: str = "benchmarks.bare", wanted: float = 0.0) -> Contender:
    return Contender(name, "ours", module, role="limit", wanted=wanted)


def _python(statement: str, home: Home = "peers") -> Contender:
    return Contender(statement, home, command=("python", "-c", statement))


def _starts(*command: str, name: str = "", wanted: float = 0.0) -> Contender:
    return Contender(name or " ".join(command), "ours", command=command, role="ours", wanted=wanted)


ROWS = (
    Row(
        "pass_memory",
        "pass-through step in memory, 10 in a row",
        200,
        "us",
        True,
        (
            _ours(),
            _peer("Burr", "burr_rows", wanted=1),
            _peer("LangGraph", "langgraph_rows", wanted=10),
        ),
    ),
    Row(
        "step_memory",
        "step with an answer in memory, 10 in a row",
        200,
        "us",
        True,
        (
            _limit("asyncio, a task per step"),
            _ours(),
            _peer("Burr", "burr_rows", wanted=1),
            _peer("pydantic-graph", "pydantic_rows"),
            _peer("AutoGen core", "autogen_rows"),
            _peer("LangGraph", "langgraph_rows", wanted=10),
            _peer("llama-index workflows", "llama_rows"),
            _peer("CrewAI Flow, events suppressed", "crewai_rows", home="crewai"),
        ),
    ),
    Row(
        "durable_step",
        "durable step, one run alone, SQLite WAL and FULL",
        100,
        "us",
        True,
        (
            _limit("sqlite3, one row", wanted=1 / 1.7),
            _ours(),
            _peer("Burr, SQLitePersister", "burr_rows"),
            _peer("LangGraph, sync", "langgraph_rows", wanted=4),
            _peer("DBOS", "dbos_rows", wanted=4),
        ),
    ),
    Row(
        "long_flow",
        "step of one long run, slope of a fit (see Method)",
        25,
        "us",
        True,
        (_ours(f"{OURS}, each step durable"), _peer("Prefect, written later in bulk", "prefect_rows", home="prefect")),
        # Its server takes twenty seconds to come up in an empty folder.
        rounds_max=2,
    ),
    Row(
        "concurrent_runs",
        "1,000 runs at once, each sleeps 50 ms, durable",
        1_000,
        "ms",
        False,
        (_limit("asyncio, nothing kept"), _ours(wanted=200), _peer("DBOS", "dbos_rows")),
    ),
    Row(
        "concurrent_memory",
        "1,000 runs at once, each sleeps 50 ms, in memory",
        1_000,
        "ms",
        False,
        (
            _limit("asyncio"),
            _ours(),
            _peer("Burr", "burr_rows"),
            _peer("AutoGen core", "autogen_rows"),
            _peer("pydantic-graph", "pydantic_rows"),
            _peer("LangGraph", "langgraph_rows"),
            _peer("llama-index workflows", "llama_rows"),
        ),
    ),
    Row(
        "events_at_once",
        "durable event, 1,000 runs of ten steps at once",
        1_000,
        "us",
        True,
        (_limit("sqlite3, 100 rows a commit"), _ours(wanted=25)),
    ),
    Row(
        "fan_out",
        "fan-out of 1,000 in one run, in memory",
        1_000,
        "ms",
        False,
        (
            _limit("asyncio"),
            _ours(wanted=15),
            _peer("AutoGen core", "autogen_rows"),
            _peer("pydantic-graph", "pydantic_rows"),
            _peer("LangGraph, Send", "langgraph_rows"),
            _peer("llama-index workflows", "llama_rows"),
        ),
    ),
    Row(
        "fan_out_durable",
        "fan-out of 1,000 in one run, durable",
        1_000,
        "ms",
        False,
        (_ours(), _peer("LangGraph, Send, sync", "langgraph_rows")),
    ),
    Row(
        "load_project",
        "load a project of 3,600 lines, with every position",
        3_600,
        "ms",
        False,
        (
            _limit("PyYAML with libyaml, no positions", module="benchmarks.libyaml"),
            _ours(module="benchmarks.language", wanted=100),
        ),
    ),
    Row(
        "render_warm",
        "render a prompt of six values, a condition and a loop",
        20_000,
        "us",
        True,
        (_ours(module="benchmarks.language", wanted=30),),
    ),
    Row(
        "start_up",
        "start-up, fresh process",
        1,
        "ms",
        False,
        (
            Contender("python -c pass", "ours", command=("python", "-c", "pass"), role="limit"),
            _starts("python", "-c", "import statewright", name="import statewright", wanted=150),
            _starts("python", "-c", "import statewright.app", name="import statewright.app"),
            _starts("statewright", "--version", wanted=250),
            _python("import burr.core"),
            _python("import pydantic_graph"),
            _python("import autogen_core"),
            _python("import workflows"),
            _python("import dbos"),
            _python("import langgraph.graph"),
            _python("import prefect", "prefect"),
            _python("import crewai", "crewai"),
        ),
    ),
)
