"""Time and cohorts: questions of analysts with their right answers."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from tests.queries.questions import market as m
from tests.queries.questions.asking import (
    NODES,
    PERSON,
    PRODUCT,
    Rows,
    grouped,
    has_role,
    mean_of,
    moment_of,
    month_of,
    question,
    rounded,
    sum_of,
    whole_days,
)
from tests.queries.questions.market import Event


@question(
    "Recency, frequency and money of buyers, and the segment they fall into",
    """
MATCH (u:User)-[b:BOUGHT]->(:Product)
WITH u, max(b.time) AS latest, count(b) AS f, sum(b.weight) AS m
WITH u, duration.inDays(latest, datetime($today)).days AS r, f, m
RETURN u.name AS 姓名, r AS 最近, f AS 频次, m AS 金额,
       CASE
         WHEN r <= 60 AND f >= 3 THEN '重要价值'
         WHEN r <= 60 THEN '发展'
         WHEN m >= 2000 THEN '挽留'
         ELSE '一般'
       END AS 分层
ORDER BY r, 姓名
""",
    today="2026-07-01T00:00:00Z",
)
def _rfm() -> Rows:
    today = datetime(2026, 7, 1, tzinfo=UTC)
    rows = []
    for u, bs in grouped(m.BOUGHT_PRODUCT, lambda b: b.source).items():
        r, f, money = whole_days(max(moment_of(b) for b in bs), today), len(bs), sum_of(bs)
        segment = ("重要价值" if f >= 3 else "发展") if r <= 60 else ("挽留" if money >= 2000 else "一般")
        rows.append([PERSON[u].name, r, f, money, segment])
    return sorted(rows, key=lambda r: (r[1], r[0]))


@question(
    "Growth of revenue from month to month, in per cent",
    """
MATCH ()-[b:BOUGHT]->(:Product)
WITH toString(date.truncate('month', b.time)) AS month, sum(b.weight) AS revenue
ORDER BY month
WITH collect({m: month, r: revenue}) AS s
UNWIND range(1, size(s) - 1) AS i
RETURN s[i].m AS 月, s[i].r AS 收入, round((s[i].r - s[i-1].r) / s[i-1].r * 100, 1) AS 环比
ORDER BY 月
""",
)
def _growth() -> Rows:
    revenue = sorted(
        (k + "-01", sum_of(bs)) for k, bs in grouped(m.BOUGHT_PRODUCT, lambda b: month_of(moment_of(b))).items()
    )
    return [[k, now, rounded((now - before) / before * 100, 1)] for (_, before), (k, now) in pairwise(revenue)]


@question(
    "Cohorts by month of first order: how many are active how many months later",
    """
MATCH (u:User)-[b:BOUGHT]->(:Product)
WITH u, min(b.time) AS first
MATCH (u)-[b:BOUGHT]->(:Product)
WITH substring(toString(first), 0, 7) AS cohort,
     (b.time.year - first.year) * 12 + b.time.month - first.month AS age,
     u
RETURN cohort, age, count(DISTINCT u) AS active
ORDER BY cohort, age
""",
)
def _cohorts() -> Rows:
    active: dict[tuple[str, int], set[str]] = defaultdict(set)
    for u, bs in grouped(m.BOUGHT_PRODUCT, lambda b: b.source).items():
        first = min(moment_of(b) for b in bs)
        for b in bs:
            age = (moment_of(b).year - first.year) * 12 + moment_of(b).month - first.month
            active[month_of(first), age].add(u)
    return [[*k, len(us)] for k, us in sorted(active.items())]


@question(
    "Large orders in each month of 2026 up to July, also where there are none",
    """
UNWIND range(1, 7) AS m
OPTIONAL MATCH (u:User)-[b:BOUGHT]->(x:Product)
WHERE b.time.year = 2026 AND b.time.month = m AND b.weight > $floor
RETURN m AS 月份, count(b) AS 大单, coalesce(sum(b.weight), 0) AS 金额, min(x.name) AS 例
ORDER BY 月份
""",
    floor=800,
)
def _half_year() -> Rows:
    rows = []
    for month in range(1, 8):
        big = [b for b in m.BOUGHT_PRODUCT if month_of(moment_of(b)) == f"2026-0{month}" and (b.weight or 0) > 800]
        rows.append([month, len(big), sum_of(big), min((PRODUCT[b.target].name for b in big), default=None)])
    return rows


@question(
    "Part of the day in Shanghai when orders come in",
    """
