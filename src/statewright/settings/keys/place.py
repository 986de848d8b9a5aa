"""Our own keys: where the project and its data lie, and who answers. No project file can set them."""

from __future__ import annotations

from statewright.language.grammar.kinds import Boolean, Duration, Text
from statewright.settings.keys.key import Key

PLACE = (
    Key("cwd", Text(), "The project's folder.", env=("COMPOZY_CWD",), flag="--cwd", here=True, local=True),
    Key(
        "config", Text(), "The project file, if it has another name.", env=("COMPOZY_CONFIG_FILE",), flag="--config",
        here=True, local=True,
    ),
    Key(
        "env_file", Text(), "The file with environment variables.", ".env", env=("COMPOZY_ENV_FILE",),
        flag="--env-file", here=True, local=True,
    ),
    Key("data", Text(), "The data folder.", ".statewright", flag="--data", here=True),
    # It opens hosts and modules to the project, so nothing that comes with the project may name it.
    Key("operator", Text(), "The operator's file: host mappings, modules.", flag="--operator", here=True, local=True),
    Key("simulate", Boolean(), "Whether every model answers simulated.", False, flag="--simulate", here=True),
    Key("retention", Duration(), "How long runs are kept after they have ended; without it for ever.", here=True),
    Key(
        "tenant", Text(format="tenant"), "The owner of the runs that are started here.", "default",
        here=True, local=True,
    ),
)  # fmt: skip
