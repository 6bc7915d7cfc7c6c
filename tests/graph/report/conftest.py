"""A briefing as large as the demo makes it: 12 segments, 10 KOLs, 10 seeds, two targets with 8 models on 4 slices."""

import math

import pytest

from graph.report.content import Count, Fact, Headline, LoadCount, Market, Provenance, ReportContent, Skipped
from graph.report.findings import (
    Comparison,
    CurvePoint,
    KolRow,
    Lift,
    Member,
    ModelRow,
    ModelTable,
    Overlap,
    Plan,
    PlanSeed,
    Points,
    RecommendationRow,
    SegmentCard,
    SegmentMap,
    Spend,
    Weight,
)

SEGMENTS = (
    ("S1", "家庭SUV · 亲子自驾", 812, "亲子"),
    ("S2", "城市通勤 · battery", 655, "通勤"),
    ("S3", "露营与房车", 520, "露营"),
    ("S4", "性能与赛道 track days", 431, "赛道"),
    ("S5", "商务MPV", 389, "商务"),
    ("S6", "新手第一辆车", 333, "新手"),
    ("S7", "改装与音响", 287, "改装"),
    ("S8", "智能座舱尝鲜", 241, "座舱"),
    ("S9", "省钱与二手", 198, "省钱"),
    ("S10", "长途换电", 154, "换电"),
    ("S11", "宠物出行", 101, "宠物"),
    ("S12", "Long-distance families", 64, "family"),
)
KOLS = (
    "林听风说车",
    "陈小露营",
    "北辰试驾",
    "Zoe on Wheels",
    "赵工拆车",
    "阿飞改装室",
    "一家四口去远方",
    "城市电驴",
    "Max测评",
    "周末自驾团",
)
CARS = ("曜驰 L7 Max", "澜途 E3 二代", "Voltaris X")
REASONS = (
    "李思怡 and 3 more people you follow bought it",
    "You test-drove 青禾汽车 S5, and owners of it chose this",
    "Popular in your segment; we know little about you yet",
)
MODELS = ("fusion", "GNN", "graph filter", "friends", "item-kNN", "repeat", "recency", "popularity")
SLICES = (("overall", 1802), ("warm", 1120), ("cold-user", 648), ("cold-item", 34))
COMPONENTS = (
    ("reach", 35),
    ("fit", 20),
    ("engagement", 15),
    ("authenticity", 15),
    ("relevance", 5),
    ("value_for_money", 10),
)


