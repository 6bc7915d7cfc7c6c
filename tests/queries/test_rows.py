"""Every named query on a market whose answers were worked out by hand, on both engines."""

from __future__ import annotations

from typing import Any

import pytest

import queries
from tests.queries.cases import CASES
from tests.queries.engines import Engine, ask


class Rows:
    """The contract: an engine answers exactly these rows."""

    @pytest.mark.parametrize(
        ("name", "given", "expected"),
        [pytest.param(*case, id=f"{case[0]}-{n}") for n, case in enumerate(CASES)],
    )
    def test_rows(self, engine: Engine, name: str, given: dict[str, str], expected: list[tuple[Any, ...]]) -> None:
        columns, rows = ask(engine, name, given)
        assert columns == tuple(c.name for c in queries.load(name).columns)
        assert rows == expected
        assert [tuple(map(type, row)) for row in rows] == [tuple(map(type, row)) for row in expected]


class TestEmbedded(Rows):
    @pytest.fixture
    def engine(self, on_embedded: Engine) -> Engine:
        return on_embedded


@pytest.mark.proof(one_in=3)
class TestNeo4j(Rows):
    @pytest.fixture
    def engine(self, on_neo4j: Engine) -> Engine:
        return on_neo4j


def test_every_query_has_a_case() -> None:
    assert {case[0] for case in CASES} == set(queries.names())


def test_every_query_answers_something() -> None:
    assert {case[0] for case in CASES if case[2]} == set(queries.names())


@pytest.mark.parametrize("name", queries.names())
def test_rows_are_of_the_types_that_the_header_states(name: str) -> None:
    kinds = {"text": str, "integer": int, "decimal": float, "date": str, "time": str, "list": list}
    for _, _, rows in [case for case in CASES if case[0] == name]:
        for row in rows:
            for column, value in zip(queries.load(name).columns, row, strict=True):
                assert value is None or type(value) is kinds[column.type], column.name
