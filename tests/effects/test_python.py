"""Python tools: functions of the project's files or of the embedding program, sync and async."""

from __future__ import annotations

import asyncio
import functools
import threading
from pathlib import Path

import pytest

from statewright.effects.performer import Answer
from statewright.effects.tools.python import Function, PythonTools, Retryable
from statewright.effects.tools.tool import ToolPerformer
from statewright.kernel.program import Tool
from statewright.kernel.values import Concat, Json, Secret
from tests.effects.performing import answer, now, perform, refusal, tool_call, work

SECRETS = {"TOKEN": "canary-4711"}


def tools(*functions: Function) -> ToolPerformer:
    by_id = {function.__name__: function for function in functions}
    return ToolPerformer({"python": PythonTools(by_id)}, secrets=SECRETS.get, clock=now)


def python(id: str, *, entry: str = "", config: Json = None, timeout: int = 60_000) -> Tool:
    return Tool(id=id, kind="python", entry=entry, config=config, timeout=timeout)


def add(a: int, b: int = 1) -> Json:
    return {"sum": a + b}


async def later(a: int) -> Json:
    return [a]


def whole(input: Json, config: Json) -> Json:
    return {"input": input, "config": config}


def fields(a: int, config: Json, idempotency_key: str) -> Json:
    return {"a": a, "config": config, "key": idempotency_key}


def where() -> Json:
    return threading.current_thread() is threading.main_thread()


@pytest.mark.parametrize(
    ("function", "input", "expected"),
    [
        (add, {"a": 1}, {"sum": 2}),
        (later, {"a": 1}, {"result": [1]}),
        (whole, {"x": 1}, {"input": {"x": 1}, "config": {"c": 2}}),
        (fields, {"a": 1}, {"a": 1, "config": {"c": 2}, "key": "run-1:7.0"}),
        (where, {}, {"result": False}),
    ],
)
async def test_a_function_gets_what_its_signature_asks_for(function: Function, input: Json, expected: Json) -> None:
    tool = python(function.__name__, config={"c": 2})
    assert await perform(tools(function), tool_call(tool, input), work(tool)) == Answer(value=expected)


async def test_a_file_of_the_project_is_loaded_once_and_again_when_it_changed(tmp_path: Path) -> None:
    file = tmp_path / "sums.py"
    file.write_text("count = 0\ndef add(a):\n    global count\n    count += 1\n    return [a, count]\n")
    tool, performer = python("t", entry="sums.py:add"), tools()
    around = work(tool, folder=str(tmp_path))
    assert await answer(performer, tool_call(tool, {"a": 1}), around) == {"result": [1, 1]}
    assert await answer(performer, tool_call(tool, {"a": 1}), around) == {"result": [1, 2]}
    file.write_text("def add(a):\n    return 'changed'\n")
    assert await answer(performer, tool_call(tool, {"a": 1}), around) == {"result": "changed"}


@pytest.mark.parametrize(
    ("entry", "code"),
    [
        ("../outside.py:f", "PATH_OUTSIDE_PROJECT"),
        ("/etc/passwd:f", "PATH_OUTSIDE_PROJECT"),
        ("link.py:f", "PATH_OUTSIDE_PROJECT"),
        ("absent.py:f", "TOOL_NOT_FOUND"),
        ("tools.py:absent", "TOOL_NOT_FOUND"),
        ("tools.py:constant", "TOOL_NOT_FOUND"),
        ("tools.py", "TOOL_NOT_FOUND"),
        ("broken.py:f", "TOOL_FAILED"),
    ],
)
async def test_an_entry_that_is_no_function_of_the_project_is_named(tmp_path: Path, entry: str, code: str) -> None:
    project = tmp_path / "project"
    project.mkdir()
    (tmp_path / "outside.py").write_text("def f():\n    return 1\n")
    (project / "link.py").symlink_to(tmp_path / "outside.py")
    (project / "tools.py").write_text("constant = 1\n")
    (project / "broken.py").write_text("1 / 0\n")
    tool = python("t", entry=entry)
    assert (await refusal(tools(), tool_call(tool, {}), work(tool, folder=str(project)))).code == code


def raises(config: Json) -> Json:
    raise LookupError(f"refused for {config['header']}")


def asks_again() -> Json:
    raise Retryable("busy", after=1_500)


async def test_an_exception_is_a_named_tool_error_without_the_secret_in_it() -> None:
    tool = python("raises", config={"header": Concat(("Bearer ", Secret("TOKEN")))})
    end = await refusal(tools(raises), tool_call(tool, {}), work(tool))
    assert (end.code, end.retryable) == ("TOOL_FAILED", False)
    assert end.message == "the tool 'raises' failed: LookupError: refused for Bearer [secret TOKEN]"
    assert "canary" not in repr(end)


