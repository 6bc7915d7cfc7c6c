"""Rules files on disk; the example of docs/rules.md is read and applied as it is printed."""

from __future__ import annotations

import re
from pathlib import Path
from types import MappingProxyType

import numpy as np
import pytest

from graph.columns import Edges, Nodes
from graph.errors import ConfigError, DataError
from graph.hetero import HeteroGraph
from graph.ids import IdMap
from graph.recommend.features import Features
from graph.recommend.rules.applied import Applied
from graph.recommend.target import choose_target
from graph.schema import MARKET, EdgeKey, extend_schema
from graph.text import TextArray
from graph.workspace.rules_file import read_rules

PAGE = (Path(__file__).parents[3] / "docs" / "rules.md").read_text("utf-8")


def printed(name: str) -> str:
    """The block of the page that begins with the name of its file."""
    return next(block for block in re.findall(r"```toml\n(.*?)```", PAGE, re.S) if block.startswith(f"# {name}\n"))


def example(folder: Path) -> Path:
    """The example with the lists of ids that it names."""
    (folder / "rules.toml").write_text(printed("rules.toml"), "utf-8")
    (folder / "schema.toml").write_text(printed("schema.toml"), "utf-8")
    (folder / "in-season.txt").write_text("商品编号,备注\n" + "".join(f"P{i:03},x\n" for i in range(1, 14)), "utf-8")
    (folder / "complained.txt").write_text("user_id\nc\n", "utf-8")
    return folder / "rules.toml"


def test_the_example_of_the_page_does_what_it_says(tmp_path: Path) -> None:
    rules = read_rules(example(tmp_path))
    schema = extend_schema(MARKET, tmp_path / "schema.toml")
    n = 14
    columns = {
        "category": TextArray.of(["tent"] * 8 + ["lamp"] * 5 + ["rope"]),
        "brand": TextArray.of([f"b{i % 4}" for i in range(n)]),
        "price": np.array([100.0] * 12 + [9_999.0] * 2),
        "stock": np.array([0] + [3] * 13),
        "seats": np.array([2] * n),
        "region": TextArray.of(['["north","south"]'] * 3 + ['["north"]'] * 11),
    }
    nodes = {
        "Person": Nodes(IdMap.of("Person", ["a", "b", "c"]), {"city": TextArray.of(["north", "south", "north"])}),
        "Product": Nodes(IdMap.of("Product", [f"P{i:03}" for i in range(n)]), MappingProxyType(columns)),
    }
    shown, bought = EdgeKey("Person", "SHOWN", "Product"), EdgeKey("Person", "BOUGHT", "Product")
    once, now = np.array([0]), np.array([1_000_000])
    sets = {
        shown: Edges(once, np.array([1]), now, np.array([3.0])),  # P001 was shown to a three times
        bought: Edges(once, np.array([2]), now),
    }
    graph = HeteroGraph.of(nodes, sets, schema=schema)
    applied = Applied.of(rules, Features(graph, choose_target(graph, "Product")), schema=schema)
    scores = np.tile(np.arange(n, 0, -1.0), (3, 1))
    lists = applied.choose(scores, np.arange(3), 5, tie_order=np.arange(n))
    # a: not P001 (shown), not P002 (bought), two tents, two lamps of other brands; b: what the south has; c complained.
    assert lists.tolist() == [[3, 4, 9, 10, -1], [1, 2, -1, -1, -1], [-1] * 5]


def test_files_of_ids_lie_beside_the_rules_and_are_tables_of_items_too(tmp_path: Path) -> None:
    (tmp_path / "lists").mkdir()
    (tmp_path / "lists" / "skus.csv").write_bytes("sku;user_id\nP2;U1\nＰ1;U2\nP2;U3\n".encode("gb18030"))
    file = tmp_path / "r.toml"
    file.write_text('[items]\ncandidates = "lists/skus.csv"\n', "utf-8-sig")
    assert read_rules(file).candidates == ("P2", "P1")
    (tmp_path / "lists" / "skus.csv").write_text("name,price\nx,1\n")
    with pytest.raises(DataError, match=r"skus\.csv: none of its columns") as told:
        read_rules(file)
    assert "'item_id'" in told.value.hint


def test_what_cannot_be_read_is_named(tmp_path: Path) -> None:
    file = tmp_path / "r.toml"
    with pytest.raises(DataError, match=r"r\.toml: no such file"):
        read_rules(file)
    file.write_text("[items\n")
    with pytest.raises(ConfigError, match=r"r\.toml: "):
        read_rules(file)
    file.write_text('[people]\nexclude = "nowhere.txt"\n')
    with pytest.raises(DataError, match=r"nowhere\.txt: no such file"):
        read_rules(file)
