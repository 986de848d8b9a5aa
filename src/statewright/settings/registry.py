"""The registry: every key that configures the program, and how it is found by its path or by a variable.

Source: workflows.md 15. Keys of what this release does not have yet are checked and kept like the others.
"""

from __future__ import annotations

from statewright.settings.keys.commands import COMMANDS
from statewright.settings.keys.key import Key
from statewright.settings.keys.place import PLACE
from statewright.settings.keys.running import CONTENT, LIMITS, LLM, RUNTIME, WORK
from statewright.settings.keys.server import SERVER

KEYS: tuple[Key, ...] = (*PLACE, *SERVER, *RUNTIME, *LIMITS, *LLM, *CONTENT, *WORK, *COMMANDS)
BY_PATH: dict[str, Key] = {key.path: key for key in KEYS}
BY_VARIABLE: dict[str, Key] = {name: key for key in KEYS for name in key.variables}
# Every place in a project file that sets a key, with the key.
BY_PLACE: dict[str, Key] = {place: key for key in KEYS if not key.here for place in (key.path, *key.also)}
# The blocks of a project file that configure the program.
SECTIONS: tuple[str, ...] = tuple(dict.fromkeys(key.path.partition(".")[0] for key in KEYS if "." in key.path))
