"""Attributes of nodes as rules read them: which values, and where there is none."""

from __future__ import annotations

import json
from dataclasses import dataclass
from difflib import get_close_matches

import numpy as np
import numpy.typing as npt

from graph.columns import DAYS, MISSING_INTEGER, Array
from graph.errors import ConfigError, PrerequisiteError, nearest
from graph.hetero import HeteroGraph
from graph.recommend.rules.rules import Range, Value
from graph.schema import Schema
from graph.text import Int64, TextArray

Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Attribute:
    """A column of one node type; n nodes.

    Attributes:
        name: ``Product.category``, for messages.
        kind: ``text``, ``number`` or ``flag``.
        known: Where there is a value, bool (n,).
        sets: The values of each node, of texts alone; several where the column holds lists.
        numbers: float64 (n,) of numbers and flags, 0 where unknown.
    """

    name: str
    kind: str
    known: Bools
    sets: tuple[tuple[str, ...], ...]
    numbers: npt.NDArray[np.float64]

    def among(self, accepted: tuple[Value, ...], rule: str) -> Bools:
        """Where a value is one of these, bool (n,); of a list one of its values is enough. False where unknown.

        Raises:
            ConfigError: the values are of another kind than the column.
        """
        kinds = {"flag" if isinstance(one, bool) else "text" if isinstance(one, str) else "number" for one in accepted}
        if kinds != {self.kind}:
            raise ConfigError(
                f"{rule}: {self.name} holds a {self.kind}", hint=f"list values of that kind: {rule} = [...]"
            )
        if self.kind == "text":
            wanted = set(accepted)
            return np.array([not wanted.isdisjoint(some) for some in self.sets], np.bool_)
        return np.isin(self.numbers, np.array([float(one) for one in accepted])) & self.known

    def absent(self, accepted: tuple[Value, ...]) -> list[tuple[Value, str]]:
        """The texts and numbers among these that no node has, with the most similar text that one has, else ""."""
        texts = sorted({text for some in self.sets for text in some})
        numbers = set(self.numbers[self.known].tolist())
        missing = [one for one in accepted if one not in (texts if self.kind == "text" else numbers)]
        return [(one, next(iter(get_close_matches(str(one), texts, n=1)), "")) for one in missing]

    def within(self, wanted: Range, rule: str) -> Bools:
        """Where the number is in the range, bool (n,); False where unknown.

        Raises:
            ConfigError: the column does not hold numbers.
        """
        if self.kind != "number":
            raise ConfigError(
                f"{rule}: {self.name} holds a {self.kind} and no number", hint=f'list its values: {rule} = ["..."]'
            )
        return (self.numbers >= wanted.low) & (self.numbers <= wanted.high) & self.known

    def positive(self, rule: str) -> Bools:
        """Where the number is above 0, or the flag set, bool (n,); False where unknown.

        Raises:
            ConfigError: the column holds texts.
        """
        if self.kind == "text":
            raise ConfigError(f"{rule}: {self.name} holds a text", hint="name a column of numbers or of yes and no")
        return (self.numbers > 0) & self.known

    def codes(self) -> Int64:
        """A number for each different value, int64 (n,); everything unknown has one number too.

        A list counts as one value whatever the order of its texts.
        """
        keys = [tuple(sorted(some)) for some in self.sets] if self.kind == "text" else self.numbers.tolist()
        place: dict[object, int] = {}
        known = self.known.tolist()
        return np.array(
            [place.setdefault(key if good else None, len(place)) for key, good in zip(keys, known, strict=True)],
            np.int64,
        ).reshape(len(known))


def attribute_of(graph: HeteroGraph, schema: Schema, node_type: str, column: str, rule: str) -> Attribute:
    """The column of that name.

    Args:
        graph: The graph.
        schema: Says which columns a type has, and which of them hold lists.
        node_type: Type of the nodes.
        column: Name of the column.
        rule: Name of the rule that reads it, for messages.

    Raises:
        ConfigError: there is no such column, or it holds times or dates.
        PrerequisiteError: the column has no value for any node, so that the rule would refuse everything.
    """
    name = f"{node_type}.{column}"
    specs = schema.nodes[node_type].columns if node_type in schema.nodes else {}
    columns = graph.nodes[node_type].columns if node_type in graph.nodes else {}
    spec, found = specs.get(column), columns.get(column)
    if spec is None and found is None:
        hint = nearest(column, {*specs, *columns}) + "; columns of your own are declared in schema.toml"
        raise ConfigError(f"{rule}: {node_type} has no column {column!r}", hint=hint)
    if found is None:
        raise PrerequisiteError(
            f"{rule}: no {node_type} has a value in {column!r}, so the rule would refuse everything",
            hint=f"load the column {column!r}, or remove the rule",
        )
    if isinstance(found, TextArray):
        texts = found.to_list()
        lists = spec is not None and spec.type == "list"
        sets = tuple(tuple(json.loads(text or "[]")) if lists else (text,) if text else () for text in texts)
        known = np.array([bool(some) for some in sets], np.bool_)
        return Attribute(name, "text", known, sets, np.zeros(len(texts)))
    if found.dtype == DAYS or (spec is not None and spec.type == "time"):
        raise ConfigError(f"{rule}: {name} holds a time", hint="rules read texts, numbers, and yes or no")
    return _of_numbers(name, found)


def _of_numbers(name: str, column: Array) -> Attribute:
    """A column of floats, whole numbers or booleans."""
    if column.dtype == np.int8:
        known = column >= 0
    elif column.dtype == np.int64:
        known = column != MISSING_INTEGER
    else:
        known = ~np.isnan(column)
    kind = "flag" if column.dtype == np.int8 else "number"
    return Attribute(name, kind, known, (), np.where(known, column, 0).astype(np.float64))
