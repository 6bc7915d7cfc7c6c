"""Campaigns, ratings and reductions: questions of analysts with their right answers."""

from __future__ import annotations

from tests.queries.questions import market as m
from tests.queries.questions.asking import (
    PRODUCT,
    USERS,
    Rows,
    grouped,
    mean_of,
    question,
    rounded,
    sum_of,
)


@question(
    "Impressions, clicks, conversions and click rate of campaigns",
    """
MATCH (c:Campaign)
OPTIONAL MATCH (c)<-[e:EXPOSED_TO]-(p)
WITH c, sum(e.weight) AS impressions, count(DISTINCT p) AS reach
OPTIONAL MATCH (c)<-[k:CLICKED]-()
WITH c, impressions, reach, sum(k.weight) AS clicks
OPTIONAL MATCH (c)<-[v:CONVERTED]-()
WITH c, impressions, reach, clicks, sum(v.weight) AS revenue
RETURN c.name AS 活动, reach AS 触达, impressions AS 曝光, clicks AS 点击, revenue AS 转化额,
       CASE WHEN impressions > 0 THEN round(toFloat(clicks) / impressions, 4) END AS 点击率
ORDER BY c.id
""",
)
def _campaigns() -> Rows:
    rows = []
    for c in m.CAMPAIGNS:
        shown = [e for e in m.EXPOSED_TO_CAMPAIGN if e.target == c.id]
        clicks = sum_of(e for e in m.CLICKED_CAMPAIGN if e.target == c.id)
        revenue = sum_of(e for e in m.CONVERTED_CAMPAIGN if e.target == c.id)
        rate = rounded(clicks / sum_of(shown), 4) if shown else None
        rows.append([c.name, len({e.source for e in shown}), sum_of(shown), clicks, revenue, rate])
    return rows


@question(
    "Ratings weighted by how helpful others found them",
    """
MATCH (x:Product)<-[r:RATED]-()
RETURN x.name AS 商品, avg(r.weight) AS 平均,
       sum(r.weight * r.helpfulness) / sum(r.helpfulness) AS 加权,
       collect(r.helpfulness IS NULL) = [false] AS 唯一且有评
ORDER BY 加权 DESC, 商品
""",
)
def _weighted_ratings() -> Rows:
    rows = []
    for x, rs in grouped(m.RATED_PRODUCT, lambda r: r.target).items():
        pairs = [(r.weight, r.helpfulness) for r in rs if r.weight is not None and r.helpfulness is not None]
        weighted = sum(w * h for w, h in pairs) / sum(h for _, h in pairs)
        single = len(rs) == 1 and len(pairs) == 1
        rows.append([PRODUCT[x].name, mean_of(r.weight for r in rs), weighted, single])
    return sorted(rows, key=lambda r: (-r[2], r[0]))


@question(
    "Discounts on orders of 800 yuan or more",
    """
MATCH (u:User)
WITH u, [(u)-[b:BOUGHT]->(x:Product) WHERE b.weight >= 800 | x.price - b.weight] AS discounts
WHERE size(discounts) > 0
RETURN u.name AS 用户, size(discounts) AS 大单, reduce(s = 0.0, d IN discounts | s + d) AS 优惠,
       size([d IN discounts WHERE d > 0]) AS 有优惠
ORDER BY 优惠 DESC, u.id
""",
)
def _discounts() -> Rows:
    rows = []
    for u in USERS:
        big = [b for b in m.BOUGHT_PRODUCT if b.source == u.id and b.weight is not None and b.weight >= 800]
        off = [(PRODUCT[b.target].price or 0) - (b.weight or 0) for b in big]
        if off:
            rows.append((-sum(off), u.id, [u.name, len(off), sum(off), sum(d > 0 for d in off)]))
    return [row for *_, row in sorted(rows)]
