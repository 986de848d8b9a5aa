"""What `statewright` gives to Python programs, beyond what its guide shows."""

from __future__ import annotations

import asyncio
import contextlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

import statewright
from tests.cli.projects import TWO_ERRORS, let_go, passing, waiting


async def test_a_run_returns_its_output(tmp_path: Path) -> None:
    assert await statewright.run(passing(tmp_path), "passing", {"name": "Ada"}) == {"said": "Hello Ada!", "times": 2}


async def test_the_data_folder_counts_from_the_projects_folder(tmp_path: Path) -> None:
    await statewright.run(passing(tmp_path), "passing", {"name": "Ada"}, data="elsewhere")
    assert (tmp_path / "elsewhere").is_dir()
    assert not (tmp_path / ".statewright").exists()


async def test_a_project_with_errors_is_not_opened_but_checked(tmp_path: Path) -> None:
    (tmp_path / "compozy.yaml").write_text(TWO_ERRORS, "utf-8")
    assert "TASK_TYPE_UNKNOWN" in {one.code for one in statewright.check(tmp_path)}
    with pytest.raises(statewright.DefinitionInvalid):
        await statewright.run(tmp_path, "wrong")


async def test_a_run_that_fails_says_why_and_where(tmp_path: Path) -> None:
    folder = waiting(tmp_path)
    let_go(folder, fail=True)
    async with statewright.open(folder) as project:
        run = await project.start("waiting", {"folder": str(folder)})
        with pytest.raises(statewright.RunFailed) as failed:
            await run.result()
    assert failed.value.code == "TOOL_FAILED"
    assert "(task wait)" in failed.value.message
    assert failed.value.state.status == "failed"


async def test_a_function_of_the_program_takes_the_place_of_a_tool(tmp_path: Path) -> None:
    async def wait(folder: str) -> dict[str, str]:
        return {"waited": folder.upper()}

    async with statewright.open(waiting(tmp_path), functions={"wait": wait}) as project:
        assert await (await project.start("waiting", {"folder": "here"})).result() == {"waited": "HERE"}


async def test_a_call_in_doubt_ends_the_waiting_until_somebody_says_what_became_of_it(tmp_path: Path) -> None:
    async def wait(folder: str) -> None:
        called.set()
        await asyncio.Event().wait()

    called, file = asyncio.Event(), waiting(tmp_path) / "compozy.yaml"
    file.write_text(file.read_text("utf-8").replace("type: python", "type: python\n    at_most_once: true"), "utf-8")
    async with statewright.open(tmp_path, functions={"wait": wait}) as project:
        id = (await project.start("waiting", {"folder": "here"})).id
        await called.wait()
    async with statewright.open(tmp_path) as project:
        run = project.find(id)
        with pytest.raises(statewright.RunFailed, match="OUTCOME_UNKNOWN"):
            await run.result()
        (doubt,) = run.awaited()
        await run.resolve(doubt.name, happened=True, value={"waited": "long"})
        assert await run.result() == {"waited": "long"}


async def test_several_may_stream_one_run_and_one_may_leave_early(tmp_path: Path) -> None:
    folder = waiting(tmp_path)
    async with statewright.open(folder) as project:
        run = await project.start("waiting", {"folder": str(folder)})
        leaving = run.stream()
        assert (await anext(leaving)).seq == 1
        await leaving.aclose()
        streams = [asyncio.ensure_future(_sequences(run)) for _ in range(2)]
        let_go(folder)
        assert await asyncio.gather(*streams) == [[1, 2], [1, 2]]
        assert [step.seq async for step in run.stream(after=1)] == [2]


async def test_a_paused_run_is_waited_for(tmp_path: Path) -> None:
    folder = waiting(tmp_path)
    async with statewright.open(folder) as project:
        run = await project.start("waiting", {"folder": str(folder)})
        await run.pause("lunch")
        result = asyncio.ensure_future(run.result())
        let_go(folder)
        await run.unpause()
        assert await result == {"waited": True}


async def test_a_task_that_has_not_begun_is_no_place_to_fork_from(tmp_path: Path) -> None:
    async with statewright.open(passing(tmp_path)) as project:
        run = await project.start("passing", {"name": "Ada"})
        with pytest.raises(statewright.StatewrightError, match="TASK_UNKNOWN"):
            await run.fork(task="third")


