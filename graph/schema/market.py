"""The market schema that every workspace starts from.

Apart from worlds/ and queries/ this is the only module that names relations. To add one, add a call of ``edge`` below
(one row); users add theirs in schema.toml.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

from graph.number_limits import NOT_NEGATIVE
from graph.schema.roles import Act, Role, meaning_of
from graph.schema.types import (
    PERSON,
    Column,
    EdgeKey,
    EdgeType,
    NodeType,
    Schema,
    Sensitivity,
    weight_limits,
    with_times,
)


def _frozen(**columns: Column) -> Mapping[str, Column]:
    return MappingProxyType(columns)


def _text(doc: str = "", sensitivity: Sensitivity = "open") -> Column:
    return Column("text", sensitivity, doc)


def _yuan(doc: str) -> Column:
    return Column("decimal", "open", doc, currency="CNY", limits=NOT_NEGATIVE)


def _stock() -> Column:
    return Column("integer", "open", "pieces that can be sold now", limits=NOT_NEGATIVE)


_KIND = _frozen(kind=_text("one of the accepted kinds"))
_CHANNEL = _frozen(channel=_text("where it happened"))

_NODES = (
    NodeType(
        "Person",
        _frozen(
            name=_text("display name", "personal"),
            gender=_text("", "personal"),
            age_band=_text("for example 25-34", "personal"),
            city=_text("", "personal"),
            tags=_text("interests, separated by |", "personal"),
            signup=Column("date", "personal", "day of the first visit or of signing up"),
            platform=_text("where a KOL publishes"),
            followers=Column("integer", "open", "follower count as the platform states it", limits=NOT_NEGATIVE),
            cost=_yuan("price of one post in yuan"),
        ),
        roles=("User", "KOL"),
        doc="somebody who uses, buys, follows or publishes; roles are flags, so a KOL who buys is one node",
    ),
    NodeType(
        "Product",
        _frozen(name=_text(), brand=_text(), category=_text(), price=_yuan("yuan"), stock=_stock()),
        doc="something sold",
    ),
    NodeType(
        "Vehicle",
        _frozen(
            name=_text(),
            model=_text(),
            brand=_text(),
            price_band=_text(),
            energy_type=_text("battery, hybrid, range extender or petrol"),
            body=_text("sedan, SUV, MPV or hatchback"),
            price=_yuan("yuan"),
            stock=_stock(),
        ),
        doc="a vehicle model that is sold or rented",
    ),
    NodeType("Topic", _frozen(name=_text()), doc="something that people search for or talk about"),
    NodeType(
        "Channel", _frozen(name=_text(), kind=_text("search, social, mail, store, ...")), doc="a way to reach people"
    ),
    NodeType(
        "Campaign",
        _frozen(
            name=_text(),
            start=Column("date", doc="first day"),
            end=Column("date", doc="last day"),
            budget=_yuan("yuan"),
        ),
        doc="a marketing action with a period and a budget",
    ),
)


def _edges() -> Iterator[EdgeType]:
    """The relations of the market. Where a file name matches the words of several, ``init`` takes the first."""

    def edge(
        role: Role,
        relation: str,
        *targets: str,
        weight: str = "",
        columns: Mapping[str, Column] | None = None,
        kinds: tuple[str, ...] = (),
        sensitivity: Sensitivity = "personal",
        doc: str = "",
        words: tuple[str, ...] = (),
        **overrides: Any,
    ) -> Iterator[EdgeType]:
        if weight.endswith("in yuan"):
            overrides |= {"measure": "money", "currency": "CNY"}
        for target in targets:
            key = EdgeKey(PERSON, relation, target)
            meaning = meaning_of(role, relation, **overrides)
            more = with_times(columns or {}, role)
            yield EdgeType(key, meaning, weight, more, kinds, sensitivity, doc, words, weight_limits(meaning))

    yield from edge(
        "intend", "TEST_DROVE", "Vehicle", weight="minutes", doc="drove on trial", verb="test-drove",
        words=("testdrive", "testdrove", "试驾"), measure="duration", strength=3.0, half_life=365.0,
    )  # fmt: skip
    yield from edge(
        "intend", "CARTED", "Product", weight="quantity", doc="put into the cart", verb="put into the cart",
        words=("cart", "basket", "加购", "购物车"), measure="count",
    )  # fmt: skip
    yield from edge(
        "intend", "FAVOURITED", "Product", "Vehicle", doc="saved for later", verb="saved",
        words=("fav", "collect", "wish", "bookmark", "收藏"),
    )  # fmt: skip
    buying = ("buy", "bought", "purchas", "order", "transaction", "pay", "sale", "购买", "下单", "支付", "成交", "订单")
    yield from edge("acquire", "BOUGHT", "Product", "Vehicle", weight="amount in yuan", doc="paid for", words=buying)
    yield from edge("acquire", "RENTED", "Vehicle", weight="amount in yuan", doc="rented", words=("rent", "租"))
    yield from edge(
        "browse", "SEARCHED", "Topic", "Product", "Vehicle", weight="times", doc="searched for", verb="searched for",
        words=("search", "query", "搜索"), measure="count", costly=True,
    )  # fmt: skip
    yield from edge(
        "rate", "RATED", "Product", "Vehicle", weight="rating", doc="rated or reviewed",
        columns={"helpfulness": Column("decimal", "open", "how helpful others found it")},
        words=("rating", "rate", "review", "score", "评分", "评价", "点评"),
    )  # fmt: skip
    yield from edge(
        "acquire", "OWNS", "Vehicle", "Product", doc="has, wherever it was bought", state=True,
        words=("own", "garage", "拥有", "保有"),
    )  # fmt: skip
    yield from edge(
        "publish", "MENTIONS", "Product", "Vehicle", "Topic", doc="wrote about", verb="wrote about", shows=False,
        words=("mention", "提及"),
    )  # fmt: skip
    yield from edge(
        "publish", "PROMOTES", "Product", "Vehicle", weight="fee in yuan", doc="advertised, paid or not",
        sensitivity="open", verb="promoted", words=("promot", "sponsor", "推广", "种草", "代言"),
    )  # fmt: skip
    bringing = ("refer", "invite", "邀请", "转介绍")
    yield from edge("refer", "REFERRED", "Person", doc="brought a new customer", verb="referred", words=bringing)
    yield from edge(
        "expose", "EXPOSED_TO", "Campaign", "Channel", weight="impressions", columns=_CHANNEL, doc="was shown",
        words=("expos", "impression", "曝光"), measure="count",
    )  # fmt: skip
    yield from edge(
        "respond", "CONVERTED", "Campaign", weight="amount in yuan", columns=_CHANNEL,
        doc="did what the campaign asked for", words=("convert", "转化"), costly=True,
    )  # fmt: skip
    yield from edge(
        "react", "INTERACTED", "Person", weight="times", columns=_KIND, kinds=("like", "comment", "share"),
        doc="reacted to what the target published", measure="count",
        words=("interact", "like", "comment", "share", "互动", "点赞", "评论", "转发"),
        acts=(Act("comment", 1.5, 365.0), Act("share", 2.0, 540.0), Act("", 1.0, 365.0)),
    )  # fmt: skip
    yield from edge(
        "follow", "FOLLOWS", "Person", doc="follows or trusts", verb="follows",
        words=("follow", "trust", "friend", "fans", "tie", "social", "关注", "好友", "信任"),
    )  # fmt: skip
    yield from edge(
        "browse", "VIEWED", "Product", "Vehicle", weight="seconds on the page", doc="looked at", measure="duration",
        words=("view", "pv", "brows", "visit", "listen", "play", "watch", "浏览", "查看", "访问"),
    )  # fmt: skip
    yield from edge(
        "respond", "CLICKED", "Campaign", weight="clicks", columns=_CHANNEL, doc="clicked", measure="count",
        words=("click", "点击"),
    )  # fmt: skip


MARKET = Schema(MappingProxyType({n.name: n for n in _NODES}), MappingProxyType({e.key: e for e in _edges()}))
# What exports show of an item beside its id, and the columns that say it: the first that the item's type has.
ITEM_FACTS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {"name": ("name",), "category": ("category", "body"), "price": ("price",), "stock": ("stock",)}
)
# The example that error messages show for how to write an edge type.
EXAMPLE = str(next(key for key in MARKET if key.relation == "BOUGHT"))


def relation_words(schema: Schema) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Relations with the words that identify them in file names, a user's own first; the first match counts."""
    own = [e for k, e in schema.edges.items() if k not in MARKET.edges]
    for edge in (*own, *(e for k, e in schema.edges.items() if k in MARKET.edges)):
        yield edge.key.relation, edge.words
