"""What every named query answers on the planted market, worked out by hand."""

from __future__ import annotations

import datetime
from typing import Any

Case = tuple[str, dict[str, str], list[tuple[Any, ...]]]


def day(n: int) -> str:
    """Midnight of a day, counted from New Year 2026."""
    return f"{datetime.date(2026, 1, 1) + datetime.timedelta(days=n)}T00:00:00Z"


_PEOPLE: list[Case] = [
    (
        "customer-360",
        {"person": "ann"},
        [("ann", "Ann", "user", "上海", "25-34", "2026-01-01", 6, 2, 2, 2, 1, 400.0, day(11), 4, 1, 2)],
    ),
    (
        "customer-360",
        {"person": "小美"},
        [("小美", "小美", "user", "广州", "25-34", "2026-01-01", 2, 2, 0, 0, 3, 1120.0, day(50), 1, 1, 0)],
    ),
    (
        "customer-360",
        {"person": "lou"},
        [("lou", "Lou", "user and KOL", None, None, "2026-01-01", 0, 0, 0, 0, 0, 0.0, None, 1, 2, 0)],
    ),
    (
        "person-timeline",
        {"person": "cy", "limit": "3"},
        [
            (day(45), "RATED", "Product", "p3", 4.0),
            (day(41), "BOUGHT", "Product", "p3", 20.0),
            (day(41), "SEARCHED", "Topic", "t1", None),
        ],
    ),
    (
        "person-timeline",
        {"person": "di"},
        [
            (day(35), "CONVERTED", "Campaign", "c2", None),
            (day(34), "CLICKED", "Campaign", "c2", None),
            (day(33), "BOUGHT", "Product", "p3", None),
            (day(33), "EXPOSED_TO", "Campaign", "c2", 1.0),
            (day(3), "INTERACTED", "Person", "lou", None),
        ],
    ),
    (
        "look-alikes",
        {"person": "ann"},
        [("cy", "Cy", None, 4, 5, 0.6667), ("bo", "Bo", "北京", 3, 3, 0.6), ("di", "Di", "上海", 3, 3, 0.6)],
    ),
    (
        "look-alikes",
        {"person": "小美", "min_shared": "1", "limit": "2"},
        [("cy", "Cy", None, 2, 5, 0.3333), ("bo", "Bo", "北京", 1, 3, 0.2)],
    ),
    ("friends-who-own", {"person": "ann"}, [("v1", "V1", 2, ["bo", "di"]), ("v2", "V2", 1, ["di"])]),
    ("friends-who-own", {"person": "小美"}, []),
    (
        "repeat-buyers",
        {},
        [
            ("cy", "Cy", 4, 4, 140.0, day(3), day(41), 12.7),
            ("bo", "Bo", 3, 3, 200_150.0, day(2), day(90), 44.0),
            ("小美", "小美", 3, 3, 1120.0, day(4), day(50), 23.0),
            ("ann", "Ann", 3, 3, 400.0, day(0), day(11), 5.5),
        ],
    ),
    (
        "repeat-buyers",
        {"since": "2026-02-15", "min_days": "1"},
        [
            ("bo", "Bo", 1, 1, 200_000.0, day(90), day(90), None),
            ("小美", "小美", 1, 1, 500.0, day(50), day(50), None),
        ],
    ),
    (
        "top-customers",
        {"limit": "3"},
        [
            ("bo", "Bo", "北京", 3, 200_150.0, day(90), 0),
            ("小美", "小美", "广州", 3, 1120.0, day(50), 40),
            ("ann", "Ann", "上海", 3, 400.0, day(11), 79),
        ],
    ),
    (
        "top-customers",
        {"since": "2026-02-01", "until": "2026-03-01"},
        [
            ("小美", "小美", "广州", 1, 500.0, day(50), 0),
            ("bo", "Bo", "北京", 1, 50.0, day(35), 15),
            ("cy", "Cy", None, 2, 40.0, day(41), 9),
            ("di", "Di", "上海", 1, 0.0, day(33), 17),
        ],
    ),
    (
        "wish-list",
        {},
        [
            ("小美", "Product", "商品4", "充电枪 二代", 80.0, 1, 1, day(38)),
            ("ann", "Product", "p3", "P3", 20.0, 1, 0, day(6)),
            ("ann", "Vehicle", "v1", "V1", 100_000.0, 1, 0, day(3)),
        ],
    ),
    ("wish-list", {"brand": "小驰", "limit": "1"}, [("小美", "Product", "商品4", "充电枪 二代", 80.0, 1, 1, day(38))]),
    (
        "upgrade-candidates",
        {},
        [("cy", "v2", 150_000.0, "v3", "V3", 200_000.0, 2, day(7))],
    ),
    (
        "upgrade-candidates",
        {"min_actions": "1"},
        [
            ("cy", "v2", 150_000.0, "v3", "V3", 200_000.0, 2, day(7)),
            ("bo", "v1", 100_000.0, "v2", "V2", 150_000.0, 1, day(100)),
            ("ann", "v2", 150_000.0, "v3", "V3", 200_000.0, 1, day(5)),
        ],
    ),
]

