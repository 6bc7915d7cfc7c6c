"""Sixty questions of analysts, written as for Neo4j by somebody who had not seen how queries are checked."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from graph.errors import GraphvineError
from graph.schema import MARKET
from graph.store.embedded.index.cypher_index import build_index, open_index
from graph.store.embedded.index.engine_differences import TABLE
from graph.store.embedded.store import EmbeddedStore
from graph.store.neo4j.access import Access
from graph.store.neo4j.store import Neo4jStore
from tests.contract.store import load_files
from tests.queries.engines import Embedded, Engine, Server
from tests.queries.questions import (  # noqa: F401  each adds its questions
    baskets,
    campaigns,
    counting,
    kols,
    networks,
    periods,
    values,
    vehicles,
)
from tests.queries.questions.asking import QUESTIONS, Question
from tests.queries.questions.files import write
from tests.servers.wiping import remove_data

_HINTS = {row.instead for row in TABLE}
# At least so many of the sixty are answered by the embedded store; the rest it refuses.
_ANSWERED = 49


def alike(found: Any, wanted: Any) -> bool:
    """Whether two values are the same: numbers to nine digits, truth values apart from numbers."""
    if isinstance(found, bool) or isinstance(wanted, bool):
        return found is wanted
    if isinstance(found, (int, float)) and isinstance(wanted, (int, float)):
        return math.isclose(found, wanted, rel_tol=1e-9, abs_tol=1e-9)
    if isinstance(found, (list, tuple)) and isinstance(wanted, (list, tuple)):
        return len(found) == len(wanted) and all(map(alike, found, wanted))
    if isinstance(found, dict) and isinstance(wanted, dict):
        return found.keys() == wanted.keys() and all(alike(found[name], wanted[name]) for name in wanted)
    return bool(found == wanted)


def is_right(question: Question, rows: list[tuple[Any, ...]]) -> bool:
    """Whether these rows are the answer."""
    found, wanted = list(map(list, rows)), question.answer()
    return alike(found, wanted) if question.ordered else alike(sorted(found, key=repr), sorted(wanted, key=repr))


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The hand-made market as files."""
    folder = tmp_path_factory.mktemp("questions")
    write(folder)
    return folder


@pytest.fixture(scope="module")
def questioned_embedded(files: Path) -> Embedded:
    """The market in the embedded store."""
    store = EmbeddedStore(files / "store" / "m.duckdb", MARKET, threads=1)
    store.ensure_schema()
    assert sum(count.quarantined for count in load_files(store, files)) == 0
    build_index(store.snapshot(), files / "m.kgl", stamp="questions")
    return Embedded(open_index(files / "m.kgl"))


@pytest.fixture(scope="module")
def questioned_neo4j(neo4j_access: Access, files: Path) -> Iterator[Server]:
    """The market on a server."""
    import neo4j

    remove_data(neo4j_access)
    store = Neo4jStore(neo4j_access, MARKET)
    store.ensure_schema()
    load_files(store, files)
    auth = (neo4j_access.username, neo4j_access.password)
    with neo4j.GraphDatabase.driver(neo4j_access.uri, auth=auth, notifications_min_severity="OFF") as driver:
        yield Server(driver, neo4j_access.database)
    remove_data(neo4j_access)


def test_the_embedded_store_answers_right_or_says_what_to_write(questioned_embedded: Engine) -> None:
    wrong, unadvised, answered = [], [], 0
    for question in QUESTIONS:
        try:
            rows = questioned_embedded.run(question.text, question.parameters)[1]
        except GraphvineError as error:
            unadvised += [] if error.hint in _HINTS else [(question.title, str(error), error.hint)]
            continue
        answered += 1
        wrong += [] if is_right(question, rows) else [(question.title, rows, question.answer())]
    assert wrong == []
    assert unadvised == []
    assert len(QUESTIONS) == 60
    assert answered >= _ANSWERED


@pytest.mark.proof(one_in=6)
@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.title)
def test_neo4j_answers_right(questioned_neo4j: Engine, question: Question) -> None:
    rows = questioned_neo4j.run(question.text, question.parameters)[1]
    assert is_right(question, rows), (rows, question.answer())
