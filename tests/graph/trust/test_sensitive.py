"""Sensitive attributes and events stay out of graphs."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from graph.columns import Edges, Nodes
from graph.errors import ConfigError
from graph.hetero import HeteroGraph
from graph.ids import IdMap
from graph.schema import MARKET, EdgeKey, extend_schema
from graph.text import TextArray
from graph.trust.sensitive import held_names, hidden_names, sensitive_names, without

SCHEMA = """
[nodes.Person.columns]
health = { type = "text", sensitivity = "sensitive" }
shoe = "text"

[nodes.Clinic]

[[edges]]
relation = "TREATED_AT"
source = "Person"
target = "Clinic"
sensitivity = "sensitive"

[[edges]]
relation = "PHONED"
source = "Person"
target = "Person"
columns = { about = { type = "decimal", sensitivity = "sensitive" } }
"""
NAMES = {"Person.health", "Person-TREATED_AT-Clinic", "Person-PHONED-Person.about"}
TREATED, PHONED = EdgeKey("Person", "TREATED_AT", "Clinic"), EdgeKey("Person", "PHONED", "Person")


def graph() -> HeteroGraph:
    people = Nodes(
        IdMap.of("Person", ["a", "b"]), {"health": TextArray.of(["ill", ""]), "shoe": TextArray.of(["", "42"])}
    )
    zero, one = np.array([0, 0]), np.array([1, 1])
    return HeteroGraph.of(
        {"Person": people, "Clinic": Nodes(IdMap.of("Clinic", ["c"]), {})},
        {TREATED: Edges(zero[:1], zero[:1]), PHONED: Edges(zero, one, columns={"about": np.array([1.0, 2.0])})},
    )


def test_what_is_hidden_is_gone_and_numbers_stay(tmp_path: Path) -> None:
    file = tmp_path / "schema.toml"
    file.write_text(SCHEMA, "utf-8")
    schema = extend_schema(MARKET, file)
    assert sensitive_names(schema) == NAMES
    assert not sensitive_names(MARKET)
    assert set(held_names(graph(), NAMES)) == NAMES
    shown = without(graph(), hidden_names(schema, ()))
    assert not held_names(shown, NAMES)
    assert list(shown.nodes["Person"].columns) == ["shoe"]
    assert list(shown.edge_sets) == [PHONED]
    assert len(shown.edges(PHONED)) == 2
    assert without(shown, NAMES) is shown
    assert held_names(without(graph(), hidden_names(schema, ["Person.health"])), NAMES) == ["Person.health"]
    with pytest.raises(ConfigError, match="not a sensitive column"):
        hidden_names(schema, ["Person.shoe"])


def test_what_relations_mean_and_the_zone_stay(tmp_path: Path) -> None:
    file = tmp_path / "schema.toml"
    file.write_text(SCHEMA + 'role = "refer"\n', "utf-8")
    schema = extend_schema(MARKET, file)
    whole = replace(graph(), schema=schema, zone="Asia/Shanghai")
    shown = without(whole, NAMES)
    assert shown.meaning(PHONED) == schema.meaning(PHONED) != MARKET.meaning(PHONED)
    assert shown.zone == "Asia/Shanghai"
