"""What the data lack is said on stderr, kept with the results and written into the report."""

from __future__ import annotations

import csv
import json
import random
from collections.abc import Iterable
from pathlib import Path

import pytest

from cli.app import run_command

BATCH = "2024-06-30 23:10:05"


def write(file: Path, head: str, rows: Iterable[tuple[object, ...]]) -> None:
    with file.open("w", newline="", encoding="utf-8") as stream:
        csv.writer(stream).writerows([head.split(","), *rows])


@pytest.fixture(scope="module")
def lacking(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """KOLs on two platforms, reactions and prices of one; all orders dated with their import."""
    folder, rng = tmp_path_factory.mktemp("lacking"), random.Random(1)
    people, kols = [f"U{i:03d}" for i in range(200)], [f"{p}{i}" for p in "RT" for i in range(6)]
    follows = [(u, k, "2024-01-01 10:00:00") for k in kols for u in rng.sample(people, 60)]
    likes = [(u, k, "like", f"2024-0{rng.randint(2, 6)}-11 10:00:00") for u, k, _ in follows if k < "S"]
    orders = [(f"O{i}", rng.choice(people), f"P{rng.randrange(20)}", BATCH, 99) for i in range(600)]
    write(folder / "users.csv", "user_id,city", [(u, "Hefei") for u in people])
    platform = {"R": ("red", 3000), "T": ("tok", "")}
    write(
        folder / "kols.csv",
        "kol_id,platform,followers,cost",
        [(k, platform[k[0]][0], 9000, platform[k[0]][1]) for k in kols],
    )
    write(folder / "follows.csv", "fan_id,kol_id,ts", follows)
    write(folder / "likes.csv", "fan_id,kol_id,kind,ts", likes)
    write(folder / "orders.csv", "order_id,user_id,product_id,order_time,amount", orders)
    assert run_command(["init", str(folder), "-q"]) == 0
    assert run_command(["build", str(folder), "-q"]) == 0
    return folder


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("kol rank", "tok: not one reaction to 6 accounts is loaded"),
        (
            "campaign plan --budget 9000",
            "6 of 12 candidates have no known price, so a budget leaves them out (tok: 6 of 6)",
        ),
        ("model train --no-gnn", "too few moments for a split by time, so the last event of"),
    ],
)
def test_it_is_said(lacking: Path, capsys: pytest.CaptureFixture[str], words: str, said: str) -> None:
    assert run_command([*words.split(), "-w", str(lacking)]) == 0
    assert said in capsys.readouterr().err


def test_it_is_kept_and_reported(lacking: Path) -> None:
    for name in ("kols.json", "plan.json"):
        (file, *_) = lacking.rglob(name)
        notes = json.loads(file.read_text("utf-8"))["notes"]
        assert any(note.startswith("tok: not one reaction") for note in notes)
    page = (lacking / "report.html").read_text("utf-8")
    assert "tok: not one reaction to 6 accounts is loaded" in page
    assert "too few moments for a split by time" in page
