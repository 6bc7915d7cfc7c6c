"""A market of seven nodes whose answers can be told by looking at it, and ways to ask it from outside."""

from __future__ import annotations

import io
import os
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from cli.app import run_command

FILES = {
    "users.csv": "user_id,name,city\nU1,李雷,上海\nU2,韩梅梅,北京\nU3,Zoë Ångström,重庆\nU4,王芳,上海\n",
    "kols.csv": "kol_id,name,city,platform,followers,cost\nK1,老玲聊车,南宁,小红书,416351,68970\n",
    "vehicles.csv": "vehicle_id,name,brand,price\nV1,海豚,青禾,129800\nV2,Falcon,Lumeno,245000\n",
    "follows.csv": "user_id,followed_id,ts\nU1,K1,1691416767\nU2,K1,1693596647\nU3,U1,1693596648\n",
    "viewed_vehicle.csv": "user_id,vehicle_id,seconds,ts\nU1,V1,30,1751300539\nU1,V1,15,1751346493\n",
}


@dataclass(frozen=True)
class Told:
    """What a command has said: its exit code, stdout and stderr."""

    code: int
    out: str
    err: str


@pytest.fixture(scope="session")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The market's workspace, with its index."""
    folder = tmp_path_factory.mktemp("planted")
    data = folder / "data"
    data.mkdir()
    for name, text in FILES.items():
        (data / name).write_text(text, "utf-8")
    assert run_command(["init", str(folder), "--data", str(data), "-q"]) == 0
    assert run_command(["data", "load", "-w", str(folder), "-q", "-o", str(folder / "loaded.csv")]) == 0
    assert run_command(["data", "snapshot", "-w", str(folder), "-q", "-o", str(folder / "counts.csv")]) == 0
    # The index is built now, so that nothing is said about it later.
    assert run_command(["cypher", "RETURN 1 AS one", "-w", str(folder), "-q", "-o", str(folder / "one.csv")]) == 0
    return folder


@pytest.fixture
def own(planted: Path, tmp_path: Path) -> Path:
    """A copy of the market that a test may change."""
    return Path(shutil.copytree(planted, tmp_path / "own"))


@pytest.fixture
def ask(
    planted: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> Callable[..., Told]:
    """``graphvine cypher`` on the planted market with pipes on all sides: arguments, and ``given`` for stdin."""

    def asked(*arguments: str | Path, given: str | bytes = b"") -> Told:
        data = given if isinstance(given, bytes) else given.encode()
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(data)))
        code = run_command(["cypher", "-w", str(planted), *map(str, arguments)])
        out, err = capfdbinary.readouterr()
        assert not {b"\x1b", b"\r"} & set(re.findall(rb"[\x1b\r]", out + err)), "escapes never get into a pipe"
        return Told(code, out.decode(), err.decode())

    return asked


@pytest.fixture(autouse=True)
def _plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [n for n in os.environ if n.startswith("GRAPHVINE_")]:
        monkeypatch.delenv(name)
