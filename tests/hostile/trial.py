"""Run as a program: every hostile text against the embedded Cypher index, and what this process opens meanwhile.

An audit hook cannot be taken away again, so the trial has a process of its own. It prints one JSON object.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np

from graph.columns import Nodes
from graph.errors import GraphvineError, QueryRefusedError
from graph.hetero import HeteroGraph
from graph.ids import IdMap
from graph.store.embedded.index.cypher_index import CypherIndex, build_index, open_index
from graph.store.embedded.index.run_query import run
from tests.hostile.attacks import Canary
from tests.hostile.harmless import BOUNDED, harmless
from tests.hostile.hostile import hostile

_TOUCHING = (
    "open",
    "os.",
    "socket.",
    "subprocess.",
    "shutil.",
    "urllib.",
    "http.",
    "ftplib.",
    "sqlite3.",
    "ctypes.dlopen",
)
_COUNT = "MATCH (n) RETURN count(n) AS c"


class Gate:
    """The real engine behind a gate that writes down what comes through; bombs go no further than here."""

    def __init__(self, engine: Any) -> None:
        self.engine, self.passed, self.closed = engine, 0, False

    def cypher(self, text: str, **options: Any) -> Any:
        self.passed += 1
        if self.closed:
            raise ValueError("a bomb reached the engine")
        return self.engine.cypher(text, **options)


def small_index(folder: Path) -> CypherIndex:
    """An index of three people."""
    people = Nodes(IdMap.of("Person", ["a", "b", "c"]), {"age": np.array([1.0, 2.0, 3.0])})
    build_index(HeteroGraph.of({"Person": people}, {}), folder / "trial.kgl", stamp="trial")
    return open_index(folder / "trial.kgl")


def _ask(index: CypherIndex, text: str) -> str:
    try:
        run(index, text, {}, timeout_s=5, max_rows=10)
    except QueryRefusedError:
        return "refused"
    except GraphvineError:
        return "failed"
    return "answered"


def main(folder: Path, canary: Canary) -> dict[str, Any]:
    """Ask everything, and tell what got through, what was opened, and whether the index is what it was."""
    index = small_index(folder)
    gate = Gate(index.engine)
    index = dataclasses.replace(index, engine=gate)
    texts = hostile(canary)
    # The first calls import what is needed; an import opens files.
    first = [_ask(index, _COUNT), _ask(index, "CREATE (n)")]
    digest = hashlib.sha256(index.file.read_bytes()).hexdigest()
    gate.passed, touched, reached = 0, list[str](), list[str]()

    def note(event: str, arguments: tuple[Any, ...]) -> None:
        if event.startswith(_TOUCHING):
            touched.append(f"{event} {arguments!r}"[:200])

    sys.addaudithook(note)
    answers: dict[str, list[str]] = {"refused": [], "failed": [], "answered": []}
    for item in texts:
        gate.closed, before = item.family in BOUNDED, gate.passed
        answers[_ask(index, item.text)].append(item.text)
        if gate.passed > before and not harmless(item):
            reached.append(f"{item.family}: {item.text[:100]!a}")
    gate.closed, seen = False, list(touched)
    Path(canary.file).read_bytes()
    return {
        "texts": len(texts),
        "first": first,
        "refused": len(answers["refused"]),
        "answered": len(answers["answered"]),
        "reached": reached,
        "touched": seen,
        "hook works": len(touched) > len(seen),
        "unchanged": digest == hashlib.sha256(index.file.read_bytes()).hexdigest(),
        "nodes": [list(row) for row in run(index, _COUNT, {}, timeout_s=5, max_rows=10).rows],
    }


if __name__ == "__main__":
    print(json.dumps(main(Path(sys.argv[1]), Canary(sys.argv[2], sys.argv[3]))))  # noqa: T201
