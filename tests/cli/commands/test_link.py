"""graphvine link: the next ties of people, by a predictor that was trained before, on the town."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from cli.session import Session
from graph.recommend.features import Vocabulary
from graph.recommend.links.model import FittedLinks
from graph.recommend.links.rivals import RIVALS
from graph.workflow.links import train_links
from tests.cli.commands.conftest import Ask, records
from tests.cli.town import TEA


@dataclass(frozen=True)
class Given:
    """What a trainer gives that always takes the same simple predictor."""

    model: FittedLinks
    about: Mapping[str, Any] = field(default_factory=dict)


@pytest.fixture
def place(town: Path, tmp_path: Path) -> Path:
    """The town with a predictor by the number of followers: K-TEA, then K-COFFEE, then K-FAME."""
    folder = shutil.copytree(town, tmp_path / "town")
    rival = next(name for name in RIVALS if "popul" in name or "attach" in name)
    workspace = Session.open(folder, quiet=True).workspace
    train_links(
        workspace, "follows", lambda graph, *, relation, **_: Given(FittedLinks(relation, rival, Vocabulary({}), {}))
    )
    return folder


def test_the_likeliest_ties_are_named_best_first(place: Path, ask: Ask) -> None:
    rows = records(ask("link", "next", "U000", "U150", "-k", "2", "-w", place)[0])
    assert [(row["user_id"], row["rank"]) for row in rows] == [
        ("U000", "1"),
        ("U000", "2"),
        ("U150", "1"),
        ("U150", "2"),
    ]
    assert {row["relation"] for row in rows} == {"FOLLOWS"}
    assert rows[0]["other_id"] == "K-COFFEE"  # K-TEA is followed already
    assert rows[2]["other_id"] == "K-TEA"
    assert records(ask("link", "next", "--all", "-k", "1", "-w", place)[0])


def test_people_who_are_left_out_get_no_rows_and_stand_in_none(place: Path, ask: Ask, tmp_path: Path) -> None:
    (tmp_path / "barred.txt").write_text("U000\nK-COFFEE\n")
    rows = records(ask("link", "next", *TEA[:3], "-k", "2", "-w", place, "--exclude", tmp_path / "barred.txt")[0])
    assert [row["user_id"] for row in rows] == ["U001", "U001", "U002", "U002"]
    assert "K-COFFEE" not in {row["other_id"] for row in rows}


def test_a_wrong_relation_and_a_missing_predictor_say_what_to_do(place: Path, ask: Ask) -> None:
    assert "did you mean 'follows'?" in ask("link", "next", "U000", "-r", "folows", "-w", place, code=2)[1]
    err = ask("link", "next", "U000", "-r", "interacted", "-w", place, code=5)[1]
    assert f"hint: train one: graphvine link train -w {place} INTERACTED" in err
    assert "name the people in one way" in ask("link", "next", "-w", place, code=2)[1]


def test_training_says_what_is_used(place: Path, ask: Ask) -> None:
    pytest.importorskip("torch")
    out, err = ask("link", "train", "FOLLOWS", "-w", place)
    assert set(RIVALS) <= {row["model"] for row in records(out)}
    assert "on validation MRR" in err
    assert f"next: graphvine link next -w {place} --relation FOLLOWS --all -k 10 -o next.csv" in err
    assert records(ask("link", "next", "U000", "-k", "1", "-w", place)[0])
