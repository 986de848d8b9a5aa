"""The sandbox of JavaScript tools: one Deno process per call, without any permission that is not named here.

Source: reliability.md 6.7. Time, memory and output are bounded, the whole process group is killed, and where Deno is
missing there is no other way to run the code.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import os
import resource
import shutil
import signal
import sys
from functools import lru_cache
from pathlib import Path

import msgspec

from statewright.effects.refused import CallRefused, refused

# JavaScript objects. A tool that needs more works on data that should not pass through a workflow.
HEAP_MIB = 256
# All memory beyond what Deno itself takes at its start, array buffers included: V8's limit does not count those.
MEMORY_BYTES_MAX = 512 * 1024 * 1024
# Processor time of one call: a last bound for what loops on where nobody else can end it.
CPU_SECONDS_MAX = 600
# As for every answer of the world (reliability.md 6.6).
OUTPUT_BYTES_MAX = 10 * 1024 * 1024
# The last words of a process that died; what stands before them is progress output.
TAIL_BYTES_MAX = 16 * 1024
CHUNK_BYTES = 64 * 1024

_FLAGS = (
    "run",
    "--quiet",
    "--no-prompt",
    "--no-config",
    "--no-lock",
    "--no-remote",
    "--no-npm",
    "--cached-only",
    "--no-check",
    "--no-code-cache",
    f"--v8-flags=--max-old-space-size={HEAP_MIB}",
    "--import-map=import-map.json",
)
# Without these Deno looks for a home folder, colours its messages and asks the network for its newest version.
_ENVIRONMENT = {"NO_COLOR": "1", "DENO_NO_UPDATE_CHECK": "1"}


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """What one process gets: a fresh folder with `runner.js` and `import-map.json`, rights, environment, stdin."""

    folder: Path
    permissions: tuple[str, ...] = ()
    environment: dict[str, str] = {}
    stdin: bytes

    def __repr__(self) -> str:
        return f"Job(folder={str(self.folder)!r}, permissions={self.permissions!r})"


async def run(job: Job) -> bytes:
    """Returns what the process printed. Nothing of it is left when this returns, is refused or is cancelled."""
    process = await asyncio.create_subprocess_exec(
        *_dying_with_us(),
        binary(),
        *_FLAGS,
        *job.permissions,
        "runner.js",
        cwd=job.folder,
        env={**_ENVIRONMENT, "DENO_DIR": str(job.folder / ".deno"), **job.environment},
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        start_new_session=True,
    )
    assert process.stdin
    assert process.stdout
    assert process.stderr
    last_words = asyncio.create_task(_tail(process.stderr))
    try:
        # The runner prints a line break when it runs; only then is its memory narrowed, and only then comes the tool.
        await process.stdout.readline()
        _narrow(process.pid)
        printed, _ = await asyncio.gather(_read(process.stdout), _feed(process.stdin, job.stdin))
    finally:
        _kill(process)
        process.stdin.close()
        # What is still in the pipe must be taken out of it, or asyncio never sees its end.
        await asyncio.gather(process.wait(), _tail(process.stdout))
        said = await last_words
    if not printed:
        raise _died(said.decode(errors="replace"))
    return printed


@lru_cache(maxsize=1)
def binary() -> str:
    """Returns the path of Deno; refuses the call where there is none."""
    # The package is an optional extra; a Deno that the machine has serves as well.
    try:
        return str(importlib.import_module("deno").find_deno_bin())
    except (ImportError, FileNotFoundError):
        found = shutil.which("deno")
    if found is None:
        message = "JavaScript tools need Deno as their sandbox, and it is not installed"
        raise refused("SANDBOX_UNAVAILABLE", message, hint="pip install 'statewright[js]'", left=False)
    return found


@lru_cache(maxsize=1)
def _dying_with_us() -> tuple[str, ...]:
    """Returns what makes the kernel kill the process when its host is killed; on Linux only, where util-linux is."""
    found = shutil.which("setpriv")
    return (found, "--pdeathsig", "KILL", "--") if found and sys.platform == "linux" else ()


def _narrow(pid: int) -> None:
    """Bounds memory and processor time that the process may still take. Elsewhere only the heap is bounded."""
    if sys.platform != "linux":
        return
    # The process may be gone already; that is found out when its output ends.
    with contextlib.suppress(ProcessLookupError, FileNotFoundError, IndexError):
        taken = int(Path(f"/proc/{pid}/status").read_text().split("VmData:")[1].split()[0]) * 1024
        limit = taken + MEMORY_BYTES_MAX
        resource.prlimit(pid, resource.RLIMIT_DATA, (limit, limit))
        resource.prlimit(pid, resource.RLIMIT_CORE, (0, 0))
        resource.prlimit(pid, resource.RLIMIT_CPU, (CPU_SECONDS_MAX, CPU_SECONDS_MAX))


async def _feed(stdin: asyncio.StreamWriter, data: bytes) -> None:
    # A process that died reads nothing; its output says why.
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):
        stdin.write(data)
        await stdin.drain()
    stdin.close()


async def _read(stdout: asyncio.StreamReader) -> bytes:
    chunks: list[bytes] = []
    size = 0
    while chunk := await stdout.read(CHUNK_BYTES):
        size += len(chunk)
        if size > OUTPUT_BYTES_MAX:
            raise refused("TOOL_OUTPUT_LIMIT", f"the tool printed more than {OUTPUT_BYTES_MAX} bytes")
        chunks.append(chunk)
    return b"".join(chunks)


async def _tail(pipe: asyncio.StreamReader) -> bytes:
    """Reads a pipe to its end and returns the last of it."""
    kept, is_cut = b"", False
    while chunk := await pipe.read(CHUNK_BYTES):
        kept += chunk
        is_cut = is_cut or len(kept) > TAIL_BYTES_MAX
        kept = kept[-TAIL_BYTES_MAX:]
    # Half a line may be half a secret, which no mask would know.
    return kept.partition(b"\n")[2] if is_cut else kept


def _kill(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)


def _died(said: str) -> CallRefused:
    if "out of memory" in said:
        return refused("TOOL_MEMORY", f"the tool needs more memory than the {HEAP_MIB} MiB that it has")
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    reason = lines[0].removeprefix("error: ") if lines else "it printed nothing"
    return refused("TOOL_FAILED", f"the tool ended without an answer: {reason}")
