"""Examples on the simulated host: their own Python functions, the simulated model, and no waiting."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Iterable
from types import ModuleType

from statewright.effects.models.simulated import Simulated
from statewright.effects.performer import Answer, Refusal, Work
from statewright.errors import StatewrightError
from statewright.hosts.simulated import SimulatedHost
from statewright.kernel.effects import Call
from statewright.kernel.events import Received
from statewright.kernel.program import Program
from statewright.kernel.values import Json
from statewright.language.loader import Loaded, load
from statewright.project import Folder
from statewright.testing import RUN, TENANT, Finished, instant_store, started
from tests.examples.command import EXAMPLES

HOUR = 3_600_000


def loaded(example: str) -> Loaded:
    """Compiles an example as it stands."""
    folder = Folder(EXAMPLES / example)
    return load(folder.read, folder.glob, "statewright.yaml")


def simulated(example: str, input: Json, signals: Iterable[tuple[int, str, Json]] = ()) -> Finished:
    """Runs the only workflow of an example to its end; signals are sent so many ms after its start."""
    (program,) = loaded(example).programs.values()
    return _driven(program, _world(example), input, signals)


def _driven(
    program: Program,
    world: Callable[[Call, Work], Answer | Refusal],
    input: Json,
    signals: Iterable[tuple[int, str, Json]],
) -> Finished:
    store = instant_store()
    host = SimulatedHost(store, world, {program.digest: program}.__getitem__)
    refused = host.start(program, started(program, input, at=host.now, simulate=True))
    if refused is not None:
        raise StatewrightError(refused.code, refused.reason)
    for after, name, payload in signals:
        host.outside(host.now + after, lambda name=name, payload=payload: _send(host, name, payload))  # type: ignore[misc]
    host.settle()
    return Finished(host.state(TENANT, RUN), tuple(store.read(TENANT, RUN)), host, store)


def _send(host: SimulatedHost, name: str, payload: Json) -> None:
    refused = host.deliver(TENANT, RUN, Received(at=host.now, name=name, payload=payload))
    assert refused is None, refused


def _world(example: str) -> Callable[[Call, Work], Answer | Refusal]:
    modules: dict[str, ModuleType] = {}

    def answer(call: Call, work: Work) -> Answer | Refusal:
        if call.kind == "model":
            said: list[Answer | Refusal] = []
            Simulated().begin(call, work, said.append)
            return said[0]
        file, _, function = work.program.tools[call.target].entry.partition(":")
        module = modules.setdefault(file, _imported(example, file))
        try:
            return Answer(value=getattr(module, function)(**call.request["input"]))
        except Exception as error:
            return Refusal(code="TOOL_FAILED", message=f"{type(error).__name__}: {error}")

    return answer


def _imported(example: str, file: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"example_{file.removesuffix('.py')}", EXAMPLES / example / file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
