"""What parsing alone costs: libyaml through PyYAML, which forgets where everything stood and checks nothing."""

from __future__ import annotations

from pathlib import Path

import yaml

from benchmarks.language import size_of
from benchmarks.large_project import large_project
from benchmarks.measured import Measured, main


def load_project(size: int, folder: Path) -> Measured:
    """Parses the files of a project of `size` lines."""
    files = large_project(size)
    measured = Measured(units=1, facts=size_of(files))
    with measured.clock():
        for data in files.values():
            yaml.load(data, Loader=yaml.CSafeLoader)
    return measured


if __name__ == "__main__":
    main({load_project.__name__: load_project})
