"""What is in the files of the default world, read with another CSV reader than the one that wrote them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from graph.ingest.mapping.mapping_file import read_mapping
from graph.ingest.sources import find_sources
from graph.schema import MARKET
from graph.worlds.ev.files import FILES
from graph.worlds.parameters import EvRetail
from graph.worlds.synth import WorldReport
from tests.graph.worlds.truth.planted_truth import read_truth

START, END = EvRetail().start, EvRetail().end
DATED = [spec for spec in FILES if spec.time]


@pytest.fixture(scope="module")
def frames(default_directory: Path) -> dict[str, pd.DataFrame]:
    return {
        spec.name: pd.read_csv(
            default_directory / spec.path, dtype={c: "str" for c in spec.columns if c.endswith("_id")}
        )
        for spec in FILES
    }


def test_headers_rows_and_line_ends(default_world: WorldReport, frames: dict[str, pd.DataFrame]):
    for spec in FILES:
        raw = (default_world.directory / spec.path).read_bytes()
        raw.decode("utf-8", "strict")
        assert b"\r" not in raw
        assert b'"' not in raw
        assert raw.endswith(b"\n")
        assert tuple(frames[spec.name].columns) == spec.columns
        assert len(frames[spec.name]) == default_world.rows[spec.name] == raw.count(b"\n") - 1
        assert len(frames[spec.name]) > 0


def test_mapping_reads_every_file_and_names_every_column(default_directory: Path):
    entries = read_mapping(default_directory / "mapping.toml", MARKET)
    sources = find_sources(default_directory, entries)
    assert {source.name for source in sources} == {spec.path for spec in FILES}
    by_path = {spec.path: spec for spec in FILES}
    for source in sources:
        assert set(source.mapping.used_columns()) == set(by_path[source.name].columns), source.name
    assert not [source for source in sources if "truth" in source.name]


def test_every_end_of_every_edge_is_a_node(frames: dict[str, pd.DataFrame]):
    people = set(frames["users"]["user_id"]) | set(frames["kols"]["kol_id"])
    nodes = {"Person": people} | {
        s.node: set(frames[s.name][s.columns[0]]) for s in FILES if s.node and s.node != "Person"
    }
    for spec in DATED:
        source, _, target = spec.edge.split("-")
        assert set(frames[spec.name][spec.source]) <= nodes[source], spec.path
        assert set(frames[spec.name][spec.target]) <= nodes[target], spec.path


def test_ids_are_unique(frames: dict[str, pd.DataFrame]):
    for spec in FILES:
        if spec.node or spec.event_id:
            column = spec.event_id or spec.columns[0]
            assert frames[spec.name][column].is_unique, spec.path
    assert not frames["follows"].duplicated(["user_id", "followed_id"]).any()
    assert not frames["bought_vehicle"]["user_id"].duplicated().any()


def test_times_are_sorted_in_the_window_and_after_signup(frames: dict[str, pd.DataFrame]):
    signup = pd.to_datetime(frames["users"].set_index("user_id")["signup"]).astype("datetime64[s]").astype("int64")
    for spec in DATED:
        times = frames[spec.name]["ts"]
        assert times.is_monotonic_increasing, spec.path
        assert times.max() < END
        if spec.name != "follows":
            assert times.min() >= START, spec.path
        for end in (spec.source, spec.target):
            joined = frames[spec.name][end].map(signup)
            known = joined.notna()
            assert (times[known] >= joined[known]).all(), (spec.path, end)


def test_nothing_is_used_before_its_launch(default_directory: Path, frames: dict[str, pd.DataFrame]):
    truth = read_truth(default_directory)
    for kind in ("product", "vehicle"):
        launch = pd.Series(truth.items[kind].launch, index=truth.items[kind].ids)
        assert (launch > END - 60 * 86_400).mean() > 0.03
        for spec in DATED:
            if spec.target == f"{kind}_id":
                assert (frames[spec.name]["ts"] >= frames[spec.name][spec.target].map(launch)).all(), spec.path


def test_purchases_peak_on_sales_days(frames: dict[str, pd.DataFrame]):
    local = pd.to_datetime(frames["bought_product"]["ts"] + 8 * 3600, unit="s").dt.strftime("%m-%d")
    daily = local.value_counts()
    assert daily["11-11"] > 2.5 * daily.median()
    assert daily["06-18"] > 2.5 * daily.median()


def test_names_are_chinese_and_english(frames: dict[str, pd.DataFrame]):
    names = frames["users"]["name"]
    english = names.str.fullmatch(r"[A-Za-z]+ [A-Za-z]+")
    chinese = names.str.fullmatch(r"[\u4e00-\u9fff]{2,4}")
    assert (english | chinese).all()
    assert 0.05 < english.mean() < 0.25
    assert frames["products"]["name"].is_unique or frames["products"]["name"].nunique() > 1300
    assert frames["users"]["tags"].isna().mean() > 0.2


def test_catalogue_is_of_the_stated_size_and_within_the_stated_words(frames: dict[str, pd.DataFrame]):
    assert 1200 <= len(frames["products"]) <= 2000
    assert 80 <= len(frames["vehicles"]) <= 150
    assert set(frames["vehicles"]["energy_type"]) <= {"battery", "range extender", "hybrid", "petrol"}
    assert frames["vehicles"]["name"].is_unique
    assert (frames["products"]["price"] > 0).all()
    assert (frames["bought_product"]["amount"] > 0).all()
    assert set(frames["interacted"]["kind"]) == {"like", "comment", "share"}


def test_costs_grow_with_followers(frames: dict[str, pd.DataFrame]):
    kols = frames["kols"]
    assert np.corrcoef(np.log(kols["followers"]), np.log(kols["cost"]))[0, 1] > 0.9
    assert kols["followers"].min() < 10_000 < 1_000_000 < kols["followers"].max()


def test_a_kol_who_is_a_user_is_one_person(frames: dict[str, pd.DataFrame]):
    both = frames["kols"].merge(frames["users"], left_on="kol_id", right_on="user_id", suffixes=("", "_user"))
    assert 10 < len(both) < len(frames["kols"])
    assert (both["name"] == both["name_user"]).all()
    assert (both["city"] == both["city_user"]).all()