def segment(i: int) -> SegmentCard:
    id_, name, size, tag = SEGMENTS[i]
    lifts = (
        Lift(tag, "tag", 4.2 - 0.2 * i, size // 3, size // 2),
        Lift(f"{tag}周边", "tag", 2.1, size // 5, size // 3),
        Lift("曜驰 L7 Max 二代", "vehicle", 3.1 - 0.1 * i, size // 4, size // 2),
        Lift("便携折叠露营天幕 家用加厚 2026款", "product", 2.4, size // 6),
        Lift("Voltaris", "brand", 1.6, size // 7),
        Lift(KOLS[i % 10], "kol", 5.5 - 0.3 * i, size // 8),
    )
    return SegmentCard(
        id_,
        name,
        size,
        size / 5000,
        0.97 - 0.05 * i,
        lifts,
        typical=(Member(f"U{i:05d}", "王子涵"), Member(f"U{i + 90:05d}", "Emma Clark"), Member(f"U{i + 70:05d}")),
        influential=(Member(f"K{i:04d}", KOLS[i % 10]), Member(f"U{i + 400:05d}", "李思怡")),
        spend=Spend(size * 1834.5, 1834.5 - 90 * i, size // 2),
        suggestion="Invite to a weekend test drive with a child seat fitted; lead with range and boot space.",
        note="Small: read its lifts with care." if size < 110 else None,
    )


def kol(i: int) -> KolRow:
    share = 0.97 - 0.07 * i
    parts = tuple(
        Points(name, weight * max(0.1, share - 0.03 * ((i * j) % 5)))
        for j, (name, weight) in enumerate(COMPONENTS)
        if (i, name) != (4, "fit")
    )
    return KolRow(
        i + 1,
        f"K{i + 1:04d}",
        KOLS[i],
        sum(p.points for p in parts),
        parts,
        platform=("抖音", "小红书", "B站", "微博", "视频号")[i % 5],
        tier=("mid", "macro", "mega", "micro")[i % 4],
        followers=None if i == 7 else 1_830_000 // (i + 1),
        audience=640 - 41 * i,
        reach=412.3 - 31.4 * i,
        exclusive=301.9 - 29.1 * i,
        overlap=None if i == 0 else 0.11 + 0.04 * i,
        overlap_with=None if i == 0 else KOLS[i - 1],
        engagement=3.41 - 0.2 * i,
        authenticity=0.93 - 0.05 * i,
        fit=None if i == 4 else 0.412 - 0.02 * i,
        cost=None if i == 7 else 52_000.0 - 4_400 * i,
        cost_per_reach=None if i == 7 else (52_000.0 - 4_400 * i) / (412.3 - 31.4 * i),
        flags=("suspicious engagement",) if i == 8 else ("thin data",) if i == 7 else (),
        reasons=("audience leans to S1 and S3", "most reactions are comments")[: 2 - i % 2],
    )


def plan() -> Plan:
    costs = [52_000.0 - 4_400 * i for i in range(10)]
    gains = [402.0 * math.exp(-0.22 * i) for i in range(10)]
    spread = [sum(gains[: i + 1]) for i in range(10)]
    spent = [sum(costs[: i + 1]) for i in range(10)]
    return Plan(
        tuple(
            PlanSeed(i + 1, f"K{i + 1:04d}", KOLS[i], costs[i], gains[i], spent[i], spread[i], "抖音")
            for i in range(10)
        ),
        tuple(
            CurvePoint(i + 1, spent[i], spread[i], spread[i] - 22 - 4 * i, spread[i] + 23 + 4 * i) for i in range(10)
        ),
        (
            Comparison("top followers", 9, 319_000.0, 1_012.4, 962.0, 1_063.0),
            Comparison("PageRank", 10, 321_500.0, 1_391.8, 1_334.0, 1_451.0),
            Comparison("random", 13, 320_100.0, 688.2, 655.0, 722.0),
        ),
        certificate=0.913,
        knee=6,
        question="at most ¥325,000 for 曜驰 L7 Max, all segments",
    )


def models() -> tuple[ModelTable, ...]:
    def rows(scale: float) -> tuple[ModelRow, ...]:
        return tuple(
            ModelRow(
                model,
                name,
                value := scale * (0.21 - 0.017 * m) * (1, 1.12, 0.62, 0.4)[s],
                max(0.0, value - 18 / (users * 1.9)),
                value + 18 / (users * 1.8),
                users,
                judged=users >= 50,
            )
            for s, (name, users) in enumerate(SLICES)
            for m, model in enumerate(MODELS)
        )

    weights = tuple(Weight(name, w) for name, w in zip(MODELS[1:], (0.38, 0.31, 0.12, 0, 0.1, 0.02, 0.07), strict=True))
    return (
        ModelTable(
            "vehicle",
            "NDCG@10",
            rows(1.0),
            "fusion",
            weights,
            "The fusion beats popularity by 0.119 (95%: 0.108–0.131) and item-kNN by 0.068.",
        ),
        ModelTable(
            "product",
            "NDCG@10",
            rows(0.6),
            "graph filter",
            (),
            "A simple model won: the graph filter alone does as well as the fusion, so it is used.",
        ),
    )


def recommendations() -> tuple[RecommendationRow, ...]:
    people = (("U00017", "王子涵", "S1"), ("U00231", "Emma Clark", "S3"), ("U04410", "赵宇轩", None))
    return tuple(
        RecommendationRow(
            user,
            f"{kind[0].upper()}{rank:03d}",
            kind,
            rank,
            0.93 - 0.11 * rank,
            REASONS[rank - 1],
            name,
            CARS[rank - 1] if kind == "vehicle" else f"便携折叠天幕 {rank}",
            seg,
        )
        for kind in ("vehicle", "product")
        for user, name, seg in people
        for rank in (1, 2, 3)
    )


def overlap() -> Overlap:
    return Overlap(
        KOLS,
        tuple(
            tuple(1.0 if i == j else None if (i, j) == (7, 2) else ((i * 7 + j * 3) % 11) / 14 for j in range(10))
            for i in range(10)
        ),
    )


def briefing() -> ReportContent:
    sizes = tuple(row[2] for row in SEGMENTS)
    ties = tuple(
        tuple(s * 3 if i == j else int(s * t / (900 + 700 * ((i * 5 + j * 3) % 7))) for j, t in enumerate(sizes))
        for i, s in enumerate(sizes)
    )
    quality = (
        LoadCount("users.csv", 5_000, 4_988, 0, 0, 4, 8),
        LoadCount("kols.csv", 120, 119, 0, 0, 0, 1),
        LoadCount("vehicles.csv", 160, 160, 0, 0, 0, 0),
        LoadCount("events.csv", 118_402, 118_214, 0, 121, 55, 12),
    )
    return ReportContent(
        title="EV retail briefing 新能源零售简报",
        subtitle="5,000 people, January to June 2026. For the growth team.",
        headlines=(
            Headline(
                "Ten KOLs for ¥322,000 are expected to reach them; top followers at that cost: 1,012.", "1,810 people"
            ),
            Headline("Stop after the sixth seed unless the last 450 people are worth ¥450 each.", "6 seeds"),
            Headline("Twelve segments cover 84% of people; the largest is 家庭SUV · 亲子自驾.", "12 segments"),
            Headline(
                "The fusion foresees the next vehicle better than popularity, beyond its interval.", "0.210 vs 0.091"
            ),
            Headline("21 of 123,682 rows were refused, each with its reason.", "0.02% refused"),
        ),
        market=Market(
            (Count("people", 5_000), Count("KOLs", 120), Count("vehicles", 160), Count("products", 1_200)),
            (
                Count("VIEWED", 61_244),
                Count("FOLLOWS", 22_910),
                Count("BOUGHT", 9_120),
                Count("TEST_DROVE", 1_204),
            ),
            "2026-01-01",
            "2026-06-30",
            "b7c0f2a1e4d95a63",
        ),
        kols=tuple(kol(i) for i in range(10)),
        overlap=overlap(),
        plan=plan(),
        segments=tuple(segment(i) for i in range(12)),
        segment_map=SegmentMap(tuple(row[0] for row in SEGMENTS), sizes, ties),
        segments_note="12 reliable segments; 816 people (16.3%) belong to none and are counted as one class.",
        models=models(),
        recommendations=recommendations(),
        quality=quality,
        rejects=(Count("unknown endpoint", 11), Count("not a number", 6), Count("event_conflict", 4)),
        skipped=(Skipped("model train --target product", "No product has a second event: nothing to test on."),),
        how_to_read=(
            "Spread is the expected number of people who adopt, seeds included.",
            "An interval of 95% covers the true mean of such users in 19 of 20 samples.",
        ),
        caveats=(
            "Strengths are learned from who reacted to whom; reach outside the data is not seen.",
            "Costs are per post as given in kols.csv; negotiate before you trust cost per person.",
        ),
        provenance=Provenance(
            (
                Fact("segments", "seg-3f9a12c4"),
                Fact("vehicle model", "mod-91be77d0"),
                Fact("plan", "pln-0c44d1aa"),
            ),
            (Fact("snapshot", "b7c0f2a1e4d95a63"), Fact("graphvine.toml", "55d1c0de")),
            7,
            "0.1.0",
        ),
    )


@pytest.fixture(scope="session")
def content() -> ReportContent:
    return briefing()
