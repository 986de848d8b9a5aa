"""The registry sends each call to who performs it, and names what nobody performs."""

from __future__ import annotations

from statewright.effects.models.choose import Models
from statewright.effects.registry import Performers
from statewright.effects.tools.python import PythonTools
from statewright.effects.tools.tool import ToolPerformer
from statewright.kernel.effects import Call
from statewright.kernel.program import Tool
from tests.effects.performing import NO_SECRETS, answer, model_call, now, refusal, tool_call, work

TOOLS = ToolPerformer({"python": PythonTools({"one": lambda: 1})}, secrets=NO_SECRETS.get, clock=now)
PERFORMERS = Performers({"model": Models(secrets=NO_SECRETS.get), "tool": TOOLS})


async def test_a_call_goes_to_the_performer_of_its_kind() -> None:
    tool = Tool(id="one", kind="python")
    assert await answer(PERFORMERS, tool_call(tool, {}), work(tool)) == {"result": 1}
    assert "content" in await answer(PERFORMERS, model_call("x"), work(simulate=True))


async def test_what_nobody_performs_is_refused_by_kind_and_target() -> None:
    for call in (
        Call(id="r:1.0", kind="weather", target="berlin"),
        Call(id="r:1.0", kind="tool", target="berlin", request={"input": {}}),
    ):
        end = await refusal(PERFORMERS, call, work())
        assert (end.code, end.left) == ("PERFORMER_MISSING", False)
        assert end.message == f"nothing performs the {call.kind} 'berlin' in this process"
    tool = Tool(id="t", kind="javascript")
    assert (await refusal(PERFORMERS, tool_call(tool, {}), work(tool))).code == "PERFORMER_MISSING"
