"""A Neo4j server in Docker, where an engine is there and the jars cannot be had."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from graph.store.neo4j.access import Access
from tests.servers.credentials import new_password, write_secret
from tests.servers.needs import MissingError
from tests.servers.server import answering, free_port, wanted_version

_START_S = 300


def engine_answers() -> bool:
    """Whether there is a Docker client with an engine behind it."""
    return shutil.which("docker") is not None and _docker("info").returncode == 0


@contextmanager
def docker_server() -> Iterator[Access]:
    """A container with the wanted version; it is removed at the end.

    Raises:
        MissingError: the container cannot be started or does not answer.
    """
    access = Access(f"bolt://127.0.0.1:{free_port()}", "neo4j", new_password())
    with tempfile.TemporaryDirectory(prefix="graphvine-neo4j-") as folder:
        # The image reads the password from a file, so that no list of processes shows it.
        write_secret(Path(folder) / "auth", f"neo4j/{access.password}")
        started = _docker(
            *("run", "--detach", "--rm", "--publish", f"{access.uri.removeprefix('bolt://')}:7687"),
            *("--volume", f"{folder}/auth:/run/secrets/auth:ro", "--env", "NEO4J_AUTH_FILE=/run/secrets/auth"),
            *("--env", "NEO4J_server_memory_heap_max__size=1g", "--env", "NEO4J_server_memory_pagecache_size=256m"),
            f"neo4j:{wanted_version()}-community",
        )
        if started.returncode != 0:
            raise MissingError(f"docker could not start Neo4j: {started.stderr.strip()[-300:]}")
        container = started.stdout.strip()
        try:
            deadline = time.monotonic() + _START_S
            while not answering(access):
                if time.monotonic() > deadline:
                    log = _docker("logs", "--tail", "30", container)
                    raise MissingError(f"Neo4j in Docker did not answer; the end of its log:\n{log.stdout}{log.stderr}")
                time.sleep(0.5)
            yield access
        finally:
            _docker("rm", "--force", container)


def _docker(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["docker", *arguments], capture_output=True, text=True, check=False)
