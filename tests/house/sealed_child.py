"""A program that prepares, seals its own process, acts, and prints the answer as JSON. `sealed.py` starts it.

Sealed, the process can neither reach the world (an audit hook refuses it) nor read clock, chance or environment.
"""

from __future__ import annotations

import json
import os
import random
import sys
import threading
import time
from collections.abc import Iterator, MutableMapping
from typing import NoReturn

# Audit events that only a process in touch with the world raises. `import` is one: it means a file is about to be read.
REFUSED_WORLD = ("import", "open", "os.", "pathlib.", "glob.", "shutil.", "tempfile.", "socket.", "urllib.", "sqlite3.")
REFUSED_MACHINE = ("ctypes.", "fcntl.", "signal.", "subprocess.", "syslog.", "time.sleep")
CLOCKS = ("time", "time_ns", "monotonic", "monotonic_ns", "perf_counter", "perf_counter_ns", "localtime", "gmtime")
CHANCES = ("random", "randint", "randrange", "choice", "choices", "shuffle", "sample", "getrandbits")
IDENTITY = ("urandom", "getrandom", "getpid", "getcwd", "cpu_count")

# The exit status that says "touched", unlike the 1 of a snippet that is simply wrong.
TOUCHED = 3

_sealed = False


class Touched(BaseException):
    """The act reached for the world. Not an Exception, so that nothing swallows it."""


class _NoEnvironment(MutableMapping[str, str]):
    """Stands in for os.environ: every use is a touch."""

    def __getitem__(self, key: str) -> NoReturn:
        raise Touched(f"os.environ[{key!r}]")

    def __setitem__(self, key: str, value: str) -> NoReturn:
        raise Touched(f"os.environ[{key!r}] = …")

    def __delitem__(self, key: str) -> NoReturn:
        raise Touched(f"del os.environ[{key!r}]")

    def __iter__(self) -> Iterator[str]:
        raise Touched("iter(os.environ)")

    def __len__(self) -> NoReturn:
        raise Touched("len(os.environ)")


def main() -> None:
    """Takes the two snippets as arguments; the second leaves its answer in the name `answer`."""
    prepare, act = (compile(text, name, "exec") for text, name in zip(sys.argv[1:], ("prepare", "act"), strict=True))
    names: dict[str, object] = {}
    exec(prepare, names)
    sys.addaudithook(_refuse)
    environment = _take_away()
    _seal(True)
    try:
        exec(act, names)
    except Touched as touched:
        print(touched, file=sys.stderr)
        sys.exit(TOUCHED)
    finally:
        _seal(False)
        os.environ = environment  # type: ignore[assignment]  # noqa: B003  # the very mapping that was taken away
    print(json.dumps(names.get("answer")))


def _refuse(event: str, arguments: tuple[object, ...]) -> None:
    if _sealed and event.startswith(REFUSED_WORLD + REFUSED_MACHINE):
        raise Touched(f"{event} {arguments!r}")


def _seal(on: bool) -> None:
    global _sealed
    _sealed = on


def _take_away() -> object:
    """Replaces clock, chance and environment by touches; returns the environment."""
    for owner, names in ((time, CLOCKS), (random, CHANCES), (os, IDENTITY), (threading.Thread, ("start",))):
        for name in names:
            if hasattr(owner, name):
                setattr(owner, name, _touch(f"{owner.__name__}.{name}"))
    environment = os.environ
    os.environ = _NoEnvironment()  # type: ignore[assignment]  # noqa: B003  # only a stand-in can notice a reader
    return environment


def _touch(name: str) -> object:
    def touch(*_: object, **__: object) -> NoReturn:
        raise Touched(name)

    return touch


if __name__ == "__main__":
    main()