async def test_a_tool_says_itself_when_trying_again_may_help() -> None:
    tool = python("asks_again")
    end = await refusal(tools(asks_again), tool_call(tool, {}), work(tool))
    assert (end.code, end.retryable, end.retry_after) == ("TOOL_FAILED", True, 1_500)


class Unspeakable(Exception):
    """Fails once more where it is printed."""

    def __str__(self) -> str:
        raise ValueError("x")


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (StopIteration("x"), "StopIteration: x"),
        (SystemExit(3), "SystemExit: 3"),
        (KeyboardInterrupt(), "KeyboardInterrupt"),
        (GeneratorExit(), "GeneratorExit"),
        (asyncio.CancelledError(), "CancelledError"),
        (BaseException("x"), "BaseException: x"),
        (Unspeakable(), "Unspeakable: it cannot be printed: ValueError"),
        (ValueError("a \ud800"), "ValueError: a \\ud800"),
    ],
)
async def test_whatever_a_function_raises_is_a_tool_error_and_ends_nothing_else(
    fault: BaseException, said: str
) -> None:
    def raising() -> Json:
        raise fault

    tool = python("raising")
    end = await refusal(tools(raising), tool_call(tool, {}), work(tool))
    assert (end.code, end.message) == ("TOOL_FAILED", f"the tool 'raising' failed: {said}")


@pytest.mark.parametrize("fault", [SystemExit(3), KeyboardInterrupt(), asyncio.CancelledError(), BaseException("x")])
async def test_a_coroutine_function_cannot_end_more_than_itself_either(fault: BaseException) -> None:
    async def raising() -> Json:
        raise fault

    tool = python("raising")
    end = await refusal(tools(raising), tool_call(tool, {}), work(tool))
    assert (end.code, type(fault).__name__ in end.message) == ("TOOL_FAILED", True)


async def test_a_decorated_coroutine_function_is_awaited() -> None:
    @functools.wraps(later)
    def decorated(a: int) -> Json:
        return later(a)

    tool = python("later")
    assert await answer(tools(decorated), tool_call(tool, {"a": 1}), work(tool)) == {"result": [1]}


async def test_an_input_that_does_not_fit_the_signature_is_refused_before_the_call() -> None:
    tool = python("add")
    end = await refusal(tools(add), tool_call(tool, {"b": 1}), work(tool))
    assert (end.code, end.left) == ("TOOL_INPUT_INVALID", False)


async def test_what_is_not_json_is_refused_with_its_place() -> None:
    def add() -> Json:
        return {"a": [object()]}

    tool = python("add")
    end = await refusal(tools(add), tool_call(tool, {}), work(tool))
    assert end.code == "TOOL_OUTPUT_INVALID"
    assert ".a[0]" in end.message


async def test_a_function_that_overruns_its_time_is_left_behind() -> None:
    release = threading.Event()

    def slow() -> Json:
        release.wait()

    tool = python("slow", timeout=50)
    end = await refusal(tools(slow), tool_call(tool, {}), work(tool))
    release.set()
    assert (end.code, end.retryable, end.left, end.unknown) == ("TOOL_TIMEOUT", True, True, True)


async def test_the_calls_deadline_comes_before_the_tools_own_time() -> None:
    tool = python("later")
    end = await refusal(tools(later), tool_call(tool, {"a": 1}, deadline=now() - 1), work(tool))
    assert end.code == "TOOL_TIMEOUT"


async def test_a_secret_in_the_input_is_refused() -> None:
    tool = python("add")
    for input in ({"a": Secret("TOKEN")}, {"a": [{"b": Concat(("x", Secret("TOKEN")))}]}):
        assert (await refusal(tools(add), tool_call(tool, input), work(tool))).code == "SECRET_OUTSIDE_SINK"


async def test_a_secret_that_is_not_set_is_named() -> None:
    tool = python("whole", config={"key": Secret("ABSENT")})
    end = await refusal(tools(whole), tool_call(tool, {}), work(tool))
    assert (end.code, end.left, "'ABSENT'" in end.message) == ("SECRET_MISSING", False, True)


async def test_a_tool_that_echoes_its_secret_is_masked() -> None:
    tool = python("whole", config={"header": Concat((Secret("TOKEN"), ":", "pw"), "b64enc")})
    value = await answer(tools(whole), tool_call(tool, {}), work(tool))
    assert value["config"] == {"header": "[secret TOKEN]"}


@pytest.mark.parametrize("before", range(1_975, 2_001))
async def test_a_secret_at_the_edge_of_a_long_error_is_not_cut_but_masked(before: int) -> None:
    """R8: half a secret is no secret to the mask, so it is masked before the text is cut."""

    def leak(config: Json) -> None:
        raise ValueError("y" * before + config["t"])

    tool = python("leak", config={"t": Secret("TOKEN")})
    said = str(await refusal(tools(leak), tool_call(tool, {}), work(tool)))
    assert "canary" not in said
    assert "cana" not in said
