"""Serves Python programs and the command line: opens projects; starts, follows, tells and looks back at their runs."""

from statewright.api.checking import check, load
from statewright.api.opening import open, run
from statewright.api.options import Options
from statewright.api.project import Project
from statewright.api.records import RunFailed, Step, Verdict
from statewright.api.runs import Run

__all__ = ["Options", "Project", "Run", "RunFailed", "Step", "Verdict", "check", "load", "open", "run"]
