"""Texts of the hostile corpus that are harmless reads, each by its name, and families that are bounded and not refused.

What a server or an engine tells of its own names, functions that no engine knows, names with pairs of backslashes and
words that only look odd: an engine answers them or says that it does not know them, and nothing is written, opened or
called. What strains is ended by the timeout, the cap on rows and the limit on memory.
"""

from __future__ import annotations

import re

from tests.hostile.hostile import Hostile

BOUNDED = frozenset(
    {
        "long paths", "quantified paths", "path selectors", "cartesian bombs", "memory bombs", "chance",
        "dynamic names",
    }
)  # fmt: skip
HARMLESS = frozenset(
    (
        "MATCH (n) FINISH",
        "WITH 1 AS x FINISH",
        "CALL db.labels()",
        "CALL db.relationshipTypes()",
        "CALL db.propertyKeys()",
        "MATCH (n:Person) CALL db.propertyKeys() RETURN n",
        "CALL db.schema.visualization()",
        "CALL db.schema.nodeTypeProperties()",
        "OPTIONAL CALL db.schema.nodeTypeProperties()",
        "CALL db.schema.relTypeProperties()",
        "MATCH (n:Person) RETURN file() AS x",
        "MATCH (n:Person) WHERE linenumber() = 1 RETURN n",
        "MATCH (n:Person) RETURN vector.similarity.cosine([1.0], [2.0]) AS x",
        "MATCH (n:Person) WHERE vector.similarity.euclidean([1.0], [2.0]) = 1 RETURN n",
        "MATCH (n:Person) RETURN [y IN [1] | vector([1, 2, 3], 3, INTEGER)] AS x",
        "MATCH (n:Person) RETURN n {.id, x: vector_distance([1.0], [2.0], EUCLIDEAN)} AS x",
        "MATCH (n:Person) RETURN load_file('/etc/passwd') AS x",
        "MATCH (n:Person) WHERE pg_read_file('/etc/passwd') = 1 RETURN n",
        "MATCH (n:Person) RETURN [y IN [1] | read_csv('/etc/passwd')] AS x",
        "MATCH (n:Person) RETURN n {.id, x: system('id')} AS x",
        "CALL db.labels",
        "CALL db.labels() YIELD *",
        "CALL db.labels() YIELD label AS call WHERE call = 'CALL' RETURN call",
        "CALL `db`.`labels`()",
        "CALL `db.labels`()",
        "CALL db . labels ( )",
        "CALL db./* */labels()",
        "CALL\tdb.labels()",
        "OPTIONAL CALL db.labels() YIELD label RETURN label",
        "MATCH (n:Person) CALL db.labels() YIELD label RETURN n, label",
        "MATCH (n:Person) WITH n CALL db.propertyKeys() YIELD propertyKey RETURN propertyKey",
        "RETURN 1 AS label UNION CALL db.labels() YIELD label RETURN label",
        "CALL db.labels() YIELD label CALL db.relationshipTypes() YIELD relationshipType RETURN *",
        "RETURN COUNT { CALL db.labels() YIELD label RETURN label } AS c",
        "MATCH (n:Person) RETURN n {.id, call: COLLECT { CALL db.labels() YIELD label RETURN label }} AS m",
        "RETURN {call: COLLECT { CALL db.labels() YIELD label RETURN label }} AS m",
        "MATCH (n:Person) RETURN [(n)--(m) WHERE EXISTS { CALL db.labels() YIELD label RETURN label } | m.id] AS i",
        "UNWIND COLLECT { CALL db.labels() YIELD label RETURN label } AS l RETURN l",
        "CALL/* MATCH */db.labels()/* MATCH */YIELD/* MATCH */label/* MATCH */RETURN/* MATCH */label",
        "CALL // RETURN 1\ndb.labels() // RETURN 1\nYIELD // RETURN 1\nlabel // RETURN 1\nRETURN // RETURN 1\nlabel",
        "CALL/*\n*/db.labels()/*\n*/YIELD/*\n*/label/*\n*/RETURN/*\n*/label",
        "/* a reader */ CALL db.labels() YIELD label RETURN label // nothing",
        "// MATCH (n) RETURN n\nCALL db.labels() YIELD label RETURN label",
        "MATCH (call) CALL db.labels() YIELD label AS yield RETURN yield",
        "call db.labels() yield label RETURN label",
        "Call db.labels() Yield label RETURN label",
        "cAlL db.labels() yIeLd label RETURN label",
        "EXPLAIN CALL db.labels() YIELD label RETURN label",
        "CALL db.labels() YIELD label RETURN label;",
        "MATCH (n) RETURN filter(x IN n.list WHERE x > 1) AS f",
        "MATCH (n) RETURN extract(x IN n.list | x) AS e",
        "MATCH (n) RETURN rels(n) AS r",
        "MATCH (n:$label) RETURN n",
        "MATCH ($n) RETURN 1 AS x",
        "MATCH (n)-[:$type]->(m) RETURN m",
        "MATCH (n {$key: 1}) RETURN n",
        "RETURN $f(1) AS x",
        "RETURN $$x AS x",
        "RETURN $'x' AS x",
        "RETURN ${x} AS x",
    )
)
_WRITES = re.compile(r"(?i)\b(CREATE|MERGE|SET|DELETE|REMOVE|FOREACH|INSERT|LOAD|USE|SHOW|DROP)\b")


def harmless(item: Hostile) -> bool:
    """Whether the guard may let it pass."""
    return item.text in HARMLESS or (item.family in BOUNDED and not _WRITES.search(item.text))