_GOODS: list[Case] = [
    ("who-to-invite", {"vehicle": "v1"}, [("ann", "上海", 4, 1, 2, day(3)), ("cy", None, 4, 1, 0, day(4))]),
    ("who-to-invite", {"vehicle": "v1", "limit": "1"}, [("ann", "上海", 4, 1, 2, day(3))]),
    ("who-to-invite", {"vehicle": "v1", "min_actions": "5"}, []),
    ("co-bought", {"product": "p1"}, [("p2", "P2", 2, 0.6667), ("p3", "P3", 1, 0.3333)]),
    ("co-bought", {"product": "p9"}, []),
    (
        "products-by-month",
        {"top": "1"},
        [(2026, 1, 1, "p1", "P1", 3, 300.0), (2026, 2, 1, "p3", "P3", 3, 40.0)],
    ),
    (
        "products-by-month",
        {"until": "2026-02-01"},
        [(2026, 1, 1, "p1", "P1", 3, 300.0), (2026, 1, 2, "p2", "P2", 1, 50.0)],
    ),
    ("test-drive-no-purchase", {"brand": "B1"}, [("ann", "v1", 2, 0, day(4))]),
    ("test-drive-no-purchase", {"brand": "曜驰"}, [("cy", "v3", 1, 1, day(6))]),
    ("dormant-fans", {"brand": "B1"}, [("cy", 4, day(4), 96), ("ann", 4, day(3), 97)]),
    ("dormant-fans", {"brand": "B1", "days": "96"}, [("ann", 4, day(3), 97)]),
    (
        "dormant-fans",
        {"brand": "小驰", "days": "10", "min_actions": "1"},
        [("小美", 2, day(37), 63), ("cy", 1, day(39), 61), ("bo", 1, day(36), 64), ("ann", 1, day(6), 94)],
    ),
    ("brand-funnel", {}, [("B1", 3, 2, 2, 3, 3), ("曜驰", 3, 0, 1, 1, 0)]),
    ("category-funnel", {}, [("充电", 2, 1, 2, 2, 1.0), ("露营", 2, 1, 1, 4, 2.0)]),
    ("category-funnel", {"since": "2026-02-09"}, [("露营", 1, 0, 1, 1, 1.0)]),
    (
        "vehicle-competitors",
        {"vehicle": "v1"},
        [("v2", "V2", "B1", 2, 0.6667, 1), ("v3", "V3", "曜驰", 2, 0.6667, 0)],
    ),
    (
        "cold-products",
        {},
        [
            ("Product", "商品4", "充电枪 二代", "小驰", 80.0, 2, 4, 0, day(38)),
            ("Vehicle", "v4", "V4", "曜驰", None, 0, 0, 0, None),
        ],
    ),
    ("competitor-switches", {"brand": "B1"}, []),
    ("competitor-switches", {"brand": "曜驰"}, [("B1", 2, 1.0, "v1", 1)]),
    (
        "brand-switches",
        {"since": "2026-02-01"},
        [("SUV", "B1", "曜驰", 1, "no"), ("露营", "云麓", "小驰", 1, "no")],
    ),
    ("brand-switches", {"since": "2026-01-10", "category": "SUV"}, [("SUV", "B1", "B1", 1, "yes")]),
    ("brand-switches", {"since": "2026-01-10", "category": "露营"}, [("露营", "云麓", "小驰", 1, "no")]),
    (
        "item-ratings",
        {},
        [
            ("Vehicle", "v2", "V2", 1, 3.0, 0, 1),
            ("Product", "p1", "P1", 2, 3.5, 1, 3),
            ("Product", "p3", "P3", 1, 4.0, 0, 3),
        ],
    ),
    ("item-ratings", {"min_ratings": "2", "bad": "1.5"}, [("Product", "p1", "P1", 2, 3.5, 0, 3)]),
    (
        "rental-patterns",
        {},
        [
            ("SUV", 1, 2, 1, 620.0, 310.0),
            ("SUV", 2, 1, 1, 0.0, 0.0),
            ("SUV", 5, 1, 1, 500.0, 500.0),
            ("轿车", 1, 1, 1, 250.0, 250.0),
        ],
    ),
    ("rental-patterns", {"since": "2026-02-01"}, [("SUV", 5, 1, 1, 500.0, 500.0)]),
    (
        "vehicle-loyalty",
        {},
        [("v1", "V1", "B1", 2, 3, 1, 0.5), ("v2", "V2", "B1", 1, 1, 0, 0.0), ("v3", "V3", "曜驰", 1, 1, 0, 0.0)],
    ),
    ("vehicle-loyalty", {"min_renters": "2"}, [("v1", "V1", "B1", 2, 3, 1, 0.5)]),
]

