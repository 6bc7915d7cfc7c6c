import math

import networkx as nx
import numpy as np
import pytest

from graph.errors import ModelError
from graph.recommend.links.features import PAIRS, PEOPLE, LinkFeatures
from graph.recommend.links.ties import first_ties
from graph.schema import EdgeKey
from tests.graph.recommend.links.towns import FOLLOWS, INTERACTED, random_ties, town

DAY = 86_400


def test_known_answers_for_a_pair() -> None:
    """0 follows 1 and 2, 3 follows 1 and 4, 4 follows 0, 2 follows 4; 0 reacted to 3."""
    graph = town(
        6, FOLLOWS=[(0, 1, 0), (0, 2, 0), (3, 1, 0), (3, 4, 0), (4, 0, 100 * DAY), (2, 4, 0)], INTERACTED=[(0, 3, 50)]
    )
    block = LinkFeatures.of(graph, FOLLOWS).block(np.array([0]))
    found = {name: block.column(name)[0] for name in PAIRS}
    assert found["reverse"].tolist() == [0, 0, 0, 0, 1, 0]
    assert found["reverse recent"].tolist() == [0, 0, 0, 0, 1, 0]
    assert found["other"].tolist() == [0, 0, 0, 1, 0, 0]
    assert found["other reverse"].tolist() == [0] * 6
    # Neighbours in either direction: 0 has 1, 2, 3, 4; 4 has 0, 2, 3; so 2 and 3 are common to 0 and 4.
    assert found["common"][4] == pytest.approx(math.log1p(2))
    assert found["adamic-adar"][4] == pytest.approx(math.log1p(1 / math.log(2) + 1 / math.log(3)))
    # 0 -> 2 -> 4 and 0 -> 3 -> 4.
    assert found["two steps"][4] == pytest.approx(math.log1p(2))
    # 3 follows 1 as 0 does, and 4.
    assert found["co-followed"][4] == pytest.approx(math.log1p(1))
    assert all(found[name][5] == 0 for name in PAIRS)


def test_known_answers_for_people() -> None:
    graph = town(4, FOLLOWS=[(0, 1, 0), (2, 1, 100 * DAY), (1, 0, 0)], INTERACTED=[(3, 1, 5)])
    people = dict(zip(PEOPLE, LinkFeatures.of(graph, FOLLOWS).people.T, strict=True))
    assert people["in"] == pytest.approx(np.log1p([1, 2, 0, 0]))
    assert people["in recent"] == pytest.approx(np.log1p([0, 1, 0, 0]))
    assert people["out"] == pytest.approx(np.log1p([1, 1, 1, 0]))
    assert people["other in"] == pytest.approx(np.log1p([0, 1, 0, 0]))
    assert not people["kol"].any()


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_agrees_with_networkx(seed: int) -> None:
    rng = np.random.default_rng(seed)
    ties = random_ties(rng, 20, 60)
    features = LinkFeatures.of(town(20, FOLLOWS=ties[:40], INTERACTED=ties[40:]), FOLLOWS)
    block = features.block(np.arange(20))
    common, adamic = block.column("common"), block.column("adamic-adar")
    reference = nx.Graph([tie[:2] for tie in ties])
    reference.add_nodes_from(range(20))
    pairs = [(a, b) for a in range(20) for b in range(20) if a != b]
    for a, b, value in nx.adamic_adar_index(reference, pairs):
        assert common[a, b] == pytest.approx(math.log1p(len(list(nx.common_neighbors(reference, a, b)))))
        assert adamic[a, b] == pytest.approx(math.log1p(value))


def test_a_person_s_features_do_not_depend_on_the_block() -> None:
    features = LinkFeatures.of(town(30, FOLLOWS=random_ties(np.random.default_rng(4), 30, 120)), FOLLOWS)
    together = features.block(np.arange(30))
    for user, rows in enumerate(together.rows()):
        alone = features.block(np.array([user]))
        assert np.array_equal(alone.at + user * 30, together.at[rows])
        assert np.array_equal(alone.values, together.values[rows])


def test_the_person_and_known_ties_are_no_candidates_but_other_ties_are() -> None:
    features = LinkFeatures.of(town(4, FOLLOWS=[(0, 1), (2, 0)], INTERACTED=[(0, 3)]), FOLLOWS)
    who, others = features.excluded(np.array([0, 2]))
    assert sorted(zip(who.tolist(), others.tolist(), strict=True)) == [(0, 0), (0, 1), (1, 0), (1, 2)]


def test_first_ties_of_repeated_undated_and_own_events() -> None:
    ties = first_ties(town(4, INTERACTED=[(0, 1, 9), (0, 1, 5), (1, 1, 3), (2, 0, 7), (2, 0)]), INTERACTED)
    assert (ties.src.tolist(), ties.dst.tolist()) == ([0, 2], [1, 0])
    assert ties.time[0] == 5
    assert ties.time[1] == np.iinfo(np.int64).min


def test_a_relation_to_things_is_refused() -> None:
    with pytest.raises(ModelError, match="people to people"):
        LinkFeatures.of(town(3, FOLLOWS=[(0, 1)]), EdgeKey("Person", "BOUGHT", "Product"))
