"""pydantic-graph: a graph of ten steps, one that maps over items, many that sleep at once. Nothing of it is kept."""

from __future__ import annotations

import asyncio
from importlib.metadata import version
from itertools import pairwise
from pathlib import Path
from typing import Any

from pydantic_graph import GraphBuilder, StepContext, reduce_list_append

from benchmarks.measured import Measured, main

STEPS = 10


async def _add_one(ctx: StepContext[Any, Any, int]) -> int:
    return ctx.inputs + 1


async def _begin(ctx: StepContext[Any, Any, int]) -> list[int]:
    return list(range(ctx.inputs))


async def _same(ctx: StepContext[Any, Any, int]) -> int:
    return ctx.inputs


async def _sleep(ctx: StepContext[Any, Any, int]) -> int:
    return await asyncio.sleep(0.05, result=1)


def step_memory(size: int, folder: Path) -> Measured:
    """Runs `size` times ten steps."""
    return asyncio.run(_in_a_row(size))


def concurrent_memory(size: int, folder: Path) -> Measured:
    """Starts `size` runs at once."""
    return asyncio.run(_at_once(size))


def fan_out(size: int, folder: Path) -> Measured:
    """Maps over `size` items."""
    return asyncio.run(_fanned_out(size))


async def _in_a_row(size: int) -> Measured:
    graph = _chain([_add_one] * STEPS)
    measured = _measured(size * STEPS)
    with measured.clock():
        ends = [await graph.run(inputs=0) for _ in range(size)]
    assert ends == [STEPS] * size
    return measured


async def _at_once(size: int) -> Measured:
    graph = _chain([_sleep])
    measured = _measured(size)
    with measured.clock():
        done = await asyncio.gather(*(graph.run(inputs=0) for _ in range(size)))
    assert sum(done) == size
    return measured


async def _fanned_out(size: int) -> Measured:
    graph = _spread()
    measured = _measured(size)
    with measured.clock():
        end = await graph.run(inputs=size)
    assert sorted(end) == list(range(size))
    return measured


def _chain(calls: list[Any]) -> Any:
    builder = _builder(int)
    steps = [builder.step(call, node_id=f"s{number}") for number, call in enumerate(calls)]
    nodes = [builder.start_node, *steps, builder.end_node]
    for one, next_one in pairwise(nodes):
        builder.add_edge(one, next_one)
    return builder.build()


def _spread() -> Any:
    builder = _builder(list[int])
    begin, work = builder.step(_begin, node_id="begin"), builder.step(_same, node_id="work")
    join = builder.join(reduce_list_append, initial_factory=list)
    builder.add_edge(builder.start_node, begin)
    builder.add_mapping_edge(begin, work)
    builder.add_edge(work, join)
    builder.add_edge(join, builder.end_node)
    return builder.build()


def _builder(output: Any) -> Any:
    # Spans would be made for nobody.
    return GraphBuilder(input_type=int, output_type=output, auto_instrument=False)


def _measured(units: int) -> Measured:
    return Measured(units=units, facts={"version": version("pydantic-graph")})


if __name__ == "__main__":
    rows = (step_memory, concurrent_memory, fan_out)
    main({row.__name__: row for row in rows})
