"""The files of the e-commerce market; order files have Chinese headers, like exports of Chinese shops."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, replace
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from graph.worlds.recipe import Export, Recipe, Values
from graph.worlds.shop import words
from graph.worlds.shop.orders import Lines, make_lines
from graph.worlds.shop.shape import SHAPE, ECommerce, companions, extend
from graph.worlds.stages.campaigns import CAMPAIGN_FILES, Exposures, campaign_blocks, campaign_ids, campaign_table, show
from graph.worlds.stages.catalogue import Catalogue
from graph.worlds.stages.draws import Floats, stream
from graph.worlds.stages.reactions import looking_columns, rating_blocks
from graph.worlds.stages.referrals import REFERRAL_FILE, refer, referral_blocks
from graph.worlds.world import World
from graph.worlds.writing import attributes
from graph.worlds.writing.columns import ROWS, Ids, arrow, choices, local_times, money, padded, running_numbers
from graph.worlds.writing.tables import FileSpec, event_spec, social_files

if TYPE_CHECKING:
    import pyarrow as pa

HEAD = (
    "# How graphvine reads this shop. Times are local; one record of orders.csv is one line of an order.",
    "# schema.toml beside this file adds what the market schema lacks: returned goods, and columns of an order line.",
)
SCHEMA = """\
# What an online shop has beside the market schema.

[[edges]]
relation = "BOUGHT"
source = "Person"
target = "Product"
weight = "amount in yuan"
columns = { basket = "text", quantity = "integer", channel = "text", campaign = "text" }
doc = "paid for; one edge is one line of an order, and lines of one order have the same basket"

