"""KOLs and their audiences: questions of analysts with their right answers."""

from __future__ import annotations

from datetime import timedelta
from itertools import combinations

from tests.queries.questions import market as m
from tests.queries.questions.asking import (
    KOLS,
    PERSON,
    PRODUCT,
    TOPIC,
    Rows,
    bought_by,
    followers_of,
    grouped,
    has_role,
    moment_of,
    question,
    rounded,
    sum_of,
    whole_days,
)


@question(
    "Followers of each KOL and the cities that they live in",
    """
MATCH (k:KOL)
RETURN k.name AS 达人,
       COUNT { (k)<-[:FOLLOWS]-(:User) } AS 粉丝数,
       COLLECT {
         MATCH (k)<-[:FOLLOWS]-(f:User) WHERE f.city IS NOT NULL
         RETURN DISTINCT f.city AS c ORDER BY c
       } AS 城市
ORDER BY 粉丝数 DESC, 达人
""",
)
def _audience() -> Rows:
    rows = []
    for k in KOLS:
        fans = [PERSON[f] for f in followers_of(k.id) if has_role(f, "User")]
        rows.append([k.name, len(fans), sorted({f.city for f in fans if f.city})])
    return sorted(rows, key=lambda r: (-r[1], r[0]))


@question(
    "How much the audiences of two KOLs overlap",
    """
MATCH (k1:KOL), (k2:KOL)
WHERE k1.id < k2.id
WITH k1, k2,
     COLLECT { MATCH (k1)<-[:FOLLOWS]-(f) RETURN f.id } AS a,
     COLLECT { MATCH (k2)<-[:FOLLOWS]-(f) RETURN f.id } AS b
WITH k1, k2, a, b, [x IN a WHERE x IN b] AS both
RETURN k1.name AS first, k2.name AS second, size(both) AS overlap,
       toFloat(size(both)) / (size(a) + size(b) - size(both)) AS jaccard
ORDER BY k1.id, k2.id
""",
)
def _overlap() -> Rows:
    rows = []
    for a, b in combinations(sorted(KOLS, key=lambda k: k.id), 2):
        x, y = set(followers_of(a.id)), set(followers_of(b.id))
        rows.append([a.name, b.name, len(x & y), len(x & y) / len(x | y)])
    return rows


