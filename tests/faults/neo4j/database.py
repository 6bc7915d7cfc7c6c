"""A Neo4j database as it is, without the product: copied, put back, and described row by row."""

from __future__ import annotations

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from graph.store.neo4j.access import Access

if TYPE_CHECKING:
    from neo4j import Session

_REPLAYED = " (replayed)"
# What no two runs share: ids of loads and what is named by them, the name of a store, and who holds the lease.
_OWN = {
    "GraphvineLoad": ("key", "id"),
    "GraphvineMeta": ("store",),
    "GraphvineChunk": ("key", "load", "payload"),
}
_LEASE = "GraphvineLease"
_BATCH = "GraphvineBatch"
_PART = 2_000


@dataclass(frozen=True)
class Content:
    """All nodes and relationships of a database.

    Attributes:
        nodes: Labels and properties of each.
        edges: Type, place of the start and of the end among the nodes, and properties of each.
        rules: Name of each constraint, and of each index that stands alone, and the statement that makes it.
    """

    nodes: Sequence[tuple[tuple[str, ...], Mapping[str, Any]]]
    edges: Sequence[tuple[str, int, int, Mapping[str, Any]]]
    rules: Mapping[str, str] = field(default_factory=dict)


NOTHING = Content((), ())


@contextmanager
def session_of(access: Access) -> Iterator[Session]:
    """A session of a driver of its own."""
    from neo4j import GraphDatabase

    auth = (access.username, access.password)
    with (
        GraphDatabase.driver(access.uri, auth=auth, notifications_min_severity="OFF") as driver,
        driver.session(database=access.database, fetch_size=-1) as session,
    ):
        yield session


def read_content(access: Access) -> Content:
    """What a database holds."""
    with session_of(access) as session:
        found = session.run("MATCH (n) RETURN elementId(n), labels(n), properties(n)").values()
        ties = session.run("MATCH (a)-[r]->(b) RETURN type(r), elementId(a), elementId(b), properties(r)").values()
        rules = _rules(session)
    place = {name: number for number, (name, _, _) in enumerate(found)}
    nodes = [(tuple(sorted(labels)), facts) for _, labels, facts in found]
    return Content(nodes, [(kind, place[a], place[b], facts) for kind, a, b, facts in ties], rules)


def _rules(session: Session) -> dict[str, str]:
    """Without that which says whose database it is."""
    found = session.run("SHOW CONSTRAINTS YIELD name, createStatement").values()
    alone = "WHERE type <> 'LOOKUP' AND owningConstraint IS NULL RETURN name, createStatement"
    found += session.run(f"SHOW INDEXES YIELD name, type, owningConstraint, createStatement {alone}").values()
    return {name: text for name, text in sorted(found) if name != "graphvine_tests"}


def put_back(access: Access, content: Content) -> None:
    """Let a database hold exactly this; more constraints and indexes than these may stay."""
    with session_of(access) as session:
        there = _rules(session)
        for name, text in content.rules.items():
            if name not in there:
                session.run(text).consume()
        # Whoever was killed may have transactions that the server has not ended yet.
        while session.run("MATCH (n) WITH n LIMIT 5000 DETACH DELETE n RETURN count(*)").single(strict=True)[0]:
            pass
        names: dict[int, str] = {}
        for labels, rows in _by(content.nodes).items():
            text = f"UNWIND $rows AS r CREATE (n{labels}) SET n = r[1] RETURN r[0], elementId(n)"
            for part in _parts(rows):
                names.update(session.run(text, rows=part).values())
        for kind, edges in _edges_by(content.edges, names).items():
            text = (
                "UNWIND $rows AS r MATCH (a) WHERE elementId(a) = r[0] MATCH (b) WHERE elementId(b) = r[1]"
                f" CREATE (a)-[e:`{kind}`]->(b) SET e = r[2]"
            )
            for part in _parts(edges):
                session.run(text, rows=part).consume()


