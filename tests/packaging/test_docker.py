"""The files for Docker: linted, hash-locked, and with settings that a real server takes and obeys."""

from __future__ import annotations

import importlib.util
import re
import shutil
import subprocess
import sys
import threading
import tomllib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from graph.errors import StoreError
from graph.store.neo4j.connection import connected
from graph.store.neo4j.driver_errors import translated
from tests.servers.docker_lint import problems
from tests.servers.needs import MissingError, lacking
from tests.servers.server import DEFAULT_VERSION, Server

ROOT = Path(__file__).resolve().parents[2]
DOCKER = ROOT / "docker"
LOCK = (ROOT / "requirements.lock").read_text("utf-8")
TINY = """\
# made by hand
alpha==1 \\
    --hash=sha256:aa
    # via graphvine (pyproject.toml)
beta==2 ; sys_platform == 'linux' \\
    --hash=sha256:bb
    # via
    #   alpha
    #   tester
gamma==3 \\
    --hash=sha256:cc
    # via beta
tester==4 \\
    --hash=sha256:dd
    # via graphvine (pyproject.toml:dev)
"""


def part_of(lock: str, *packages: str, without: frozenset[str] = frozenset()) -> str:
    spec = importlib.util.spec_from_file_location("part_of_lock", DOCKER / "part_of_lock.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return str(module.part_of(lock, packages, without=without))


def names(lock: str) -> list[str]:
    return re.findall(r"^([a-z0-9][a-z0-9._-]*)==", lock, re.MULTILINE)


def test_the_product_s_part_of_a_lock() -> None:
    assert names(part_of(TINY)) == ["alpha", "beta", "gamma"]
    assert part_of(TINY) == TINY.partition("# made by hand\n")[2].partition("tester==4")[0]
    assert names(part_of(TINY, "tester")) == ["beta", "gamma", "tester"]
    assert names(part_of(TINY, without=frozenset({"beta"}))) == ["alpha"]
    with pytest.raises(SystemExit, match="not in the lock: delta"):
        part_of(TINY, "delta")


def test_the_product_s_part_of_the_lock() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    wanted = {re.split(r"[^A-Za-z0-9_.-]", d)[0].replace("_", "-").lower() for d in project["project"]["dependencies"]}
    found = part_of(LOCK)
    assert wanted <= set(names(found))
    assert not {"pytest", "mypy", "ruff", "hypothesis"} & set(names(found))
    assert found.count("==") >= len(names(found))
    entries = re.split(r"^(?=[a-z0-9])", found, flags=re.MULTILINE)[1:]
    assert all("--hash=sha256:" in entry for entry in entries)
    assert "hatchling" in names(part_of(LOCK, "hatchling"))


def test_the_part_without_torch() -> None:
    """What the image holds without the extra: all that the product cannot do without, and none of the GPU libraries."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    wanted, extra = (
        {re.split(r"[^A-Za-z0-9_.-]", d)[0].replace("_", "-").lower() for d in part}
        for part in (project["dependencies"], project["optional-dependencies"]["gnn"])
    )
    found = set(names(part_of(LOCK, without=frozenset(extra))))
    assert wanted <= found
    assert not {name for name in found if name in extra or name.startswith(("nvidia-", "triton"))}
    assert len(found) < len(names(part_of(LOCK))) - 10


def linted(compose: Path, dockerfile: Path) -> str:
    try:
        return problems(compose, dockerfile)
    except MissingError as reason:
        lacking("node", str(reason))


@pytest.mark.proof(one_in=3)
@pytest.mark.parametrize(
    ("file", "old", "new", "words"),
    [
        ("compose.yml", "", "", ""),
        ("compose.yml", "mem_limit:", "memory_limit:", "invalid-schema"),
        ("compose.yml", "condition: service_healthy", "condition: well", "invalid-schema"),
        ("Dockerfile", "ENTRYPOINT", "ENTRYPOIN", "Unknown instruction"),
        ("Dockerfile", "CMD", 'CMD ["x"]\nCMD', "only be one CMD"),
    ],
)
def test_the_linters(file: str, old: str, new: str, words: str, tmp_path: Path) -> None:
    for name in ("compose.yml", "Dockerfile"):
        text = (DOCKER / name).read_text("utf-8")
        (tmp_path / name).write_text(text.replace(old, new) if name == file and old else text, "utf-8")
    found = linted(tmp_path / "compose.yml", tmp_path / "Dockerfile")
    assert words in found
    assert bool(found) == bool(words)


def test_the_image_has_no_root_and_known_beginnings() -> None:
    text = (DOCKER / "Dockerfile").read_text("utf-8")
    bases = re.findall(r"^FROM (\S+)", text, re.MULTILINE)
    assert len(set(bases)) == 1
    assert re.fullmatch(r"python:\d+\.\d+\.\d+-slim-\w+", bases[0])
    assert re.findall(r"^USER (\S+)", text, re.MULTILINE) == ["graphvine"]
    assert "ADD " not in text
    for sync in re.findall(r"(?:uv pip sync|pip install --no-cache-dir)[^\n]*", text):
        assert "--require-hashes" in sync


def test_the_image_is_made_of_what_its_build_may_see(tmp_path: Path) -> None:
    """The wheel is built from the files that the ignore file lets through, and holds all four packages."""
    shown = [
        line[1:] for line in (DOCKER / "Dockerfile.dockerignore").read_text("utf-8").splitlines() if line[:1] == "!"
    ]
    for name in shown:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / name, tmp_path / name)
    for copied in re.findall(r"^COPY (?!--from)(.+) \S+$", (DOCKER / "Dockerfile").read_text("utf-8"), re.MULTILINE):
        assert all((tmp_path / name).exists() for name in copied.split())
    done = subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(tmp_path / "wheel")],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert len(list((tmp_path / "wheel").glob("graphvine-*.whl"))) == 1


def settings_of_compose() -> dict[str, str]:
    """The lines of neo4j.conf that the image makes of its variables."""
    text = (DOCKER / "compose.yml").read_text("utf-8")
    found = dict(re.findall(r"^      NEO4J_([a-z]\w+): '?([^'\n]+)'?$", text, re.MULTILINE))
    return {re.sub("__|_", lambda m: "_" if m[0] == "__" else ".", name): value for name, value in found.items()}


@contextmanager
def canary() -> Iterator[tuple[str, list[str]]]:
    """A web server that remembers whoever comes."""
    seen: list[str] = []

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            seen.append(self.path)
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"a\n1\n")

        def log_message(self, format: str, *args: Any) -> None:
            return

    server = HTTPServer(("127.0.0.1", 0), Answer)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/", seen
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def test_the_version_is_the_one_that_the_tests_run_on() -> None:
    assert f"image: neo4j:{DEFAULT_VERSION}-community" in (DOCKER / "compose.yml").read_text("utf-8")


@pytest.mark.proof(one_in=3)
def test_the_server_s_settings(make_server: Callable[..., Server]) -> None:
    """A real server takes every setting, and then loads no file, asks no other machine and caps memory."""
    settings = settings_of_compose()
    assert len(settings) == 10
    server = make_server(settings=settings | {"server.memory.pagecache.size": "64m"})
    (server.home / "import" / "secret.csv").write_text("a\n1\n")
    with connected(server.access) as connection, canary() as (address, seen):
        run = connection.driver.execute_query
        found = {r["name"]: r["value"] for r in run("SHOW SETTINGS YIELD name, value").records}
        assert found["db.memory.transaction.max"] == "256.00MiB"
        assert found["db.transaction.timeout"] == "10m"
        assert found["dbms.security.procedures.allowlist"] == "db.labels"
        for url in ("file:///secret.csv", address, address.replace("127.0.0.1", "localhost")):
            with pytest.raises(StoreError, match="Cannot load from URL"), translated(server.access):
                run("LOAD CSV FROM $url AS line RETURN line", url=url)
        assert seen == []
