"""Whatever a person gives as the value of a parameter is a value: on both engines it finds what no value finds."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest

import queries
from graph.errors import QueryRefusedError
from tests.queries.engines import Engine, digest
from tests.queries.injecting import HARMLESS, TEXTS, answer, payloads, planted
from tests.queries.payloads import FAMILIES, PAYLOADS, listed

OTHERS = [(n, p.name) for n in queries.names() for p in queries.load(n).parameters if p.type not in ("text", "list")]


class Injection:
    """The contract: a payload is answered as an unknown value is, and nothing in the store has changed.

    Attributes:
        every: One of so many payloads is tried; ``benchmarks/injection.py`` tries all.
    """

    every = 1

    @pytest.mark.proof(one_in=10)
    @pytest.mark.parametrize(("name", "parameter"), TEXTS)
    def test_payloads_are_data(self, engine: Engine, name: str, parameter: str) -> None:
        expected = answer(engine, name, parameter, HARMLESS)
        for payload in payloads(name, parameter, every=self.every):
            # Refusing such a value is an answer that nobody takes for another one.
            with suppress(QueryRefusedError):
                assert answer(engine, name, parameter, payload) == expected, payload[:80]

    @pytest.mark.proof(one_in=10)
    @pytest.mark.parametrize(("name", "parameter"), TEXTS)
    def test_a_text_that_looks_like_a_list_never_finds_its_item(
        self, engine: Engine, name: str, parameter: str
    ) -> None:
        expected = answer(engine, name, parameter, HARMLESS)
        for payload in [text for value in planted(name, parameter) for text in listed(value)]:
            with suppress(QueryRefusedError):
                assert answer(engine, name, parameter, payload) == expected, payload

    @pytest.mark.proof
    def test_nothing_has_changed(self, engine: Engine) -> None:
        for name, parameter in TEXTS:
            for payload in payloads(name, parameter, every=30 * self.every):
                with suppress(QueryRefusedError):
                    answer(engine, name, parameter, payload)
        assert digest(engine) == engine.untouched


class TestEmbedded(Injection):
    every = 3

    @pytest.fixture
    def engine(self, on_embedded: Engine) -> Engine:
        return on_embedded


class TestNeo4j(Injection):
    every = 24

    @pytest.fixture
    def engine(self, on_neo4j: Engine) -> Engine:
        return on_neo4j


@pytest.mark.parametrize(("name", "parameter"), OTHERS)
def test_numbers_and_dates_take_no_text(name: str, parameter: str) -> None:
    query = queries.load(name)
    for payload in PAYLOADS:
        # Digits of any script, and spaces around them, are a number.
        with suppress(queries.QueryError):
            bound = queries.bind(query, {**query.sample, parameter: payload})[parameter]
            assert isinstance(bound, int | float), payload[:80]


def test_there_are_two_hundred_in_many_families() -> None:
    assert len(PAYLOADS) >= 200
    assert len(FAMILIES) >= 25
    assert HARMLESS not in PAYLOADS
    assert all(planted(name, parameter) for name, parameter in TEXTS)


def test_the_digest_would_tell_a_change(on_embedded: Engine) -> None:
    class Changed:
        untouched = ""

        def run(self, text: str, parameters: Any) -> tuple[tuple[str, ...], list[tuple[Any, ...]]]:
            columns, rows = on_embedded.run(text, parameters)
            return columns, rows[1:]

    assert digest(Changed()) != digest(on_embedded) == on_embedded.untouched