@question(
    "Which part of a KOL's followers bought what the KOL promotes, in whole per cent",
    """
MATCH (k:KOL)-[:PROMOTES]->(x:Product)
MATCH (k)<-[:FOLLOWS]-(f:User)
WITH k, x, f, EXISTS { (f)-[:BOUGHT]->(x) } AS bought
WITH k, x, count(f) AS fans, sum(CASE WHEN bought THEN 1 ELSE 0 END) AS buyers
RETURN k.name AS kol, x.name AS product, fans, buyers, buyers * 100 / fans AS percent
ORDER BY percent DESC, kol, product
""",
)
def _follower_conversion() -> Rows:
    rows = []
    for p in m.PROMOTES_PRODUCT:
        fans = [f for f in followers_of(p.source) if has_role(f, "User")]
        buyers = sum(p.target in bought_by(f) for f in fans)
        rows.append([PERSON[p.source].name, PRODUCT[p.target].name, len(fans), buyers, buyers * 100 // len(fans)])
    return sorted(rows, key=lambda r: (-r[4], r[0], r[1]))


@question(
    "Orders of followers within thirty days of a promotion",
    """
MATCH (u:User)-[:FOLLOWS]->(k:KOL)-[m:PROMOTES]->(x:Product)<-[b:BOUGHT]-(u)
WHERE m.time <= b.time < m.time + duration({days: 30})
RETURN k.name AS kol, x.name AS product, u.name AS buyer, duration.inDays(m.time, b.time).days AS 天数, b.weight AS 金额
ORDER BY kol, product, 天数
""",
)
def _promotion_orders() -> Rows:
    rows = []
    for p in m.PROMOTES_PRODUCT:
        for b in m.BOUGHT_PRODUCT:
            within = moment_of(p) <= moment_of(b) < moment_of(p) + timedelta(days=30)
            if b.target == p.target and b.source in followers_of(p.source) and has_role(b.source, "User") and within:
                names = [PERSON[p.source].name, PRODUCT[p.target].name, PERSON[b.source].name]
                rows.append([*names, whole_days(moment_of(p), moment_of(b)), b.weight])
    return sorted(rows, key=lambda r: (r[0], r[1], r[3]))


@question(
    "The two most active fans of each KOL",
    """
MATCH (k:KOL)
CALL {
  WITH k
  MATCH (k)<-[i:INTERACTED]-(f:Person)
  RETURN f.name AS fan, sum(i.weight) AS touches
  ORDER BY touches DESC, fan
  LIMIT 2
}
RETURN k.name AS kol, fan, touches
ORDER BY kol, touches DESC, fan
""",
)
def _top_fans() -> Rows:
    rows: Rows = []
    for k in KOLS:
        fans = grouped((i for i in m.INTERACTED_PERSON if i.target == k.id), lambda i: i.source)
        ranked = sorted((-sum_of(es), PERSON[f].name) for f, es in fans.items())
        rows += [[k.name, fan, -touches] for touches, fan in ranked[:2]]
    return sorted(rows, key=lambda r: (r[0], -r[2], r[1]))


@question(
    "Likes, comments and shares of each KOL side by side",
    """
MATCH (k:KOL)<-[r:INTERACTED]-(:Person)
RETURN k.name AS 达人,
       sum(CASE WHEN r.kind = 'like' THEN r.weight ELSE 0 END) AS 点赞,
       sum(CASE r.kind WHEN 'comment' THEN r.weight ELSE 0 END) AS 评论,
       sum(CASE WHEN r.kind IN ['share'] THEN r.weight END) AS 转发,
       count(CASE WHEN r.kind = 'comment' THEN 1 END) AS 评论记录
ORDER BY 达人
""",
)
def _kinds() -> Rows:
    rows = []
    for k in KOLS:
        kinds = grouped((i for i in m.INTERACTED_PERSON if i.target == k.id), lambda i: i.kind)
        sums = [sum_of(kinds.get(kind, [])) for kind in ("like", "comment", "share")]
        rows.append([k.name, *sums, len(kinds.get("comment", []))])
    return sorted(rows)


@question(
    "Price of a KOL per ten thousand followers, and interactions per million followers",
    """
MATCH (k:KOL)
OPTIONAL MATCH (k)<-[r:INTERACTED]-()
WITH k, sum(r.weight) AS touches
RETURN k{.name, .platform,
         万粉单价: round(k.cost / (k.followers / 10000), 2),
         百万粉互动: round(touches * 1000000.0 / k.followers, 2)} AS 达人
ORDER BY k.followers DESC
""",
)
def _kol_price() -> Rows:
    rows = []
    for k in sorted(KOLS, key=lambda k: -(k.followers or 0)):
        assert k.followers is not None
        touches = sum_of(i for i in m.INTERACTED_PERSON if i.target == k.id)
        price = None if k.cost is None else rounded(k.cost / (k.followers // 10000), 2)
        active = rounded(touches * 1e6 / k.followers, 2)
        rows.append([{"name": k.name, "platform": k.platform, "万粉单价": price, "百万粉互动": active}])
    return rows


@question(
    "Users who follow a KOL that writes about a topic they search for",
    """
MATCH (u:User)-[s:SEARCHED]->(t:Topic)
WHERE EXISTS {
  MATCH (u)-[:FOLLOWS]->(k:KOL)
  WHERE EXISTS { (k)-[:MENTIONS]->(t) }
}
RETURN u.name AS 用户, t.name AS 话题, s.weight AS 搜索次数
ORDER BY 搜索次数 DESC, 用户
""",
)
def _topic_match() -> Rows:
    mentions = {(e.source, e.target) for e in m.MENTIONS_TOPIC}
    rows = []
    for s in m.SEARCHED_TOPIC:
        followed = [f.target for f in m.FOLLOWS_PERSON if f.source == s.source and has_role(f.target, "KOL")]
        if any((k, s.target) in mentions for k in followed):
            rows.append([PERSON[s.source].name, TOPIC[s.target].name, s.weight])
    return sorted(rows, key=lambda r: (-r[2], r[0]))


@question(
    "Ordered pairs of users who follow the same KOL",
    """
MATCH (a:User)-[:FOLLOWS]->(k:KOL)<-[:FOLLOWS]-(b:User)
RETURN k.name AS kol, count(*) AS pairs, count(DISTINCT a) AS people
ORDER BY pairs DESC
""",
)
def _same_kol() -> Rows:
    rows = []
    for k in KOLS:
        fans = [f for f in followers_of(k.id) if has_role(f, "User")]
        rows.append([k.name, len(fans) * (len(fans) - 1), len(fans)])
    return sorted(rows, key=lambda r: -r[1])


@question(
    "Fees of KOLs against the money that their followers spent on what they promote",
    """
MATCH (k:KOL)-[p:PROMOTES]->(x)
WHERE x:Product OR x:Vehicle
OPTIONAL MATCH (k)<-[:FOLLOWS]-(:User)-[b:BOUGHT]->(x)
WHERE b.time > p.time
WITH k, p, sum(b.weight) AS revenue
WITH k, sum(p.weight) AS fees, sum(revenue) AS revenue, count(p) AS promotions
RETURN k.name AS 达人, promotions AS 合作数, fees AS 费用, revenue AS 带货, round(revenue / fees, 2) AS ROI
ORDER BY ROI DESC
""",
)
def _roi() -> Rows:
    promotions = (*m.PROMOTES_PRODUCT, *m.PROMOTES_VEHICLE)
    orders = (*m.BOUGHT_PRODUCT, *m.BOUGHT_VEHICLE)
    rows = []
    for k in KOLS:
        own = [p for p in promotions if p.source == k.id]
        fans = [f for f in followers_of(k.id) if has_role(f, "User")]
        revenue = sum(
            sum_of(b for b in orders if b.source in fans and b.target == p.target and moment_of(b) > moment_of(p))
            for p in own
        )
        rows.append([k.name, len(own), sum_of(own), revenue, rounded(revenue / sum_of(own), 2)])
    return sorted(rows, key=lambda r: -r[4])
