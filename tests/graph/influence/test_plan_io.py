"""Plans and rankings as folders: what was kept comes back, and what is damaged is said to be."""

from __future__ import annotations

from pathlib import Path

import pytest

from graph.errors import DataError
from graph.influence.diffusion import Diffusion
from graph.influence.kols.ranking_io import KeptRanking, read_ranking, write_ranking
from graph.influence.plan_io import KeptPlan, read_plan, write_plan
from graph.influence.seeds import select_seeds

STAR = Diffusion.from_arcs(4, [0, 0, 0], [1, 2, 3], p=1.0)


def test_a_plan_comes_back_with_what_was_asked(tmp_path: Path) -> None:
    chosen = select_seeds(STAR, k=1, rng=7)
    rows = [{**row, "name": None} for row in chosen.rows()]
    plan = KeptPlan.of(chosen, asked={"seeds": 1}, inputs={"snapshot": "f"}, notes=["no prices"], seeds=rows)
    found = read_plan(write_plan(tmp_path / "kept", plan))
    assert found == plan
    assert found.spread == chosen.total == pytest.approx(4.0)
    assert [rival["name"] for rival in found.rivals] == [rival.name for rival in chosen.rivals]


def test_a_ranking_comes_back(tmp_path: Path) -> None:
    rows = [{"id": "K1", "score": 50.0, "name": "王"}]
    ranking = KeptRanking({"snapshot": "f"}, ["a note"], None, rows, [[None]])
    assert read_ranking(write_ranking(tmp_path / "kept", ranking)) == ranking


def test_what_is_damaged_is_told_with_what_to_do(tmp_path: Path) -> None:
    for name, read in (("plan.json", read_plan), ("kols.json", read_ranking)):
        for text in ("{", "[]", '{"asked": {}}'):
            (tmp_path / name).write_text(text)
            with pytest.raises(DataError, match="readable") as told:
                read(tmp_path)
            assert "graphvine build" in told.value.hint
