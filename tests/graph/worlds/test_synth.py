from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

from graph.errors import ConfigError, DataError
from graph.worlds import synth
from graph.worlds.synth import WORLDS, synthesise

PROGRAM = """
import sys
from pathlib import Path

from graph.worlds.synth import synthesise

synthesise(Path(sys.argv[1]), users=600, seed=int(sys.argv[2]))
"""


def digest(directory: Path) -> dict[str, str]:
    return {
        path.relative_to(directory).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(directory.rglob("*"))
        if path.is_file()
    }


def in_a_process(directory: Path, *, seed: int, hash_seed: str, threads: str) -> dict[str, str]:
    environment = {
        **os.environ,
        "PYTHONHASHSEED": hash_seed,
        "OPENBLAS_NUM_THREADS": threads,
        "OMP_NUM_THREADS": threads,
    }
    subprocess.run([sys.executable, "-c", PROGRAM, str(directory), str(seed)], env=environment, check=True, timeout=120)
    return digest(directory)


@pytest.mark.proof
def test_same_seed_same_bytes_in_two_processes(tmp_path: Path):
    first = in_a_process(tmp_path / "a", seed=3, hash_seed="0", threads="1")
    second = in_a_process(tmp_path / "b", seed=3, hash_seed="4711", threads="2")
    assert first == second
    assert len(first) > 30


def test_another_seed_is_another_market(tmp_path: Path):
    synthesise(tmp_path / "a", users=200, seed=1)
    synthesise(tmp_path / "b", users=200, seed=2)
    a, b = digest(tmp_path / "a"), digest(tmp_path / "b")
    assert {name for name in a if a[name] == b[name]} <= {
        "mapping.toml",
        "topics.csv",
        *(n for n in a if n.startswith("truth/")),
    }
    assert a["users.csv"] != b["users.csv"]
    assert a["truth/community.npy"] != b["truth/community.npy"]


def test_an_empty_folder_is_filled_and_a_full_one_refused(tmp_path: Path):
    target = tmp_path / "market"
    target.mkdir()
    report = synthesise(target, users=150, seed=0)
    assert (target / "users.csv").exists()
    assert report.rows["users"] == 150
    before = digest(target)
    with pytest.raises(DataError, match="not empty") as error:
        synthesise(target, users=150, seed=1)
    assert error.value.hint
    assert digest(target) == before
    assert [path.name for path in tmp_path.iterdir()] == ["market"]


def test_missing_parents_are_made(tmp_path: Path):
    assert synthesise(tmp_path / "a" / "b", users=100, seed=0).directory.is_dir()


def test_a_run_that_fails_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def fail(*args: object, **kwargs: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(synth, "write_truth", fail)
    with pytest.raises(DataError, match="No space left"):
        synthesise(tmp_path / "market", users=100)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("options", "words"),
    [({"world": "moon"}, "unknown world"), ({"users": 99}, "too small"), ({"seed": -1}, "negative")],
)
def test_bad_options_say_what_to_do(tmp_path: Path, options: dict[str, object], words: str):
    with pytest.raises(ConfigError, match=words) as error:
        synthesise(tmp_path / "market", **options)  # type: ignore[arg-type]
    assert error.value.hint
    assert list(tmp_path.iterdir()) == []


def test_a_file_of_that_name_is_refused(tmp_path: Path):
    (tmp_path / "market").write_text("mine")
    with pytest.raises(DataError, match="file of that name"):
        synthesise(tmp_path / "market", users=100)
    assert (tmp_path / "market").read_text() == "mine"


def test_steps_are_announced(tmp_path: Path):
    steps: list[tuple[str, int]] = []
    report = synthesise(tmp_path / "market", users=100, on_step=lambda what, count: steps.append((what, count)))
    assert steps[0] == ("people and catalogue", 0)
    assert ("users.csv", 100) in steps
    assert ("follows.csv", report.rows["follows"]) in steps
    assert steps[-1] == ("truth", 0)


def test_the_default_world_is_registered():
    assert "ev-retail" in WORLDS
