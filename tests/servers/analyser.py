"""Neo4j's own query analyser, which runs in Node and needs no server."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

from tests.servers.npm import node, npm_packages

_VERSION = "2.0.0-next.38"
_PROGRAM = Path(__file__).with_suffix(".mjs")
_ERROR = 1


class Analyser:
    """One process of Node that checks query after query; ``with Analyser() as lint:`` ends it.

    Raises:
        MissingError: there is no Node, or the analyser cannot be had.
    """

    def __init__(self) -> None:
        # A prerelease, so that it has to be named exactly.
        folder = npm_packages(f"analyser-{_VERSION}", f"@neo4j-cypher/language-support@{_VERSION}")
        self._process = subprocess.Popen(
            [node(), str(_PROGRAM), str(folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )

    def __call__(self, text: str, parameters: Mapping[str, Any] | None = None, version: str = "5") -> list[str]:
        """What the analyser finds in a query.

        Args:
            text: The query, without a version.
            parameters: Names to sample values; a parameter that is not among them is an error.
            version: ``5`` or ``25``.

        Returns:
            ``error: ...`` and ``warning: ...`` lines with the line number, in order; none for a good query.
        """
        question = {"text": f"CYPHER {version} {text}", "parameters": dict(parameters or {})}
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(question) + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        if not answer:
            raise RuntimeError(f"the analyser died of {text!r}")
        found = sorted(
            json.loads(answer), key=lambda problem: (problem["line"], problem["severity"], problem["message"])
        )
        return [f"{'error' if p['severity'] == _ERROR else 'warning'}: line {p['line']}: {p['message']}" for p in found]

    def __enter__(self) -> Analyser:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.communicate()
