"""Packages of npm, kept in the cache."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from tests.servers.cache import cached
from tests.servers.needs import MissingError

_TRIES = 2
_PATIENCE_S = 600


def node() -> str:
    """The program that runs them.

    Raises:
        MissingError: there is none.
    """
    found = shutil.which("node")
    if found is None:
        raise MissingError("there is no node on the PATH")
    return found


def npm_packages(name: str, *packages: str) -> Path:
    """A folder with these packages, each named with its version, and all that they need.

    Args:
        name: Of the folder in the cache; another set of packages needs another one.
        packages: For example ``dclint@3.1.0``.

    Raises:
        MissingError: there is no npm, or a package cannot be had.
    """
    return cached(name, lambda folder: _install(folder, packages))


def _install(folder: Path, packages: tuple[str, ...]) -> None:
    npm = shutil.which("npm")
    if npm is None:
        raise MissingError(f"there is no npm on the PATH to fetch {', '.join(packages)} with")
    options = ("--no-save", "--no-package-lock", "--no-audit", "--no-fund", "--prefix", str(folder))
    command = [npm, "install", *options, *packages]
    for _ in range(_TRIES):
        try:
            done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=_PATIENCE_S)
        except subprocess.TimeoutExpired:
            raise MissingError(f"npm did not end in {_PATIENCE_S} s while it fetched {', '.join(packages)}") from None
        if done.returncode == 0:
            return
    raise MissingError(f"npm could not fetch {', '.join(packages)}: {done.stderr.strip()[-600:]}")
