from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import adjusted_rand_score

from graph.columns import Edges, Nodes
from graph.errors import ConfigError, PrerequisiteError
from graph.hetero import HeteroGraph
from graph.ids import IdMap
from graph.schema import EdgeKey
from graph.segment import detect as detection
from graph.segment.detect import detect
from graph.segment.make_cards import make_cards
from graph.segment.segmentation import SegmentConfig
from graph.segment.segmentation_io import read_segmentation, write_segmentation

QUICK = SegmentConfig(resolutions=(1.0,), social=(0.3,), masses=(100.0,))


def test_planted_groups_are_recovered_and_relied_on(planted):
    graph, group = planted([220, 160, 100, 70])
    found = detect(graph)
    assert adjusted_rand_score(group, found.labels) > 0.9
    assert found.reliable
    assert found.ids == ("S1", "S2", "S3", "S4")
    assert found.quality.gain_low > 0.5
    assert found.quality.stability > 0.8
    assert (found.confidence > 0.7).all()


def test_people_with_two_events_are_placed_by_the_profiles(planted):
    graph, group = planted([150, 150, 150], views=2, ties=1, noise=0.05)
    assert adjusted_rand_score(group, detect(graph).labels) > 0.6


def test_segments_are_numbered_by_size(planted):
    graph, _ = planted([80, 200, 120])
    sizes = detect(graph, config=QUICK).sizes
    assert (np.diff(sizes) <= 0).all()


def test_same_seed_gives_the_same_bytes_whatever_the_order_of_rows(planted):
    straight, _ = planted([120, 90, 60])
    mixed, _ = planted([120, 90, 60], order=np.random.default_rng(5))
    one, two = detect(straight, seed=4), detect(mixed, seed=4)
    assert straight.fingerprint == mixed.fingerprint
    for name in ("labels", "certainty", "membership", "confidence"):
        assert getattr(one, name).tobytes() == getattr(two, name).tobytes()
    assert one.as_dict() == two.as_dict()


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_shuffled_ends_have_no_reliable_segments(planted, shuffled, seed):
    graph, _ = planted([220, 160, 100, 70])
    found = detect(shuffled(graph, seed=seed), seed=seed)
    assert not found.reliable
    assert found.reason.startswith("no reliable segments: ")


def test_a_random_social_graph_has_no_reliable_segments(market):
    rng = np.random.default_rng(1)
    people = [f"u{i:03d}" for i in range(300)]
    ties = [(people[a], people[b]) for a, b in rng.integers(0, 300, (1500, 2))]
    found = detect(market(people, follows=ties))
    assert not found.reliable
    assert "no reliable segments" in found.reason


def test_one_group_only_is_no_segmentation(market):
    people = [f"u{i:02d}" for i in range(30)]
    found = detect(market(people, follows=[(a, b) for a in people for b in people if a < b]))
    assert not found.reliable
    assert len(found) == 0
    assert found.unassigned == 30
    assert "hold together" in found.reason


def test_isolated_people_are_unassigned(market):
    one, two = [f"a{i:02d}" for i in range(30)], [f"b{i:02d}" for i in range(25)]
    ties = [(x, y) for side in (one, two) for x in side for y in side if x < y]
    found = detect(market([*one, *two, "lonely", "self"], follows=[*ties, ("self", "self")]))
    assert found.of("lonely") is None
    assert found.of("self") is None
    assert (found.of("a00"), found.of("b00")) == ("S1", "S2")
    assert found.unassigned == 2
    assert found.reliable
    assert found.membership[found.labels < 0].sum() == 0


def test_no_segment_is_below_the_smallest_size(planted):
    graph, _ = planted([200, 150, 12])
    found = detect(graph, config=SegmentConfig(least_people=18))
    assert found.sizes.min() >= 18


def test_a_group_of_the_least_size_is_kept(planted):
    graph, group = planted([200, 150, 30])
    found = detect(graph, config=SegmentConfig(resolutions=(1.0, 2.0, 4.0), least_people=18))
    assert len(found) == 3
    assert adjusted_rand_score(group, found.labels) > 0.9


def test_least_size_scales_down_with_the_graph():
    config = SegmentConfig()
    assert [config.least(n) for n in (10, 100, 1_000, 5_000, 100_000)] == [2, 5, 50, 50, 500]


def test_membership_is_a_share_of_edge_weight(planted):
    graph, _ = planted([120, 90])
    found = detect(graph, config=QUICK)
    assert (found.membership >= 0).all()
    assert found.membership.sum(axis=1).max() <= 1.0 + 1e-6
    own = found.membership[np.arange(len(found.labels)), found.labels]
    assert own.mean() > 0.8


def test_a_graph_without_events_says_so(market):
    with pytest.raises(PrerequisiteError, match="no person has an event or a tie"):
        detect(market(["a", "b"]))


