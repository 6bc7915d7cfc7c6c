"""Answers Neo4j's schema procedures, such as ``CALL db.labels()``, which kglite does not have.

The call at the beginning of a query is replaced by ``UNWIND`` of the rows that Neo4j would return; the rest of the
query (WHERE, RETURN, ORDER BY) is run by the engine.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from graph.store.guard import Query
from graph.store.guard.tokens import Token

_ROWS = "graphvine_rows"
_TYPES = {
    "STRING": "String", "INTEGER": "Long", "FLOAT": "Double", "BOOLEAN": "Boolean", "DATE": "Date",
    "LOCAL DATETIME": "DateTime", "ZONED DATETIME": "DateTime",
}  # fmt: skip
Rows = list[dict[str, Any]]
Ask = Callable[[str], Rows]


def answered(query: Query, ask: Ask) -> tuple[str, dict[str, Any], Sequence[Token]]:
    """The text for the engine, an additional parameter with the rows, and the tokens that the engine will run.

    Args:
        query: A checked query.
        ask: Runs a query on the index and returns its rows.
    """
    name, rest = _procedure(query.tokens)
    if name not in _MAKERS:
        return query.text, {}, query.tokens
    names, make = _MAKERS[name]
    yielded = {column: column for column in names}
    if rest and rest[0].word == "YIELD":
        listed, rest = _yielded(rest[1:])
        yielded = listed or yielded
    asked = ", ".join(f"row[{source!r}] AS `{target}`" for source, target in yielded.items())
    begin = f"UNWIND ${_ROWS} AS row WITH {asked} "
    if all(token.text == ";" for token in rest):
        end = "RETURN " + ", ".join(f"`{target}` AS `{target}`" for target in yielded.values())
    else:
        end = query.text[rest[0].start :]
    return begin + end, {_ROWS: make(ask)}, rest


def _procedure(tokens: Sequence[Token]) -> tuple[str, Sequence[Token]]:
    """Name (in lower case) of the procedure at the beginning of a query, and the tokens after its parentheses."""
    if not tokens or tokens[0].word != "CALL":
        return "", tokens
    end = 1
    while end < len(tokens) and (tokens[end].text == "." or tokens[end - 1].text == "." or end == 1):
        end += 1
    name = "".join(token.name for token in tokens[1:end]).lower()
    brackets = [token.text for token in tokens[end : end + 2]] == ["(", ")"]
    return name, tokens[end + 2 * brackets :]


def _yielded(tokens: Sequence[Token]) -> tuple[dict[str, str], Sequence[Token]]:
    """Column to the name that YIELD gives it (empty for ``YIELD *``), and the tokens after it."""
    found: dict[str, str] = {}
    place = 0
    while place < len(tokens) and tokens[place].kind in ("name", "quoted"):
        named = tokens[place + 1 : place + 2] and tokens[place + 1].word == "AS"
        found[tokens[place].name] = tokens[place + 2 * bool(named)].name
        place += 3 if named else 1
        if place >= len(tokens) or tokens[place].text != ",":
            return found, tokens[place:]
        place += 1
    return found, tokens[place + 1 :]


def _labels(ask: Ask) -> Rows:
    return ask("MATCH (n) UNWIND labels(n) AS label RETURN DISTINCT label AS label ORDER BY label")


def _relations(ask: Ask) -> Rows:
    return ask("MATCH ()-[r]->() RETURN DISTINCT type(r) AS relationshipType ORDER BY relationshipType")


def _keys(ask: Ask) -> Rows:
    found = {row["key"] for part in ("(x)", "()-[x]->()") for row in ask(f"MATCH {part} UNWIND keys(x) AS key {_EACH}")}
    return [{"propertyKey": key} for key in sorted(found)]


_EACH = "RETURN DISTINCT key AS key"


def _properties(ask: Ask, part: str, kind: str) -> Rows:
    """One row per property of each node or relationship type, sorted."""
    counts = {str(row["kind"]): row["n"] for row in ask(f"MATCH {part} RETURN {kind} AS kind, count(*) AS n")}
    rows = ask(
        f"MATCH {part} UNWIND keys(x) AS key RETURN {kind} AS kind, key AS key, count(*) AS n,"
        " collect(DISTINCT valueType(x[key])) AS types ORDER BY key"
    )
    found: Rows = []
    for row in rows:
        kinds = sorted(row["kind"]) if isinstance(row["kind"], list) else [row["kind"]]
        types = sorted({_type(text) for text in row["types"]})
        facts = {"propertyName": row["key"], "propertyTypes": types, "mandatory": row["n"] == counts[str(row["kind"])]}
        found.append({"kind": "".join(f":`{label}`" for label in kinds), "labels": kinds, **facts})
    return sorted(found, key=lambda row: (row["kind"], row["propertyName"]))


def _type(text: str) -> str:
    plain = text.removesuffix(" NOT NULL")
    return "StringArray" if plain.startswith("LIST") else _TYPES.get(plain, plain.title())


def _of_nodes(ask: Ask) -> Rows:
    return [
        {"nodeType": row.pop("kind"), "nodeLabels": row.pop("labels"), **row}
        for row in _properties(ask, "(x)", "labels(x)")
    ]


def _of_relations(ask: Ask) -> Rows:
    rows = _properties(ask, "()-[x]->()", "type(x)")
    return [{"relType": row.pop("kind"), **{name: row[name] for name in _FACTS}} for row in rows]


_FACTS = ("propertyName", "propertyTypes", "mandatory")
_MAKERS: dict[str, tuple[tuple[str, ...], Callable[[Ask], Rows]]] = {
    "db.labels": (("label",), _labels),
    "db.relationshiptypes": (("relationshipType",), _relations),
    "db.propertykeys": (("propertyKey",), _keys),
    "db.schema.nodetypeproperties": (("nodeType", "nodeLabels", *_FACTS), _of_nodes),
    "db.schema.reltypeproperties": (("relType", *_FACTS), _of_relations),
}
