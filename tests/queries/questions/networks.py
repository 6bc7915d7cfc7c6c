"""Paths and networks: questions of analysts with their right answers."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import UTC, datetime
from itertools import pairwise

from tests.queries.questions import market as m
from tests.queries.questions.asking import (
    PERSON,
    Rows,
    has_role,
    moment_of,
    question,
    trails,
    whole_days,
)


@question(
    "Whom one customer brought, directly and through others",
    """
MATCH path = (a:Person {id: $id})-[:REFERRED*1..3]->(b:Person)
RETURN b.name AS 新客, length(path) AS 层级, [n IN nodes(path)[1..-1] | n.name] AS 经由
ORDER BY 层级, 新客
""",
    id="u01",
)
def _referred() -> Rows:
    ways = trails("u01", ((r.source, r.target) for r in m.REFERRED_PERSON), 3)
    rows = [[PERSON[t[-1]].name, len(t) - 1, [PERSON[p].name for p in t[1:-1]]] for t in ways]
    return sorted(rows, key=lambda r: (r[1], r[0]))


@question(
    "The shortest way from one person to another along who follows whom",
    """
MATCH (a:Person {name: '张敏'}), (b:Person {name: '李强'}),
      p = shortestPath((a)-[:FOLLOWS*..5]->(b))
RETURN [n IN nodes(p) | n.name] AS 链路, length(p) AS 步数, [r IN relationships(p) | type(r)][0] AS 关系
""",
)
def _shortest() -> Rows:
    ways = trails("u03", ((f.source, f.target) for f in m.FOLLOWS_PERSON), 5)
    found = sorted((t for t in ways if t[-1] == "u02"), key=len)
    assert len(found) == 1 or len(found[0]) < len(found[1]), "the shortest path is not the only one"
    return [[[PERSON[p].name for p in found[0]], len(found[0]) - 1, "FOLLOWS"]]


@question(
    "How many shortest ways, in either direction, connect two users",
    """
MATCH (a:User {id: 'u05'}), (b:User {id: 'u02'})
MATCH p = allShortestPaths((a)-[:FOLLOWS*..6]-(b))
RETURN length(p) AS 步数, count(p) AS 条数, count(DISTINCT [n IN nodes(p) | n.id]) AS 不同路线
""",
)
def _all_shortest() -> Rows:
    steps = [(f.source, f.target) for f in m.FOLLOWS_PERSON]
    paths = [["u05"]]
    while not (found := [p for p in paths if p[-1] == "u02"]):
        ends = [(p, a if b == p[-1] else b) for p in paths for a, b in steps if p[-1] in (a, b)]
        paths = [[*p, end] for p, end in ends if end not in p]
    return [[len(found[0]) - 1, len(found), len({tuple(p) for p in found})]]


@question(
    "KOLs within three steps of a user, and along how many paths",
    """
MATCH (a:User {id: $id})-[:FOLLOWS]->{1,3}(b:KOL)
RETURN b.name AS kol, count(*) AS paths
ORDER BY kol
""",
    id="u03",
)
def _kols_near() -> Rows:
    ways = trails("u03", ((f.source, f.target) for f in m.FOLLOWS_PERSON), 3)
    counts = Counter(PERSON[t[-1]].name for t in ways if has_role(t[-1], "KOL"))
    return [[k, n] for k, n in sorted(counts.items())]


@question(
    "Chains of two or more referrals, and the days between the first and the last",
    """
MATCH path = (a:User)-[:REFERRED*2..4]->(b:User)
WHERE all(r IN relationships(path) WHERE r.time >= datetime('2025-12-01T00:00:00Z'))
RETURN a.name AS 起点, b.name AS 终点, length(path) AS 层数,
       duration.inDays(head(relationships(path)).time, last(relationships(path)).time).days AS 天数,
       reduce(s = '', n IN nodes(path) | s + left(n.name, 1)) AS 姓氏
ORDER BY 层数 DESC, 起点
""",
)
def _referral_chains() -> Rows:
    time = {(r.source, r.target): moment_of(r) for r in m.REFERRED_PERSON}
    rows = []
    for start in PERSON:
        for t in trails(start, time, 4):
            times = [time[step] for step in pairwise(t)]
            if len(t) > 2 and min(times) >= datetime(2025, 12, 1, tzinfo=UTC):
                names = [PERSON[p].name for p in t]
                rows.append(
                    [names[0], names[-1], len(times), whole_days(times[0], times[-1]), "".join(n[0] for n in names)]
                )
    return sorted(rows, key=lambda r: (-r[2], r[0]))


@question(
    "People who follow each other, and the tags that they share",
    """
MATCH (a:Person)-[:FOLLOWS]->(b:Person)-[:FOLLOWS]->(a)
WHERE a.id < b.id
RETURN a.name AS 甲, b.name AS 乙, [t IN split(a.tags, '|') WHERE t IN split(b.tags, '|')] AS 共同标签,
       a.city = b.city AS 同城
ORDER BY a.id
""",
)
def _mutual() -> Rows:
    follows = {(f.source, f.target) for f in m.FOLLOWS_PERSON}
    rows = []
    for a, b in sorted(follows):
        if a < b and (b, a) in follows:
            x, y = PERSON[a], PERSON[b]
            rows.append([x.name, y.name, [t for t in x.tags or () if t in (y.tags or ())], x.city == y.city])
    return rows


@question(
    "Ties of one person in either direction, with arrows",
    """
MATCH (a:Person {id: $me})-[r:FOLLOWS|REFERRED]-(b:Person)
WITH b, type(r) + CASE WHEN startNode(r) = a THEN '→' ELSE '←' END AS tie
ORDER BY tie
RETURN b.name AS 对方, collect(tie) AS 关系, count(*) AS n
ORDER BY n DESC, 对方
""",
    me="u03",
)
def _ties() -> Rows:
    ties: dict[str, list[str]] = defaultdict(list)
    for name, events in (("FOLLOWS", m.FOLLOWS_PERSON), ("REFERRED", m.REFERRED_PERSON)):
        for e in events:
            if e.source == "u03":
                ties[e.target].append(name + "→")
            elif e.target == "u03":
                ties[e.source].append(name + "←")
    rows = [[PERSON[p].name, sorted(ts), len(ts)] for p, ts in ties.items()]
    return sorted(rows, key=lambda r: (-r[2], r[0]))
