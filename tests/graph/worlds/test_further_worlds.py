"""What the worlds beside ev-retail have in common, read with another reader than the one that wrote them."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from graph.errors import ConfigError
from graph.ingest.load import load_sources
from graph.ingest.mapping.mapping_file import read_mapping
from graph.ingest.rejects.quarantine import Quarantine
from graph.ingest.sources import find_sources
from graph.schema import MARKET, extend_schema
from graph.store.embedded.store import EmbeddedStore
from graph.worlds.synth import WORLDS, WorldReport, synthesise
from tests.graph.worlds.truth.planted_truth import preference, ranking_oracle, read_truth
from tests.graph.worlds.truth.realism import measure

NAMES = ["car-rental", "e-commerce"]
PROGRAM = """
import sys
from pathlib import Path

from graph.worlds.synth import synthesise

for world in ("car-rental", "e-commerce"):
    synthesise(Path(sys.argv[1]) / world, world=world, users=500, seed=3)
"""


def read(made: WorldReport, name: str) -> pd.DataFrame:
    """One file with the field names of its specification; times as UTC seconds."""
    spec = WORLDS[made.world].file(name)
    frame = pd.read_csv(made.directory / spec.path, dtype="str", keep_default_na=False)
    assert tuple(frame.columns) == spec.header
    frame.columns = pd.Index(spec.columns)
    if spec.time:
        frame["ts"] = seconds(frame[spec.time])
    return frame


def seconds(local: pd.Series) -> pd.Series:
    """UTC seconds of local dates and times; -1 for empty cells."""
    times = pd.to_datetime(local.where(local != ""), format="ISO8601").dt.tz_localize("Asia/Shanghai")
    return ((times - pd.Timestamp("1970-01-01", tz="UTC")).dt.total_seconds()).fillna(-1).astype("int64")


def digest(directory: Path) -> dict[str, str]:
    return {
        path.relative_to(directory).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(directory.rglob("*"))
        if path.is_file()
    }


def in_a_process(directory: Path, *, hash_seed: str, threads: str) -> dict[str, str]:
    names = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "ARROW_NUM_THREADS")
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed, **dict.fromkeys(names, threads)}
    subprocess.run([sys.executable, "-c", PROGRAM, str(directory)], env=environment, check=True, timeout=120)
    return digest(directory)


@pytest.mark.proof
def test_same_seed_same_bytes_in_two_processes(tmp_path: Path) -> None:
    first = in_a_process(tmp_path / "a", hash_seed="0", threads="1")
    second = in_a_process(tmp_path / "b", hash_seed="4711", threads="2")
    assert first == second
    assert {"car-rental/rentals.csv", "e-commerce/orders.csv", "e-commerce/truth/truth.json"} <= set(first)


@pytest.mark.proof(one_in=2)
@pytest.mark.parametrize("world", NAMES)
@pytest.mark.parametrize("seed", [1, 2])
def test_no_toy(world: str, seed: int, tmp_path: Path) -> None:
    report = synthesise(tmp_path / "world", world=world, users=5000, seed=seed)
    found = measure(report.directory)
    main = "product" if world == "e-commerce" else "vehicle"
    assert found.users + found.fakes == 5000
    assert 0.03 * 5000 <= found.fakes <= 0.05 * 5000
    assert 10 <= len(report.community_sizes) <= 16
    assert found.community_ratio >= 4
    assert 0.15 <= found.noise <= 0.25
    assert 0.40 <= found.thin <= 0.55
    assert 0.30 <= found.untied <= 0.42
    # A fleet of some hundred models has a lighter tail than a shop.
    assert 0.10 <= found.top1[main] <= 0.32 if world == "e-commerce" else 0.06 <= found.top1[main] <= 0.2
    assert 0.39 <= found.top10[main] <= 0.70
    assert 14 <= found.events_per_user <= 25
    assert 0.05 <= found.caused <= 0.2
    assert found.cold_users >= 0.05
    assert found.cold_items >= 0.03
    assert 0.80 <= report.oracle_ami <= 0.97


def test_headers_rows_and_line_ends(further: WorldReport) -> None:
    for spec in WORLDS[further.world].files:
        raw = (further.directory / spec.path).read_bytes()
        assert raw.decode("utf-8", "strict").splitlines()[0] == ",".join(spec.header)
        assert b"\r" not in raw
        assert b'"' not in raw
        assert raw.count(b"\n") - 1 == further.rows[spec.name] > 0
        assert {line.count(b",") for line in raw.splitlines()} == {len(spec.header) - 1}


def test_sizes_follow_the_number_of_users(further: WorldReport) -> None:
    recipe, rows = WORLDS[further.world], further.rows
    parameters = recipe.parameters
    assert rows["users"] == 4000
    assert rows["topics"] == parameters.scaled(parameters.topics, 4000, power=0.25, least=48)
    assert rows["kols"] == parameters.scaled(parameters.kols, 4000, power=0.6, least=20)
    assert further.bought_accounts == 160
    if further.world == "e-commerce":
        assert rows["products"] == parameters.scaled(parameters.products, 4000, power=0.5, least=160)
        assert rows["campaigns"] == 11
    else:
        assert rows["vehicles"] == parameters.scaled(parameters.vehicles, 4000, power=0.15, least=48)
        assert rows["campaigns"] == 10


def test_mapping_names_every_column_or_says_that_it_is_left_out(further: WorldReport) -> None:
    schema = extend_schema(MARKET, further.directory / "schema.toml")
    entries = read_mapping(further.directory / "mapping.toml", schema)
    sources = find_sources(further.directory, entries)
    specs = {spec.path: spec for spec in WORLDS[further.world].files}
    assert {source.name for source in sources} == set(specs)
    for source in sources:
        known = set(source.mapping.used_columns()) | set(source.mapping.ignore)
        assert known == set(specs[source.name].header), source.name


@pytest.mark.proof(one_in=2)
@pytest.mark.parametrize("world", NAMES)
def test_every_record_is_loaded(world: str, tmp_path: Path) -> None:
    made = synthesise(tmp_path / "world", world=world, users=300, seed=5)
    schema = extend_schema(MARKET, made.directory / "schema.toml")
    sources = find_sources(made.directory, read_mapping(made.directory / "mapping.toml", schema))
    store = EmbeddedStore(tmp_path / "m.duckdb", schema)
    counts = load_sources(sources, schema, store, quarantine=Quarantine(tmp_path / "q"), as_of=1_790_000_000)
    assert {Path(c.file).stem: c.read for c in counts} == dict(made.rows)
    for count in counts:
        assert count.balanced
        assert count.quarantined == 0, count.file
        # Only a KOL who is a user has two records; no event happens twice.
        assert count.duplicate == 0, count.file
        assert count.created + count.updated + count.unchanged == count.read, count.file
    graph = store.snapshot()
    assert graph.count("Person") == len(read_truth(made.directory).people)


def test_every_end_of_every_edge_is_a_node(further: WorldReport) -> None:
    files = WORLDS[further.world].files
    nodes: dict[str, set[str]] = {}
    for spec in files:
        if spec.node:
            frame = read(further, spec.name)
            if spec.name != "kols":
                assert frame[spec.columns[0]].is_unique
            nodes.setdefault(spec.node, set()).update(frame[spec.columns[0]])
    for spec in files:
        if spec.edge:
            source, _, target = spec.edge.split("-")
            frame = read(further, spec.name)
            assert set(frame[spec.source]) <= nodes[source], spec.path
            assert set(frame[spec.target]) <= nodes[target], spec.path
            assert not spec.event_id or frame[spec.event_id].is_unique, spec.path


def test_times_rise_lie_in_the_window_and_after_signup_and_launch(further: WorldReport) -> None:
    recipe, truth = WORLDS[further.world], read_truth(further.directory)
    start, end = recipe.parameters.start, recipe.parameters.end
    users = read(further, "users")
    signup = pd.Series(seconds(users["signup"]).to_numpy(), index=users["user_id"])
    launch = {
        f"{kind}_id": pd.Series(items.launch, index=pd.Index(items.ids.tolist(), dtype="str"))
        for kind, items in truth.items.items()
    }
    for spec in recipe.files:
        if not spec.time:
            continue
        frame = read(further, spec.name)
        assert frame["ts"].is_monotonic_increasing, spec.path
        assert frame["ts"].max() < end, spec.path
        assert spec.name == "follows" or frame["ts"].min() >= start, spec.path
        for column in (spec.source, spec.target):
            joined = frame[column].map(signup)
            assert (frame["ts"] >= joined)[joined.notna()].all(), (spec.path, column)
            if column in launch:
                assert (frame["ts"] >= frame[column].map(launch[column])).all(), spec.path


def test_bought_accounts_only_look_and_follow(further: WorldReport) -> None:
    truth = read_truth(further.directory)
    fakes = set(truth.people[truth.fake].tolist())
    allowed = {"users", "follows", "exposures", "viewed_product", "viewed_vehicle"}
    for spec in WORLDS[further.world].files:
        if spec.name not in allowed and (spec.edge or spec.node == "Person"):
            assert not fakes & set(read(further, spec.name)[spec.source or spec.columns[0]]), spec.name
    assert fakes <= set(read(further, "follows")["user_id"])


def test_clicks_follow_exposures_and_conversions_follow_clicks(further: WorldReport) -> None:
    campaigns = read(further, "campaigns").set_index("campaign_id")
    shown, clicked, converted = (read(further, name) for name in ("exposures", "clicks", "conversions"))
    ends = ["user_id", "campaign_id"]
    assert not shown.duplicated(ends).any()
    both = clicked.merge(shown, on=ends, how="left", suffixes=("", "_shown"))
    assert (both["ts_shown"] < both["ts"]).all()
    assert (both["channel"] == both["channel_shown"]).all()
    after = converted.merge(clicked, on=ends, how="left", suffixes=("", "_click"))
    assert (after["ts_click"] <= after["ts"]).all()
    for frame in (shown, clicked, converted):
        begin = seconds(frame["campaign_id"].map(campaigns["start"]))
        end = seconds(frame["campaign_id"].map(campaigns["end"])) + 86_400
        assert ((frame["ts"] >= begin) & (frame["ts"] < end)).all()
    assert 0.03 < len(clicked) / len(shown) < 0.2
    assert len(converted) > 50


def test_referrers_are_older_users_whom_the_newcomer_follows(further: WorldReport) -> None:
    referred, users, follows = (read(further, name) for name in ("referrals", "users", "follows"))
    signup = users.set_index("user_id")["signup"]
    assert referred["user_id"].is_unique
    assert (referred["referrer_id"].map(signup) < referred["user_id"].map(signup)).all()
    ties = set(zip(follows["user_id"], follows["followed_id"], strict=True))
    assert set(zip(referred["user_id"], referred["referrer_id"], strict=True)) <= ties
    assert len(referred) > 200


def test_truth_lines_up_with_the_files(further: WorldReport) -> None:
    truth = read_truth(further.directory)
    assert truth.summary["world"] == further.world
    assert truth.oracle_ami == further.oracle_ami
    for name, cause in truth.causes.items():
        assert len(cause) == further.rows[name], name
    for kind, items in truth.items.items():
        assert items.ids.tolist() == read(further, f"{kind}s")[f"{kind}_id"].tolist()


def test_the_oracle_ranks_what_people_chose_far_above_what_is_popular(further: WorldReport) -> None:
    truth = read_truth(further.directory)
    name, kind = ("orders", "product") if further.world == "e-commerce" else ("rentals", "vehicle")
    bought = read(further, name)[truth.causes[name] == 0].iloc[::9]
    users, column = (
        bought["user_id"].tolist(),
        pd.Index(truth.items[kind].ids.tolist()).get_indexer(bought[f"{kind}_id"]),
    )
    scores = preference(truth, users, target=kind)
    np.testing.assert_allclose(scores.sum(axis=1), 1.0, atol=1e-5)
    chosen = scores[np.arange(len(column)), column]
    popularity = truth.items[kind].popularity
    np.testing.assert_allclose(ranking_oracle(truth, users, bought[f"{kind}_id"].tolist()), chosen, rtol=1e-12)
    by_taste = (scores > chosen[:, None]).mean()
    by_popularity = (popularity[None, :] > popularity[column][:, None]).mean()
    assert by_taste < 0.6 * by_popularity


def test_an_unknown_world_names_those_that_there_are(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="unknown world") as error:
        synthesise(tmp_path / "market", world="bike-rental")
    assert error.value.hint.startswith("worlds: ev-retail, car-rental, e-commerce, ev-retail-2, ev-retail-2-likeness")
