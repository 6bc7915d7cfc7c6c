"""Ends of edges that look like listed nodes."""

from __future__ import annotations

from pathlib import Path

from graph.ingest.check_files import inspect_files
from graph.ingest.convert_file import check_files_fit
from graph.ingest.mapping.mapping_file import read_mapping
from graph.ingest.sources import find_sources
from graph.schema import MARKET

MAPPING = """
[[files]]
path = "users.csv"
node = "Person"
id = "id"
[[files]]
path = "ties.csv"
edge = "Person-FOLLOWS-Person"
source = "a"
target = "b"
create = ["source"]
"""


def test_ids_that_look_like_listed_ones_are_named(tmp_path: Path) -> None:
    (tmp_path / "mapping.toml").write_text(MAPPING, "utf-8")
    (tmp_path / "users.csv").write_text("id\n501\nU2\nU3\n", "utf-8")
    (tmp_path / "ties.csv").write_text("a,b\n00501,U2\nu-2,U3\n501.0,U3\nX,u3\nU3,U4\n", "utf-8")
    sources = find_sources(tmp_path, read_mapping(tmp_path / "mapping.toml", MARKET))
    users, ties = inspect_files(check_files_fit(sources), MARKET, as_of=1_800_000_000)
    assert not users.lookalikes
    assert dict(ties.lookalikes) == {"00501": ("501",), "u-2": ("U2",), "u3": ("U3",)}
    assert ties.unknown_ends == 2
