from pathlib import Path

import numpy as np
import pytest

from graph.errors import ModelError
from graph.recommend.split_given import held_out, read_given_split
from graph.schema import EdgeKey

BOUGHT = EdgeKey("Person", "BOUGHT", "Product")


def test_held_out_takes_a_share_of_each_person_and_spares_people_with_few_events() -> None:
    users = np.repeat(np.arange(4), [4, 10, 20, 101])
    held = held_out(users, share=0.2, rng=np.random.default_rng(0))
    assert np.bincount(users[held], minlength=4).tolist()[:3] == [0, 2, 4]
    assert np.bincount(users[held])[3] in (20, 21)


def test_a_given_split_is_taken_as_it_is(tmp_path: Path) -> None:
    train = [(person, item) for person in range(12) for item in range(10) if (person + item) % 2]
    test = [(0, 2), (11, 10), (12, 1)]
    for name, pairs in (("train", train), ("test", test)):
        text = "user,item\n" + "".join(f"{person},{item}\n" for person, item in pairs)
        (tmp_path / f"{name}.csv").write_text(text, "utf-8")
    split = read_given_split(tmp_path / "train.csv", tmp_path / "test.csv", rng=np.random.default_rng(1))
    assert split.validation is not None
    assert split.test is not None
    people, items = split.train.ids("Person").texts.to_list(), split.train.ids("Product").texts.to_list()
    assert people == sorted(people) == [f"{i:02d}" for i in range(13)]
    pairs = [(int(people[u]), int(items[i])) for u, i in zip(split.test.users, split.test.items, strict=True)]
    assert pairs == test
    part, whole = (set(zip(*_ends(graph), strict=True)) for graph in (split.train, split.test.known))
    asked = set(zip(split.validation.users.tolist(), split.validation.items.tolist(), strict=True))
    assert whole == part | asked == set(train)
    assert not part & asked
    assert asked
    assert split.before_test().train is split.test.known


def _ends(graph: object) -> tuple[list[int], list[int]]:
    edges = graph.edges(BOUGHT)  # type: ignore[attr-defined]
    return edges.src.tolist(), edges.dst.tolist()


def test_a_file_without_pairs_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("user,item\n", "utf-8")
    with pytest.raises(ModelError, match="no pairs"):
        read_given_split(tmp_path / "a.csv", tmp_path / "a.csv", rng=np.random.default_rng(0))