_MARKET: list[Case] = [
    (
        "activity-by-month",
        {},
        [
            ("2026-01-01", 4, 14, 3, 4, 8, 4, 1220.0),
            ("2026-02-01", 4, 5, 4, 0, 5, 4, 590.0),
            ("2026-04-01", 1, 1, 0, 0, 1, 1, 200_000.0),
        ],
    ),
    (
        "activity-by-month",
        {"since": "2026-03-01"},
        [("2026-04-01", 1, 1, 0, 0, 1, 1, 200_000.0)],
    ),
    (
        "cohort-retention",
        {},
        [(2026, 1, 0, 4, 1.0), (2026, 1, 1, 3, 0.75), (2026, 1, 3, 1, 0.25), (2026, 2, 0, 1, 1.0)],
    ),
    ("cohort-retention", {"since": "2026-01-15"}, [(2026, 2, 0, 1, 1.0)]),
    (
        "city-overview",
        {},
        [
            ("北京", 1, 1, 3, 200_150.0, 1.0),
            ("广州", 1, 1, 3, 1120.0, 1.0),
            ("上海", 2, 2, 4, 400.0, 1.0),
            ("unknown", 3, 1, 4, 140.0, 0.3333),
        ],
    ),
    (
        "city-overview",
        {"since": "2026-03-01"},
        [
            ("北京", 1, 1, 1, 200_000.0, 1.0),
            ("unknown", 3, 0, 0, 0.0, 0.0),
            ("上海", 2, 0, 0, 0.0, 0.0),
            ("广州", 1, 0, 0, 0.0, 0.0),
        ],
    ),
    (
        "channel-funnel-by-week",
        {},
        [
            ("2026-01-05", "小程序", 2, 1, 1, 100.0, 0.5, 1.0),
            ("2026-01-05", "短信", 1, 1, 0, 0.0, 1.0, 0.0),
            ("2026-01-12", "小程序", 1, 0, 0, 0.0, 0.0, 0.0),
            ("2026-02-02", "小程序", 1, 0, 0, 0.0, 0.0, 0.0),
            ("2026-02-02", "短信", 1, 1, 1, 0.0, 1.0, 1.0),
        ],
    ),
    (
        "channel-funnel-by-week",
        {"campaign": "c1", "until": "2026-01-08"},
        [("2026-01-05", "小程序", 2, 1, 1, 100.0, 0.5, 1.0), ("2026-01-05", "短信", 1, 0, 0, 0.0, 0.0, 0.0)],
    ),
    (
        "channel-funnel-by-week",
        {"campaign": "c1", "since": "2026-01-10"},
        [("2026-01-12", "小程序", 1, 0, 0, 0.0, 0.0, 0.0)],
    ),
    (
        "campaign-results",
        {},
        [
            ("c1", "春节活动", "2026-01-01", 3, 2, 1, 100.0, 1000.0, 1000.0),
            ("c2", "元宵", "2026-01-31", 2, 1, 1, 0.0, None, None),
        ],
    ),
    (
        "topic-trends",
        {"since": "2026-02-01"},
        [("t1", "续航", 4, 1, 3, 3), ("t2", "充电", 1, 1, 0, 1)],
    ),
    ("topic-leaders", {"topic": "t2"}, [("kim", "Kim", "抖音", 1, 4, 1, 0.25)]),
    ("topic-leaders", {"topic": "续航"}, [("lou", "Lou", "小红书", 2, 3, 2, 0.6667)]),
    (
        "topic-purchases",
        {"topic": "t1"},
        [("Vehicle", "v2", "V2", 1, 250.0), ("Product", "p3", "P3", 1, 20.0)],
    ),
    (
        "topic-purchases",
        {"topic": "续航", "days": "60", "limit": "2"},
        [("Vehicle", "v1", "V1", 1, 200_000.0), ("Vehicle", "v2", "V2", 1, 250.0)],
    ),
]

