"""What the value of a field may be: frozen records, so that reading, schema and reference each take them apart."""

from __future__ import annotations

import msgspec

# The largest number that a field without limits of its own takes; more is a slip.
INTEGER_MAX = 1_000_000


class Text(msgspec.Struct, frozen=True):
    """A text. With `template` it is rendered while a run goes on; `format` is a row of formats.py.

    `of` says whose id it is, and `unique` which things of a project must differ in it.
    """

    template: bool = False
    format: str = ""
    of: str = ""
    unique: str = ""


class Credential(msgspec.Struct, frozen=True):
    """A text that nobody may read: it names variables, and holds no key itself."""


class Integer(msgspec.Struct, frozen=True):
    """A whole number within its limits."""

    least: int = 0
    most: int = INTEGER_MAX


class Number(msgspec.Struct, frozen=True):
    """A number within its limits."""

    least: float
    most: float


class Boolean(msgspec.Struct, frozen=True):
    """True or false."""


class Choice(msgspec.Struct, frozen=True):
    """One of some words; `aliases` are older spellings of them."""

    values: tuple[str, ...]
    aliases: dict[str, str] = {}

    @property
    def words(self) -> tuple[str, ...]:
        """Everything that may be written."""
        return (*self.values, *self.aliases)


class Duration(msgspec.Struct, frozen=True):
    """A span of time, as in `30s` or `1 hour 30 minutes`; kept in milliseconds."""

    least: int = 1


class AnyMap(msgspec.Struct, frozen=True):
    """A map whose keys are the author's; with `template` its texts are rendered while a run goes on."""

    template: bool = False


class AnyValue(msgspec.Struct, frozen=True):
    """Whatever data somebody writes."""

    template: bool = False


class SchemaOrId(msgspec.Struct, frozen=True):
    """A JSON Schema written in place, or the id of one; entities/schemas.py looks into it."""


class Inline(msgspec.Struct, frozen=True):
    """An entity written in place. `needs` are what it must say here beyond what it must say everywhere."""

    entity: str
    needs: tuple[str, ...] = ()


class Selector(msgspec.Struct, frozen=True):
    """An entity's id, a map of its `id` alone, or the entity written in place."""

    entity: str


class ListOf(msgspec.Struct, frozen=True):
    """A list; `most` of 0 sets no limit."""

    kind: Kind
    least: int = 0
    most: int = 0


class MapOf(msgspec.Struct, frozen=True):
    """A map from the author's keys to values of one kind."""

    kind: Kind


class OneOf(msgspec.Struct, frozen=True):
    """A value of any of these kinds; they differ in whether they are a text, a list, a map or anything else."""

    kinds: tuple[Kind, ...]


Kind = (
    Text | Credential | Integer | Number | Boolean | Choice | Duration | AnyMap | AnyValue | SchemaOrId | Inline
    | Selector | ListOf | MapOf | OneOf
)  # fmt: skip
