"""The assembled performers: every kind of call of this release, and the operator's word."""

from __future__ import annotations

from pathlib import Path

import pytest

from statewright.effects.assemble import assemble
from statewright.effects.operator import OperatorInvalid
from statewright.kernel.program import Tool
from statewright.store.memory import MemoryStore
from tests.effects.performing import NO_SECRETS, answer, model_call, refusal, tool_call, work


def store() -> MemoryStore:
    return MemoryStore(hand_back=lambda acknowledge: acknowledge())


async def test_every_kind_of_tool_and_the_models_are_there(tmp_path: Path) -> None:
    performers = assemble(store(), NO_SECRETS.get, functions={"python": lambda: {"kind": "python"}})
    (tmp_path / "index.ts").write_text("export default { entrypoint: () => ({ kind: 'entrypoint' }) };")
    tools = [
        Tool(id="python", kind="python"),
        Tool(id="javascript", kind="javascript", code="function f() { return { kind: 'javascript' }; }"),
        Tool(id="entrypoint", kind="entrypoint", entry="index.ts"),
    ]
    around = work(*tools, folder=str(tmp_path), simulate=True)
    for tool in tools:
        assert await answer(performers, tool_call(tool, {}), around) == {"kind": tool.id}
    http = Tool(id="http", kind="http", config={"base_url": "http://127.0.0.1:8123"})
    assert (await refusal(performers, tool_call(http, {}), work(http))).code == "URL_FORBIDDEN"
    assert "content" in await answer(performers, model_call("x"), around)


async def test_the_operator_file_counts(tmp_path: Path) -> None:
    file = tmp_path / "operator.yaml"
    (tmp_path / "one.js").write_text("export default 1;")
    file.write_text("modules: {one: one.js}")
    tool = Tool(id="t", kind="javascript", code="async function f() { return (await import('one')).default; }")
    performers = assemble(store(), NO_SECRETS.get, file)
    assert await answer(performers, tool_call(tool, {}), work(tool)) == {"result": 1}
    file.write_text("modules: 5")
    with pytest.raises(OperatorInvalid):
        assemble(store(), NO_SECRETS.get, file)
