"""What the contagion of version 2 leaves in the files, and the variant in which nobody influences anybody."""

from __future__ import annotations

import json
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest

from graph.errors import DataError
from graph.ingest.load import load_sources
from graph.ingest.mapping.mapping_file import read_mapping
from graph.ingest.rejects.quarantine import Quarantine
from graph.ingest.sources import find_sources
from graph.schema import MARKET, extend_schema
from graph.store.embedded.store import EmbeddedStore
from graph.text import TextArray
from graph.worlds.contagion.additional import additional_adoptions, planted_additional_adoptions
from graph.worlds.contagion.market import read_planted_market
from graph.worlds.contagion.oracle import cheapest_first
from graph.worlds.stages.events import INFLUENCE
from graph.worlds.synth import WORLDS, WorldReport
from graph.worlds.version2.settings import CONTENTS, SETTINGS
from graph.worlds.version2.truth import planted_market
from graph.worlds.world import World
from tests.graph.worlds.truth.planted_truth import read_truth
from tests.graph.worlds.version2.conftest import made


def test_caused_adoptions_follow_an_act_by_somebody_followed(world: World) -> None:
    market, events = planted_market(world), world.events
    adoptions = [world.shape.index(name) for name, _ in world.shape.caused[world.shape.promoted]]
    caused = np.flatnonzero((events.cause == INFLUENCE) & np.isin(events.relation, adoptions))
    assert len(caused) > 300
    key = market.acts[:, 0] * len(market.items) + market.acts[:, 1]
    first: dict[int, int] = {}
    for k, t in zip(key.tolist(), market.act_time.tolist(), strict=True):
        first[k] = min(t, first.get(k, t))
    ties = world.ties
    order = np.argsort(ties.follower, kind="stable")
    bounds = np.searchsorted(ties.follower[order], np.arange(len(world.people) + 1))
    for row in caused[::17].tolist():
        person, item = int(events.person[row]), int(events.item[row])
        time = int(events.time[row]) + world.parameters.start
        above = order[bounds[person] : bounds[person + 1]]
        acts = [first.get(int(u) * len(market.items) + item) for u in ties.followed[above]]
        assert any(
            act is not None and act < time and ties.since[tie] <= act for act, tie in zip(acts, above, strict=True)
        )


def test_those_who_adopt_after_others_like_the_item_more_than_those_who_only_saw_it(world: World) -> None:
    market, events = planted_market(world), world.events
    adoptions = [world.shape.index(name) for name, _ in world.shape.caused[world.shape.promoted]]
    caused = (events.cause == INFLUENCE) & np.isin(events.relation, adoptions)
    liked, seen = [], []
    busiest = np.argsort(-np.bincount(market.acts[:, 1], minlength=len(market.items)))[:12]
    for item in busiest.tolist():
        spread = market.spread(item)
        users = np.arange(world.people.users)
        exposed = (spread.scale[users] > market.tiring) & (spread.shape[users] > 0)
        appeal = replace(market, acts=market.acts[:0]).spread(item).shape[users] / market.tiring
        liked += appeal[events.person[caused & (events.item == item)]].tolist()
        seen += appeal[exposed].tolist()
    assert len(liked) > 100
    assert np.mean(liked) > 1.4 * np.mean(seen)


def test_without_influence_nobody_moves_anybody_and_all_else_is_the_same(
    written: WorldReport, likeness: WorldReport
) -> None:
    same = (
        "users",
        "kols",
        "follows",
        "interacted",
        "promotes_vehicle",
        "mentions_topic",
        "searched_topic",
        "vehicles",
    )
    for name in same:
        file = f"{name}.csv"
        assert (written.directory / file).read_bytes() == (likeness.directory / file).read_bytes(), name
    truth, other = read_truth(written.directory), read_truth(likeness.directory)
    assert truth.influence.max() > 0.1
    assert other.influence.max() == 0.0
    assert other.summary["settings"]["influence"] == 0.0
    adoptions = ("bought_product", "favourited_vehicle", "test_drove_vehicle")
    assert sum((truth.causes[name] == INFLUENCE).sum() for name in adoptions) > 50
    assert sum((other.causes[name] == INFLUENCE).sum() for name in adoptions) == 0
    assert all(
        row[plan]["adoptions"] == 0.0 for row in other.summary["campaigns"] for plan in ("oracle", "cheapest_first")
    )
    market = read_planted_market(likeness.directory)
    found = planted_additional_adoptions(market, market.people[market.kols].tolist(), market.items[0], draws=200)
    assert not found.runs.any()
    assert not found.audience.any()
    assert found.without > 0


