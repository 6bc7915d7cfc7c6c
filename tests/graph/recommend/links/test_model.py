import json
from pathlib import Path

import numpy as np
import pytest

from graph.errors import ModelError, PrerequisiteError
from graph.recommend.features import Vocabulary
from graph.recommend.links.features import PAIRS, PEOPLE
from graph.recommend.links.links_io import load_links, save_links
from graph.recommend.links.model import FittedLinks
from tests.graph.recommend.links.towns import FOLLOWS, random_ties, town

NOTHING = Vocabulary({})


def one_feature(name: str, weight: float = 3.0) -> FittedLinks:
    """A model with one hidden unit, which looks at one feature of pairs; people count by their followers, a little."""
    pair, people = np.zeros((1, len(PAIRS)), np.float32), np.zeros((1, len(PEOPLE)), np.float32)
    pair[0, PAIRS.index(name)], people[0, PEOPLE.index("in")] = 1, 0.1
    zero, out = np.zeros(1, np.float32), np.full(1, weight, np.float32)
    arrays = {"pair.weight": pair, "pair.bias": zero, "pair.out": out}
    arrays |= {"people.weight": people, "people.bias": zero, "people.out": np.ones(1, np.float32)}
    return FittedLinks(FOLLOWS, "", NOTHING, arrays)


def test_scores_are_the_sum_of_both_networks() -> None:
    graph = town(4, FOLLOWS=[(1, 0), (2, 1), (3, 1)])
    scores = one_feature("reverse").scores(graph, np.array([0]))[0]
    assert scores[0] == -np.inf
    assert scores[1] == pytest.approx(3 * np.tanh(1) + np.tanh(0.1 * np.log(3)))
    assert scores[2:] == pytest.approx(0)


@pytest.mark.parametrize("model", [one_feature("common"), FittedLinks(FOLLOWS, "Adamic-Adar", NOTHING, {})])
def test_the_person_and_existing_ties_are_never_shown(model: FittedLinks) -> None:
    ties = random_ties(np.random.default_rng(0), 15, 60)
    graph, everybody = town(15, FOLLOWS=ties), np.arange(15)
    shown = model.top(graph, everybody, 15)
    pairs = {(user, other) for user, row in enumerate(shown.tolist()) for other in row if other >= 0}
    assert pairs == {(a, b) for a in range(15) for b in range(15) if a != b} - {tie[:2] for tie in ties}
    scores = model.scores(graph, everybody)
    for user in range(15):
        line = scores[user, shown[user][shown[user] >= 0]]
        assert (np.diff(line) <= 0).all()
        assert np.array_equal(model.scores(graph, np.array([user]))[0], scores[user])


def test_shares_sum_to_one_and_leave_out_ties() -> None:
    graph = town(5, FOLLOWS=[(1, 0), (0, 2)])
    shares = one_feature("reverse").shares(graph, np.array([0, 3]))
    assert shares.sum(axis=1) == pytest.approx(1)
    assert shares[0, 0] == shares[0, 2] == 0
    assert shares[0].argmax() == 1
    with pytest.raises(ModelError, match="no chances"):
        FittedLinks(FOLLOWS, "reciprocity", NOTHING, {}).shares(graph, np.array([0]))


def test_somebody_who_follows_everybody_gets_nothing() -> None:
    graph = town(3, FOLLOWS=[(0, 1), (0, 2)])
    assert one_feature("reverse").top(graph, np.array([0]), 2).tolist() == [[-1, -1]]
    assert one_feature("reverse").shares(graph, np.array([0])).tolist() == [[0, 0, 0]]


def test_unknown_people_are_refused() -> None:
    with pytest.raises(ModelError, match="outside"):
        one_feature("reverse").top(town(3, FOLLOWS=[(0, 1)]), np.array([3]), 1)


def test_what_is_read_is_what_was_saved(tmp_path: Path) -> None:
    graph = town(12, FOLLOWS=random_ties(np.random.default_rng(0), 12, 40))
    for model in (one_feature("two steps"), FittedLinks(FOLLOWS, "reciprocity", NOTHING, {})):
        first = save_links(model, tmp_path / "a", about={"note": "关注"})
        read, about = load_links(first)
        assert about == {"note": "关注"}
        assert (read.relation, read.rival) == (model.relation, model.rival)
        assert np.array_equal(read.scores(graph, np.arange(12)), model.scores(graph, np.arange(12)))
        second = save_links(read, tmp_path / "b", about=about)
        for file in first.iterdir():
            assert file.read_bytes() == (second / file.name).read_bytes()


def test_damaged_and_absent_models_are_refused(tmp_path: Path) -> None:
    with pytest.raises(PrerequisiteError):
        load_links(tmp_path / "absent")
    folder = save_links(one_feature("common"), tmp_path / "m")
    header = json.loads((folder / "links.json").read_text())
    (folder / "links.json").write_text(json.dumps(header | {"format": 99}))
    with pytest.raises(ModelError, match="format 99"):
        load_links(folder)
    (folder / "links.json").write_text(json.dumps(header | {"facts": header["facts"] | {"rival": "gossip"}}))
    with pytest.raises(ModelError, match="gossip"):
        load_links(folder)
    save_links(one_feature("common"), folder)
    tables = folder / "tables.safetensors"
    tables.write_bytes(tables.read_bytes()[:-1] + b"\x01")
    with pytest.raises(ModelError, match="hash"):
        load_links(folder)
