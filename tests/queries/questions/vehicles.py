"""Vehicles: questions of analysts with their right answers."""

from __future__ import annotations

from tests.queries.questions import market as m
from tests.queries.questions.asking import (
    PERSON,
    VEHICLE,
    Rows,
    grouped,
    has_role,
    mean_of,
    moment_of,
    question,
    rounded,
    sum_of,
    whole_days,
)
from tests.queries.questions.market import Event


@question(
    "Test drives that led to a purchase, and how many days that took",
    """
MATCH (u:User)-[t:TEST_DROVE]->(v:Vehicle)
OPTIONAL MATCH (u)-[b:BOUGHT]->(v)
WHERE b.time >= t.time
RETURN v.name AS 车型, count(DISTINCT u) AS 试驾人数, count(b) AS 成交,
       round(100.0 * count(b) / count(DISTINCT u), 1) AS 转化率,
       avg(duration.inDays(t.time, b.time).days) AS 平均天数
ORDER BY 转化率 DESC, 车型
""",
)
def _test_drives() -> Rows:
    rows = []
    for v, drives in grouped(m.TEST_DROVE_VEHICLE, lambda t: t.target).items():
        waits: list[float] = [
            whole_days(moment_of(t), moment_of(b))
            for t in drives
            for b in m.BOUGHT_VEHICLE
            if (b.source, b.target) == (t.source, v) and moment_of(b) >= moment_of(t)
        ]
        people = len({t.source for t in drives})
        rows.append([VEHICLE[v].name, people, len(waits), rounded(100 * len(waits) / people, 1), mean_of(waits)])
    return sorted(rows, key=lambda r: (-r[3], r[0]))


@question(
    "The latest test drive of each vehicle",
    """
MATCH (v:Vehicle)
CALL (v) {
  OPTIONAL MATCH (v)<-[t:TEST_DROVE]-(p:Person)
  RETURN p.name AS tester, t.weight AS minutes
  ORDER BY t.time DESC
  LIMIT 1
}
RETURN v.name AS vehicle, tester, minutes
ORDER BY v.id
""",
)
def _latest_drive() -> Rows:
    rows: Rows = []
    for v in sorted(VEHICLE):
        drives = [t for t in m.TEST_DROVE_VEHICLE if t.target == v]
        latest = max(drives, key=moment_of, default=None)
        who = (None, None) if latest is None else (PERSON[latest.source].name, latest.weight)
        rows.append([VEHICLE[v].name, *who])
    return rows


@question(
    "Rentals and purchases of each vehicle in one table",
    """
MATCH (v:Vehicle)
CALL {
  WITH v
  MATCH (v)<-[r:RENTED]-(p:User)
  RETURN p, r.weight AS amount, '租' AS way
  UNION ALL
  WITH v
  MATCH (v)<-[b:BOUGHT]-(p:User)
  RETURN p, b.weight AS amount, '买' AS way
}
RETURN v.name AS 车型, way AS 方式, count(DISTINCT p) AS 人数, sum(amount) AS 金额
ORDER BY 车型, 方式
""",
)
def _rent_or_buy() -> Rows:
    rows = []
    for way, events in (("租", m.RENTED_VEHICLE), ("买", m.BOUGHT_VEHICLE)):
        for v, es in grouped(events, lambda e: e.target).items():
            rows.append([VEHICLE[v].name, way, len({e.source for e in es}), sum_of(es)])
    return sorted(rows)


@question(
    "Vehicle names and price bands cut into pieces",
    """
MATCH (v:Vehicle)
RETURN v.id AS id, toUpper(v.model) AS 型号, size(v.name) AS 字数, left(v.brand, 1) AS 首字,
       toInteger(replace(split(v.price_band, '-')[1], '万', '')) * 10000 AS 上限,
       substring(v.body, 0, 3) AS body, reverse(v.id) AS di, v.name STARTS WITH v.brand AS 含品牌
ORDER BY id
""",
)
def _strings() -> Rows:
    rows = []
    for v in m.VEHICLES:
        limit = None if v.price_band is None else int(v.price_band.split("-")[1].replace("万", "")) * 10000
        named = v.name.startswith(v.brand)
        rows.append([v.id, v.model.upper(), len(v.name), v.brand[:1], limit, v.body[:3], v.id[::-1], named])
    return rows


