from __future__ import annotations

import csv
import filecmp
import shutil
from collections import Counter
from pathlib import Path

import pandas as pd
import pytest

from graph.errors import DataError
from graph.worlds.synth import synthesise
from tests.corpus.all_faults import BY_NAME
from tests.corpus.dirt import CONSEQUENCE, TRUTH, plant
from tests.corpus.world_faults import fault_sites
from tests.faults import dirty_world

USERS, SHARE = 1200, 0.05


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> Path:
    world = tmp_path_factory.mktemp("worlds") / "clean"
    synthesise(world, users=USERS, seed=11)
    return world


@pytest.fixture(scope="module")
def dirty(clean: Path) -> Path:
    return planted(clean, clean.parent / "dirty", share=SHARE)


@pytest.fixture(scope="module")
def truth(dirty: Path) -> pd.DataFrame:
    return pd.read_parquet(dirty / TRUTH)


def planted(clean: Path, copy: Path, *, share: float, seed: int = 5) -> Path:
    shutil.copytree(clean, copy)
    plant(copy, share=share, seed=seed)
    return copy


def lines(file: Path) -> list[bytes]:
    return file.read_bytes().split(b"\n")[:-1]


def cells(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def csv_files(world: Path) -> list[str]:
    return sorted(path.name for path in world.glob("*.csv"))


def test_the_share_of_every_file_is_hit(clean: Path, dirty: Path, truth: pd.DataFrame) -> None:
    own = truth[truth["class"] != CONSEQUENCE]
    for name in csv_files(clean):
        records = len(lines(clean / name)) - 1
        assert (own["file"] == name).sum() == round(SHARE * records)


def test_the_count_by_class_is_that_of_the_truth(clean: Path, tmp_path: Path) -> None:
    shutil.copytree(clean, tmp_path / "copy")
    counts = plant(tmp_path / "copy", share=0.01, seed=1)
    found = pd.read_parquet(tmp_path / "copy" / TRUTH)["class"].value_counts()
    assert dict(counts) == found.to_dict()


def test_the_same_seed_gives_the_same_bytes_and_another_does_not(clean: Path, dirty: Path, tmp_path: Path) -> None:
    again = planted(clean, tmp_path / "again", share=SHARE)
    other = planted(clean, tmp_path / "other", share=SHARE, seed=6)
    names = [*csv_files(clean), TRUTH]
    assert filecmp.cmpfiles(dirty, again, names, shallow=False) == (names, [], [])
    assert TRUTH in filecmp.cmpfiles(dirty, other, names, shallow=False)[1]


def test_nothing_is_planted_into_a_share_of_nothing(clean: Path, tmp_path: Path) -> None:
    copy = planted(clean, tmp_path / "copy", share=0.0)
    names = csv_files(clean)
    assert filecmp.cmpfiles(clean, copy, names, shallow=False) == (names, [], [])
    assert len(pd.read_parquet(copy / TRUTH)) == 0


def test_records_without_a_fault_stay_as_they_are(clean: Path, dirty: Path, truth: pd.DataFrame) -> None:
    for name in csv_files(clean):
        replaced = truth[(truth["file"] == name) & (truth["class"] != CONSEQUENCE) & ~truth["added"]]
        gone = Counter(lines(clean / name)) - Counter(lines(dirty / name))
        assert gone.total() <= (replaced["row"] > 0).sum()


LOOKS = {
    "repeated_header": lambda line, header: line == header,
    "comment_line": lambda line, _: line.startswith(b"#"),
    "nul_run": lambda line, _: line.startswith(bytes(512)),
    "blank_record": lambda line, _: not line.strip(b","),
    "trailing_delimiter": lambda line, _: line.endswith(b","),
    "epoch_in_ms": lambda line, _: line.endswith(b"000"),
}


def test_the_row_of_a_fault_is_the_record_that_has_it(dirty: Path, truth: pd.DataFrame) -> None:
    checked = 0
    for name, group in truth.groupby("file"):
        # Blank lines are no records, and up to the first cell of several lines any other line is one.
        content = [line for line in lines(dirty / name) if line]
        several = group.loc[group["class"] == "quoted_newline", "row"].min()
        for row, fault in zip(group["row"], group["class"], strict=True):
            if fault in LOOKS and not row >= several:
                assert LOOKS[fault](content[row], content[0]), (name, row, fault)
                checked += 1
    assert checked > 50


def test_events_of_a_user_who_is_refused_fall_with_him(clean: Path, truth: pd.DataFrame) -> None:
    users = truth[(truth["file"] == "users.csv") & (truth["expected"] == "rejected") & ~truth["added"]]
    added = truth[(truth["file"] == "users.csv") & truth["added"]]["row"].to_numpy()
    ids = [row["user_id"] for row in cells(clean / "users.csv")]
    kols = {row["kol_id"] for row in cells(clean / "kols.csv")}
    gone = {ids[row - 1 - int((added < row).sum())] for row in users["row"]} - kols
    assert len(gone) > 10
    for name in ("viewed_vehicle.csv", "bought_product.csv"):
        events = cells(clean / name)
        fallen = [row for row in events if row["user_id"] in gone]
        told = truth[(truth["file"] == name) & (truth["class"] == CONSEQUENCE)]
        assert len(told) == len(fallen)
        assert set(told["detail"]) <= {"unknown_source"}


def test_a_planted_fault_never_hits_a_record_that_falls_anyway(truth: pd.DataFrame) -> None:
    records = truth[truth["row"] > 0]
    assert not records.duplicated(["file", "row"]).any()


def test_a_small_file_of_nodes_loses_no_record(truth: pd.DataFrame) -> None:
    small = truth[truth["file"].isin(["vehicles.csv", "topics.csv", "products.csv", "kols.csv"])]
    assert len(small) > 0
    assert set(small.loc[~small["added"], "expected"]) <= {"loaded", "changed"}


def test_a_class_is_fitted_to_the_columns_that_there_are() -> None:
    names = {
        site.fault for site in fault_sites(("source", "target", "epoch"), rejects=True, repeats=False, plain=False)
    }
    assert {"unknown_user", "unknown_product", "epoch_in_ms", "nul_in_cell", "missing_cell"} <= names
    assert not names & {"mojibake_gbk", "other_currency", "impossible_date", "exact_duplicate", "user_updated"}
    assert {"not_a_decimal", "too_precise"} <= {
        site.fault for site in fault_sites(("source", "target", "money"), rejects=True, repeats=True, plain=False)
    }


def test_text_in_another_encoding_is_planted_only_where_it_can_be_told_from_the_file() -> None:
    for plain in (True, False):
        names = {site.fault for site in fault_sites(("source", "text"), rejects=True, repeats=True, plain=plain)}
        assert ("other_encoding_undeclared" in names) is not plain
        assert "lone_high_byte" in names


def test_a_world_with_quoted_cells_is_refused(clean: Path, tmp_path: Path) -> None:
    shutil.copytree(clean, tmp_path / "copy")
    with (tmp_path / "copy" / "users.csv").open("ab") as sink:
        sink.write(b'U9,"a",,,,,\n')
    with pytest.raises(DataError, match="quoted"):
        plant(tmp_path / "copy", share=0.1, seed=1)


def test_every_planted_fault_has_its_expected_outcome(
    clean: Path, dirty: Path, truth: pd.DataFrame, tmp_path: Path
) -> None:
    rows = {name.removesuffix(".csv"): len(lines(clean / name)) - 1 for name in csv_files(clean)}
    misses = dirty_world.compare(truth, dirty_world.load(dirty, tmp_path), rows)
    assert misses == []


def test_the_classes_of_the_corpus_are_in_the_dirt(truth: pd.DataFrame) -> None:
    assert len(set(truth["class"]) & set(BY_NAME)) >= 40
