"""Random rules files, as the tables that TOML gives."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.graph.recommend.rules.adorned import CATEGORIES

FILE = "ids.txt"


def random_document(rng: np.random.Generator, people: list[str], items: list[str]) -> tuple[dict[str, Any], list[str]]:
    """A rules file with about a third of all rules, and the ids in the one file that it may name."""

    def sometimes(value: Any, share: float = 0.3) -> Any:
        return value if rng.random() < share else None

    def some(ids: list[str], most: int) -> list[str]:
        return rng.choice(ids, rng.integers(1, max(most, 2)), replace=False).tolist()

    def cap() -> dict[str, Any]:
        return {"times": int(rng.integers(1, 5)), "days": float(rng.choice([1, 7, 30, 365]))}

    def span(low: int, high: int) -> dict[str, float]:
        ends = sorted(rng.integers(low, high, 2).tolist())
        return {k: v for k, v in (("min", ends[0]), ("max", ends[1])) if rng.random() < 0.8} or {"min": ends[0]}

    where = {
        "category": sometimes(some(list(CATEGORIES), 4)),
        "maker": sometimes(some([f"m{i}" for i in range(6)], 6), 0.15),
        "fresh": sometimes([bool(rng.integers(2))], 0.15),
        "stock": sometimes(span(0, 3), 0.15),
        "price": sometimes([float(p) for p in range(5, 200, 10)], 0.1),
        "region": sometimes(["north", "east"], 0.15),
    }
    listed = some(items, len(items))
    document = {
        "items": {
            "candidates": sometimes(FILE if rng.random() < 0.5 else [*listed, "no such item"], 0.25),
            "exclude": sometimes([*some(items, len(items) // 2), "gone"], 0.25),
            "in_stock": sometimes([True, "fresh", "stock"][rng.integers(3)]),
            "price": sometimes(span(0, 200)),
            "where": {k: v for k, v in where.items() if v is not None} or None,
        },
        "people": {"exclude": sometimes(some(people, len(people) // 4), 0.2), "max_contacts": sometimes(cap(), 0.2)},
        "pairs": {
            "same_region": sometimes({"person": "city", "item": "region"}),
            "already_bought": sometimes(["exclude", "allow"][rng.integers(2)], 0.4),
            "max_exposures": sometimes(cap()),
        },
        "list": {
            "quota": sometimes(_limits(rng, ["category", "fresh", "maker"], 1)),
            "diversity": sometimes(_limits(rng, ["maker", "category", "stock"], 2)),
        },
    }
    plain: dict[str, Any] = {name: {k: v for k, v in body.items() if v is not None} for name, body in document.items()}
    if rng.random() < 0.3:
        plain["unknown"] = ["allow", "refuse"][rng.integers(2)]
    return {name: body for name, body in plain.items() if body}, listed


def _limits(rng: np.random.Generator, columns: list[str], least: int) -> dict[str, int]:
    chosen = rng.choice(columns, rng.integers(1, 3), replace=False)
    return {str(column): int(rng.integers(least, least + 3)) for column in chosen}
