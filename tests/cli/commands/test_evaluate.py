"""``model evaluate`` on files of pairs, which needs no workspace and keeps nothing; and what it shows of a model."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.cli.commands.conftest import Ask, records


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    """Two groups of people with items of their own; the test holds two pairs of each person."""
    rng = np.random.default_rng(0)
    rows: dict[str, list[str]] = {"train": [], "test": []}
    for person in range(60):
        items = rng.permutation(np.arange(person % 2, 40, 2))[:11]
        for place, item in enumerate(items.tolist()):
            rows["test" if place < 2 else "train"].append(f"u{person},i{item}\n")
    for name, lines in rows.items():
        (tmp_path / f"{name}.csv").write_text("user,item\n" + "".join(lines), "utf-8")
    return tmp_path / "train.csv", tmp_path / "test.csv"


def test_a_split_given_by_files_is_evaluated_without_a_workspace(
    ask: Ask, files: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # As where graphvine is installed without the extra: training of the ranker takes most of the time.
    monkeypatch.setattr("cli.trainers.is_installed", lambda: False)
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    before = sorted(tmp_path.rglob("*"))
    split = ("model", "evaluate", "--split", *files, "-k", "5")
    out, told = ask(*split)
    rows = {row["model"]: row for row in records(out) if row["slice"] == "overall"}
    assert {"popularity", "item-knn", "filter", "combined"} <= set(rows)
    assert all(row["users"] == "60" for row in rows.values())
    assert float(rows["combined"]["ndcg"]) > 1.2 * float(rows["popularity"]["ndcg"])
    assert float(rows["combined"]["ndcg_low"]) < float(rows["combined"]["ndcg"]) < float(rows["combined"]["ndcg_high"])
    assert "split as given; validation is 15% of everybody's training pairs" in told
    gaps, _ = ask(*split, "--differences")
    against = next(r for r in records(gaps) if (r["slice"], r["against"]) == ("overall", "popularity"))
    assert float(against["low"]) < float(against["difference"]) < float(against["high"])
    gain = float(rows["combined"]["ndcg"]) - float(rows["popularity"]["ndcg"])
    assert float(against["difference"]) == pytest.approx(gain, abs=2e-6)
    assert "torch is not installed" in told
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("-k", "5"), 2, "-k belongs to --split"),
        (("--differences", "--beyond", "--split", "{train}", "{test}", "--no-gnn"), 2, "two tables"),
        (("3fa9", "--split", "{train}", "{test}"), 2, "no model '3fa9'"),
        (("--split", "{train}", "nowhere.csv"), 4, "nowhere.csv"),
    ],
)
def test_what_does_not_go_together_is_refused(
    ask: Ask, files: tuple[Path, Path], words: tuple[str, ...], code: int, said: str
) -> None:
    train, test = files
    _, told = ask("model", "evaluate", *(word.format(train=train, test=test) for word in words), code=code)
    assert said in told