_SOCIAL: list[Case] = [
    (
        "kol-audience",
        {"kol": "kim"},
        [("unknown", 2, 1, 1), ("上海", 1, 1, 0), ("北京", 1, 0, 1)],
    ),
    ("audience-overlap", {"first": "kim", "second": "lou"}, [(4, 3, 2, 0.5, 0.6667)]),
    ("audience-overlap", {"first": "kim", "second": "sol"}, [(4, 0, 0, 0.0, 0.0)]),
    (
        "kol-promotes-audience-owns",
        {},
        [
            ("lou", "Product", "p3", 3, 2, 0.6667),
            ("lou", "Vehicle", "v2", 3, 2, 0.6667),
            ("kim", "Vehicle", "v1", 4, 1, 0.25),
            ("sol", "Vehicle", "v1", 0, 0, 0.0),
        ],
    ),
    (
        "kol-scorecard",
        {},
        [
            ("kim", "Kim", "抖音", 1000, 3, 3, 2, 1, 500.0, 250.0),
            ("lou", "Lou", "小红书", None, 2, 1, 1, 2, 300.0, 300.0),
            ("sol", None, None, 50, 0, 0, 0, 1, None, None),
        ],
    ),
    ("kol-scorecard", {"platform": "抖音"}, [("kim", "Kim", "抖音", 1000, 3, 3, 2, 1, 500.0, 250.0)]),
    ("kol-silent-audience", {}, [("kim", "Kim", 3, 1, 0.3333), ("lou", "Lou", 2, 0, 0.0)]),
    (
        "kol-exclusive-reach",
        {"kols": "kim,lou,sol"},
        [("kim", "Kim", 4, 2, 0.5, 500.0), ("lou", "Lou", 3, 1, 0.3333, 300.0), ("sol", None, 0, 0, 0.0, None)],
    ),
    ("kol-exclusive-reach", {"kols": "kim"}, [("kim", "Kim", 4, 4, 1.0, 500.0)]),
    ("kol-exclusive-reach", {"kols": '["lou"]'}, [("lou", "Lou", 3, 3, 1.0, 300.0)]),
    (
        "word-of-mouth",
        {"item": "v1"},
        [
            ("bo", "Bo", "北京", day(1), 1, ["ann"]),
            ("ann", "Ann", "上海", day(2), 1, ["小美"]),
            ("小美", "小美", "广州", day(4), 1, ["cy"]),
        ],
    ),
    (
        "word-of-mouth",
        {"item": "v1", "days": "2"},
        [("bo", "Bo", "北京", day(1), 1, ["ann"]), ("ann", "Ann", "上海", day(2), 1, ["小美"])],
    ),
    (
        "promotion-results",
        {},
        [
            ("lou", "Product", "p3", day(30), 1, 7.0, 2, 40.0),
            ("lou", "Vehicle", "v2", day(1), 1, 5.0, 1, 250.0),
            ("kim", "Vehicle", "v1", day(1), 2, 10.0, 1, 0.0),
            ("sol", "Vehicle", "v1", day(1), 1, 5.0, 0, 0.0),
        ],
    ),
    ("promotion-results", {"kol": "kim", "days": "5"}, [("kim", "Vehicle", "v1", day(1), 2, 10.0, 0, 0.0)]),
    ("referrals", {}, [("ann", "Ann", 2, 2), ("cy", "Cy", 2, 2), ("bo", "Bo", 1, 1), ("kim", "Kim", 1, 0)]),
    ("referrals", {"min_referred": "2"}, [("ann", "Ann", 2, 2), ("cy", "Cy", 2, 2)]),
    (
        "who-brought-whom",
        {},
        [
            ("ann", "bo", day(1), 3, 200_150.0, day(2)),
            ("cy", "bo", day(5), 2, 200_050.0, day(35)),
            ("ann", "cy", day(2), 4, 140.0, day(3)),
            ("bo", "di", day(3), 1, 0.0, day(33)),
            ("kim", "sol", day(4), 0, 0.0, None),
        ],
    ),
    (
        "who-brought-whom",
        {"person": "ann", "since": "2026-01-03"},
        [("ann", "cy", day(2), 4, 140.0, day(3))],
    ),
    (
        "referral-tree",
        {"person": "ann"},
        [(1, "bo", "Bo", ["ann", "cy"], 3), (1, "cy", "Cy", ["ann"], 4), (2, "di", "Di", ["bo"], 1)],
    ),
    ("referral-tree", {"person": "di"}, []),
]

