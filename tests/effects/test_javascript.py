"""Inline JavaScript: any one function, no rights, and every way in which its code can go wrong."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from pathlib import Path

import pytest

from statewright.effects.operator import Operator
from statewright.effects.performer import Answer, Refusal
from statewright.effects.tools import deno
from statewright.effects.tools.javascript import InlineJavaScript
from statewright.effects.tools.tool import ToolPerformer
from statewright.kernel.program import Tool
from statewright.kernel.values import Json, Secret
from tests.effects.performing import answer, now, perform, refusal, tool_call, work

STUBS = Path(__file__).with_name("stubs")


def tools(**modules: str) -> ToolPerformer:
    operator = Operator(modules={name: str(STUBS / file) for name, file in modules.items()})
    secrets = {"TOKEN": "canary-4711"}
    return ToolPerformer({"javascript": InlineJavaScript(operator)}, secrets=secrets.get, clock=now)


def js(code: str, *, config: Json = None, timeout: int = 60_000) -> Tool:
    return Tool(id="t", kind="javascript", code=code, config=config, timeout=timeout)


async def outcome(code: str, input: Json = None, **modules: str) -> Answer | Refusal:
    tool = js(code)
    return await perform(tools(**modules), tool_call(tool, input or {}), work(tool))


async def refused(code: str, **modules: str) -> Refusal:
    tool = js(code)
    return await refusal(tools(**modules), tool_call(tool, {}), work(tool))


async def test_the_one_function_is_called_with_input_and_config_whatever_its_name() -> None:
    tool = js(
        "const factor = 2;\nasync function whatever({ n }, { plus }) { return { n: n * factor + plus }; }",
        config={"plus": 1},
    )
    assert await answer(tools(), tool_call(tool, {"n": 20}), work(tool)) == {"n": 41}


async def test_what_is_not_an_object_is_wrapped() -> None:
    assert await outcome("function f() { return [1, 'zwei', null]; }") == Answer(value={"result": [1, "zwei", None]})
    assert await outcome("function f() {}") == Answer(value={"result": None})


@pytest.mark.parametrize(
    ("code", "kind", "said"),
    [
        ("function f() { return '\\ud800'; }", "TOOL_OUTPUT_INVALID", "a lone surrogate"),
        (
            "function f() { let a = 1; for (let n = 0; n < 5e4; n++) a = [a]; return a; }",
            "TOOL_OUTPUT_INVALID",
            "deeply",
        ),
        ("function f() { throw new Error('why \\ud800'); }", "TOOL_FAILED", "why \ufffd"),
    ],
)
async def test_what_cannot_be_told_as_json_is_named(code: str, kind: str, said: str) -> None:
    end = await refused(code)
    assert (end.code, said in end.message) == (kind, True)


async def test_a_reported_error_is_still_an_answer() -> None:
    assert await outcome("function f() { return { success: false, error: 'no' }; }") == Answer(
        value={"success": False, "error": "no"}
    )


async def test_the_effect_id_is_handed_on_as_the_idempotency_key() -> None:
    assert await outcome("function f(input, config, { idempotencyKey }) { return { idempotencyKey }; }") == Answer(
        value={"idempotencyKey": "run-1:7.0"}
    )


async def test_console_output_does_not_disturb_the_answer() -> None:
    assert await outcome("function f() { console.log('{}'); console.info(1); return { a: 1 }; }") == Answer(
        value={"a": 1}
    )


async def test_a_thrown_error_keeps_its_name_and_message() -> None:
    end = await refused("function f() { return evaluateCondition(1); }")
    assert (end.code, end.retryable, end.left) == ("TOOL_FAILED", False, True)
    assert end.details == {"name": "ReferenceError", "message": "evaluateCondition is not defined"}


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("const f = 1;", "TOOL_CODE_INVALID"),
        ("function f() {} function g() {}", "TOOL_CODE_INVALID"),
        ("function f( {", "TOOL_FAILED"),
        ("function f() { throw 'just text'; }", "TOOL_FAILED"),
        ("function f() { return 10n; }", "TOOL_FAILED"),
        ("function f() { Deno.exit(0); }", "TOOL_FAILED"),
        ("async function f() { await new Promise(() => {}); }", "TOOL_FAILED"),
        ("async function f() { Promise.reject(1); await new Promise((r) => setTimeout(r, 99)); }", "TOOL_FAILED"),
        ("function f() { Deno.stdout.writeSync(new TextEncoder().encode('x')); return {}; }", "TOOL_FAILED"),
    ],
)  # fmt: skip
async def test_code_that_cannot_answer_is_a_named_error(code: str, expected: str) -> None:
    assert (await refused(code)).code == expected


@pytest.mark.parametrize(
    "code",
    [
        "Deno.readTextFileSync('/etc/passwd')",
        "Deno.writeTextFileSync('/tmp/x', 'x')",
        "Deno.env.toObject()",
        "Deno.hostname()",
        "new Deno.Command('/bin/true').outputSync()",
        "Deno.dlopen('/lib/libc.so', {})",
        "await fetch('http://127.0.0.1:8080/')",
        "await Deno.connect({ hostname: '127.0.0.1', port: 1 })",
        "Deno.readTextFileSync('/proc/self/root/etc/passwd')",
    ],
)
async def test_nothing_of_the_machine_can_be_reached(code: str) -> None:
    assert (await refused(f"async function f() {{ return {code}; }}")).code == "TOOL_DENIED"


@pytest.mark.parametrize(
    ("module", "named"),
    [
        ("evil", "evil"),
        ("fs", "fs"),
        ("node:child_process", "node:child_process"),
        ("npm:chalk", "npm"),
        ("https://example.com/x.js", "https://example.com/x.js"),
        ("/etc/passwd", "file:///"),
        ("../../../../../etc/passwd", "file:///"),
        ("data:text/javascript,import '/etc/passwd'", "/etc/passwd"),
    ],
)
async def test_a_module_that_the_operator_does_not_list_is_refused_by_name(module: str, named: str) -> None:
    end = await refused(f"async function f() {{ await import({module!r}); }}", pg="pg.js")
    assert end.code == "MODULE_NOT_ALLOWED"
    assert repr(named) in end.message


async def test_a_listed_module_is_its_stub_in_javascript_or_typescript() -> None:
    code = "async function f() { const m = await import('reports'); return m.create({ format: 'pdf', data: [1] }); }"
    tool = js(code)
    made = await answer(tools(reports="report-generator.ts"), tool_call(tool, {}), work(tool))
    assert made["downloadUrl"] == "https://reports.example.com/1.pdf"


async def test_a_secret_in_the_config_reaches_the_tool_and_nothing_else() -> None:
    config = {"token": Secret("TOKEN")}
    tool = js("function f(input, { token }) { return { length: token.length, echo: `<${token}>` }; }", config=config)
    assert await answer(tools(), tool_call(tool, {}), work(tool)) == {"length": 11, "echo": "<[secret TOKEN]>"}
    tool = js("function f(input, { token }) { throw new Error(btoa(token)); }", config=config)
    assert "canary" not in repr(await refusal(tools(), tool_call(tool, {}), work(tool)))


@pytest.mark.parametrize("code", ["for (;;);", "await new Promise((r) => setTimeout(r, 1e9));"])
async def test_a_tool_that_overruns_its_time_is_killed_with_all_it_started(code: str) -> None:
    tool = js(f"async function f() {{ {code} }}", timeout=700)
    end = await refusal(tools(), tool_call(tool, {}), work(tool))
    assert (end.code, end.retryable) == ("TOOL_TIMEOUT", True)
    assert deno_children() == []


async def test_a_stopped_tool_is_killed_and_still_finishes() -> None:
    tool = js("async function f() { await new Promise((r) => setTimeout(r, 1e9)); }")
    finished: asyncio.Future[Answer | Refusal] = asyncio.get_running_loop().create_future()
    stop = tools().begin(tool_call(tool, {}), work(tool), finished.set_result)
    while not deno_children():
        await asyncio.sleep(0)
    stop()
    assert isinstance(end := await finished, Refusal)
    assert end.code == "CANCELLED"
    assert deno_children() == []


async def test_a_tool_that_prints_without_end_is_stopped() -> None:
    end = await refused("function f() { const b = new Uint8Array(1e6); for (;;) Deno.stdout.writeSync(b); }")
    assert end.code == "TOOL_OUTPUT_LIMIT"


@pytest.mark.parametrize(
    "code",
    [
        "const a = []; for (;;) a.push({ text: 'x'.repeat(100) + a.length });",
        "const a = []; for (;;) a.push(new Uint8Array(1e8).fill(1));",
        "for (;;) new Worker('data:text/javascript,setInterval(() => 0, 1)', { type: 'module' });",
    ],
)
async def test_a_tool_that_takes_memory_without_end_is_stopped(code: str) -> None:
    assert (await refused(f"function f() {{ {code} }}")).code == "TOOL_MEMORY"


async def test_no_sandbox_means_no_run(monkeypatch: pytest.MonkeyPatch) -> None:
    # A module that is None cannot be imported: as if the package were not installed.
    monkeypatch.setitem(sys.modules, "deno", None)
    monkeypatch.setenv("PATH", "")
    deno.binary.cache_clear()
    end = await refused("function f() { return {}; }")
    deno.binary.cache_clear()
    assert (end.code, end.left) == ("SANDBOX_UNAVAILABLE", False)
    assert end.details == {"hint": "pip install 'statewright[js]'"}


def deno_children() -> list[str]:
    """Returns the command lines of our children that are Deno; a process that is gone has none."""
    children = []
    for status in Path("/proc").glob("[0-9]*/status"):
        with contextlib.suppress(OSError):
            if f"PPid:\t{os.getpid()}\n" in status.read_text():
                children.append(status.with_name("cmdline").read_text())
    return [command for command in children if "deno" in command]


ORPHAN = """
import asyncio, os
from statewright.effects.performer import Work
from tests.effects.performing import tool_call, work
from tests.effects.test_javascript import js, tools

tool = js("async function f() { while (true) await new Promise((go) => setTimeout(go, 100)); }")

async def begin():
    tools().begin(tool_call(tool, {}), work(tool), print)
    children = f"/proc/{os.getpid()}/task/{os.getpid()}/children"
    while not open(children).read().split():
        await asyncio.sleep(0.02)
    print(open(children).read().split()[0], flush=True)
    await asyncio.sleep(60)

asyncio.run(begin())
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
async def test_a_tool_whose_host_was_killed_ends() -> None:
    """B-202: a killed host leaves nobody behind."""
    host = await asyncio.create_subprocess_exec(
        sys.executable, "-c", ORPHAN, stdout=asyncio.subprocess.PIPE, cwd=Path(__file__).parents[2]
    )
    assert host.stdout
    tool = int(await host.stdout.readline())
    host.kill()
    await host.wait()
    async with asyncio.timeout(30):
        while Path(f"/proc/{tool}/cmdline").exists() and Path(f"/proc/{tool}/cmdline").read_bytes():
            await asyncio.sleep(0.1)
