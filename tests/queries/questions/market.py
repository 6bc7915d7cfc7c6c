"""A small market of electric cars, accessories and rentals, written down by hand.

Twelve people (three of them KOLs, one of whom also shops), eight products, five vehicles, four topics, three campaigns
and two channels, with events of every relation of the market schema. Some values are missing on purpose. All times are
in UTC.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

# ---------------------------------------------------------------------------------------------------------------- nodes


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody in the market; the roles are the labels that the node has besides Person."""

    id: str
    name: str
    roles: tuple[str, ...]
    gender: str | None = None
    age_band: str | None = None
    city: str | None = None
    tags: tuple[str, ...] | None = None
    platform: str | None = None
    followers: int | None = None
    cost: float | None = None


@dataclass(frozen=True, slots=True)
class Product:
    """Something sold; the price is in yuan."""

    id: str
    name: str
    brand: str | None
    category: str | None
    price: float | None


@dataclass(frozen=True, slots=True)
class Vehicle:
    """A vehicle model; the price is in yuan."""

    id: str
    name: str
    model: str
    brand: str
    price_band: str | None
    energy_type: str
    body: str
    price: float | None


@dataclass(frozen=True, slots=True)
class Topic:
    """Something that people search for or talk about."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Campaign:
    """A marketing action; the budget is in yuan."""

    id: str
    name: str
    budget: float | None


@dataclass(frozen=True, slots=True)
class Channel:
    """A way to reach people."""

    id: str
    name: str
    kind: str


USER, KOL = ("User",), ("KOL",)

PEOPLE = (
    Person("u01", "王芳", USER, "女", "25-34", "上海", ("露营", "充电", "亲子")),
    Person("u02", "李强", USER, "男", "35-44", "北京", ("改装", "充电")),
    Person("u03", "张敏", USER, "女", "25-34", "上海", ("露营", "摄影")),
    Person("u04", "刘洋", USER, "男", None, "广州", ("改装",)),
    Person("u05", "陈静", USER, "女", "45-54", None, ("亲子", "露营")),
    Person("u06", "赵磊", USER, "男", "25-34", "深圳", ("充电", "智驾")),
    Person("u07", "孙丽", USER, "女", "18-24", "杭州", None),
    Person("u08", "周杰", USER, None, "35-44", "北京", ("摄影", "智驾", "改装")),
    Person("u09", "吴昊", USER, "男", "35-44", "成都", None),
    Person("k01", "电车老王", KOL, "男", "35-44", "北京", ("智驾",), "抖音", 1200000, 30000.0),
    Person("k02", "小鹿试驾", ("User", "KOL"), "女", "25-34", "杭州", ("露营", "亲子"), "小红书", 350000, 12000.5),
    Person("k03", "极客车评", KOL, None, None, "深圳", None, "B站", 860000, None),
)

PRODUCTS = (
    Product("p01", "家用充电桩", "星星充电", "充电", 2999.0),
    Product("p02", "全包脚垫", "固特异", "内饰", 399.0),
    Product("p03", "行车记录仪", "70迈", "电子", 459.5),
    Product("p04", "车载冰箱", "美的", "电子", 899.0),
    Product("p05", "露营天幕", "牧高笛", "户外", 1299.0),
    Product("p06", "便携充电枪", "星星充电", "充电", 699.0),
    Product("p07", "玻璃水", None, "养护", 29.9),
    Product("p08", "手机支架", "倍思", None, None),
)

VEHICLES = (
    Vehicle("v01", "海豹", "Seal 650", "比亚迪", "20-30万", "battery", "sedan", 229800.0),
    Vehicle("v02", "Model Y", "Model Y LR", "特斯拉", "30-40万", "battery", "SUV", 313500.0),
    Vehicle("v03", "理想L7", "L7 Max", "理想", "30-40万", "range extender", "SUV", 319800.0),
    Vehicle("v04", "宏光MINIEV", "Mini ev", "五菱", None, "battery", "hatchback", 39800.0),
    Vehicle("v05", "汉DM-i", "Han DM-i", "比亚迪", "20-30万", "hybrid", "sedan", None),
)

TOPICS = (Topic("t01", "露营"), Topic("t02", "续航焦虑"), Topic("t03", "冬季保养"), Topic("t04", "自驾游"))

CAMPAIGNS = (
    Campaign("c01", "双十一购车节", 500000.0),
    Campaign("c02", "春季试驾", 80000.0),
    Campaign("c03", "夏日租车季", None),
)

CHANNELS = (Channel("ch01", "抖音信息流", "social"), Channel("ch02", "短信", "mail"))

# --------------------------------------------------------------------------------------------------------------- events


@dataclass(frozen=True, slots=True)
class Event:
    """One relationship: who, what, when, how much, and the further columns of some relations."""

    source: str
    target: str
    time: datetime | None = None
    weight: float | None = None
    kind: str | None = None
    channel: str | None = None
    helpfulness: float | None = None


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


BOUGHT_PRODUCT = (
    Event("u01", "p01", _at("2025-11-11T02:15:30"), 2999.0),
    Event("u02", "p03", _at("2025-11-11T12:40:05"), 459.5),
    Event("u02", "p02", _at("2025-12-05T13:05:10"), 399.0),
    Event("u06", "p01", _at("2025-12-20T08:00:01"), 2999.0),
    Event("u08", "p02", _at("2025-12-31T23:30:15"), 399.0),
    Event("u03", "p01", _at("2026-01-02T03:10:00"), 2899.0),
    Event("u02", "p07", _at("2026-01-18T01:20:30"), 59.8),
    Event("u06", "p06", _at("2026-01-25T09:45:12"), 699.0),
    Event("u04", "p03", _at("2026-02-14T11:11:11"), 429.0),
    Event("u07", "p08", _at("2026-02-20T14:00:20"), None),
    Event("u01", "p05", _at("2026-03-08T04:00:02"), 1299.0),
    Event("u03", "p05", _at("2026-03-15T05:30:45"), 1199.0),
    Event("u03", "p04", _at("2026-03-15T05:36:50"), 899.0),
    Event("u01", "p07", _at("2026-03-20T16:20:33"), 29.9),
    Event("u07", "p05", _at("2026-04-04T10:08:08"), 1169.1),
    Event("u02", "p07", _at("2026-04-18T02:00:59"), 29.9),
    Event("k02", "p04", _at("2026-04-30T15:15:15"), 899.0),
    Event("u05", "p05", _at("2026-05-01T01:01:01"), 1299.0),
    Event("u05", "p04", _at("2026-05-20T12:12:12"), 849.0),
    Event("u07", "p02", _at("2026-06-01T06:06:06"), 369.0),
    Event("u03", "p07", _at("2026-06-05T17:50:40"), 29.9),
    Event("u06", "p03", _at("2026-06-18T13:30:30"), 459.5),
)

BOUGHT_VEHICLE = (
    Event("u01", "v01", _at("2026-02-28T07:00:10"), 225800.0),
    Event("u05", "v04", _at("2026-03-30T08:20:20"), 39800.0),
    Event("u02", "v03", _at("2026-04-25T03:40:30"), 319800.0),
    Event("u06", "v02", _at("2026-05-30T06:10:50"), 309500.0),
)

VIEWED_PRODUCT = (
    Event("u01", "p01", _at("2025-11-10T13:00:05"), 120.0),
    Event("u01", "p01", _at("2025-11-11T02:10:10"), 45.0),
    Event("u02", "p03", _at("2025-11-11T12:30:15"), 60.0),
    Event("u02", "p02", _at("2025-12-04T14:00:20"), 90.0),
    Event("u06", "p01", _at("2025-12-18T08:30:25"), 88.0),
    Event("u03", "p01", _at("2025-12-30T03:00:30"), 75.0),
    Event("u08", "p02", _at("2025-12-31T23:00:35"), 55.0),
    Event("u02", "p04", _at("2026-01-10T10:00:40"), 15.0),
    Event("u06", "p06", _at("2026-01-24T09:00:45"), 64.0),
    Event("u06", "p06", _at("2026-01-25T09:30:50"), 12.0),
    Event("u04", "p03", _at("2026-02-13T11:00:55"), 33.0),
    Event("u04", "p06", _at("2026-02-13T11:20:05"), 20.0),
    Event("u07", "p08", _at("2026-02-19T14:30:10"), 10.0),
    Event("u01", "p05", _at("2026-03-07T04:00:15"), 300.0),
    Event("u01", "p04", _at("2026-03-09T04:30:20"), None),
    Event("u03", "p05", _at("2026-03-14T05:00:25"), 200.0),
    Event("u03", "p04", _at("2026-03-14T05:20:30"), 180.0),
    Event("u07", "p05", _at("2026-04-03T10:00:35"), 150.0),
    Event("k02", "p04", _at("2026-04-29T15:00:40"), 240.0),
    Event("u05", "p05", _at("2026-04-29T16:00:45"), 410.0),
    Event("u09", "p03", _at("2026-06-10T09:10:50"), 5.0),
)

VIEWED_VEHICLE = (
    Event("u01", "v01", _at("2026-02-01T12:00:05"), 500.0),
    Event("u01", "v02", _at("2026-02-02T12:00:10"), 320.0),
    Event("u04", "v02", _at("2026-02-20T12:00:15"), 100.0),
    Event("u02", "v03", _at("2026-04-01T12:00:20"), 640.0),
    Event("u06", "v02", _at("2026-04-28T12:00:25"), 700.0),
    Event("u08", "v01", _at("2026-06-15T12:00:30"), 80.0),
)

CARTED_PRODUCT = (
    Event("u01", "p01", _at("2025-11-11T02:12:00"), 1.0),
    Event("u02", "p02", _at("2025-12-04T14:05:00"), 2.0),
    Event("u08", "p02", _at("2025-12-31T23:10:00"), 1.0),
    Event("u06", "p06", _at("2026-01-24T09:10:00"), 1.0),
    Event("u04", "p06", _at("2026-02-13T11:25:00"), 1.0),
    Event("u01", "p04", _at("2026-03-09T04:35:00"), 1.0),
    Event("u03", "p05", _at("2026-03-14T05:10:00"), 1.0),
    Event("u03", "p04", _at("2026-03-14T05:25:00"), 1.0),
    Event("u07", "p05", _at("2026-04-03T10:05:00"), 1.0),
    Event("u05", "p05", _at("2026-04-29T16:10:00"), 1.0),
    Event("u09", "p03", _at("2026-06-10T09:15:00"), 3.0),
)

FAVOURITED_PRODUCT = (
    Event("u04", "p06", _at("2026-02-13T11:22:00")),
    Event("u07", "p08", _at("2026-02-19T14:31:00")),
    Event("u01", "p05", _at("2026-03-07T04:02:00")),
    Event("u03", "p05", _at("2026-03-14T05:02:00")),
    Event("u03", "p04", _at("2026-03-14T05:22:00")),
    Event("u05", "p05", _at("2026-04-29T16:02:00")),
)

FAVOURITED_VEHICLE = (
    Event("u01", "v02", _at("2026-02-02T12:05:00")),
    Event("u02", "v03", _at("2026-04-01T12:05:00")),
    Event("u06", "v02", _at("2026-04-28T12:05:00")),
    Event("u08", "v01", _at("2026-06-15T12:05:00")),
)

RENTED_VEHICLE = (
    Event("u03", "v04", _at("2026-01-01T00:30:00"), 199.0),
    Event("u04", "v02", _at("2026-02-15T02:00:00"), 899.0),
    Event("u08", "v01", _at("2026-04-05T01:00:00"), 520.5),
    Event("u03", "v04", _at("2026-05-01T00:10:00"), 398.0),
    Event("u07", "v03", _at("2026-05-02T03:00:00"), 1299.0),
    Event("u03", "v03", _at("2026-06-09T04:00:00"), 650.0),
)

TEST_DROVE_VEHICLE = (
    Event("k02", "v03", _at("2026-01-15T06:00:00"), 60.0),
    Event("u01", "v01", _at("2026-02-10T06:00:00"), 30.0),
    Event("u01", "v02", _at("2026-02-12T06:30:00"), 45.0),
    Event("u04", "v02", _at("2026-03-01T07:00:00"), None),
    Event("u02", "v03", _at("2026-04-11T02:00:00"), 40.0),
    Event("u06", "v02", _at("2026-05-02T03:00:00"), 25.0),
    Event("u06", "v03", _at("2026-05-03T03:30:00"), 20.0),
    Event("u08", "v01", _at("2026-06-20T05:00:00"), 35.0),
)

OWNS_VEHICLE = (
    Event("u01", "v01", _at("2026-03-01T00:00:00")),
    Event("u05", "v04", _at("2026-03-31T00:00:00")),
    Event("u02", "v03", _at("2026-04-26T00:00:00")),
    Event("u06", "v02", _at("2026-05-31T00:00:00")),
    Event("u04", "v04"),
    Event("u08", "v05"),
)

OWNS_PRODUCT = (Event("u01", "p01"), Event("u06", "p06"))

RATED_PRODUCT = (
    Event("u01", "p01", _at("2025-11-20T10:00:00"), 5.0, helpfulness=0.9),
    Event("u02", "p03", _at("2025-11-25T10:00:00"), 3.0),
    Event("u06", "p01", _at("2025-12-28T10:00:00"), 4.0, helpfulness=0.7),
    Event("u08", "p02", _at("2026-01-10T10:00:00"), 1.0, helpfulness=0.1),
    Event("u04", "p03", _at("2026-02-25T10:00:00"), 4.0, helpfulness=0.6),
    Event("u01", "p05", _at("2026-03-18T10:00:00"), 4.0, helpfulness=0.5),
    Event("u03", "p05", _at("2026-03-25T10:00:00"), 5.0, helpfulness=0.8),
    Event("u03", "p04", _at("2026-03-26T10:00:00"), 2.0, helpfulness=0.25),
    Event("u05", "p05", _at("2026-05-11T10:00:00"), 4.0),
)

RATED_VEHICLE = (
    Event("u03", "v04", _at("2026-01-03T10:00:00"), 4.0),
    Event("u01", "v01", _at("2026-03-28T10:00:00"), 5.0, helpfulness=0.6),
    Event("u02", "v03", _at("2026-05-15T10:00:00"), 4.5, helpfulness=0.4),
    Event("u06", "v02", _at("2026-06-20T10:00:00"), 3.5, helpfulness=0.75),
)

SEARCHED_TOPIC = (
    Event("u02", "t02", _at("2025-12-10T01:00:00"), 4.0),
    Event("u08", "t03", _at("2026-01-06T01:00:00"), 2.0),
    Event("u04", "t02", _at("2026-02-11T01:00:00"), 1.0),
    Event("u01", "t01", _at("2026-03-01T01:00:00"), 3.0),
    Event("u03", "t01", _at("2026-03-12T01:00:00"), 2.0),
    Event("u06", "t02", _at("2026-04-20T01:00:00"), 5.0),
)

SEARCHED_PRODUCT = (
    Event("u01", "p01", _at("2025-11-09T01:00:00"), 2.0),
    Event("u05", "p05", _at("2026-04-28T01:00:00"), 1.0),
)

SEARCHED_VEHICLE = (
    Event("u02", "v03", _at("2026-03-30T01:00:00"), 2.0),
    Event("u06", "v02", _at("2026-04-25T01:00:00"), 3.0),
    Event("u08", "v05", _at("2026-06-14T01:00:00"), 1.0),
)

FOLLOWS_PERSON = (
    Event("u01", "k01", _at("2025-10-01T00:00:00")),
    Event("u01", "k02", _at("2025-12-15T00:00:00")),
    Event("u01", "u03", _at("2025-12-02T00:00:00")),
    Event("u02", "k01", _at("2025-10-20T00:00:00")),
    Event("u02", "u06"),
    Event("u03", "k01", _at("2025-12-20T00:00:00")),
    Event("u03", "k02", _at("2026-01-01T00:00:00")),
    Event("u03", "u01", _at("2025-12-03T00:00:00")),
    Event("u03", "u07", _at("2026-01-06T00:00:00")),
    Event("u04", "k03", _at("2026-01-21T00:00:00")),
    Event("u05", "k02", _at("2026-04-01T00:00:00")),
    Event("u06", "k01", _at("2025-11-30T00:00:00")),
    Event("u06", "k03"),
    Event("u07", "k02", _at("2026-01-07T00:00:00")),
    Event("u07", "u08", _at("2026-02-11T00:00:00")),
    Event("u08", "u02", _at("2026-02-12T00:00:00")),
    Event("k01", "k02", _at("2025-09-01T00:00:00")),
    Event("k02", "k01", _at("2025-09-02T00:00:00")),
)

REFERRED_PERSON = (
    Event("u01", "u03", _at("2025-12-01T02:00:00")),
    Event("u02", "u06", _at("2025-11-28T02:00:00")),
    Event("u03", "u07", _at("2026-01-05T02:00:00")),
    Event("u01", "u04", _at("2026-01-20T02:00:00")),
    Event("u07", "u08", _at("2026-02-10T02:00:00")),
)

INTERACTED_PERSON = (
    Event("u02", "k01", _at("2025-11-02T12:00:00"), 1.0, kind="share"),
    Event("u01", "k01", _at("2025-11-05T12:00:00"), 5.0, kind="like"),
    Event("u06", "k01", _at("2025-12-12T12:00:00"), 4.0, kind="comment"),
    Event("u01", "k02", _at("2025-12-25T12:00:00"), 2.0, kind="comment"),
    Event("u06", "k03", _at("2026-01-11T12:00:00"), 1.0, kind="like"),
    Event("u04", "k03", _at("2026-02-01T12:00:00"), 2.0, kind="like"),
    Event("u01", "k01", _at("2026-02-05T12:00:00"), 3.0, kind="like"),
    Event("u03", "k02", _at("2026-03-02T12:00:00"), 8.0, kind="like"),
    Event("u03", "k02", _at("2026-03-05T12:00:00"), 2.0, kind="share"),
    Event("u07", "k02", _at("2026-03-30T12:00:00"), 6.0, kind="like"),
    Event("u07", "k02", _at("2026-03-31T12:00:00"), None, kind="comment"),
    Event("u05", "k02", _at("2026-04-15T12:00:00"), 3.0, kind="like"),
    Event("u08", "u02", _at("2026-04-16T12:00:00"), 1.0, kind="like"),
)

MENTIONS_PRODUCT = (
    Event("k01", "p01", _at("2025-11-01T11:00:00")),
    Event("k02", "p05", _at("2026-03-01T11:00:00")),
    Event("k03", "p03", _at("2026-02-02T11:00:00")),
)

MENTIONS_VEHICLE = (
    Event("k01", "v01", _at("2026-01-28T11:00:00")),
    Event("k02", "v03", _at("2026-01-16T11:00:00")),
    Event("k03", "v02", _at("2026-01-30T11:00:00")),
)

MENTIONS_TOPIC = (
    Event("k01", "t02", _at("2025-12-08T11:00:00")),
    Event("k02", "t01", _at("2026-02-27T11:00:00")),
    Event("u03", "t01", _at("2026-03-16T11:00:00")),
    Event("k03", "t02", _at("2026-03-19T11:00:00")),
)

PROMOTES_PRODUCT = (
    Event("k01", "p01", _at("2025-12-10T11:00:00"), 8000.0),
    Event("k02", "p05", _at("2026-03-05T11:00:00"), 5000.0),
    Event("k02", "p04", _at("2026-03-10T11:00:00"), 3000.0),
    Event("k03", "p03", _at("2026-02-05T11:00:00"), None),
)

PROMOTES_VEHICLE = (
    Event("k01", "v01", _at("2026-01-29T11:00:00"), 30000.0),
    Event("k02", "v03", _at("2026-01-17T11:00:00"), 12000.0),
    Event("k03", "v02", _at("2026-01-31T11:00:00"), 20000.0),
)

EXPOSED_TO_CAMPAIGN = (
    Event("u01", "c01", _at("2025-11-01T03:00:00"), 4.0, channel="抖音"),
    Event("u02", "c01", _at("2025-11-02T03:00:00"), 6.0, channel="抖音"),
    Event("u03", "c01", _at("2025-11-03T03:00:00"), 2.0, channel="短信"),
    Event("u04", "c01", _at("2025-11-04T03:00:00"), 1.0, channel="短信"),
    Event("u06", "c01", _at("2025-11-05T03:00:00"), 3.0, channel="抖音"),
    Event("u05", "c02", _at("2026-03-02T03:00:00"), 2.0, channel="短信"),
    Event("u07", "c02", _at("2026-03-03T03:00:00"), 5.0, channel="抖音"),
    Event("u08", "c02", _at("2026-03-04T03:00:00"), 1.0),
)

EXPOSED_TO_CHANNEL = (
    Event("u01", "ch01", _at("2025-11-01T04:00:00"), 10.0),
    Event("u02", "ch02", _at("2025-11-02T04:00:00"), 3.0),
)

CLICKED_CAMPAIGN = (
    Event("u01", "c01", _at("2025-11-01T03:05:00"), 1.0, channel="抖音"),
    Event("u02", "c01", _at("2025-11-02T03:05:00"), 2.0, channel="抖音"),
    Event("u03", "c01", _at("2025-11-03T03:05:00"), 1.0, channel="短信"),
    Event("u07", "c02", _at("2026-03-03T03:05:00"), 1.0, channel="抖音"),
)

CONVERTED_CAMPAIGN = (
    Event("u01", "c01", _at("2025-11-11T02:15:31"), 2999.0, channel="抖音"),
    Event("u02", "c01", _at("2025-11-11T12:40:06"), 459.5, channel="抖音"),
)

# Relation and target node type, with its events; the source is always a Person.
EVENTS = {
    ("BOUGHT", "Product"): BOUGHT_PRODUCT,
    ("BOUGHT", "Vehicle"): BOUGHT_VEHICLE,
    ("VIEWED", "Product"): VIEWED_PRODUCT,
    ("VIEWED", "Vehicle"): VIEWED_VEHICLE,
    ("CARTED", "Product"): CARTED_PRODUCT,
    ("FAVOURITED", "Product"): FAVOURITED_PRODUCT,
    ("FAVOURITED", "Vehicle"): FAVOURITED_VEHICLE,
    ("RENTED", "Vehicle"): RENTED_VEHICLE,
    ("TEST_DROVE", "Vehicle"): TEST_DROVE_VEHICLE,
    ("OWNS", "Vehicle"): OWNS_VEHICLE,
    ("OWNS", "Product"): OWNS_PRODUCT,
    ("RATED", "Product"): RATED_PRODUCT,
    ("RATED", "Vehicle"): RATED_VEHICLE,
    ("SEARCHED", "Topic"): SEARCHED_TOPIC,
    ("SEARCHED", "Product"): SEARCHED_PRODUCT,
    ("SEARCHED", "Vehicle"): SEARCHED_VEHICLE,
    ("FOLLOWS", "Person"): FOLLOWS_PERSON,
    ("REFERRED", "Person"): REFERRED_PERSON,
    ("INTERACTED", "Person"): INTERACTED_PERSON,
    ("MENTIONS", "Product"): MENTIONS_PRODUCT,
    ("MENTIONS", "Vehicle"): MENTIONS_VEHICLE,
    ("MENTIONS", "Topic"): MENTIONS_TOPIC,
    ("PROMOTES", "Product"): PROMOTES_PRODUCT,
    ("PROMOTES", "Vehicle"): PROMOTES_VEHICLE,
    ("EXPOSED_TO", "Campaign"): EXPOSED_TO_CAMPAIGN,
    ("EXPOSED_TO", "Channel"): EXPOSED_TO_CHANNEL,
    ("CLICKED", "Campaign"): CLICKED_CAMPAIGN,
    ("CONVERTED", "Campaign"): CONVERTED_CAMPAIGN,
}
