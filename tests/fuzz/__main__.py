"""`python -m tests.fuzz template -max_total_time=900`: fuzzes one door with atheris, which is installed apart.

A violation does not end the run: each kind is written once, with its input, into FUZZ_OUT. Arguments after the name
are libFuzzer's.
"""

from __future__ import annotations

import hashlib
import os
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["statewright"]):
    from tests.fuzz.contract import ATTEMPTS
from tests.fuzz.seeds import seeds_of, words_of

# What one input may cost of this process's time, so that other programs on the machine do not count. Instrumented code
# is about four times slower; this is generous to noise and still finds what grows out of hand.
SECONDS_MAX = 4.0
# By the wall clock; what takes longer is ended from outside.
HANG_S = 120
MEMORY_MB = 1_500


def main() -> None:
    """Reads the command line and fuzzes until libFuzzer has had enough; its exit hook ends the process."""
    if len(sys.argv) < 2 or sys.argv[1] not in ATTEMPTS:
        sys.exit(f"usage: python -m tests.fuzz {{{','.join(ATTEMPTS)}}} [-max_total_time=SECONDS …]")
    name = sys.argv[1]
    out = Path(os.environ.get("FUZZ_OUT") or tempfile.mkdtemp(prefix="fuzz-")) / name
    arguments = [sys.argv[0], *_prepared(name, out), *sys.argv[2:]]
    atheris.Setup(arguments, _noting(ATTEMPTS[name], out))
    atheris.Fuzz()


def _prepared(name: str, out: Path) -> list[str]:
    """Writes seeds and dictionary; returns the arguments that name them."""
    corpus, words = out / "corpus", out / "words.txt"
    corpus.mkdir(parents=True, exist_ok=True)
    for data in seeds_of(name):
        (corpus / hashlib.sha256(data).hexdigest()[:16]).write_bytes(data)
    words.write_text(words_of(name), "utf-8")
    limits = [f"-timeout={HANG_S}", f"-rss_limit_mb={MEMORY_MB}"]
    return [str(corpus), f"-dict={words}", f"-artifact_prefix={out}/", *limits]


def _noting(attempt: Callable[[bytes], None], out: Path) -> Callable[[bytes], None]:
    """Returns the attempt that writes down each kind of violation once, and goes on."""

    def attempted(data: bytes) -> None:
        begun = time.process_time()
        try:
            attempt(data)
            if time.process_time() - begun > SECONDS_MAX:
                raise TimeoutError(f"{len(data)} bytes took {time.process_time() - begun:.1f} s")
        except Exception as error:
            frames = traceback.extract_tb(error.__traceback__)[-1:]
            kind = f"{type(error).__name__}-{'-'.join(f'{Path(one.filename).stem}.{one.name}' for one in frames)}"
            if not (out / f"{kind}.bin").exists():
                (out / f"{kind}.bin").write_bytes(data)
                (out / f"{kind}.txt").write_text("".join(traceback.format_exception(error)), "utf-8")
                print(f"violation: {kind}", flush=True)

    return attempted


main()