@pytest.mark.parametrize("bad", [{"resolutions": ()}, {"masses": (0.0,)}, {"held": 0.6}, {"held": 0.0}, {"rounds": 0}])
def test_wrong_settings_are_refused(bad):
    with pytest.raises(ConfigError):
        SegmentConfig(**bad)


def test_campaign_contacts_do_not_count(planted):
    graph, _ = planted([120, 90])
    rng = np.random.default_rng(0)
    nodes = {**graph.nodes, "Campaign": Nodes(IdMap.of("Campaign", ["c1", "c2"]), {})}
    contacts = Edges(np.arange(210), rng.integers(0, 2, 210)).canonical()
    more = {**graph.edge_sets, EdgeKey("Person", "EXPOSED_TO", "Campaign"): contacts}
    told = HeteroGraph.of(nodes, more)
    assert adjusted_rand_score(detect(graph, config=QUICK).labels, detect(told, config=QUICK).labels) > 0.95


@settings(max_examples=5, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_renaming_people_changes_nothing_but_names(planted, market, seed):
    graph, _ = planted([70, 50, 40])
    rng = np.random.default_rng(seed)
    old = graph.ids("Person").texts.to_list()
    new = dict(zip(old, rng.permutation(old).tolist(), strict=True))
    products = graph.ids("Product").texts.to_list()
    (follows, views) = graph.edge_sets.values()
    renamed = market(
        old,
        products,
        views=[(new[old[s]], products[d]) for s, d in zip(views.src, views.dst, strict=True)],
        follows=[(new[old[s]], new[old[d]]) for s, d in zip(follows.src, follows.dst, strict=True)],
    )
    before, after = detect(graph, config=QUICK), detect(renamed, config=QUICK)
    moved = np.array([after.labels[after.people.numbers([new[name]])[0]] for name in old])
    assert adjusted_rand_score(before.labels, moved) > 0.95


TINY = {
    "one person, many events": (["a"], [(("a", f"p{i:02d}")) for i in range(40)], []),
    "one person, one event": (["a"], [("a", "p00")], []),
    "two people, one tie": (["a", "b"], [], [("a", "b")]),
    "two people, one item": (["a", "b"], [("a", "p00"), ("b", "p00")], []),
    "one active of many": ([f"u{i}" for i in range(50)], [("u0", f"p{i:02d}") for i in range(40)], []),
    "many people, one item": ([f"u{i}" for i in range(50)], [(f"u{i}", "p00") for i in range(50)], []),
}


@pytest.mark.parametrize("name", TINY)
def test_tiny_markets_give_a_sentence_that_can_be_kept(market, tmp_path, name):
    people, views, follows = TINY[name]
    graph = market(people, sorted({p for _, p in views}) or ["p00"], views=views, follows=follows)
    found = detect(graph)
    assert not found.reliable
    assert found.reason.startswith("no reliable segments: ")
    again, _ = read_segmentation(write_segmentation(found, make_cards(graph, found), tmp_path / "s"))
    assert again.as_dict() == json.loads(json.dumps(found.as_dict()))
    assert "Infinity" not in (tmp_path / "s" / "segmentation.json").read_text()


def test_one_person_is_too_few_to_judge_by(market):
    found = detect(market(["a"], [f"p{i:02d}" for i in range(40)], views=[("a", f"p{i:02d}") for i in range(40)]))
    assert "fewer than two people" in found.reason
    assert np.isnan([found.quality.gain_low, found.quality.gain_high]).all()


@pytest.mark.parametrize("people", [[], ["a"], ["a", "b"]])
def test_people_without_an_event_are_a_missing_step(market, people):
    with pytest.raises(PrerequisiteError, match="no person has an event or a tie"):
        detect(market(people, ["p00"]))
    with pytest.raises(PrerequisiteError, match="no person has an event or a tie"):
        detect(HeteroGraph.of({}, {}))


def test_what_is_reported_had_no_part_in_the_choice(planted, monkeypatch):
    graph, _ = planted([120, 90])
    judged, chosen, finished = [], [], []
    plain = detection.gains

    def spy(mixture, held):
        (judged if finished else chosen).append(held.items)
        return plain(mixture, held)

    search = detection._search

    def done(*arguments):
        best = search(*arguments)
        finished.append(True)
        return best

    monkeypatch.setattr(detection, "gains", spy)
    monkeypatch.setattr(detection, "_search", done)
    found = detect(graph)
    seen = {tuple(pair) for items in chosen for pair in items.tolist()}
    fresh = {tuple(pair) for pair in judged[0].tolist()}
    assert len(judged) == 1
    assert fresh
    assert not fresh & seen
    assert found.quality.held_pairs < 0.3 * sum(map(len, graph.edge_sets.values()))
