from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = Path(__file__).parents[2] / "faults" / "embedded" / "run_all.py"
PHASES = ("staging", "transaction", "acknowledgement", "quarantine")

pytestmark = [
    pytest.mark.proof,
    pytest.mark.skipif(not hasattr(os, "fork"), reason="faults need a system that can fork"),
]


@pytest.fixture(scope="module")
def shares(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, float]]:
    """A sample of the faults, each row of the result by its name."""
    file = tmp_path_factory.mktemp("faults") / "faults.json"
    sample = ["--scenes", "first load", "--phases", *PHASES, "--points", "2", "--disk", "2", "--trials", "1"]
    arguments = [*sample, "--users", "60", "--json", str(file)]
    done = subprocess.run([sys.executable, str(PROGRAM), *arguments], capture_output=True, text=True, check=False)
    assert file.exists(), done.stderr[-2000:]
    rows = {row["name"]: {**row, "said": done.stdout[-3000:]} for row in json.loads(file.read_text("utf-8"))}
    return rows


@pytest.mark.parametrize("phase", PHASES)
def test_a_killed_load_goes_on_where_it_was(shares: dict[str, dict[str, float]], phase: str) -> None:
    row = shares[f"kill -9, {phase}"]
    assert (row["points"], row["ours"]) == (2, 1.0), row["said"]


@pytest.mark.parametrize("kind", ["short write: old or new state", "two loaders", "clock jumps", "Ctrl-C"])
def test_other_faults_leave_the_old_state_or_the_new_one(shares: dict[str, dict[str, float]], kind: str) -> None:
    row = shares[kind]
    assert row["points"] >= 2
    assert row["ours"] == 1.0, row["said"]


def test_the_same_load_again_changes_nothing(shares: dict[str, dict[str, float]]) -> None:
    assert shares["no fault: the same command again changes nothing"]["ours"] == 1.0


def test_a_full_disk_leaves_the_old_state_or_the_new_one(shares: dict[str, dict[str, float]]) -> None:
    row = shares.get("full disk: old or new state")
    if row is None:
        pytest.skip("only root may mount a small disk")
    assert row["ours"] == 1.0, row["said"]
