"""What analysts type: on Neo4j the answer that is written down, embedded the same or a sentence, and never another.

``analysts.jsonl`` holds a query a line with the columns and rows of Neo4j 5.26 to the text as it is, and whether the
embedded store answers it (``right``), refuses it (``refused``), or is documented to answer otherwise (``other``). Lists
are compared without their order, which Cypher leaves open.
"""

from __future__ import annotations

import json
import math
import re
from pathlib import Path
from typing import Any

import pytest

from graph.errors import GraphvineError
from graph.store.embedded.index.engine_differences import TABLE
from tests.queries.engines import Engine

CASES = [json.loads(line) for line in Path(__file__).with_name("analysts.jsonl").read_text("utf-8").splitlines()]
DOCUMENTED = 4


def answer(engine: Engine, text: str, parameters: dict[str, Any]) -> tuple[Any, Any] | str:
    """Columns in order of their names and rows that go with them; of a refusal its hint."""
    try:
        columns, rows = engine.run(text, parameters)
    except GraphvineError as error:
        return error.hint
    return plain(text, columns, rows)


def plain(text: str, columns: Any, rows: Any) -> tuple[Any, Any]:
    places = sorted(range(len(columns)), key=lambda i: columns[i])
    found = [[unordered(row[i]) for i in places] for row in rows]
    ordered = "ORDER BY" in text[text.rindex("RETURN") :]
    return sorted(columns), found if ordered else sorted(found, key=repr)


def unordered(value: Any) -> Any:
    if isinstance(value, (list, tuple)):
        return sorted(map(unordered, value), key=repr)
    return {name: unordered(item) for name, item in value.items()} if isinstance(value, dict) else value


def alike(first: Any, second: Any) -> bool:
    if isinstance(first, float) and isinstance(second, float):
        return math.isclose(first, second, rel_tol=1e-9)
    if isinstance(first, (list, tuple)) and isinstance(second, (list, tuple)):
        return len(first) == len(second) and all(map(alike, first, second))
    if isinstance(first, dict) and isinstance(second, dict):
        return list(first) == list(second) and all(alike(first[name], second[name]) for name in first)
    return type(first) is type(second) and bool(first == second)


# A server lists the labels of a node in the order in which it first met them, counts ours among them, and remembers the
# labels, relations and properties of what is gone. Which row a LIMIT leaves is open where nothing orders them.
UNSETTLED = re.compile(
    r"labels\(\w\)\[0\]|head\(labels|size\(labels|count\(label\)|labels\(n\) AS l, count.*ORDER BY n DESC, l"
    r"|db\.propertyKeys|db\.labels|db\.relationshipTypes"
    r"|^(?![\s\S]*ORDER BY)[\s\S]*LIMIT 1\b"
)


def wrong(engine: Engine, kinds: set[str], *, settled: bool = False) -> list[str]:
    """The queries of these kinds that the engine does not answer as it is written down."""
    found = []
    for case in CASES:
        text = case["query"]
        if case["embedded"] in kinds and not (settled and UNSETTLED.search(text)):
            got = answer(engine, text, case.get("parameters", {}))
            if isinstance(got, str) or not alike(got, plain(text, case["columns"], case["rows"])):
                found.append(f"{text}\n  {got}")
    return found


def test_there_are_as_many_as_promised() -> None:
    kinds = [case["embedded"] for case in CASES]
    assert len(CASES) >= 800
    assert kinds.count("right") >= 700
    assert kinds.count("other") == DOCUMENTED


def test_the_embedded_store_answers_right(on_embedded: Engine) -> None:
    assert wrong(on_embedded, {"right"}) == []


def test_what_the_embedded_store_refuses_it_refuses_with_a_word_on_what_to_write(on_embedded: Engine) -> None:
    refused = [case for case in CASES if case["embedded"] == "refused"]
    hints = [answer(on_embedded, case["query"], case.get("parameters", {})) for case in refused]
    unknown = [case["query"] for case, hint in zip(refused, hints, strict=True) if hint not in HINTS]
    assert unknown == []


HINTS = {row.instead for row in TABLE}


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.what)
def test_each_row_of_the_table_is_what_its_example_meets(on_embedded: Engine, row: Any) -> None:
    assert answer(on_embedded, row.example, {}) == row.instead


@pytest.mark.proof
@pytest.mark.neo4j
def test_neo4j_answers_everything_right(on_neo4j: Engine) -> None:
    assert wrong(on_neo4j, {"right", "refused", "other"}, settled=True) == []


@pytest.mark.neo4j
def test_neo4j_answers_every_example_of_the_table(on_neo4j: Engine) -> None:
    assert [row.example for row in TABLE if isinstance(answer(on_neo4j, row.example, {}), str)] == []


def test_the_docs_list_the_table() -> None:
    cells = [(row.what.replace("|", "\\|"), row.instead.replace("|", "\\|")) for row in TABLE]
    docs = (Path(__file__).parents[2] / "docs" / "cypher.md").read_text("utf-8")
    assert [cell for cell in cells if f"| {cell[0]} | {cell[1]} |" not in docs] == []
