"""The example mappings and the proposals on the data sets they were written for, and a proposal on a made world."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from graph.batch import FileCount
from graph.ingest.load import load_sources
from graph.ingest.mapping.mapping_file import read_mapping
from graph.ingest.mapping.propose import propose
from graph.ingest.rejects.quarantine import Quarantine
from graph.ingest.sources import find_sources
from graph.schema import MARKET
from graph.store.embedded.store import EmbeddedStore
from graph.worlds.synth import synthesise

EXAMPLES = Path(__file__).parents[3] / "examples"
NAMES = ["ciao", "lastfm", "retailrocket"]
# File or edge type, then read, created, duplicate, quarantined.
COUNTS = {
    "ciao": {
        "Person": (36065, 2248, 33817, 0),
        "Product": (36065, 16861, 19185, 0),  # and 19 rows that name another category than the row before
        "Person-RATED-Product": (36065, 36007, 40, 18),
        "Person-FOLLOWS-Person": (57544, 57544, 0, 0),
    },
    "lastfm": {
        "Product": (17632, 17629, 0, 3),  # three names were damaged before they were published
        "Person": (92834, 1892, 90942, 0),
        "Person-VIEWED-Product": (92834, 92834, 0, 0),
        "Person-FOLLOWS-Person": (25434, 25434, 0, 0),
    },
    "retailrocket": {
        "Person": (97381, 2174, 95207, 0),
        "Person-VIEWED-Product, Person-CARTED-Product, Person-BOUGHT-Product": (97381, 97381, 0, 0),
    },
}


def load(mapping: Path, data: Path, folder: Path) -> list[FileCount]:
    sources = find_sources(data, read_mapping(mapping, MARKET))
    store = EmbeddedStore(folder / "m.duckdb", MARKET)
    return load_sources(sources, MARKET, store, quarantine=Quarantine(folder / "q"), as_of=1_790_000_000)


@pytest.fixture
def data(request: pytest.FixtureRequest) -> Path:
    folder = Path(os.environ.get("GRAPHVINE_DATA", "absent")) / request.getfixturevalue("name")
    if not folder.is_dir():
        pytest.skip("GRAPHVINE_DATA does not name a folder with this data set")
    return folder


@pytest.mark.data
@pytest.mark.parametrize("name", NAMES)
def test_examples_account_for_every_record(name: str, data: Path, tmp_path: Path) -> None:
    counts = load(EXAMPLES / f"{name}.toml", data, tmp_path)
    assert {c.type: (c.read, c.created, c.duplicate, c.quarantined) for c in counts} == COUNTS[name]
    again = load(EXAMPLES / f"{name}.toml", data, tmp_path)
    assert [(c.created, c.updated) for c in again] == [(0, 0)] * len(counts)


@pytest.mark.data
@pytest.mark.parametrize("name", NAMES)
def test_proposals_load(name: str, data: Path, tmp_path: Path) -> None:
    mapping = tmp_path / "mapping.toml"
    mapping.write_text(propose(data, MARKET).text, "utf-8")
    counts = load(mapping, data, tmp_path)
    assert all(c.balanced and c.quarantined < 0.02 * c.read for c in counts)


def test_a_proposal_for_a_made_world_reads_it_as_its_own_mapping_does(tmp_path: Path) -> None:
    world = tmp_path / "world"
    synthesise(world, users=300, seed=5)
    own = read_mapping(world / "mapping.toml", MARKET)
    (tmp_path / "mapping.toml").write_text(propose(world, MARKET).text, "utf-8")
    guessed = {e.path: e for e in read_mapping(tmp_path / "mapping.toml", MARKET)}
    for entry in own:
        twin = guessed[entry.path]
        assert (twin.node, twin.edge_types, twin.id) == (entry.node, entry.edge_types, entry.id)
        assert (twin.source, twin.target, twin.time) == (entry.source, entry.target, entry.time)
        assert (twin.weight, twin.event_id) == (entry.weight, entry.event_id)
    counts = load(tmp_path / "mapping.toml", world, tmp_path)
    assert sum(c.quarantined for c in counts) == 0
