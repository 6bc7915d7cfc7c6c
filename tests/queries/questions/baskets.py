"""Products that belong together: questions of analysts with their right answers."""

from __future__ import annotations

from collections import Counter, defaultdict
from itertools import combinations

from tests.queries.questions import market as m
from tests.queries.questions.asking import (
    PERSON,
    PRODUCT,
    USERS,
    Rows,
    bought_by,
    has_role,
    missing_last,
    moment_of,
    question,
    rounded,
    whole_days,
)


@question(
    "Pairs of products that the same people bought",
    """
MATCH (a:Product)<-[:BOUGHT]-(u:Person)-[:BOUGHT]->(b:Product)
WHERE a.id < b.id
WITH a, b, count(DISTINCT u) AS 共同买家, count(*) AS 组合数
RETURN a.name AS 商品A, b.name AS 商品B, 共同买家, 组合数
ORDER BY 共同买家 DESC, 组合数 DESC, a.id, b.id
LIMIT 6
""",
)
def _pairs() -> Rows:
    rows = []
    for a, b in combinations(sorted(PRODUCT), 2):
        ways = Counter(
            x.source
            for x in m.BOUGHT_PRODUCT
            for y in m.BOUGHT_PRODUCT
            if x.source == y.source and (x.target, y.target) == (a, b)
        )
        if ways:
            rows.append((-len(ways), -ways.total(), a, b))
    return [[PRODUCT[a].name, PRODUCT[b].name, -people, -n] for people, n, a, b in sorted(rows)[:6]]


@question(
    "What buyers of one product also bought, with the confidence",
    """
MATCH (a:Product {name: $anchor})<-[:BOUGHT]-(u:Person)
WITH a, collect(DISTINCT u) AS buyers
UNWIND buyers AS u
MATCH (u)-[:BOUGHT]->(b:Product)
WHERE b <> a
WITH b, size(buyers) AS base, count(DISTINCT u) AS both
RETURN b.name AS 搭配, both AS 人数, round(toFloat(both) / base, 3) AS 置信度
ORDER BY 人数 DESC, b.id
""",
    anchor="露营天幕",
)
def _confidence() -> Rows:
    buyers = {b.source for b in m.BOUGHT_PRODUCT if b.target == "p05"}
    both = Counter(x for u in buyers for x in bought_by(u) if x != "p05")
    ranked = sorted(both.items(), key=lambda i: (-i[1], i[0]))
    return [[PRODUCT[x].name, n, rounded(n / len(buyers), 3)] for x, n in ranked]


@question(
    "Carts that were given up",
    """
MATCH (u:User)-[c:CARTED]->(x:Product)
WHERE NOT (u)-[:BOUGHT]->(x)
RETURN u.name AS 用户, x.name AS 商品, c.weight * x.price AS 流失金额, toString(date(c.time)) AS 日期
ORDER BY c.time
""",
)
def _abandoned() -> Rows:
    rows = []
    for c in sorted(m.CARTED_PRODUCT, key=moment_of):
        x = PRODUCT[c.target]
        if c.target not in bought_by(c.source) and c.weight is not None and x.price is not None:
            rows.append([PERSON[c.source].name, x.name, c.weight * x.price, moment_of(c).date().isoformat()])
    return rows


@question(
    "Products that friends bought and that the user has neither bought nor seen",
    """
MATCH (me:User)-[:FOLLOWS]->(friend:User)-[:BOUGHT]->(x:Product)
WHERE NOT EXISTS { (me)-[:BOUGHT|VIEWED]->(x) } AND friend.id <> me.id
WITH me, x, count(DISTINCT friend) AS friends, min(friend.name) AS one
RETURN me.name AS 用户, x.name AS 推荐, friends AS 好友数, one AS 例如
ORDER BY me.id, friends DESC, x.id
""",
)
def _friends_bought() -> Rows:
    known = {(e.source, e.target) for e in (*m.BOUGHT_PRODUCT, *m.VIEWED_PRODUCT)}
    friends: dict[tuple[str, str], set[str]] = defaultdict(set)
    for f in m.FOLLOWS_PERSON:
        if has_role(f.source, "User") and has_role(f.target, "User"):
            for x in bought_by(f.target):
                if (f.source, x) not in known:
                    friends[f.source, x].add(f.target)
    ranked = sorted(friends.items(), key=lambda i: (i[0][0], -len(i[1]), i[0][1]))
    return [[PERSON[u].name, PRODUCT[x].name, len(fs), min(PERSON[f].name for f in fs)] for (u, x), fs in ranked]


@question(
    "People who bought twice in one category",
    """
MATCH (u:User)-[b1:BOUGHT]->(x:Product), (u)-[b2:BOUGHT]->(y:Product)
WHERE x.category = y.category AND b1.time < b2.time
RETURN u.name AS 用户, x.category AS 品类, x.name AS 先买, y.name AS 后买,
       duration.inDays(b1.time, b2.time).days AS 相隔天数
ORDER BY 相隔天数
""",
)
def _same_category() -> Rows:
    rows = []
    for a in m.BOUGHT_PRODUCT:
        for b in m.BOUGHT_PRODUCT:
            x, y = PRODUCT[a.target], PRODUCT[b.target]
            same = x.category is not None and x.category == y.category
            if a.source == b.source and same and moment_of(a) < moment_of(b):
                rows.append([PERSON[a.source].name, x.category, x.name, y.name, whole_days(moment_of(a), moment_of(b))])
    return sorted(rows, key=lambda r: r[4])


@question(
    "The two most expensive orders of each user, orders without an amount first",
    """
MATCH (u:User)
WITH u, COLLECT {
  MATCH (u)-[b:BOUGHT]->(x:Product)
  RETURN x.name ORDER BY b.weight DESC LIMIT 2
} AS top2
WHERE size(top2) > 0
RETURN u.name AS 用户, top2 AS 最贵的两单
ORDER BY u.id
""",
)
def _top_two() -> Rows:
    rows = []
    for u in sorted(u.id for u in USERS):
        orders = [b for b in m.BOUGHT_PRODUCT if b.source == u]
        orders.sort(key=lambda b: missing_last(b.weight), reverse=True)
        if orders:
            rows.append([PERSON[u].name, [PRODUCT[b.target].name for b in orders[:2]]])
    return rows
