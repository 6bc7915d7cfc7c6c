"""What results are named by: the version of the code, fingerprints of inputs, and the result id made from them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any


def version() -> str:
    """The version of the installed distribution."""
    try:
        return metadata.version("graphvine")
    except metadata.PackageNotFoundError:
        return "0+tree"


@cache
def code_version() -> str:
    """Version and a hash of our own source files, so that changed code makes changed results."""
    root = Path(__file__).parents[2]
    digest = hashlib.sha256()
    for package in ("graph", "gnn", "cli", "queries"):
        for file in sorted((root / package).rglob("*")):
            if file.suffix in {".py", ".cypher", ".css", ".html"}:
                digest.update(file.relative_to(root).as_posix().encode() + b"\0" + file.read_bytes())
    return f"{version()}+{digest.hexdigest()[:12]}"


def result_id(command: str, config: Mapping[str, Any], inputs: Mapping[str, str], seed: int) -> str:
    """Hash of command, resolved configuration, input fingerprints, seed and code version: 12 hexadecimal digits."""
    body = {"command": command, "config": config, "inputs": inputs, "seed": seed, "code": code_version()}
    return hashlib.sha256(json.dumps(body, sort_keys=True, default=str).encode()).hexdigest()[:12]


def fingerprint(value: Any) -> str:
    """SHA-256 of a value as JSON, 16 hexadecimal digits."""
    return hashlib.sha256(json.dumps(value, sort_keys=True, default=str).encode()).hexdigest()[:16]


def file_digest(path: Path) -> str:
    """SHA-256 of a file's content."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
