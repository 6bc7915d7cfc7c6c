"""A town of two tastes, made by hand so that what the commands should answer is known.

A hundred people buy tea and follow K-TEA, sixty buy coffee and follow K-COFFEE; everybody likes what their own KOL
posts. K-FAME states two million followers; ten people follow, and nobody reacts. K-TEA asks 9,000 yuan, K-COFFEE 400.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

TEA = [f"U{i:03}" for i in range(100)]
COFFEE = [f"U{i:03}" for i in range(100, 160)]
KOLS = {"K-TEA": (5_000, 9_000), "K-COFFEE": (3_000, 400), "K-FAME": (2_000_000, 20_000)}
DAY, START, DAYS = 86_400, 1_735_689_600, 300
SEED = 7

MAPPING = """\
time_zone = "UTC"

[[files]]
path = "users.csv"
node = "Person"
roles = ["User"]
id = "user_id"

[[files]]
path = "kols.csv"
node = "Person"
roles = ["KOL"]
id = "kol_id"
columns = { name = "name", followers = "followers", cost = "cost" }

[[files]]
path = "products.csv"
node = "Product"
id = "product_id"
columns = { name = "name", category = "category" }

[[files]]
path = "bought.csv"
edge = "Person-BOUGHT-Product"
source = "user_id"
target = "product_id"
time = "ts"
time_unit = "s"
weight = "amount"
event_id = "order_id"

[[files]]
path = "follows.csv"
edge = "Person-FOLLOWS-Person"
source = "user_id"
target = "followed_id"
time = "ts"
time_unit = "s"

[[files]]
path = "likes.csv"
edge = "Person-INTERACTED-Person"
source = "actor_id"
target = "target_id"
time = "ts"
time_unit = "s"
columns = { kind = "kind" }
"""

HEADERS = {
    "users.csv": ("user_id",),
    "kols.csv": ("kol_id", "name", "followers", "cost"),
    "products.csv": ("product_id", "name", "category"),
    "bought.csv": ("order_id", "user_id", "product_id", "amount", "ts"),
    "follows.csv": ("user_id", "followed_id", "ts"),
    "likes.csv": ("actor_id", "target_id", "kind", "ts"),
}


def write_town(folder: Path, *, empty: bool = False) -> Path:
    """The files of the town, or the same files with headers only, and their mapping."""
    rng = np.random.default_rng(SEED)
    rows: dict[str, list[Sequence[object]]] = {name: [] for name in HEADERS}
    rows["kols.csv"] = [(name, name.title(), *facts) for name, facts in KOLS.items()]
    for people, kind, kol in ((TEA, "tea", "K-TEA"), (COFFEE, "coffee", "K-COFFEE")):
        products = [f"{kind[0].upper()}{i:02}" for i in range(12)]
        rows["products.csv"] += [(product, f"{kind} {product}", kind) for product in products]
        for person in people:
            rows["users.csv"].append((person,))
            for product in rng.choice(products, 6, replace=False):
                order = f"O{len(rows['bought.csv']):05}"
                rows["bought.csv"].append((order, person, product, 20, _moment(rng)))
            rows["follows.csv"].append((person, kol, START))
            rows["likes.csv"] += [(person, kol, "like", _moment(rng)) for _ in range(4)]
    rows["follows.csv"] += [(person, "K-FAME", START) for person in TEA[:10]]
    folder.mkdir(parents=True, exist_ok=True)
    for name, header in HEADERS.items():
        _write(folder / name, header, [] if empty else rows[name])
    (folder / "mapping.toml").write_text(MAPPING, "utf-8")
    return folder


def _moment(rng: np.random.Generator) -> int:
    return START + int(rng.integers(1, DAYS * DAY))


def _write(file: Path, header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    with file.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(header)
        writer.writerows(rows)
