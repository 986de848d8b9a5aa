"""The rows of the registry: a key, what its value may be, and where it may come from."""

from __future__ import annotations

import msgspec

from statewright.kernel.values import Json
from statewright.language.grammar.kinds import Boolean, Choice, Duration, Integer, ListOf, Number, Text

PREFIX = "STATEWRIGHT_"
TEXTS = ListOf(Text())
PORT = Integer(0, 65_535)
# A size in bytes, or a count of entries: what a machine of today cannot hold is a slip.
SIZE = Integer(0, 2**40)
COUNT = Integer(0, 1_000_000)
SECOND = 1_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
MIB = 1024 * 1024

Kind = Text | Integer | Number | Boolean | Choice | Duration | ListOf


class Key(msgspec.Struct, frozen=True):
    """One key. Its first variable is our own; the seed's is the path in capitals, or where that differs `env`.

    `also` are older places in the project file. `secret` values are shown to nobody; of an `address` only the account
    is hidden. No project file can set a key that is `here`, and no `.env` file one that is `local`.
    """

    path: str
    kind: Kind
    about: str
    default: Json = None
    env: tuple[str, ...] = ()
    flag: str = ""
    also: tuple[str, ...] = ()
    secret: bool = False
    address: bool = False
    here: bool = False
    local: bool = False

    @property
    def variable(self) -> str:
        """The variable of our own; keys of the command line itself are called as its flags are."""
        return PREFIX + _capitals(self.path.removeprefix("cli."))

    @property
    def variables(self) -> tuple[str, ...]:
        """Every variable that can set it; an earlier one wins."""
        derived = () if self.here else (_capitals(self.path),)
        return (self.variable, *(self.env or derived))


def _capitals(path: str) -> str:
    return path.replace(".", "_").upper()
