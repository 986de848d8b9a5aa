"""Performs one call with one performer, and builds what that takes. Not a fake: only the plainest real values."""

from __future__ import annotations

import asyncio
import time

from statewright.effects.performer import Answer, Performer, Refusal, Work
from statewright.kernel.effects import Call
from statewright.kernel.program import Program, Tool
from statewright.kernel.values import Json

NO_SECRETS: dict[str, str] = {}


def now() -> int:
    """Returns the time as a host gives it to performers."""
    return time.time_ns() // 1_000_000


def work(*tools: Tool, folder: str = "", simulate: bool = False, seed: str = "5eed") -> Work:
    """Returns the surroundings of a call in a program that has these tools."""
    program = Program(
        id="p", digest="0" * 64, nodes={}, inside={}, places={}, tools={tool.id: tool for tool in tools}, folder=folder
    )
    return Work(tenant="acme", run="run-1", program=program, seed=seed, simulate=simulate)


def tool_call(tool: Tool, input: Json, *, deadline: int = 0) -> Call:
    """Returns a call of the tool."""
    return Call(id="run-1:7.0", kind="tool", target=tool.id, request={"input": input}, deadline=deadline)


def model_call(
    *contents: str, schema: Json = None, json_mode: bool = False, provider: str = "openai", api_key: Json = None
) -> Call:
    """Returns a model call; the first text is the system's if there are several, the others the user's."""
    roles = ["user"] if len(contents) == 1 else ["system"] + ["user"] * (len(contents) - 1)
    model = {"provider": provider, "model": "m", "params": {}, "api_key": api_key, "api_url": "", "timeout": 1_000}
    request = {
        "model": model,
        "messages": [{"role": role, "content": text} for role, text in zip(roles, contents, strict=True)],
        "schema": schema,
        "json_mode": json_mode,
    }
    return Call(id="run-1:3.0", kind="model", target=f"{provider}/m", request=request)


async def perform(performer: Performer, call: Call, around: Work) -> Answer | Refusal:
    """Returns the outcome of the call; fails where `finish` is called twice."""
    finished: asyncio.Future[Answer | Refusal] = asyncio.get_running_loop().create_future()
    performer.begin(call, around, finished.set_result)
    return await finished


async def refusal(performer: Performer, call: Call, around: Work) -> Refusal:
    """Returns the refusal that the call must end with."""
    outcome = await perform(performer, call, around)
    assert isinstance(outcome, Refusal), outcome
    return outcome


async def answer(performer: Performer, call: Call, around: Work) -> Json:
    """Returns the value of the answer that the call must end with."""
    outcome = await perform(performer, call, around)
    assert isinstance(outcome, Answer), outcome
    return outcome.value