def _by(nodes: Sequence[tuple[tuple[str, ...], Mapping[str, Any]]]) -> dict[str, list[Any]]:
    found = defaultdict(list)
    for number, (labels, facts) in enumerate(nodes):
        found["".join(f":`{label}`" for label in labels)].append([number, facts])
    return found


def _edges_by(
    edges: Sequence[tuple[str, int, int, Mapping[str, Any]]], names: Mapping[int, str]
) -> dict[str, list[Any]]:
    found = defaultdict(list)
    for kind, start, end, facts in edges:
        found[kind].append([names[start], names[end], facts])
    return found


def _parts(rows: Sequence[Any]) -> Iterator[Sequence[Any]]:
    for start in range(0, len(rows), _PART):
        yield rows[start : start + _PART]


def described(content: Content) -> dict[str, Any]:
    """A database in a form that two can be compared by.

    Returns:
        ``market``, ``derived`` and ``books`` (labels or type to number and digest), ``doubled`` (what is there twice),
        ``chunks`` (their number), ``rules`` (names of constraints and indexes), ``states`` (of loads and of the store)
        and ``unbalanced`` (files whose counts do not add up).
    """
    texts = [_node_text(labels, facts) for labels, facts in content.nodes]
    parts: dict[str, dict[str, list[str]]] = {name: defaultdict(list) for name in ("market", "derived", "books")}
    for (labels, _), text in zip(content.nodes, texts, strict=True):
        if _LEASE not in labels:
            parts[_part(labels)][":".join(labels)].append(text)
    for kind, start, end, facts in content.edges:
        name = "derived" if facts.get("derived") else "market"
        parts[name][f"[{kind}]"].append(f"{texts[start]} {texts[end]} {_plain(facts)}")
    state = {name: {kind: _digest(rows) for kind, rows in sorted(found.items())} for name, found in parts.items()}
    states = [f for labels, f in content.nodes if {"GraphvineLoad", "GraphvineMeta"} & set(labels)]
    return {
        **state,
        "doubled": _doubled(content),
        "chunks": sum("GraphvineChunk" in labels for labels, _ in content.nodes),
        "rules": sorted(content.rules),
        "states": sorted(str(facts.get("state")) for facts in states),
        "unbalanced": [f["file"] for labels, f in content.nodes if "GraphvineFile" in labels and not _balanced(f)],
    }


def _part(labels: Sequence[str]) -> str:
    if "Derived" in labels:
        return "derived"
    return "books" if any(label.startswith("Graphvine") and label != "Graphvine" for label in labels) else "market"


def _node_text(labels: Sequence[str], facts: Mapping[str, Any]) -> str:
    own = {name for label in labels for name in _OWN.get(label, ())}
    if _BATCH in labels and str(facts.get("file", "")).endswith(_REPLAYED):
        own |= {"key", "batch"}
    return ":".join(labels) + _plain({name: value for name, value in facts.items() if name not in own})


def _plain(facts: Mapping[str, Any]) -> str:
    return json.dumps({name: facts[name] for name in sorted(facts)}, ensure_ascii=False, default=repr)


def _digest(rows: list[str]) -> list[Any]:
    return [len(rows), hashlib.sha256("\n".join(sorted(rows)).encode("utf-8", "surrogatepass")).hexdigest()[:16]]


def _doubled(content: Content) -> list[str]:
    """Events that are there twice, and nodes of one type and id."""
    events = Counter(f"{kind} {facts['event']}" for kind, _, _, facts in content.edges if "event" in facts)
    ids = Counter(f"{':'.join(labels)} {facts['id']}" for labels, facts in content.nodes if "id" in facts)
    return sorted(name for name, count in (events + ids).items() if count > 1)


def _balanced(facts: Mapping[str, Any]) -> bool:
    names = ("created", "updated", "unchanged", "duplicate", "quarantined")
    return int(facts["read"]) == sum(int(facts[name]) for name in names)
