"""The pytest plugin: the fixture `statewright_project`, and where its project and golden journals are.

Loaded by every pytest session of an environment that has Statewright, so it imports the engine only when it is used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from statewright.testing.scenarios import SimulatedProject


def pytest_addoption(parser: pytest.Parser) -> None:
    """Adds the options."""
    group = parser.getgroup("statewright", "workflows of a Statewright project")
    group.addoption("--statewright-project", metavar="FOLDER", help="the project's folder, instead of the ini value")
    group.addoption("--statewright-regenerate", action="store_true", help="write golden journals, compare nothing")
    parser.addini("statewright_project", "the project's folder, from the root of the tests", default=".")


@pytest.fixture
def statewright_project(request: pytest.FixtureRequest) -> SimulatedProject:
    """The project, to be run in memory and simulated time; golden journals lie beside the test's own file."""
    from statewright.api import load  # lazy: most sessions never ask for this
    from statewright.testing.scenarios import SimulatedProject  # lazy: as above

    config = request.config
    folder = config.getoption("--statewright-project") or config.getini("statewright_project")
    loaded = load(config.rootpath / str(folder))
    regenerate = bool(config.getoption("--statewright-regenerate"))
    return SimulatedProject(loaded, folder=request.path.parent, regenerate=regenerate)
