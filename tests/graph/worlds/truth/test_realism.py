"""The default world against the stated constraints, measured from its files."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from graph.errors import DataError
from graph.worlds.synth import synthesise
from tests.graph.worlds.truth.planted_truth import read_truth
from tests.graph.worlds.truth.realism import measure, top_share


@pytest.mark.parametrize("seed", [1, 2, 3, 4, 5])
def test_default_world_is_no_toy(seed: int, tmp_path: Path):
    report = synthesise(tmp_path / "world", seed=seed)
    found = measure(report.directory)
    assert found.users + found.fakes == 5000
    assert found.fakes <= 0.05 * 5000
    assert 10 <= len(report.community_sizes) <= 16
    assert found.community_ratio >= 4
    assert found.noise >= 0.15
    assert found.thin >= 0.40
    assert found.untied >= 0.30
    for items in ("product", "all"):
        assert 0.10 <= found.top1[items] <= 0.32
        assert 0.39 <= found.top10[items] <= 0.70
    assert 15 <= found.events_per_user <= 25
    assert found.caused >= 0.05
    assert found.cold_users >= 0.05
    assert found.cold_items >= 0.03
    assert 0.85 <= report.oracle_ami <= 0.97
    assert report.oracle_ami == read_truth(report.directory).oracle_ami
    assert report.noise == pytest.approx(found.noise)


def test_top_share_counts_idle_items_as_items():
    counts = np.array([50, 30, 10, 10, 0, 0, 0, 0, 0, 0])
    assert top_share(counts, 0.10) == pytest.approx(0.5)
    assert top_share(counts, 0.20) == pytest.approx(0.8)


def test_measuring_counts_what_the_files_say(tmp_path: Path):
    """Changing the files changes the measure: users.csv loses nothing, but the views of a user are taken away."""
    report = synthesise(tmp_path / "world", users=200, seed=1)
    before = measure(report.directory)
    for name in ("follows", "interacted"):
        path = report.directory / f"{name}.csv"
        path.write_text("".join(path.read_text().splitlines(keepends=True)[:2]))
    after = measure(report.directory)
    assert after.untied > 0.95 > before.untied
    assert after.top1 == before.top1


def test_measuring_a_folder_without_a_world_says_what_to_do(default_directory: Path, tmp_path: Path):
    with pytest.raises(DataError, match="truth"):
        measure(tmp_path)
    shutil.copytree(default_directory, tmp_path / "copy")
    (tmp_path / "copy" / "follows.csv").unlink()
    with pytest.raises(DataError, match="follows"):
        measure(tmp_path / "copy")
