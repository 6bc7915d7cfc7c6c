"""Counting and spending: questions of analysts with their right answers."""

from __future__ import annotations

from collections import Counter
from math import ceil
from statistics import fmean, median, pstdev, stdev

from tests.queries.questions import market as m
from tests.queries.questions.asking import (
    PERSON,
    PRODUCT,
    USERS,
    Rows,
    grouped,
    has_role,
    known,
    mean_of,
    missing_last,
    question,
    rounded,
    sum_of,
)


@question(
    "Users per value of a column that is chosen by its name, the missing value too",
    """
MATCH (u:User)
WITH u[$column] AS value, count(*) AS people
RETURN value, people, round(people * 100.0 / COUNT { MATCH (:User) }, 1) AS share
ORDER BY people DESC, value
""",
    column="city",
)
def _cities() -> Rows:
    counts = Counter(u.city for u in USERS)
    rows = [[c, n, rounded(n * 100 / len(USERS), 1)] for c, n in counts.items()]
    return sorted(rows, key=lambda r: (-r[1], missing_last(r[0])))


@question(
    "Orders, spend and mean basket of everybody, buyers or not",
    """
match (p:Person)
optional match (p)-[b:BOUGHT]->(x:Product)
return p.id as id, count(b) as orders, sum(b.weight) as spend, avg(b.weight) as basket, count(distinct x) as products
order by id
""",
)
def _everybody() -> Rows:
    rows = []
    for p in sorted(PERSON):
        bs = [b for b in m.BOUGHT_PRODUCT if b.source == p]
        rows.append([p, len(bs), sum_of(bs), mean_of(b.weight for b in bs), len({b.target for b in bs})])
    return rows


@question(
    "Funnel per product in distinct people: seen, in the cart, bought",
    """
MATCH (x:Product)
RETURN x.name AS 商品,
       COUNT { MATCH (x)<-[:VIEWED]-(p:Person) RETURN DISTINCT p } AS 浏览人数,
       COUNT { MATCH (x)<-[:CARTED]-(p:Person) RETURN DISTINCT p } AS 加购人数,
       COUNT { MATCH (x)<-[:BOUGHT]-(p:Person) RETURN DISTINCT p } AS 购买人数
ORDER BY x.id
""",
)
def _product_funnel() -> Rows:
    stages = (m.VIEWED_PRODUCT, m.CARTED_PRODUCT, m.BOUGHT_PRODUCT)
    return [[PRODUCT[x].name, *(len({e.source for e in s if e.target == x}) for s in stages)] for x in sorted(PRODUCT)]


@question(
    "Events of each stage of the shop's funnel, one below the other",
    """
MATCH (:User)-[v:VIEWED]->(:Product) RETURN '浏览' AS 阶段, count(v) AS 次数
UNION ALL
MATCH (:User)-[f:FAVOURITED]->(:Product) RETURN '收藏' AS 阶段, count(f) AS 次数
UNION ALL
MATCH (:User)-[c:CARTED]->(:Product) RETURN '加购' AS 阶段, count(c) AS 次数
UNION ALL
MATCH (:User)-[b:BOUGHT]->(:Product) RETURN '购买' AS 阶段, count(b) AS 次数
""",
    ordered=False,
)
def _stages() -> Rows:
    stages = {
        "浏览": m.VIEWED_PRODUCT,
        "收藏": m.FAVOURITED_PRODUCT,
        "加购": m.CARTED_PRODUCT,
        "购买": m.BOUGHT_PRODUCT,
    }
    return [[name, sum(has_role(e.source, "User") for e in events)] for name, events in stages.items()]


@question(
    "Median, 90th percentile and range of order amounts, and how many amounts are missing",
    """
MATCH ()-[b:BOUGHT]->(:Product)
RETURN percentileCont(b.weight, 0.5) AS 中位数,
       percentileDisc(b.weight, 0.9) AS P90,
       min(b.weight) AS 最低, max(b.weight) AS 最高,
       count(*) - count(b.weight) AS 缺金额
""",
)
def _percentiles() -> Rows:
    amounts = sorted(known(b.weight for b in m.BOUGHT_PRODUCT))
    rank = 0.9 * len(amounts)
    disc = amounts[ceil(rank) - 1]
    return [[median(amounts), disc, amounts[0], amounts[-1], len(m.BOUGHT_PRODUCT) - len(amounts)]]


