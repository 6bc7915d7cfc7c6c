from pathlib import Path

import numpy as np
import pytest

from graph.errors import DataError, ModelError
from graph.recommend.earlier_split import earlier_split
from graph.recommend.split import Split
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


def read(folder: Path, train: str, test: str) -> Split:
    for name, text in (("train", train), ("test", test)):
        (folder / f"{name}.csv").write_text("user,item\n" + text, "utf-8")
    return read_given_split(folder / "train.csv", folder / "test.csv", rng=np.random.default_rng(0))


@pytest.mark.parametrize(
    ("train", "test", "error", "words"),
    [
        ("1,2\n3,\n", "1,3\n", DataError, "row 2: a person or an item is missing"),
        ("1,2\n", "1,2\n1,2\n", ModelError, "every pair"),
        ("1,2\n", "1,3\n4\n", DataError, "row 2: a person or an item is missing"),
        ("1\t2\n", "1,3\n", DataError, "row 1: a person or an item is missing"),
    ],
)
def test_files_that_are_no_split_are_refused(
    tmp_path: Path, train: str, test: str, error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        read(tmp_path, train, test)


def test_a_file_with_one_column_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("user\n1\n", "utf-8")
    with pytest.raises(DataError, match="cannot be read as pairs"):
        read_given_split(tmp_path / "a.csv", tmp_path / "a.csv", rng=np.random.default_rng(0))


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="nowhere"):
        read_given_split(tmp_path / "nowhere.csv", tmp_path / "nowhere.csv", rng=np.random.default_rng(0))


def test_test_pairs_that_are_known_are_left_out_and_counted(tmp_path: Path) -> None:
    split = read(tmp_path, "a,x\na,y\nb,x\n", "a,x\nb,y\nb,y\n")
    assert split.test is not None
    assert (split.test.users.tolist(), split.test.items.tolist()) == ([1], [1])
    assert "1 test pairs are in the training file too" in split.note


def test_numbers_in_one_file_and_texts_in_the_other_are_texts(tmp_path: Path) -> None:
    split = read(tmp_path, "7,1\n10,1\n", "7,b\n")
    assert split.train.ids("Person").texts.to_list() == ["07", "10"]
    assert split.train.ids("Product").texts.to_list() == ["1", "b"]


def test_earlier_windows_are_held_out_person_by_person_too(tmp_path: Path) -> None:
    rows = "".join(f"{person},{item}\n" for person in range(40) for item in range(20) if (person + item) % 3)
    split = read(tmp_path, rows, "0,0\n")
    first = earlier_split(split, rng=np.random.default_rng(1))
    assert first is not None
    second = earlier_split(first, rng=np.random.default_rng(1))
    assert second is not None
    for later, earlier in ((split, first), (first, second)):
        assert earlier.test is not None
        assert earlier.test.known is earlier.train
        known, asked = (
            set(zip(*ends, strict=True)) for ends in (_ends(earlier.train), (earlier.test.users, earlier.test.items))
        )
        assert known | asked == set(zip(*_ends(later.train), strict=True))
        assert not known & asked
        # One or two of everybody's eleven, where a leave-out split asks one thing of some people.
        assert set(np.bincount(earlier.test.users, minlength=40).tolist()) <= {1, 2}
