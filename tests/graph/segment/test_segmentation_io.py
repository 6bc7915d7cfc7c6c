from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pytest

from graph.errors import DataError, PrerequisiteError
from graph.segment.detect import detect
from graph.segment.make_cards import make_cards
from graph.segment.segmentation import SegmentConfig
from graph.segment.segmentation_io import read_segmentation, write_segmentation


@pytest.fixture(scope="module")
def found(planted):
    graph, _ = planted([60] * 11, ties=3)
    segmentation = detect(graph, config=SegmentConfig(resolutions=(1.0,), social=(0.3,), masses=(100.0,)))
    return segmentation, make_cards(graph, segmentation)


def test_round_trip(found, tmp_path):
    segmentation, cards = found
    again, cards_again = read_segmentation(write_segmentation(segmentation, cards, tmp_path / "s"))
    for name in ("labels", "certainty", "membership", "confidence"):
        assert np.array_equal(getattr(again, name), getattr(segmentation, name))
    assert again.as_dict() == json.loads(json.dumps(segmentation.as_dict()))
    assert cards_again == cards
    assert [card.id for card in cards_again][9:11] == ["S10", "S11"]
    assert list(again.rows()) == list(segmentation.rows())
    assert again.to_frame()["segment"].notna().sum() == len(segmentation.labels) - segmentation.unassigned


def test_same_values_same_bytes_and_an_old_folder_is_replaced(found, tmp_path):
    (tmp_path / "two").mkdir()
    (tmp_path / "two" / "old.txt").write_text("old")
    folders = [write_segmentation(*found, tmp_path / name) for name in ("one", "two")]
    contents = [{f.name: f.read_bytes() for f in folder.iterdir()} for folder in folders]
    assert contents[0] == contents[1]
    assert sorted(p.name for p in tmp_path.iterdir()) == ["one", "two"]


def test_a_write_that_fails_leaves_nothing(found, tmp_path, monkeypatch):
    monkeypatch.setattr(json, "dumps", lambda *a, **k: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        write_segmentation(*found, tmp_path / "s")
    assert list(tmp_path.iterdir()) == []


def test_a_missing_folder_names_the_command(tmp_path):
    with pytest.raises(PrerequisiteError) as error:
        read_segmentation(tmp_path / "none")
    assert "segment detect" in error.value.hint


@pytest.mark.parametrize("text", ["{", '{"format": 99}', '{"format": 1}'])
def test_an_unreadable_folder_says_so(found, tmp_path, text):
    folder = write_segmentation(*found, tmp_path / "s")
    (folder / "segmentation.json").write_text(text)
    with pytest.raises(DataError, match="not a readable segmentation"):
        read_segmentation(folder)


def test_an_unknown_segment_says_what_there_is(found):
    segmentation, cards = found
    with pytest.raises(PrerequisiteError) as error:
        segmentation.members("S99")
    assert "S1 to S11" in error.value.hint
    with pytest.raises(PrerequisiteError):
        cards["S99"]
    assert len(segmentation.members("s2")) == segmentation.sizes[1]


def test_reading_needs_numpy_only(found, tmp_path):
    folder = write_segmentation(*found, tmp_path / "s")
    program = (
        "import sys, pathlib\n"
        "from graph.segment.segmentation_io import read_segmentation\n"
        f"found, cards = read_segmentation(pathlib.Path({str(folder)!r}))\n"
        "found.members('S1'), list(cards.rows()), list(found.rows())\n"
        "heavy = {'scipy', 'pandas', 'torch', 'duckdb', 'networkx', 'numba', 'graspologic_native', 'pyarrow'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_same_bytes_in_two_processes_with_other_hash_seeds(tmp_path):
    program = (
        "import sys, pathlib\nimport numpy as np\nsys.path.insert(0, sys.argv[1])\n"
        "from conftest import plant\nfrom graph.segment.make_cards import make_cards\n"
        "from graph.segment.detect import detect\nfrom graph.segment.segmentation_io import write_segmentation\n"
        "graph, _ = plant([80, 60, 50])\nfound = detect(graph, seed=3)\n"
        "write_segmentation(found, make_cards(graph, found), pathlib.Path(sys.argv[2]))"
    )
    contents = []
    for hash_seed, threads in (("1", "1"), ("2", "2")):
        folder = tmp_path / hash_seed
        here = __file__.rsplit("/", 1)[0]
        subprocess.run(
            [sys.executable, "-c", program, here, str(folder)],
            check=True,
            env={
                "PYTHONHASHSEED": hash_seed, "OPENBLAS_NUM_THREADS": threads,
                "PYTHONPATH": ":".join(p for p in sys.path if p),
            },
        )  # fmt: skip
        contents.append({f.name: f.read_bytes() for f in folder.iterdir()})
    assert contents[0] == contents[1]


def test_the_old_folder_stays_until_the_new_one_is_whole(found, tmp_path, monkeypatch):
    folder = write_segmentation(*found, tmp_path / "s")
    before = {f.name: f.read_bytes() for f in folder.iterdir()}
    rename = type(folder).rename

    def refuse(self, target):
        assert (tmp_path / "s").exists() or target.name != "s" or any(tmp_path.glob(".s-*-old"))
        return rename(self, target)

    monkeypatch.setattr(type(folder), "rename", refuse)
    write_segmentation(*found, tmp_path / "s")
    assert {f.name: f.read_bytes() for f in folder.iterdir()} == before
    assert [p.name for p in tmp_path.iterdir()] == ["s"]