@question(
    "Mean and spread of ratings, for products with more than one",
    """
MATCH (x:Product)<-[r:RATED]-(:User)
WITH x, count(r) AS n, avg(r.weight) AS mean, stDev(r.weight) AS sd, stDevP(r.weight) AS sdp,
     collect(r.weight) AS scores
WHERE n > 1
RETURN x.name AS product, n, mean, sd, sdp, all(s IN scores WHERE s >= 4) AS liked
ORDER BY mean DESC, product
""",
)
def _rating_spread() -> Rows:
    rows = []
    for x, rs in grouped(m.RATED_PRODUCT, lambda r: r.target).items():
        scores = known(r.weight for r in rs)
        if len(rs) > 1:
            liked = all(s >= 4 for s in scores)
            rows.append([PRODUCT[x].name, len(rs), fmean(scores), stdev(scores), pstdev(scores), liked])
    return sorted(rows, key=lambda r: (-r[2], r[0]))


@question(
    "Share of each brand in revenue, in per cent",
    """
MATCH ()-[b:BOUGHT]->(x:Product)
WITH x.brand AS brand, sum(b.weight) AS revenue
WITH collect({brand: brand, revenue: revenue}) AS rows, sum(revenue) AS total
UNWIND rows AS row
RETURN row.brand AS 品牌, row.revenue AS 收入, round(100.0 * row.revenue / total, 1) AS 占比
ORDER BY 收入 DESC
""",
)
def _brand_share() -> Rows:
    revenue = {k: sum_of(bs) for k, bs in grouped(m.BOUGHT_PRODUCT, lambda b: PRODUCT[b.target].brand).items()}
    total = sum(revenue.values())
    return sorted(([k, r, rounded(100 * r / total, 1)] for k, r in revenue.items()), key=lambda r: -r[1])


@question(
    "Product with the highest revenue in each category",
    """
MATCH (x:Product)<-[b:BOUGHT]-()
WITH coalesce(x.category, '未分类') AS category, x.name AS product, sum(b.weight) AS revenue
ORDER BY revenue DESC
WITH category, collect({product: product, revenue: revenue}) AS ranked
RETURN category, ranked[0].product AS best, ranked[0].revenue AS revenue, size(ranked) AS products
ORDER BY category
""",
)
def _best_in_category() -> Rows:
    revenue = {x: sum_of(bs) for x, bs in grouped(m.BOUGHT_PRODUCT, lambda b: b.target).items()}
    rows = []
    for category, xs in grouped(revenue, lambda x: PRODUCT[x].category or "未分类").items():
        best = max(xs, key=lambda x: revenue[x])
        rows.append([category, PRODUCT[best].name, revenue[best], len(xs)])
    return sorted(rows)


@question(
    "Mean number of orders and of spend per user in each city",
    """
MATCH (u:User)
OPTIONAL MATCH (u)-[b:BOUGHT]->(:Product)
WITH u, count(b) AS orders, sum(b.weight) AS spend
WITH coalesce(u.city, '未知') AS city, avg(orders) AS 人均单数,
     avg(spend) AS 人均金额, max(spend) AS 最高, count(*) AS 人数
RETURN city, 人数, 人均单数, 人均金额, 最高
ORDER BY 人均金额 DESC, city
""",
)
def _per_city() -> Rows:
    rows = []
    for city, us in grouped(USERS, lambda u: u.city or "未知").items():
        orders = [[b for b in m.BOUGHT_PRODUCT if b.source == u.id] for u in us]
        spend = [sum_of(bs) for bs in orders]
        rows.append([city, len(us), fmean(len(bs) for bs in orders), fmean(spend), max(spend)])
    return sorted(rows, key=lambda r: (-r[3], r[0]))