_CHECKS: list[Case] = [
    (
        "check-missing-values",
        {},
        [
            ("Person", "age_band", 5, 9, 0.5556),
            ("Person", "city", 5, 9, 0.5556),
            ("Person", "gender", 4, 9, 0.4444),
            ("Person", "signup", 4, 9, 0.4444),
            ("KOL", "cost", 1, 3, 0.3333),
            ("KOL", "followers", 1, 3, 0.3333),
            ("Vehicle", "body", 1, 4, 0.25),
            ("Vehicle", "price", 1, 4, 0.25),
            ("Person", "name", 2, 9, 0.2222),
        ],
    ),
    (
        "check-relations",
        {},
        [
            ("BOUGHT", 9, 4, 0, 1, day(0), day(90)),
            ("CARTED", 3, 3, 0, 0, day(34), day(39)),
            ("FAVOURITED", 4, 3, 0, 4, day(3), day(37)),
            ("OWNS", 4, 3, 4, 4, None, None),
            ("RATED", 4, 3, 0, 0, day(10), day(45)),
            ("RENTED", 5, 3, 0, 1, day(4), day(50)),
            ("SEARCHED", 5, 3, 0, 4, day(1), day(41)),
            ("TEST_DROVE", 4, 3, 0, 0, day(1), day(6)),
            ("VIEWED", 15, 4, 0, 15, day(0), day(100)),
        ],
    ),
    ("check-repeated-events", {}, []),
    ("check-repeated-events", {"relations": "VIEWED"}, [("VIEWED", "ann", "Vehicle", "v1", day(1), 2)]),
    (
        "check-amounts",
        {"factor": "1.5"},
        [
            ("far above the price", "BOUGHT", "bo", "Vehicle", "v1", day(90), 200_000.0, 100_000.0),
            ("missing", "BOUGHT", "di", "Product", "p3", day(33), None, 20.0),
            ("missing", "RENTED", "cy", "Vehicle", "v1", day(12), None, 100_000.0),
        ],
    ),
    ("check-amounts", {"limit": "1"}, [("missing", "BOUGHT", "di", "Product", "p3", day(33), None, 20.0)]),
    ("check-before-signup", {}, [("di", "2026-02-10", day(33), 1)]),
    ("check-before-signup", {"days": "7"}, []),
    (
        "check-referrals",
        {},
        [("bo", ["ann", "cy"], "by several"), ("ann", ["cy"], "in a circle"), ("cy", ["ann"], "in a circle")],
    ),
    ("check-lonely", {}, [("Person", 1, ["eve"]), ("Topic", 1, ["t3"]), ("Vehicle", 1, ["v4"])]),
    ("check-lonely", {"examples": "0"}, [("Person", 1, []), ("Topic", 1, []), ("Vehicle", 1, [])]),
]

