"""Records a journal of every example: those without foreign tools on the simulated host, the seed's by the command."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from statewright.kernel.values import Json
from statewright.store.sqlite import SqliteStore
from statewright.testing import TENANT
from tests.examples.command import copied, ran
from tests.examples.simulating import HOUR, loaded, simulated
from tests.replays import journals

LARGE = {"who": "Ada", "reason": "servers", "amount": 4_000}
ORDER = {"order": "A-1", "amount": 40}
REQUEST = {"customer_id": "C-42", "message": "The technical setup of my router fails", "priority": "high"}
PIPELINE = {
    "data_sources": [{"source_type": "database", "connection_string": "postgres://stub/orders"}],
    "processing_config": {"validation_rules": [], "transformations": []},
}
OPERATED = ("--operator", "operator.yaml")
SIMULATED: dict[str, tuple[str, Json, list[tuple[int, str, Json]]]] = {
    "approval": ("approval", LARGE, [(50 * HOUR, "decision", {"approved": True})]),
    "order-fulfilment": ("order-fulfilment", {**ORDER, "fail_at": "announce"}, []),
    "map-reduce": ("map-reduce", {}, []),
}
# Name of the journal: example, workflow, input, flags.
COMMANDED: dict[str, tuple[str, str, Json, tuple[str, ...]]] = {
    "hello-world": ("hello-world", "hello-world", {"name": "Alice"}, ()),
    "customer-support": ("customer-support", "customer-support", REQUEST, ()),
    "support-and-data-support": ("support-and-data", "intelligent-customer-support", REQUEST, OPERATED),
    "support-and-data-pipeline": ("support-and-data", "intelligent-data-pipeline", PIPELINE, OPERATED),
    "support-and-data-article": ("support-and-data", "content-generation", {"topic": "tides"}, ()),
}


def record(names: list[str]) -> None:
    """Records the named journals, or all."""
    for name in names or [*SIMULATED, *COMMANDED]:
        journals.write(name, _simulated(name) if name in SIMULATED else _commanded(name))


def _simulated(name: str) -> journals.Kept:
    example, input, signals = SIMULATED[name]
    finished = simulated(example, input, signals)
    (definition,) = loaded(example).definitions.values()
    return journals.Kept(definition, finished.records, journals.blobs_of(finished.records, finished.store.blob))


def _commanded(name: str) -> journals.Kept:
    example, workflow, input, flags = COMMANDED[name]
    with tempfile.TemporaryDirectory() as temporary:
        folder = copied(example, Path(temporary))
        run = ran(folder, workflow, input, "--simulate", *flags)["run"]
        store = SqliteStore.open(folder / ".statewright", hand_back=lambda act: act(), write=False)
        try:
            row = store.index(TENANT, run)
            assert row is not None
            records = tuple(store.read(TENANT, run))
            definition = store.definition(row.program)
            assert definition is not None
            return journals.Kept(definition, records, journals.blobs_of(records, store.blob))
        finally:
            store.close()


if __name__ == "__main__":
    record(sys.argv[1:])
