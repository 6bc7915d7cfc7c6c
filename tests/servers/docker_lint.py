"""Check the files for Docker: compose.yml against the Compose specification's schema, the Dockerfile by its linter."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.servers.needs import MissingError
from tests.servers.npm import node, npm_packages

_DOCKER = Path(__file__).resolve().parents[2] / "docker"
_COMPOSE, _FILE = "dclint@3.1.0", "dockerfile-utils@0.16.3"


def problems(compose: Path, dockerfile: Path) -> str:
    """What the linters say of them; empty where all is well.

    Raises:
        MissingError: there is no Node, or the linters cannot be had.
    """
    program = node()
    tools = npm_packages(f"docker-lint-{_COMPOSE}-{_FILE}", _COMPOSE, _FILE) / "node_modules" / ".bin"
    said = [
        _said(program, str(tools / "dclint"), "--max-warnings", "0", str(compose)),
        _said(program, str(tools / "dockerfile-utils"), "lint", str(dockerfile)),
    ]
    return "\n".join(text for text in said if text)


def _said(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    text = (done.stdout + done.stderr).strip()
    return text or (f"{Path(command[1]).name} ended with {done.returncode}" if done.returncode else "")


def main() -> int:
    """Say what is wrong, and end with 1 where something is."""
    try:
        found = problems(_DOCKER / "compose.yml", _DOCKER / "Dockerfile")
    except MissingError as reason:
        required = "node" in os.environ.get("GRAPHVINE_REQUIRE", "").split(",")
        sys.stderr.write(f"{'error' if required else 'note'}: the files for Docker were not checked: {reason}\n")
        return 1 if required else 0
    sys.stderr.write(found + "\n" if found else "")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