_RESULTS: list[Case] = [
    (
        "results",
        {},
        [
            ("r3", "recommendations", 7),
            ("r5", "scores", 3),
            ("r4", "seeds", 2),
            ("r1", "segments", 5),
            ("r2", "segments", 4),
        ],
    ),
    (
        "segment-sizes",
        {},
        [
            ("r1", "S1", "露营玩家", 3, 0.6, 3, 1660.0),
            ("r1", "S2", "通勤族", 2, 0.4, 2, 200_150.0),
            ("r2", "S1", "甲", 2, 0.5, 2, 200_550.0),
            ("r2", "S2", "乙", 2, 0.5, 2, 140.0),
        ],
    ),
    (
        "segment-sizes",
        {"result": "r2"},
        [("r2", "S1", "甲", 2, 0.5, 2, 200_550.0), ("r2", "S2", "乙", 2, 0.5, 2, 140.0)],
    ),
    (
        "segment-people",
        {"segment": "S1", "result": "r1"},
        [
            ("r1", "ann", "Ann", "上海", 0.9, 3, day(11)),
            ("r1", "cy", "Cy", None, 0.8, 4, day(41)),
            ("r1", "小美", "小美", "广州", 0.7, 3, day(50)),
        ],
    ),
    (
        "segment-people",
        {"segment": "S1", "min_certainty": "0.9"},
        [
            ("r1", "ann", "Ann", "上海", 0.9, 3, day(11)),
            ("r2", "ann", "Ann", "上海", 1.0, 3, day(11)),
            ("r2", "bo", "Bo", "北京", 0.9, 3, day(90)),
        ],
    ),
    (
        "segment-profile",
        {"segment": "S1", "result": "r1"},
        [
            ("r1", "gender", "female", 3, 1.0, 1.67),
            ("r1", "age_band", "35-44", 1, 0.3333, 1.67),
            ("r1", "city", "广州", 1, 0.3333, 1.67),
            ("r1", "age_band", "25-34", 2, 0.6667, 1.11),
            ("r1", "city", "上海", 1, 0.3333, 0.83),
        ],
    ),
    (
        "segment-profile",
        {"segment": "S2", "min_people": "2"},
        [("r1", "gender", "male", 2, 1.0, 2.5)],
    ),
    (
        "segment-favourites",
        {"segment": "S1", "result": "r1"},
        [
            ("r1", "Product", "p1", "P1", 2, 0.6667, 1.11),
            ("r1", "Product", "p3", "P3", 2, 0.6667, 1.11),
            ("r1", "Vehicle", "v2", "V2", 2, 0.6667, 1.11),
            ("r1", "Vehicle", "v1", "V1", 3, 1.0, 1.0),
        ],
    ),
    (
        "segment-overlap",
        {"first": "r1", "second": "r2"},
        [
            ("S1", "露营玩家", "S1", "甲", 1, 0.3333, 0.5),
            ("S1", "露营玩家", "S2", "乙", 1, 0.3333, 0.5),
            ("S2", "通勤族", "S1", "甲", 1, 0.5, 0.5),
            ("S2", "通勤族", "S2", "乙", 1, 0.5, 0.5),
        ],
    ),
    (
        "segment-kols",
        {"segment": "S1", "result": "r1"},
        [("r1", "kim", "Kim", "抖音", 2, 0.6667, 0.6667), ("r1", "lou", "Lou", "小红书", 2, 0.6667, 0.6667)],
    ),
    (
        "person-recommendations",
        {"person": "ann"},
        [
            ("r3", 1, "Product", "p3", "P3", 0.9, "买过露营用品", "no"),
            ("r3", 2, "Vehicle", "v3", "V3", 0.5, "关注的人在看", "no"),
        ],
    ),
    (
        "person-recommendations",
        {"person": "cy", "result": "r3"},
        [("r3", 1, "Vehicle", "v1", "V1", 0.7, "朋友在开", "yes")],
    ),
    ("person-recommendations", {"person": "cy", "result": "r1"}, []),
    (
        "recommended-to",
        {"item": "p3"},
        [
            ("r3", "Product", "ann", "Ann", "上海", 1, 0.9, "买过露营用品"),
            ("r3", "Product", "bo", "Bo", "北京", 1, 0.8, "买过露营用品"),
        ],
    ),
    ("recommended-to", {"item": "商品4", "top": "1"}, [("r3", "Product", "di", "Di", "上海", 1, 0.6, None)]),
    ("take-up", {"since": "2026-01-05"}, [("r3", 1, 5, 1, 0.2), ("r3", 2, 2, 0, 0.0)]),
    ("take-up", {"since": "2026-01-20", "top": "1"}, [("r3", 1, 5, 0, 0.0)]),
    (
        "plan-seeds",
        {},
        [("r4", 1, "kim", "Kim", "抖音", 2.5, 500.0, 4), ("r4", 2, "lou", "Lou", "小红书", 1.0, 300.0, 3)],
    ),
    ("plan-seeds", {"result": "r1"}, []),
    (
        "plan-seeds",
        {"result": "r4"},
        [
            ("r4", 1, "kim", "Kim", "抖音", 2.5, 500.0, 4),
            ("r4", 2, "lou", "Lou", "小红书", 1.0, 300.0, 3),
        ],
    ),
    ("kol-ranking", {"result": "r5", "limit": "1"}, [("r5", 1, "kim", "Kim", "抖音", 80.5, 500.0, ["v1"])]),
    (
        "kol-ranking",
        {},
        [
            ("r5", 1, "kim", "Kim", "抖音", 80.5, 500.0, ["v1"]),
            ("r5", 2, "lou", "Lou", "小红书", 60.0, 300.0, ["p3", "v2"]),
            ("r5", 3, "sol", None, None, 10.0, None, ["v1"]),
        ],
    ),
]

CASES: list[Case] = [*_PEOPLE, *_GOODS, *_MARKET, *_SOCIAL, *_CHECKS, *_RESULTS]
