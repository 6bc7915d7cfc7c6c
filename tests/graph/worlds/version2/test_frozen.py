"""Version 2 is fixed to the byte: later figures are quoted for it, so its settings and its files must not change."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

from graph.worlds.synth import WorldReport
from graph.worlds.version2.settings import LIKENESS, SETTINGS

# SHA-256 of files of ev-retail-2 with 300 users and seed 5; the plans of the oracle are in truth.json.
FILES = {
    "mapping.toml": "18cd221da0a88898d42de68c7d6655d68f9db1498980be96c37b19d8f672f1c7",
    "schema.toml": "9ec1b8d4c097b5d00be5d74275b7f049675d5cc28f4ce601cab5fb2eb4457143",
    "users.csv": "5281e3f40ff65b7dcd16ce248acc6ecd3fb9e873aecdda2028429cef23df5653",
    "kols.csv": "f893f0b1a546dcb2e9f42485d29b8b2f180d057ad333b90002754a9fa77d5af8",
    "products.csv": "e5c37c51dfc3a5e77be73baaf122260340793f9677b7c25364f822e60c86dd6f",
    "vehicles.csv": "255a8eb9b7aaf7986ae8d686cfa4901dc305a8d7c3428866105a33430fd3e31e",
    "topics.csv": "fee17b7c0d00230342a128a1cf0548ea8fe8b8e5044d6f30776172f5f62c9b89",
    "searched_topic.csv": "6054fbf09804f292c01c9e6f57cf0e426eeb6b603d16e20434484f7dccb49c8a",
    "favourited_vehicle.csv": "fed61fab488f73d0b88b1bb17314cef131efbc185e1b34c8936f6a2bdf3fee80",
    "test_drove_vehicle.csv": "f52f9a4bcb2c51fb8ce829309c552dd2f76c9ccdc54ad848488158a548be98d3",
    "follows.csv": "5c27ecfb14a8cdd11cd7577799b8a27ff111a63a6f0068e17f333626e1b7f2e9",
    "interacted.csv": "62819f0b00706486bfa0aaeddc6889960b08595bd0c43802801d8c6d8bbd1868",
    "promotes_vehicle.csv": "50a4b2fbe998c0cc705fab5f7f1bc503ddcf6576a9776c8f66eb3d38c67b20d1",
    "mentions_topic.csv": "d48b61caffd26c47308b1a1c20053bc1cf33cd1794fcfe823e56e01c7d1e354b",
    "truth/community.npy": "a7104bef57dcc7ab41e0c5c4ef830b7063c944d199893bfedaa1eaa827c0a756",
    "truth/further_acts.npy": "7d8d8d63833f1d07f5259b58a40fbe3f5970282fe6af1f54f668918e1990412f",
    "truth/truth.json": "e9be1bc2dc2f89f595f639e24b8b815eff95f9756876a0b4c2688f54781d2627",
}
# SHA-256 of the settings as canonical JSON.
SETTINGS_DIGEST = "d5be8c6124cf5736e4eb53ce559da243b4de2530967055608fc9024ac4816deb"
LIKENESS_DIGEST = "32884c967815eb56504203404452d0b3eee90fcaa848f20282243b94fee1009b"
PROGRAM = """
import sys
from pathlib import Path

from graph.worlds.synth import synthesise

for world in ("car-rental-2", "e-commerce-2", "ev-retail-2-likeness"):
    synthesise(Path(sys.argv[1]) / world, world=world, users=400, seed=3)
"""


def digests(directory: Path) -> dict[str, str]:
    return {
        path.relative_to(directory).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(directory.rglob("*"))
        if path.is_file()
    }


def test_ev_retail_2_is_frozen_to_the_byte(written: WorldReport) -> None:
    found = digests(written.directory)
    assert {name: found[name] for name in FILES} == FILES


def test_the_settings_are_frozen() -> None:
    assert SETTINGS.digest() == SETTINGS_DIGEST
    assert LIKENESS.digest() == LIKENESS_DIGEST


def in_a_process(directory: Path, *, hash_seed: str, threads: str) -> dict[str, str]:
    names = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "NUMBA_NUM_THREADS", "ARROW_NUM_THREADS")
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed, **dict.fromkeys(names, threads)}
    subprocess.run([sys.executable, "-c", PROGRAM, str(directory)], env=environment, check=True, timeout=240)
    return digests(directory)


@pytest.mark.proof
def test_same_seed_same_bytes_in_two_processes(tmp_path: Path) -> None:
    first = in_a_process(tmp_path / "a", hash_seed="0", threads="1")
    second = in_a_process(tmp_path / "b", hash_seed="4711", threads="2")
    assert first == second
    assert {"car-rental-2/rentals.csv", "e-commerce-2/truth/truth.json"} <= set(first)
