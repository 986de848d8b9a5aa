"""The rows of the grammar: an entity, and the fields that it may have."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Literal

import msgspec

from statewright.kernel.values import Json
from statewright.language.grammar.kinds import Kind
from statewright.language.marks import At
from statewright.language.yaml.reading import Keys, Reader

# What fields have to do with each other: looks at the entity as written and as kept.
Rule = Callable[[At, dict[str, Json], Reader], None]


class Field(msgspec.Struct, frozen=True):
    """What may stand under one key. `about` is the sentence that an editor shows beside it.

    `available` says whether this release does something with it. The default is what is kept where nothing is said.
    A field that is another one's older name says which: `means` is the key that its value is kept under.
    """

    name: str
    kind: Kind
    about: str
    required: bool = False
    default: Json = None
    available: bool = True
    means: str = ""


class Entity(msgspec.Struct, frozen=True, dict=True):
    """A kind of map: `what` names one in a sentence.

    Where `unknown` is `typo`, a key that resembles a known one is an error and any other a warning. An entity with
    `variants` is one of those entities, by what its key `type` says; the first is meant where it says nothing.
    `kept` is false for what has no name of its own, so that nobody could ask for it.
    """

    name: str
    what: str
    about: str = ""
    fields: tuple[Field, ...] = ()
    unknown: Literal["error", "typo", "warning"] = "error"
    rules: tuple[Rule, ...] = ()
    variants: dict[str, str] = {}
    elsewhere: dict[str, str] = {}
    kept: bool = False
    available: bool = True

    @cached_property
    def by_name(self) -> dict[str, Field]:
        """The fields by their keys."""
        return {field.name: field for field in self.fields}

    @cached_property
    def required(self) -> tuple[str, ...]:
        """The keys that every such map has."""
        return tuple(field.name for field in self.fields if field.required)

    @cached_property
    def keys(self) -> Keys:
        """What the reader compares the keys of a map with."""
        known = frozenset(field.name for field in self.fields if field.available)
        later = frozenset(field.name for field in self.fields if not field.available)
        return Keys(self.what, known, later, self.unknown, self.elsewhere)

    @cached_property
    def defaults(self) -> dict[str, Json]:
        """What is kept where a map says nothing."""
        return {field.name: field.default for field in self.fields if field.default is not None}


def later(*fields: Field) -> tuple[Field, ...]:
    """Returns the fields, marked as what a later release will use."""
    return tuple(msgspec.structs.replace(field, available=False) for field in fields)
