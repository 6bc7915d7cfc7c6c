"""Lists, missing values, labels and types: questions of analysts with their right answers."""

from __future__ import annotations

from collections import Counter, defaultdict

from tests.queries.questions import market as m
from tests.queries.questions.asking import (
    Rows,
    grouped,
    mean_of,
    missing_last,
    question,
)
from tests.queries.questions.market import Person


@question(
    "Interests of people, each with its number of people and of KOLs",
    """
MATCH (p:Person) WHERE p.tags IS NOT NULL
UNWIND split(p.tags, '|') AS tag
RETURN tag AS 标签, count(DISTINCT p) AS 人数, count(DISTINCT CASE WHEN p:KOL THEN p END) AS 达人数
ORDER BY 人数 DESC, 标签
""",
)
def _tags() -> Rows:
    people: dict[str, list[Person]] = defaultdict(list)
    for p in m.PEOPLE:
        for tag in p.tags or ():
            people[tag].append(p)
    rows = [[tag, len(ps), sum("KOL" in p.roles for p in ps)] for tag, ps in people.items()]
    return sorted(rows, key=lambda r: (-r[1], r[0]))


@question(
    "Statements about the tags of a person, which nobody can make where there are none",
    """
MATCH (p:Person)
WITH p, split(p.tags, '|') AS tags
RETURN p.id AS id, any(t IN tags WHERE t = '露营') AS 露营, none(t IN tags WHERE t = '充电') AS 无充电,
       single(t IN tags WHERE t IN ['改装', '智驾']) AS 恰一,
       size(tags) AS 数量, tags[0] AS 首个, last(tags) AS 末个
ORDER BY id
""",
)
def _tag_statements() -> Rows:
    rows: Rows = []
    for p in sorted(m.PEOPLE, key=lambda p: p.id):
        if p.tags is None:
            rows.append([p.id, None, None, None, None, None, None])
        else:
            one = sum(t in ("改装", "智驾") for t in p.tags) == 1
            rows.append([p.id, "露营" in p.tags, "充电" not in p.tags, one, len(p.tags), p.tags[0], p.tags[-1]])
    return rows


@question(
    "Comparisons with a missing city, counted",
    """
RETURN COUNT { MATCH (p:Person) WHERE p.city = '上海' } AS 在上海,
       COUNT { MATCH (p:Person) WHERE NOT p.city = '上海' } AS 不在上海,
       COUNT { MATCH (p:Person) WHERE p.city IS NULL } AS 不知道,
       COUNT { MATCH (p:Person) WHERE p.city <> '上海' AND p.gender = '女' } AS 外地女,
       COUNT { MATCH (p:Person) WHERE NOT p.city IN ['上海', '北京'] } AS 其他城市
""",
)
def _missing_city() -> Rows:
    here = sum(p.city == "上海" for p in m.PEOPLE)
    unknown = sum(p.city is None for p in m.PEOPLE)
    women = sum(p.city is not None and p.city != "上海" and p.gender == "女" for p in m.PEOPLE)
    other = sum(p.city is not None and p.city not in ("上海", "北京") for p in m.PEOPLE)
    return [[here, len(m.PEOPLE) - here - unknown, unknown, women, other]]


@question(
    "Second page of the products by falling price, where a missing price comes first",
    """
MATCH (x:Product)
RETURN x.name AS name, x.price AS price, coalesce(x.brand, x.category, '无') AS label
ORDER BY price DESC
SKIP $skip LIMIT $page
""",
    skip=3,
    page=3,
)
def _page() -> Rows:
    ranked = sorted(m.PRODUCTS, key=lambda x: missing_last(x.price), reverse=True)
    return [[x.name, x.price, x.brand or x.category or "无"] for x in ranked[3:6]]


@question(
    "Roles that people have, by label",
    """
MATCH (p:Person)
WITH p, 'KOL' IN labels(p) AS kol, p:User AS user
RETURN kol, user, count(*) AS people, count(p.platform) AS with_platform, avg(size(split(p.tags, '|'))) AS tags
ORDER BY people DESC
""",
)
def _roles() -> Rows:
    rows = []
    for (kol, user), ps in grouped(m.PEOPLE, lambda p: ("KOL" in p.roles, "User" in p.roles)).items():
        with_platform = sum(p.platform is not None for p in ps)
        rows.append([kol, user, len(ps), with_platform, mean_of(None if p.tags is None else len(p.tags) for p in ps)])
    return sorted(rows, key=lambda r: -r[2])


@question(
    "What one customer has done, by relation and kind of target",
    """
MATCH (u:Person {id: 'u01'})-[r]->(x)
RETURN type(r) AS `行为 类型`,
       CASE WHEN x:Product THEN '商品' WHEN x:Vehicle THEN '车' WHEN x:Person THEN '人' ELSE '其他' END AS `对象 类型`,
       count(*) AS `次 数`
ORDER BY `次 数` DESC, `行为 类型`, `对象 类型`
""",
)
def _one_customer() -> Rows:
    names = {"Product": "商品", "Vehicle": "车", "Person": "人"}
    counts: Counter[tuple[str, str]] = Counter()
    for (relation, target), events in m.EVENTS.items():
        counts[relation, names.get(target, "其他")] += sum(e.source == "u01" for e in events)
    rows = [[relation, target, n] for (relation, target), n in counts.items() if n]
    return sorted(rows, key=lambda r: (-r[2], r[0], r[1]))


@question(
    "Products in price bands that come as parameters, empty bands too",
    """
UNWIND $bands AS band
OPTIONAL MATCH (x:Product)
WHERE band.low <= x.price < band.high
WITH band, x ORDER BY x.price
WITH band, count(x) AS 数量, [n IN collect(x.name) | left(n, 2)] AS 简称
RETURN band.name AS 档位, 数量, 简称
ORDER BY band.low
""",
    bands=[
        {"name": "低", "low": 0, "high": 400},
        {"name": "中", "low": 400, "high": 900},
        {"name": "高", "low": 900, "high": 2000},
        {"name": "豪", "low": 5000, "high": 90000},
    ],
)
def _bands() -> Rows:
    rows: Rows = []
    for name, low, high in (("低", 0, 400), ("中", 400, 900), ("高", 900, 2000), ("豪", 5000, 90000)):
        inside = [(x.price, x.name) for x in m.PRODUCTS if x.price is not None and low <= x.price < high]
        rows.append([name, len(inside), [n[:2] for _, n in sorted(inside)]])
    return rows