MATCH (:User)-[b:BOUGHT]->(:Product)
WITH datetime({datetime: b.time, timezone: 'Asia/Shanghai'}).hour AS h, b
WITH CASE WHEN h < 6 THEN '凌晨' WHEN h < 12 THEN '上午' WHEN h < 18 THEN '下午' ELSE '晚上' END AS 时段, b
RETURN 时段, count(*) AS 订单, avg(b.weight) AS 客单价
ORDER BY 订单 DESC, 时段
""",
)
def _day_parts() -> Rows:
    def part(b: Event) -> str:
        hour = (moment_of(b) + timedelta(hours=8)).hour
        return ("凌晨", "上午", "下午", "晚上")[hour // 6]

    rows = []
    for name, bs in grouped(m.BOUGHT_PRODUCT, part).items():
        rows.append([name, len(bs), mean_of(b.weight for b in bs)])
    return sorted(rows, key=lambda r: (-r[1], r[0]))


@question(
    "Orders on working days and at the weekend, by the Chinese calendar day",
    """
MATCH ()-[b:BOUGHT]->(:Product)
WITH b, (b.time + duration('PT8H')) AS local
RETURN CASE WHEN local.dayOfWeek >= 6 THEN '周末' ELSE '工作日' END AS 类型,
       count(b) AS 订单,
       min(toString(date(local))) AS 第一天, max(toString(date(local))) AS 最后一天
ORDER BY 类型
""",
)
def _weekend() -> Rows:
    days = [(moment_of(b) + timedelta(hours=8)).date() for b in m.BOUGHT_PRODUCT]
    groups = grouped(days, lambda d: "周末" if d.isoweekday() >= 6 else "工作日")
    return sorted([k, len(ds), min(ds).isoformat(), max(ds).isoformat()] for k, ds in groups.items())


@question(
    "How long customers have been buying, in whole months, and their first and last day",
    """
MATCH (u:User)-[b:BOUGHT]->()
WITH u, min(b.time) AS a, max(b.time) AS z, count(*) AS n
WHERE n > 1
RETURN u.name AS 用户, duration.inMonths(a, z).months AS 月数,
       toString(date(a)) AS 首单, toString(date(z)) AS 末单, n AS 单数
ORDER BY 月数 DESC, 首单
""",
)
def _lifetime() -> Rows:
    rows = []
    for u, bs in grouped((*m.BOUGHT_PRODUCT, *m.BOUGHT_VEHICLE), lambda b: b.source).items():
        a, z = min(moment_of(b) for b in bs), max(moment_of(b) for b in bs)
        months = (z.year - a.year) * 12 + z.month - a.month
        if (z.day, z.time()) < (a.day, a.time()):
            months -= 1
        if len(bs) > 1:
            rows.append([PERSON[u].name, months, a.date().isoformat(), z.date().isoformat(), len(bs)])
    return sorted(rows, key=lambda r: (-r[1], r[2]))


@question(
    "From the last look at a product to the order, in hours",
    """
MATCH (u:User)-[b:BOUGHT]->(x:Product)
OPTIONAL MATCH (u)-[v:VIEWED]->(x)
WHERE v.time < b.time
WITH x, b, max(v.time) AS seen
WITH x, count(b) AS orders, count(seen) AS with_view,
     avg(duration.inSeconds(seen, b.time).seconds) / 3600.0 AS hours
RETURN x.name AS 商品, orders AS 订单, with_view AS 有浏览, hours AS 平均小时
ORDER BY x.id
""",
)
def _look_to_order() -> Rows:
    rows = []
    for x in sorted(PRODUCT):
        orders = [b for b in m.BOUGHT_PRODUCT if b.target == x]
        waits = []
        for b in orders:
            views = [moment_of(v) for v in m.VIEWED_PRODUCT if (v.source, v.target) == (b.source, x)]
            earlier = [t for t in views if t < moment_of(b)]
            if earlier:
                waits.append((moment_of(b) - max(earlier)).total_seconds() / 3600)
        if orders:
            rows.append([PRODUCT[x].name, len(orders), len(waits), mean_of(waits)])
    return rows


@question(
    "Latest dated event of each user, whatever it was",
    """
MATCH (u:User)-[r]->(x)
WHERE r.time IS NOT NULL
WITH u, r, x ORDER BY r.time DESC
WITH u, collect({行为: type(r), 日期: toString(date(r.time)), 对象: x.name})[0] AS 最近
RETURN u.name AS 用户, 最近.行为 AS 行为, 最近.对象 AS 对象, 最近.日期 AS 日期
ORDER BY 日期 DESC, 用户
""",
)
def _latest() -> Rows:
    latest: dict[str, tuple[datetime, str, str]] = {}
    for (relation, _), events in m.EVENTS.items():
        for e in events:
            if e.time is not None and has_role(e.source, "User"):
                latest[e.source] = max(latest.get(e.source, (e.time, "", "")), (e.time, relation, NODES[e.target].name))
    rows = [[PERSON[u].name, what, name, t.date().isoformat()] for u, (t, what, name) in latest.items()]
    return sorted(sorted(rows), key=lambda r: r[3], reverse=True)