@question(
    "Vehicles found by a word, a pattern or the end of the brand",
    """
MATCH (v:Vehicle)
WHERE toLower(v.model) CONTAINS toLower($word) OR v.name =~ $shape OR v.brand ENDS WITH '斯拉'
RETURN v.name AS name, [w IN split(v.model, ' ') | size(w)] AS 词长, trim('  ' + v.body + ' ') AS body
ORDER BY name
""",
    word="MINI",
    shape=".*[A-Z][0-9]",
)
def _found() -> Rows:
    rows = []
    for v in m.VEHICLES:
        shaped = len(v.name) > 1 and "A" <= v.name[-2] <= "Z" and "0" <= v.name[-1] <= "9"
        if "mini" in v.model.lower() or shaped or v.brand.endswith("斯拉"):
            rows.append([v.name, [len(w) for w in v.model.split(" ")], v.body])
    return sorted(rows)


@question(
    "Larger orders by decade of age, without KOLs, and how many of them are vehicles",
    """
MATCH (p:Person&!KOL WHERE p.age_band IS NOT NULL)-[b:BOUGHT WHERE b.weight >= 300]->(x:Product|Vehicle)
WITH toInteger(split(p.age_band, '-')[0]) AS 起龄, p, b, x
RETURN 起龄 / 10 * 10 AS 年代, count(DISTINCT p) AS 人数, count(b) AS 订单,
       sum(CASE WHEN x:Vehicle THEN 1 ELSE 0 END) AS 买车
ORDER BY 年代
""",
)
def _decades() -> Rows:
    def decade(b: Event) -> int:
        band = PERSON[b.source].age_band
        assert band is not None
        return int(band.split("-")[0]) // 10 * 10

    orders = [
        b
        for b in (*m.BOUGHT_PRODUCT, *m.BOUGHT_VEHICLE)
        if not has_role(b.source, "KOL") and PERSON[b.source].age_band and b.weight is not None and b.weight >= 300
    ]
    rows = []
    for age, bs in sorted(grouped(orders, decade).items()):
        rows.append([age, len({b.source for b in bs}), len(bs), sum(b.target in VEHICLE for b in bs)])
    return rows


@question(
    "Users who either rent or own a vehicle, but not both",
    """
MATCH (u:User)
WITH u, EXISTS { (u)-[:RENTED]->(:Vehicle) } AS rents, EXISTS { (u)-[:OWNS]->(:Vehicle) } AS owns
WHERE rents XOR owns
RETURN u.name AS 用户, CASE WHEN owns THEN '车主' ELSE '租客' END AS 身份
ORDER BY 身份, u.id
""",
)
def _rent_xor_own() -> Rows:
    rents, owns = {e.source for e in m.RENTED_VEHICLE}, {e.source for e in m.OWNS_VEHICLE}
    rows = [("车主" if u in owns else "租客", u) for u in rents ^ owns if has_role(u, "User")]
    return [[PERSON[u].name, what] for what, u in sorted(rows)]


@question(
    "Cards of vehicles with nested owners and renters",
    """
MATCH (v:Vehicle)
WHERE v.price IS NOT NULL AND v.body IN $bodies
RETURN v {
  .name, .brand,
  万元: v.price / 10000,
  owners: COLLECT { MATCH (v)<-[:OWNS]-(p) RETURN p.name ORDER BY p.name },
  rentals: COUNT { (v)<-[:RENTED]-() }
} AS card
ORDER BY v.price
""",
    bodies=["SUV", "sedan"],
)
def _cards() -> Rows:
    chosen = [v for v in m.VEHICLES if v.price is not None and v.body in ("SUV", "sedan")]
    rows: Rows = []
    for v in sorted(chosen, key=lambda v: v.price or 0):
        assert v.price is not None
        owners = sorted(PERSON[o.source].name for o in m.OWNS_VEHICLE if o.target == v.id)
        rentals = sum(r.target == v.id for r in m.RENTED_VEHICLE)
        card = {"name": v.name, "brand": v.brand, "万元": v.price / 10000, "owners": owners, "rentals": rentals}
        rows.append([card])
    return rows


@question(
    "Everybody who looked at or drove a vehicle that is asked for, by name, each once",
    """
MATCH (p:Person)-[:VIEWED]->(v:Vehicle) WHERE v.name = $name RETURN p.name AS 潜客, v.brand AS 品牌
UNION
MATCH (p:Person)-[:TEST_DROVE]->(v:Vehicle {name: $name}) RETURN p.name AS 潜客, v.brand AS 品牌
UNION
MATCH (p:Person)-[:SEARCHED]->(:Vehicle {name: $name}) RETURN p.name AS 潜客, '特斯拉' AS 品牌
""",
    ordered=False,
    name="Model Y",
)
def _leads() -> Rows:
    events = (*m.VIEWED_VEHICLE, *m.TEST_DROVE_VEHICLE, *m.SEARCHED_VEHICLE)
    return [[name, "特斯拉"] for name in sorted({PERSON[e.source].name for e in events if e.target == "v02"})]
