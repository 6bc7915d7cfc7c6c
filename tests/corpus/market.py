"""The small market that faults are planted into: three tables, what is in them, and the files that load them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from types import MappingProxyType
from typing import Literal

import numpy as np

from graph.worlds.stages.draws import stream
from tests.corpus.fault import Format, Table, Texts, Value

Kind = Literal["text", "integer", "decimal", "boolean", "time", "date", "list"]

USERS, PRODUCTS = 240, 40
AS_OF = 1_767_225_600
"""1 January 2026 UTC: later than every time in the market, before every future one that is planted."""

COLUMNS: Mapping[Table, Mapping[str, Kind]] = MappingProxyType(
    {
        "users": {
            "user_id": "text",
            "name": "text",
            "city": "text",
            "followers": "integer",
            "cost": "decimal",
            "vip": "boolean",
            "signup": "date",
        },
        "orders": {
            "order_id": "text",
            "user_id": "text",
            "product_id": "text",
            "ts": "time",
            "amount": "decimal",
            "kind": "text",
            "note": "text",
            "pieces": "integer",
            "score": "decimal",
            "gift": "boolean",
            "tier": "text",
            "labels": "list",
            "remark": "text",
        },
        "follows": {"user_id": "text", "followed_id": "text", "ts": "time"},
    }
)
SUFFIX: Mapping[Format, str] = MappingProxyType(
    {"csv": ".csv", "tsv": ".tsv", "jsonl": ".jsonl", "parquet": ".parquet", "gb18030.csv.gz": ".csv.gz"}
)
NEEDS: Mapping[Table, tuple[str, ...]] = MappingProxyType(
    {"users": (), "orders": ("users", "products"), "follows": ("users",)}
)
"""The files that must be loaded before each table."""
SCHEMA_TOML = """
[nodes.Person]
columns = { vip = "boolean" }

[[edges]]
relation = "ORDERED"
source = "Person"
target = "Product"
weight = "amount in yuan"
currency = "CNY"
kinds = ["online", "store", "app"]

[edges.columns]
kind = "text"
note = "text"
pieces = "integer"
score = "decimal"
gift = "boolean"
tier = { type = "text", values = ["gold", "silver"] }
labels = "list"
"""
_ENTRIES: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "users": {
            "node": '"Person"',
            "roles": '["User"]',
            "id": '"user_id"',
            "columns": '{ name = "name", city = "city", followers = "followers", cost = "cost", vip = "vip", '
            'signup = "signup" }',
        },
        "products": {"node": '"Product"', "id": '"product_id"', "columns": '{ name = "name" }'},
        "orders": {
            "edge": '"Person-ORDERED-Product"',
            "source": '"user_id"',
            "target": '"product_id"',
            "time": '"ts"',
            "weight": '"amount"',
            "event_id": '"order_id"',
            "columns": '{ kind = "kind", note = "note", pieces = "pieces", score = "score", gift = "gift", '
            'tier = "tier", labels = "labels" }',
            "ignore": '["remark"]',
        },
        "follows": {
            "edge": '"Person-FOLLOWS-Person"',
            "source": '"user_id"',
            "target": '"followed_id"',
            "time": '"ts"',
        },
    }
)


@dataclass(frozen=True, slots=True, eq=False)
class Market:
    """The clean rows of the tables as text."""

    rows: Mapping[Table, Sequence[Texts]]


@lru_cache(maxsize=8)
def make_market(*, rows: int, seed: int) -> Market:
    """A market with ``rows`` orders and follows; every row has a time of its own."""
    rng = stream(seed, "fault market")
    buyers, items = rng.integers(0, USERS, rows), rng.integers(0, PRODUCTS, rows)
    cents, thousandths = rng.integers(100, 900_000, rows), rng.integers(1, 5000, rows)
    kinds, pieces = rng.integers(0, 3, rows), rng.integers(1, 9, rows)
    followed = (buyers + rng.integers(1, USERS, rows)) % USERS
    start = datetime(2024, 1, 1)
    times = [str(start + timedelta(seconds=61 * i)) for i in range(rows)]
    orders = [
        {
            "order_id": f"O{i:07d}",
            "user_id": user_id(buyers[i]),
            "product_id": f"P{items[i]:03d}",
            "ts": times[i],
            "amount": f"{cents[i] // 100}.{cents[i] % 100:02d}",
            "kind": ("online", "store", "app")[kinds[i]],
            "note": f"备注{i}号",
            "pieces": str(pieces[i]),
            "score": f"{thousandths[i] // 1000}.{thousandths[i] % 1000:03d}",
            "gift": "true" if i % 3 else "false",
            "tier": "silver" if i % 5 else "gold",
            "labels": "新品|包邮" if i % 2 else "常规",
            "remark": "无事",
        }
        for i in range(rows)
    ]
    follows = [
        {"user_id": user_id(buyers[i]), "followed_id": user_id(followed[i]), "ts": times[i]} for i in range(rows)
    ]
    return Market(MappingProxyType({"users": _users(rng), "orders": orders, "follows": follows}))


def user_id(number: int | np.integer) -> str:
    """The id of a user by number."""
    return f"U{number:04d}"


def _users(rng: np.random.Generator) -> list[dict[str, str]]:
    cities = ("北京", "上海", "广州", "深圳", "成都")
    return [
        {
            "user_id": user_id(i),
            "name": f"用户{i}",
            "city": cities[rng.integers(0, len(cities))],
            "followers": str(rng.integers(0, 5000)),
            "cost": f"{rng.integers(1, 900)}.50",
            "vip": "true" if i % 4 == 0 else "false",
            "signup": str(datetime(2023, 1, 1) + timedelta(days=i)),
        }
        for i in range(USERS)
    ]


def value_of(kind: Kind, text: str | None) -> Value:
    """What the store holds for a clean text: UTC seconds for a time; None where missing, but text is never None."""
    if kind in ("text", "list"):
        return (text or "") if kind == "text" else text.split("|") if text else []
    if not text:
        return None
    if kind == "date":
        return datetime.fromisoformat(text).date()
    if kind == "time":
        return int(datetime.fromisoformat(f"{text}+08:00").timestamp())
    return text == "true" if kind == "boolean" else int(text) if kind == "integer" else float(text)


def products_csv() -> bytes:
    """The one file that no fault hits."""
    return "".join(["product_id,name\n", *(f"P{i:03d},商品{i}\n" for i in range(PRODUCTS))]).encode()


def mapping_toml(paths: Mapping[str, str], *, table: Table, settings: Mapping[str, str]) -> str:
    """The mapping of these files, by table; ``settings`` are other keys of that of ``table``, empty to leave out."""
    parts = ['time_zone = "Asia/Shanghai"']
    for name in paths:
        keys, more = _ENTRIES[name], settings if name == table else {}
        lines = [f"{key} = {value}" for key, value in {**keys, **more}.items() if value]
        parts += ["", "[[files]]", f"path = {json.dumps(paths[name])}", *lines]
    return "\n".join(parts) + "\n"