def test_the_market_is_read_as_it_was_made(written: WorldReport) -> None:
    read, made_again = read_planted_market(written.directory), planted_market(made("ev-retail-2", users=300, seed=5))
    for field in fields(read):
        a, b = getattr(read, field.name), getattr(made_again, field.name)
        assert np.array_equal(a, b), field.name


def test_the_plans_of_the_truth_file_are_what_the_simulator_says(written: WorldReport) -> None:
    summary = read_truth(written.directory).summary
    market = read_planted_market(written.directory)
    rows = summary["campaigns"]
    assert len(rows) == SETTINGS.campaign_items * len(SETTINGS.budgets)
    row = rows[-1]
    assert row["budget"] == round(SETTINGS.budgets[-1] * market.cost.sum())
    seeds = cheapest_first(market, row["budget"])
    assert len(seeds) == row["cheapest_first"]["seeds"]
    found = additional_adoptions(
        market, seeds, market.spread(market.item(row["item"])), horizon=90.0, draws=4_000, rng=99
    )
    planned = row["cheapest_first"]
    assert abs(found.mean - planned["adoptions"]) < 4.5 * np.hypot(found.error, planned["error"])
    assert planned["audience"] > 20 * planned["adoptions"]
    for each in rows:
        assert each["oracle"]["adoptions"] > each["cheapest_first"]["adoptions"]


def test_version_1_plants_no_such_market(tmp_path: Path, default_directory: Path) -> None:
    with pytest.raises(DataError, match="no contagion by taste") as error:
        read_planted_market(default_directory)
    assert "ev-retail-2" in error.value.hint
    with pytest.raises(DataError, match="no readable truth"):
        read_planted_market(tmp_path)


@pytest.mark.parametrize("name", ["ev-retail-2", "car-rental-2", "e-commerce-2"])
def test_the_smallest_world_can_be_made(name: str) -> None:
    world = made(name, users=100, seed=0)
    assert len(planted_market(world)) == len(world.people)


@pytest.mark.parametrize("kind", ["ev-retail", "car-rental", "e-commerce"])
def test_likeness_alone_adds_exactly_nothing(kind: str) -> None:
    world = made(f"{kind}-2-likeness", users=1500, seed=2)
    assert not (world.events.cause == INFLUENCE).any()
    market = planted_market(world)
    busiest = int(np.bincount(market.acts[:, 1]).argmax())
    found = additional_adoptions(market, market.kols, market.spread(busiest), horizon=90.0, draws=100)
    assert not found.runs.any()
    assert found.mean == found.error == found.audience_mean == 0.0


@pytest.mark.parametrize("kind", ["ev-retail", "car-rental", "e-commerce"])
def test_the_mapping_of_each_kind_fits_its_schema(kind: str, tmp_path: Path) -> None:
    recipe = WORLDS[f"{kind}-2"]
    (tmp_path / "schema.toml").write_text(recipe.schema, "utf-8")
    (tmp_path / "mapping.toml").write_text(recipe.mapping(), "utf-8")
    entries = read_mapping(tmp_path / "mapping.toml", extend_schema(MARKET, tmp_path / "schema.toml"))
    assert {entry.path for entry in entries} == {spec.path for spec in recipe.files}


def test_every_record_is_loaded_with_the_content_of_kols(written: WorldReport, tmp_path: Path) -> None:
    schema = extend_schema(MARKET, written.directory / "schema.toml")
    sources = find_sources(written.directory, read_mapping(written.directory / "mapping.toml", schema))
    store = EmbeddedStore(tmp_path / "m.duckdb", schema)
    counts = load_sources(sources, schema, store, quarantine=Quarantine(tmp_path / "q"), as_of=1_790_000_000)
    assert {Path(c.file).stem: c.read for c in counts} == dict(written.rows)
    assert all(count.balanced and count.quarantined == 0 for count in counts)
    content = store.snapshot().nodes["Person"].columns["content"]
    assert isinstance(content, TextArray)
    assert set(content.pick(np.arange(len(content)))) == {"", *CONTENTS}


def test_the_world_says_what_it_was_made_of(written: WorldReport) -> None:
    facts = json.loads((written.directory / "truth" / "truth.json").read_text("utf-8"))
    assert facts["version"] == 2
    assert facts["settings_sha256"] == SETTINGS.digest()
    assert facts["without_reactions"] == ["微博", "视频号"]
    assert "content" in (written.directory / "kols.csv").read_text("utf-8").splitlines()[0]
