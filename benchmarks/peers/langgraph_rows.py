"""LangGraph: a compiled graph, `Send` for fan-out, and `SqliteSaver` with `durability="sync"` where it must last."""

from __future__ import annotations

import asyncio
import operator
import sqlite3
from contextlib import closing
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any, TypedDict

from langgraph.checkpoint.sqlite import SqliteSaver
from langgraph.graph import END, START, StateGraph
from langgraph.types import Send

from benchmarks.measured import Measured, main

STEPS = 10
FILE = "langgraph.db"


class Counted(TypedDict):
    """The state of the ten steps."""

    n: int


class Spread(TypedDict):
    """The state of the fan-out."""

    size: int
    done: Annotated[list[int], operator.add]


def step_memory(size: int, folder: Path) -> Measured:
    """Runs `size` times ten steps, nothing kept."""
    graph = _ten_steps().compile()
    measured = Measured(units=size * STEPS, facts={"version": version("langgraph")})
    with measured.clock():
        ends = [graph.invoke({"n": 0})["n"] for _ in range(size)]
    assert ends == [STEPS] * size
    return measured


def durable_step(size: int, folder: Path) -> Measured:
    """Runs `size` times ten steps, a checkpoint after each."""
    saver, facts = _saver(folder)
    graph = _ten_steps().compile(checkpointer=saver)
    measured = Measured(units=size * STEPS, facts=facts)
    with measured.clock():
        for run in range(size):
            assert graph.invoke({"n": 0}, _thread(run), durability="sync")["n"] == STEPS
    return _counted(measured, saver, folder)


def concurrent_memory(size: int, folder: Path) -> Measured:
    """Runs `size` graphs at once; each sleeps 50 ms in its one node."""
    return asyncio.run(_at_once(size))


def fan_out(size: int, folder: Path) -> Measured:
    """Sends `size` tasks in one superstep, nothing kept."""
    graph = _spread().compile()
    measured = Measured(units=size, facts={"version": version("langgraph")})
    with measured.clock():
        end = graph.invoke({"size": size, "done": []})
    assert len(end["done"]) == size
    return measured


def fan_out_durable(size: int, folder: Path) -> Measured:
    """Sends `size` tasks in one superstep, their writes kept."""
    saver, facts = _saver(folder)
    graph = _spread().compile(checkpointer=saver)
    measured = Measured(units=size, facts=facts)
    with measured.clock():
        end = graph.invoke({"size": size, "done": []}, _thread(0), durability="sync")
    assert len(end["done"]) == size
    return _counted(measured, saver, folder)


async def _at_once(size: int) -> Measured:
    graph = StateGraph(Counted).add_node("s0", _sleep).add_edge(START, "s0").add_edge("s0", END).compile()
    measured = Measured(units=size, facts={"version": version("langgraph")})
    with measured.clock():
        ends = await asyncio.gather(*(graph.ainvoke({"n": 0}) for _ in range(size)))
    assert sum(end["n"] for end in ends) == size
    return measured


async def _sleep(state: Counted) -> Counted:
    return await asyncio.sleep(0.05, result={"n": 1})


def _ten_steps() -> Any:
    graph = StateGraph(Counted)
    names = [f"s{number}" for number in range(STEPS)]
    for name in names:
        graph.add_node(name, lambda state: {"n": state["n"] + 1})
    for one, next_one in zip([START, *names], [*names, END], strict=True):
        graph.add_edge(one, next_one)
    return graph


def _spread() -> Any:
    graph = StateGraph(Spread)
    graph.add_node("work", lambda item: {"done": [item["index"]]})
    graph.add_conditional_edges(
        START, lambda state: [Send("work", {"index": i}) for i in range(state["size"])], ["work"]
    )
    graph.add_edge("work", END)
    return graph


def _saver(folder: Path) -> tuple[SqliteSaver, dict[str, Any]]:
    connection = sqlite3.connect(folder / FILE, check_same_thread=False)
    connection.execute("PRAGMA synchronous=FULL")
    saver = SqliteSaver(connection)
    saver.setup()
    facts = {name: connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("journal_mode", "synchronous")}
    assert facts == {"journal_mode": "wal", "synchronous": 2}
    return saver, facts | {"version": version("langgraph"), "saver": version("langgraph-checkpoint-sqlite")}


def _counted(measured: Measured, saver: SqliteSaver, folder: Path) -> Measured:
    saver.conn.close()
    with closing(sqlite3.connect(folder / FILE)) as reader:
        for table in ("checkpoints", "writes"):
            measured.facts[table] = reader.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
    assert measured.facts["writes"] >= measured.units
    return measured


def _thread(run: int) -> Any:
    return {"configurable": {"thread_id": str(run)}}


if __name__ == "__main__":
    rows = (step_memory, durable_step, concurrent_memory, fan_out, fan_out_durable)
    main({row.__name__: row for row in rows} | {"pass_memory": step_memory})
