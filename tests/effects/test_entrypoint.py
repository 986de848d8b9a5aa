"""Entrypoint tools: the project's TypeScript, with the rights it names one by one and nothing of the disk around it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from statewright.effects.operator import Operator
from statewright.effects.performer import Answer, Refusal
from statewright.effects.tools.javascript import EntrypointTools
from statewright.effects.tools.tool import ToolPerformer
from statewright.kernel.program import Tool
from statewright.kernel.values import Json, Secret
from tests.effects.performing import now, perform, refusal, tool_call, work

SOURCE = """
import { double } from "./lib/double.ts";
import { createHash } from "node:crypto";
type Input = { n: number; path: string };
export default {
  double: ({ n }: Input) => ({ n: double(n), hash: createHash("sha256").update("x").digest("hex").length }),
  read: ({ path }: Input) => ({ text: Deno.readTextFileSync(path) }),
  env: () => ({ key: Deno.env.get("KEY"), other: Deno.env.get("OTHER") ?? null }),
  evil: async ({ path }: Input) => ({ module: Object.keys(await import(path)) }),
  listed: async () => ({ made: (await import("prettier")).format("x", {}) !== undefined }),
};
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "tools" / "lib").mkdir(parents=True)
    (tmp_path / "tools" / "index.ts").write_text(SOURCE)
    (tmp_path / "tools" / "lib" / "double.ts").write_text("export const double = (n: number): number => 2 * n;\n")
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "a.txt").write_text("some data")
    (tmp_path / "secret.txt").write_text("not yours")
    return tmp_path


def entry(id: str, *permissions: str, path: str = "tools/index.ts", env: dict[str, Json] | None = None) -> Tool:
    return Tool(id=id, kind="entrypoint", entry=path, permissions=permissions, env=env or {})


def tools(**secrets: str) -> ToolPerformer:
    stub = Path(__file__).parent / "stubs" / "prettier.js"
    run = EntrypointTools(Operator(modules={"prettier": str(stub)}))
    return ToolPerformer({"entrypoint": run}, secrets=secrets.get, clock=now)


async def outcome(tool: Tool, input: Json, project: Path, **secrets: str) -> Answer | Refusal:
    return await perform(tools(**secrets), tool_call(tool, input), work(tool, folder=str(project)))


async def refused(tool: Tool, input: Json, project: Path) -> Refusal:
    return await refusal(tools(), tool_call(tool, input), work(tool, folder=str(project)))


async def test_the_function_exported_under_the_tools_id_is_called(project: Path) -> None:
    assert await outcome(entry("double"), {"n": 21}, project) == Answer(value={"n": 42, "hash": 64})
    assert await outcome(entry("listed"), {}, project) == Answer(value={"made": True})


async def test_an_id_that_is_not_exported_is_named(project: Path) -> None:
    end = await refused(entry("triple"), {}, project)
    assert (end.code, "triple" in end.message) == ("TOOL_NOT_FOUND", True)


async def test_only_the_folder_that_was_granted_can_be_read(project: Path) -> None:
    tool = entry("read", "--allow-read=./data")
    data = {"path": str(project / "data" / "a.txt")}
    assert await outcome(tool, data, project) == Answer(value={"text": "some data"})
    assert (await refused(tool, {"path": str(project / "secret.txt")}, project)).code == "TOOL_DENIED"
    assert (await refused(entry("read"), data, project)).code == "TOOL_DENIED"


async def test_only_the_variables_that_were_granted_can_be_read(project: Path) -> None:
    tool = entry("env", "--allow-env=KEY,OTHER", env={"KEY": Secret("WEATHER")})
    value = {"key": "[secret WEATHER]", "other": None}
    assert await outcome(tool, {}, project, WEATHER="canary-4711") == Answer(value=value)
    assert (await refused(entry("env"), {}, project)).code == "TOOL_DENIED"


@pytest.mark.parametrize("path", ["/etc/passwd", "../secret.txt", "file:///etc/passwd"])
async def test_no_file_outside_of_the_entrypoints_folder_is_a_module(project: Path, path: str) -> None:
    assert (await refused(entry("evil"), {"path": path}, project)).code == "MODULE_NOT_ALLOWED"


async def test_a_literal_import_gets_no_further_than_a_computed_one(project: Path) -> None:
    (project / "tools" / "index.ts").write_text('import x from "/etc/passwd";\nexport default { double: () => x };\n')
    end = await refused(entry("double"), {}, project)
    assert end.code == "MODULE_NOT_ALLOWED"
    assert "root" not in repr(end)


async def test_a_link_out_of_the_project_is_no_entrypoint_and_no_module(project: Path) -> None:
    (project / "tools" / "link.ts").symlink_to("/etc/passwd")
    assert (await refused(entry("double", path="tools/link.ts"), {}, project)).code == "PATH_OUTSIDE_PROJECT"
    (project / "tools" / "index.ts").write_text('import x from "./link.ts";\nexport default { double: () => x };\n')
    end = await refused(entry("double"), {}, project)
    assert "root" not in repr(end)


@pytest.mark.parametrize("path", ["../x.ts", "/etc/passwd", ""])
async def test_an_entrypoint_lies_in_the_project(project: Path, path: str) -> None:
    assert (await refused(entry("double", path=path), {}, project)).code in ("PATH_OUTSIDE_PROJECT", "TOOL_NOT_FOUND")


async def test_a_folder_that_is_a_builds_output_is_refused(project: Path) -> None:
    for number in range(501):
        (project / "tools" / f"{number}.js").touch()
    assert (await refused(entry("double"), {}, project)).code == "TOOL_SOURCE_LIMIT"


@pytest.mark.parametrize(
    "permission",
    [
        "--allow-all",
        "-A",
        "--allow-read",
        "--allow-read=/",
        "--allow-read=",
        "--allow-read=data,",
        "--allow-read=linked",
        "--allow-read=holed",
        "--allow-net",
        "--allow-net=*",
        "--allow-net=unix:/run/x.sock",
        "--allow-net=-evil",
        "--allow-env",
        "--allow-env=*",
        "--allow-env=LD_PRELOAD",
        "--allow-env=DENO_DIR",
        "--allow-write=/tmp",
        "--allow-run=sh",
        "--allow-ffi",
        "--allow-sys=hostname",
        "--allow-import=example.com",
        "--allow-readonly=x",
        "--config=deno.json",
    ],
)
async def test_a_permission_that_is_not_one_named_thing_is_refused(project: Path, permission: str) -> None:
    (project / "linked").symlink_to("/etc")
    (project / "holed").mkdir()
    os.symlink("/etc/passwd", project / "holed" / "passwd")
    assert (await refused(entry("double", permission), {"n": 1}, project)).code == "PERMISSION_TOO_BROAD"


async def test_the_seeds_permissions_are_narrow_enough(project: Path) -> None:
    tool = entry("double", "--allow-read=/safe/directory", "--allow-net=api.trusted.com", "--allow-env=WEATHER_API_KEY")
    assert await outcome(tool, {"n": 1}, project) == Answer(value={"n": 2, "hash": 64})
