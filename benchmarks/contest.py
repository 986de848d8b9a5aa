"""The rows of the table and who takes part in each. A row compares equal jobs only: same steps, same durability."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

OURS = "Statewright"
# How a unit of a row is written, and what turns seconds into it.
SCALES = {"us": 1_000_000.0, "ms": 1_000.0}


@dataclass(frozen=True)
class Contender:
    """A program to measure: a module with the row in it, or a command. `home` says whose packages it sees."""

    name: str
    home: Literal["ours", "peers"]
    module: str = ""
    command: tuple[str, ...] = ()
    role: Literal["ours", "peer", "limit"] = "peer"


@dataclass(frozen=True)
class Row:
    """One comparison. `each` divides the time by the units; `size` is what the contender is called with."""

    id: str
    title: str
    size: int
    scale: Literal["us", "ms"]
    each: bool
    contenders: tuple[Contender, ...]

    def figure(self, seconds: float, units: int) -> float:
        """Returns what the table shows of a measurement."""
        return seconds * SCALES[self.scale] / (units if self.each else 1)


def _ours(name: str = OURS) -> Contender:
    return Contender(name, "ours", "benchmarks.ours", role="ours")


def _peer(name: str, file: str) -> Contender:
    return Contender(name, "peers", f"benchmarks.peers.{file}")


def _limit(name: str) -> Contender:
    return Contender(name, "ours", "benchmarks.bare", role="limit")


def _start(
    name: str, home: Literal["ours", "peers"], *command: str, role: Literal["ours", "peer", "limit"]
) -> Contender:
    return Contender(name, home, command=command, role=role)


ROWS = (
    Row(
        "pass_memory",
        "pass-through step in memory, 10 in a row",
        200,
        "us",
        True,
        (_ours(), _peer("LangGraph", "langgraph_rows"), _peer("Burr", "burr_rows")),
    ),
    Row(
        "step_memory",
        "step with an answer in memory, 10 in a row",
        200,
        "us",
        True,
        (_ours(), _peer("LangGraph", "langgraph_rows"), _peer("Burr", "burr_rows")),
    ),
    Row(
        "durable_step",
        "durable step, one run alone, SQLite WAL and FULL",
        100,
        "us",
        True,
        (
            _limit("sqlite3, one row"),
            _ours(),
            _peer("LangGraph, sync", "langgraph_rows"),
            _peer("DBOS", "dbos_rows"),
        ),
    ),
    Row(
        "concurrent_runs",
        "1,000 runs at once, each sleeps 50 ms, durable",
        1_000,
        "ms",
        False,
        (_limit("asyncio, nothing kept"), _ours(), _peer("DBOS", "dbos_rows")),
    ),
    Row(
        "events_at_once",
        "durable event, 1,000 runs of ten steps at once",
        1_000,
        "us",
        True,
        (_limit("sqlite3, 100 rows a commit"), _ours()),
    ),
    Row(
        "fan_out",
        "fan-out of 1,000 in one run, in memory",
        1_000,
        "ms",
        False,
        (
            _limit("asyncio"),
            _ours(),
            _peer("AutoGen core", "autogen_rows"),
            _peer("LangGraph, Send", "langgraph_rows"),
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
            Contender("PyYAML with libyaml, no positions", "ours", "benchmarks.libyaml", role="limit"),
            Contender(OURS, "ours", "benchmarks.language", role="ours"),
        ),
    ),
    Row(
        "render_warm",
        "render a prompt of six values, a condition and a loop",
        20_000,
        "us",
        True,
        (Contender(OURS, "ours", "benchmarks.language", role="ours"),),
    ),
    Row(
        "start_up",
        "start-up, fresh process",
        1,
        "ms",
        False,
        (
            _start("python -c pass", "ours", "python", "-c", "pass", role="limit"),
            _start("import statewright", "ours", "python", "-c", "import statewright", role="ours"),
            _start("import statewright.app", "ours", "python", "-c", "import statewright.app", role="ours"),
            _start("statewright --version", "ours", "statewright", "--version", role="ours"),
            _start("import langgraph.graph", "peers", "python", "-c", "import langgraph.graph", role="peer"),
            _start("import dbos", "peers", "python", "-c", "import dbos", role="peer"),
            _start("import burr.core", "peers", "python", "-c", "import burr.core", role="peer"),
        ),
    ),
)
