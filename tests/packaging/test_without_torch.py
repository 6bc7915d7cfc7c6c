"""Without the extra ``gnn``: everything works with the other voters, and one sentence tells how to add torch.

``None`` in ``sys.modules`` is how Python marks a module that cannot be imported. The same with a wheel in an
environment that has no torch is a long proof: benchmarks/without_torch.py.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from cli.app import run_command

ROOT = Path(__file__).resolve().parents[2]
BLOCKED = "import sys; sys.modules['torch'] = sys.modules['torch_geometric'] = None; "
SENTENCE = 'to add it: pip install "graphvine[gnn]"'


def run(*arguments: str, code: int = 0) -> subprocess.CompletedProcess[str]:
    """A command in a process that cannot import torch."""
    command = f"{BLOCKED}import cli.app; sys.exit(cli.app.run_command(sys.argv[1:]))"
    done = subprocess.run(
        [sys.executable, "-c", command, *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == code, done.stderr
    return done


@pytest.fixture(scope="module")
def market(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A small market that was built without torch, and what the build said on stderr."""
    folder = tmp_path_factory.mktemp("market")
    data = ("data", "synth", str(folder / "data"), "--world", "ev-retail", "--users", "120", "--seed", "7", "--quiet")
    assert run_command([*data, "-o", str(folder / "synth.csv")]) == 0
    assert run_command(["init", str(folder), "--data", str(folder / "data"), "--quiet"]) == 0
    return folder, run("build", str(folder)).stderr


def voters(market: Path, target: str) -> list[str]:
    folder = market / "models" / target
    latest = json.loads((folder / "latest.json").read_text("utf-8"))
    name = latest if isinstance(latest, str) else next(v for v in latest.values() if (folder / str(v)).is_dir())
    header = json.loads((folder / name / "model.json").read_text("utf-8"))
    return [voter["name"] for voter in header["facts"]["voters"]]


def test_a_build_goes_on_with_the_other_voters_and_says_so_once(market: tuple[Path, str]) -> None:
    folder, told = market
    assert told.count("torch") == told.count(SENTENCE) == 1
    assert (folder / "report.html").exists()
    assert (folder / "exports" / "recommendations-product.csv").stat().st_size > 0
    for target in ("product", "vehicle"):
        assert "gnn" not in voters(folder, target)
        assert "filter" in voters(folder, target)


@pytest.mark.proof
def test_training_names_what_is_missing_of_what_was_asked_for(market: tuple[Path, str]) -> None:
    folder, _ = market
    both = run("model", "train", "-t", "product", "-w", str(folder)).stderr
    assert "without the graph neural network and the learned ranker" in both
    ranker = run("model", "train", "-t", "product", "--no-gnn", "-w", str(folder)).stderr
    assert "without the learned ranker" in ranker
    assert both.count(SENTENCE) == ranker.count(SENTENCE) == 1


def test_doctor_tells(market: tuple[Path, str]) -> None:
    found = run("doctor", "-w", str(market[0]), "-f", "csv").stdout
    (line,) = (line for line in found.splitlines() if line.startswith("warn,torch,"))
    assert "not installed" in line
    assert "graphvine[gnn]" in line


def test_a_notebook_trains_and_keeps_the_sentence_among_its_notes(market: tuple[Path, str]) -> None:
    code = f"{BLOCKED}import graphvine as gv; m = gv.open(sys.argv[1]); m.train('product'); print(*m.notes)"
    done = subprocess.run(
        [sys.executable, "-c", code, str(market[0])], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.count(SENTENCE) == 1


def test_the_network_itself_is_refused_with_what_to_install() -> None:
    code = f"{BLOCKED}import gnn\ntry: gnn.voter()\nexcept Exception as error: print(type(error).__name__, error.hint)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == 'PrerequisiteError pip install "graphvine[gnn]"'


@pytest.mark.proof
def test_a_model_that_was_trained_with_torch_is_served_without_and_the_next_build_with_torch_trains_it(
    market: tuple[Path, str], capsys: pytest.CaptureFixture[str]
) -> None:
    folder, _ = market
    assert run_command(["build", str(folder), "--dry-run"]) == 0
    steps = capsys.readouterr().out.splitlines()
    assert [line for line in steps if line.startswith("model-product: runs")]
    assert run_command(["model", "train", "-t", "product", "-w", str(folder)]) == 0
    assert re.search("gnn (takes part|is left out)", capsys.readouterr().err)
    done = run("recommend", "U00001", "-t", "product", "-k", "3", "-w", str(folder), "-f", "csv")
    assert len(done.stdout.splitlines()) == 4
