"""Python tools: a function in a file of the project, or one that an embedding program registered by the tool's id.

They run in this process with its rights: a project's Python is trusted as far as the person who runs it. A function
that overruns its time is left behind, since Python cannot stop a thread.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import importlib.util
import inspect
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from statewright.effects.refused import CallRefused, refused, retryable
from statewright.effects.tools.paths import inside
from statewright.effects.tools.tool import ToolUse, failed, text_of
from statewright.kernel.values import Json

Function = Callable[..., Any]


class Retryable(Exception):
    """What a tool raises to say that trying again may help, at the earliest `after` milliseconds from now."""

    def __init__(self, message: str, *, after: int = 0) -> None:
        super().__init__(message)
        self.after = after


class _Escaped(Exception):
    """Carries what a function raised to leave more than itself: SystemExit, KeyboardInterrupt, a StopIteration."""

    def __init__(self, fault: BaseException) -> None:
        super().__init__(type(fault).__name__)
        self.fault = fault


class PythonTools:
    """Runs tools of kind `python`. `functions` are found by tool id, before the tool's `entry`."""

    def __init__(self, functions: Mapping[str, Function] | None = None) -> None:
        self._functions = dict(functions or {})
        self._loaded: dict[tuple[str, int, int], dict[str, Any]] = {}

    async def __call__(self, use: ToolUse) -> Json:
        """Returns what the function returns."""
        function = self._functions.get(use.tool.id)
        try:
            if function is None:
                function = await in_thread(lambda: self._load(use))
            arguments = _bound(function, use)
            if inspect.iscoroutinefunction(function):
                return await function(*arguments.args, **arguments.kwargs)
            answer = await in_thread(lambda: function(*arguments.args, **arguments.kwargs))
            # A coroutine function behind a decorator does not look like one.
            return await answer if inspect.isawaitable(answer) else answer
        except CallRefused:
            raise
        except _Escaped as escaped:
            raise failed(use.tool.id, type(escaped.fault).__name__, text_of(escaped.fault)) from escaped
        except Retryable as fault:
            message = f"the tool {use.tool.id!r} failed: {text_of(fault)}"
            raise retryable("TOOL_FAILED", message, retry_after=fault.after) from fault
        except BaseException as fault:
            if _is_ours(fault):
                raise
            raise failed(use.tool.id, type(fault).__name__, text_of(fault)) from fault

    def _load(self, use: ToolUse) -> Function:
        written, _, name = use.tool.entry.rpartition(":")
        file = inside(use.folder, written)
        stat = file.stat()
        version = (str(file), stat.st_mtime_ns, stat.st_size)
        if version not in self._loaded:
            self._loaded[version] = _executed(file)
        function = self._loaded[version].get(name)
        if not callable(function):
            message = f"{written} has no function {name!r} for the tool {use.tool.id!r}"
            raise refused("TOOL_NOT_FOUND", message, left=False)
        return function  # type: ignore[no-any-return]  # any callable is a function


async def in_thread(work: Callable[[], Any]) -> Any:
    """Returns what `work` returns in a thread of its own.

    A pool would not do: its threads are joined at exit, so a tool that never returns would keep the process for ever.
    """
    loop = asyncio.get_running_loop()
    done: asyncio.Future[Any] = loop.create_future()

    def settle(value: Any, fault: Exception | None) -> None:
        if done.done():
            return
        if fault is not None:
            done.set_exception(fault)
        else:
            done.set_result(value)

    def run() -> None:
        value: Any = None
        fault: Exception | None = None
        try:
            value = work()
        except BaseException as error:
            # A future cannot carry a StopIteration, and to end this process is not the tool's to ask for.
            fault = error if isinstance(error, Exception) and not isinstance(error, StopIteration) else _Escaped(error)
        # The loop is closed when the process ends before the tool does.
        with contextlib.suppress(RuntimeError):
            loop.call_soon_threadsafe(settle, value, fault)

    threading.Thread(target=run, name="statewright-tool", daemon=True).start()
    return await done


def _is_ours(fault: BaseException) -> bool:
    """Says whether the fault came to the function from outside: its call is stopped, or the loop is gone."""
    if isinstance(fault, asyncio.CancelledError):
        task = asyncio.current_task()
        return task is not None and task.cancelling() > 0
    return isinstance(fault, GeneratorExit)


def _executed(file: Path) -> dict[str, Any]:
    name = f"statewright_tool_{hashlib.sha256(str(file).encode()).hexdigest()[:16]}"
    spec = importlib.util.spec_from_file_location(name, file)
    if spec is None or spec.loader is None:
        raise refused("TOOL_NOT_FOUND", f"{file.name} is not a Python file", left=False)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return vars(module)


def _bound(function: Function, use: ToolUse) -> inspect.BoundArguments:
    """Returns the arguments: the input whole as `input`, or by its fields; what else there is where it is asked for."""
    signature = inspect.signature(function)
    offered = {"config": use.config, "idempotency_key": use.effect}
    names = list(signature.parameters)
    whole = bool(names) and names[0] == "input" and set(names[1:]) <= set(offered)
    given = {"input": use.input} if whole else use.input
    extra = {name: value for name, value in offered.items() if name in names and name not in given}
    try:
        return signature.bind(**given, **extra)
    except TypeError as error:
        message = f"the input does not fit the function of tool {use.tool.id!r}: {error}"
        raise refused("TOOL_INPUT_INVALID", message, left=False) from error
