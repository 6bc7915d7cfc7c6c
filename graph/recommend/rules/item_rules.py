"""Rules on items alone: which items each of them refuses, whoever they are offered to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from graph.errors import DataError
from graph.hetero import HeteroGraph
from graph.recommend.rules.attributes import Bools, attribute_of
from graph.recommend.rules.rules import Range, Rules, Value
from graph.schema import Schema


@dataclass(frozen=True, eq=False)
class Verdict:
    """What one rule says of all nodes of a type; n of them.

    Attributes:
        rule: Name of the rule, ``items.price``.
        refused: bool (n,).
        unknown: Those of ``refused`` that have no value to judge by, bool (n,).
    """

    rule: str
    refused: Bools
    unknown: Bools


def item_verdicts(rules: Rules, graph: HeteroGraph, schema: Schema, node_type: str) -> Iterator[Verdict]:
    """What each rule on items says, in the order in which they are counted.

    Raises:
        ConfigError: a rule names a column that there is not, or that it cannot read.
        PrerequisiteError: nothing has a value in the column of a rule.
        DataError: no candidate is an item of the graph.
    """
    nothing = np.zeros(graph.count(node_type), np.bool_)
    if rules.candidates is not None:
        chosen = _flags(graph, node_type, rules.candidates)
        if not chosen.any():
            raise DataError(
                f"items.candidates: none of the {len(rules.candidates):,} ids is a {node_type}, "
                f"the first is {rules.candidates[0]!r}",
                hint=f"see the ids: graphvine data export {node_type}",
            )
        yield Verdict("items.candidates", ~chosen, nothing)
    if rules.exclude_items:
        yield Verdict("items.exclude", _flags(graph, node_type, rules.exclude_items), nothing)
    for rule, column, accepted in _attribute_rules(rules):
        found = attribute_of(graph, schema, node_type, column, rule)
        if accepted is None:
            fits = found.positive(rule)
        else:
            fits = found.within(accepted, rule) if isinstance(accepted, Range) else found.among(accepted, rule)
        unknown = nothing if rules.unknown == "allow" else ~found.known
        yield Verdict(rule, (~fits & found.known) | unknown, unknown)


def unmatched_values(rules: Rules, graph: HeteroGraph, schema: Schema, node_type: str) -> Iterator[str]:
    """A sentence for each accepted value of ``items.where`` that no item has, with the most similar one that is there.

    Raises:
        ConfigError, PrerequisiteError: as ``item_verdicts``.
    """
    for rule, column, accepted in _attribute_rules(rules):
        if isinstance(accepted, tuple):
            for value, close in attribute_of(graph, schema, node_type, column, rule).absent(accepted):
                yield f"{rule}: no {node_type} has {value!r}" + (f"; did you mean {close!r}?" if close else "")


def _attribute_rules(rules: Rules) -> Iterator[tuple[str, str, Range | tuple[Value, ...] | None]]:
    """Name, column, and accepted values of each rule on an attribute; None for a rule that asks for more than 0."""
    if rules.in_stock:
        yield "items.in_stock", rules.in_stock, None
    if rules.price is not None:
        yield "items.price", "price", rules.price
    for column, accepted in rules.where:
        yield f"items.where.{column}", column, accepted


def _flags(graph: HeteroGraph, node_type: str, ids: tuple[str, ...]) -> Bools:
    """The nodes of these ids, bool (n,); ids that the graph lacks have no effect."""
    flags = np.zeros(graph.count(node_type), np.bool_)
    flags[graph.ids(node_type).numbers(ids, missing="drop")] = True
    return flags
