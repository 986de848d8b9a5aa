"""Proves what other systems find out in production: one file for each proof, over one picture of the program.

Every complaint has its place, and where a way through the tasks shows it, that way.
"""

from __future__ import annotations

from collections.abc import Sequence

from statewright.kernel.program import Program
from statewright.language.diagnostics.problems import Problems
from statewright.language.marks import At
from statewright.language.proofs.available import check_available
from statewright.language.proofs.cycles import check_cycles
from statewright.language.proofs.fanout import check_fanout
from statewright.language.proofs.flow import Flow
from statewright.language.proofs.inputs import check_inputs
from statewright.language.proofs.names import check_names
from statewright.language.proofs.outcomes import outcomes, taken
from statewright.language.proofs.picture import Picture
from statewright.language.proofs.policies import Subject, check_policies
from statewright.language.proofs.properties import check_properties
from statewright.language.proofs.reachable import check_reachable
from statewright.language.proofs.routes import check_routes
from statewright.language.proofs.secrets import check_secrets
from statewright.language.proofs.shapes import Shapes
from statewright.language.proofs.variables import check_variables
from statewright.language.proofs.waits import check_waits
from statewright.language.yaml.reading import Reader

# The facts of each point grow with the number of tasks; what nobody can read is not proved either.
TASKS_MAX = 3_000


def check(program: Program, at: At, reader: Reader) -> Subject | None:
    """Adds what the proofs find in one workflow to the reader's problems. `at` is its document.

    Returns what the project's own proofs need of it; None where it did not compile as a whole.
    """
    # A task that did not compile leaves holes in the graph; what would be proved of it would be about the holes.
    is_whole = not reader.problems.failed
    picture = Picture(program, at, reader)
    check_names(picture)
    check_secrets(picture)
    check_variables(picture)
    if not is_whole or len(program.nodes) > TASKS_MAX:
        return None
    shapes = Shapes(picture)
    values = {node.key: outcomes(node, shapes) for node in picture.routers}
    flow = Flow(program, {node.key: taken(node, values[node.key]) for node in picture.routers})
    check_fanout(picture)
    check_reachable(picture, flow)
    check_cycles(picture, flow)
    check_routes(picture, flow, values)
    check_available(picture, flow)
    check_properties(picture, shapes)
    check_inputs(picture, shapes)
    return Subject(picture, flow)


def check_project(at: At, subjects: Sequence[Subject], problems: Problems) -> None:
    """Adds what can only be proved of a project's workflows together. `at` is the project's document."""
    check_waits([subject.picture for subject in subjects], at)
    check_policies(subjects, at)
    for subject in subjects:
        problems.add(subject.picture.reader.problems.sorted())