[[edges]]
relation = "RETURNED"
source = "Person"
target = "Product"
role = "acquire"
undoes = "BOUGHT"
weight = "refund in yuan"
currency = "CNY"
columns = { line = "text", reason = "text" }
doc = "sent back"
"""
ORDERS = replace(
    event_spec(
        "orders", "Person-BOUGHT-Product", "basket", "quantity", "amount", "channel", "campaign", "status",
        weight="amount", event_id="line_id", clock="text", ignore=("status",),
    ),
    headers=(
        "子订单编号", "会员编号", "商品编号", "订单编号", "购买数量", "实付金额", "下单渠道", "活动编号", "订单状态",
        "付款时间",
    ),
)  # fmt: skip
RETURNS = replace(
    event_spec(
        "returns", "Person-RETURNED-Product", "line", "refund", "reason", weight="refund", event_id="return_id",
        clock="text",
    ),
    headers=("退款编号", "会员编号", "商品编号", "子订单编号", "退款金额", "退款原因", "申请时间"),
)  # fmt: skip
FILES = (
    attributes.USER_FILE,
    attributes.KOL_FILE,
    FileSpec("products.csv", ("product_id", "name", "brand", "category", "price"), node="Product"),
    FileSpec("topics.csv", ("topic_id", "name"), node="Topic"),
    event_spec("viewed_product", "Person-VIEWED-Product", "seconds", weight="seconds", clock="text"),
    event_spec("searched_topic", "Person-SEARCHED-Topic", "times", weight="times", clock="text"),
    event_spec("favourited_product", "Person-FAVOURITED-Product", clock="text"),
    event_spec("carted_product", "Person-CARTED-Product", "quantity", weight="quantity", clock="text"),
    ORDERS,
    RETURNS,
    event_spec("ratings", "Person-RATED-Product", "stars", "helpfulness", weight="stars", clock="text"),
    *social_files("live_streams", "product", clock="text"),
    REFERRAL_FILE,
    *CAMPAIGN_FILES,
)


def export(world: World) -> Export:
    """The world-specific files: everything but ties, reactions and posts."""
    exposures = show(world, words.ACTIONS)
    catalogue = world.market.of("product")
    prices = list_prices(catalogue, world.seed)
    lines = make_lines(world, prices, exposures)
    referred = refer(world)
    nodes = {
        "users": lambda: attributes.user_table(world),
        "kols": lambda: attributes.kol_table(world),
        "products": lambda: attributes.product_table(
            world, prices, brands=words.BRANDS, adjectives=words.ADJECTIVES, suffixes=words.SUFFIXES
        ),
        "topics": lambda: attributes.topic_table(world, words.ASPECTS),
        "campaigns": lambda: campaign_table(world, words.ACTIONS),
    }
    others = {
        "returns": lambda ids: _returns(lines, ids),
        "ratings": lambda ids: _ratings(world, lines, ids),
        "referrals": lambda ids: referral_blocks(referred, ids),
        **campaign_blocks(exposures, behind=lines.behind, amount=lines.amount, time=lines.time),
    }
    return Export(
        MappingProxyType(nodes),
        _values(world, lines, exposures),
        MappingProxyType(others),
        MappingProxyType({"companion": companions(catalogue), "line_returned": lines.returned >= 0}),
        MappingProxyType(
            {
                "refill_days": dict(zip(SHAPE.tags.tolist(), words.REFILL_DAYS, strict=True)),
                "calendars": [asdict(calendar) for calendar in SHAPE.calendars],
            }
        ),
    )


def _values(world: World, lines: Lines, exposures: Exposures) -> Values:
    campaigns = np.append(exposures.campaign, -1)

    def values(spec: FileSpec, _rows: np.ndarray, part: slice) -> Mapping[str, pa.Array]:
        if spec.name == "orders":
            return _line_columns(lines, part, campaigns[lines.behind[part]])
        rng = stream(world.seed, f"values {spec.name}", part.start // ROWS)
        return looking_columns(spec, part.stop - part.start, rng)

    return values


def list_prices(catalogue: Catalogue, seed: int) -> Floats:
    """List prices in yuan, ending in .9 below a hundred: float64 (n,)."""
    rng = stream(seed, "prices product")
    base = np.array([interest.price for interest in words.INTERESTS])[catalogue.interest]
    prices = np.maximum(5.0, np.round(base * np.exp(0.6 * rng.standard_normal(len(catalogue)))))
    return np.where(prices < 100, prices - 0.1, prices)


def _line_columns(lines: Lines, part: slice, campaign: np.ndarray) -> dict[str, pa.Array]:
    """Columns of orders.csv in addition to ends and payment time."""
    import pyarrow as pa

    back = lines.returned[part] >= 0
    return {
        "line_id": running_numbers("L", part),
        "basket": padded("T", lines.order[part]),
        "quantity": arrow(lines.quantity[part]),
        "amount": money(lines.amount[part]),
        "channel": choices(words.CHANNELS, lines.channel[part]),
        "campaign": choices(tuple(campaign_ids(words.ACTIONS)), campaign),
        "status": pa.array(np.where(back, "已退款", "交易成功").astype(object), pa.string()),
    }


def _returns(lines: Lines, ids: Ids) -> Iterator[pa.Table]:
    """Rows of returns.csv, in order of time."""
    import pyarrow as pa

    back = np.flatnonzero(lines.returned >= 0)
    back = back[np.argsort(lines.returned[back], kind="stable")]
    for first in range(0, len(back), ROWS):
        rows = back[first : first + ROWS]
        yield pa.table(
            {
                "return_id": running_numbers("B", slice(first, first + len(rows))),
                "user_id": ids.people(lines.person[rows]),
                "product_id": ids.items("product", lines.item[rows]),
                "line": padded("L", rows + 1),
                "refund": money(lines.amount[rows]),
                "reason": choices(words.REASONS, lines.reason[rows]),
                "ts": local_times(lines.returned[rows]),
            }
        )


def _ratings(world: World, lines: Lines, ids: Ids) -> Iterator[pa.Table]:
    """Rows of ratings.csv, in order of time: four to twenty days after paying."""
    rated = np.flatnonzero(lines.stars > 0)
    rng = stream(world.seed, "ratings")
    time = lines.time[rated] + 4 * 86_400 + (rng.random(len(rated)) * 16 * 86_400).astype(np.int64)
    yield from rating_blocks(
        ids,
        kind="product",
        person=lines.person[rated],
        item=lines.item[rated],
        stars=lines.stars[rated],
        time=time,
        rng=rng,
    )


RECIPE = Recipe("e-commerce", SHAPE, ECommerce(), FILES, HEAD, export, extend, SCHEMA)