async def test_the_blocking_facade_works_while_a_loop_is_running(tmp_path: Path) -> None:
    with statewright.sync.open(passing(tmp_path)) as project:
        run = project.start("passing", {"name": "Ada"})
        assert [step.seq for step in run.stream()] == [1]
        assert run.result() == {"said": "Hello Ada!", "times": 2}
        assert [one.id for one in project.runs(status="done")] == [run.id]
        assert run.verify().identical


def test_what_goes_wrong_in_the_facade_reaches_its_caller(tmp_path: Path) -> None:
    with pytest.raises(statewright.StatewrightError, match="WORKFLOW_UNKNOWN"):
        statewright.sync.run(passing(tmp_path), "pasing")


def test_a_run_of_the_facade_says_that_its_project_is_closed(tmp_path: Path) -> None:
    with statewright.sync.open(passing(tmp_path)) as project:
        run = project.start("passing", {"name": "Ada"})
    with pytest.raises(statewright.StatewrightError, match="STORE_CLOSED"):
        run.result()


async def test_what_is_used_after_its_end_says_so(tmp_path: Path) -> None:
    async with statewright.open(passing(tmp_path)) as project:
        run = await project.start("passing", {"name": "Ada"})
    for use in (run.result, lambda: run.signal("word"), lambda: project.start("passing", {"name": "Ada"})):
        with pytest.raises(statewright.StatewrightError, match="STORE_CLOSED"):
            await use()
    for look in (run.state, run.row, project.runs):
        with pytest.raises(statewright.StatewrightError, match="STORE_CLOSED"):
            look()


async def test_a_project_that_is_open_for_reading_only_looks(tmp_path: Path) -> None:
    async with statewright.open(passing(tmp_path)) as project:
        run = await project.start("passing", {"name": "Ada"})
        async with statewright.open(tmp_path, write=False) as reading:
            assert reading.find(run.id).state().output == {"said": "Hello Ada!", "times": 2}
            assert [step.seq for step in reading.find("last").steps()] == [1]
            for change in (lambda: reading.start("passing", {"name": "Ben"}), reading.find("last").cancel):
                with pytest.raises(statewright.StatewrightError, match="DATA_READ_ONLY"):
                    await change()


async def test_a_key_starts_one_run(tmp_path: Path) -> None:
    async with statewright.open(passing(tmp_path)) as project:
        first, again = [await project.start("passing", {"name": "Ada"}, key="k") for _ in range(2)]
        assert first.id == again.id
        with pytest.raises(statewright.StatewrightError, match="IDEMPOTENCY_CONFLICT"):
            await project.start("passing", {"name": "Ben"}, key="k")


async def test_a_second_one_that_opens_a_folder_is_a_guest_until_the_first_leaves(tmp_path: Path) -> None:
    folder = waiting(tmp_path)
    async with contextlib.AsyncExitStack() as first:
        owner = await first.enter_async_context(statewright.open(folder))
        async with statewright.open(folder) as guest:
            assert (owner.owner, guest.owner) == (0, os.getpid())
            run = await guest.start("waiting", {"folder": str(folder)})
            stream = asyncio.ensure_future(_sequences(run))
            await first.aclose()
            let_go(folder)
            assert await run.result() == {"waited": True}
            assert guest.owner == 0
            assert await stream == list(range(1, run.row().seq + 1))


def test_importing_statewright_imports_nothing_else() -> None:
    code = "import sys, statewright; print([name for name in sys.modules if name.startswith('statewright.')])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True).stdout == "[]\n"


async def _sequences(run: statewright.Run) -> list[int]:
    return [step.seq async for step in run.stream()]


@pytest.mark.parametrize("id", ["../elsewhere", "Upper", "-dash", "x" * 64, "last", "with space"])
async def test_a_run_cannot_be_called_what_has_another_meaning_elsewhere(id: str, tmp_path: Path) -> None:
    async with statewright.open(passing(tmp_path)) as project:
        with pytest.raises(statewright.StatewrightError) as refused:
            await project.start("passing", {"name": "Ada"}, id=id)
        assert refused.value.code == "ID_INVALID"
        run = await project.start("passing", {"name": "Ada"}, id="x" * 63)
        with pytest.raises(statewright.StatewrightError):
            await run.fork(at=1, id=id)
        assert [each.id for each in project.runs()] == ["x" * 63]
