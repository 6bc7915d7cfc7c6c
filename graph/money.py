"""Currencies: how many decimals an amount has, and the signs and words that name a currency in a cell."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from graph.errors import ConfigError

# Largest amount in minor units (fen, cents): float64 still distinguishes neighbouring amounts up to here.
LARGEST = 10**15
SCALE = 2


@dataclass(frozen=True, slots=True)
class Currency:
    """A currency.

    Attributes:
        code: ISO 4217 code.
        digits: Number of decimals of an amount, 0 to 2.
        marks: Signs, words and codes that stand before or after an amount of it.
    """

    code: str
    digits: int
    marks: tuple[str, ...]

    @property
    def example(self) -> str:
        """An amount with as many decimals as the currency has."""
        return "12.50" if self.digits else "1250"


_TABLE = (
    ("CNY", 2, "CN¥ RMB¥ RMB CNH 人民币 ¥ ￥ 元 圆 块"), ("USD", 2, "US$ $ ＄ 美元 美金"),
    ("EUR", 2, "€ 欧元"), ("GBP", 2, "£ ￡ 英镑"), ("JPY", 0, "JP¥ ¥ ￥ 円 日元"), ("KRW", 0, "₩ ￦ 원 韩元"),
    ("HKD", 2, "HK$ $ ＄ 港元 港币"), ("TWD", 2, "NT$ $ ＄ 新台币 台币"), ("MOP", 2, "MOP$ 澳门元"),
    ("SGD", 2, "S$ $ ＄ 新加坡元 新币"), ("AUD", 2, "A$ AU$ $ ＄ 澳元"), ("CAD", 2, "C$ CA$ $ ＄ 加元"),
    ("NZD", 2, "NZ$ $ ＄ 新西兰元"), ("CHF", 2, "Fr. SFr. 瑞士法郎"), ("INR", 2, "₹ Rs. Rs 卢比"),
    ("THB", 2, "฿ 泰铢"), ("MYR", 2, "RM 林吉特"), ("IDR", 2, "Rp 印尼盾"), ("PHP", 2, "₱ 菲律宾比索"),
    ("VND", 0, "₫ 越南盾"), ("RUB", 2, "₽ 卢布"), ("BRL", 2, "R$ 雷亚尔"), ("MXN", 2, "MX$ $ ＄ 墨西哥比索"),
    ("SEK", 2, "kr 瑞典克朗"), ("NOK", 2, "kr 挪威克朗"), ("DKK", 2, "kr. kr 丹麦克朗"),
    ("PLN", 2, "zł 兹罗提"), ("TRY", 2, "₺ 土耳其里拉"), ("AED", 2, "迪拉姆"), ("SAR", 2, "里亚尔"),
    ("ZAR", 2, "R 兰特"), ("ILS", 2, "₪"), ("KZT", 2, "₸ 坚戈"), ("UAH", 2, "₴"),
)  # fmt: skip
CURRENCIES = {code: Currency(code, digits, (code, *marks.split())) for code, digits, marks in _TABLE}


def currency_of(code: str) -> Currency:
    """The currency of that code.

    Raises:
        ConfigError: it is not known.
    """
    if code not in CURRENCIES:
        raise ConfigError(f"unknown currency {code!r}", hint=f"write one of {', '.join(sorted(CURRENCIES))}")
    return CURRENCIES[code]


@lru_cache(maxsize=64)
def marks_of(code: str) -> re.Pattern[str]:
    """A pattern for any mark of that currency."""
    return _pattern(currency_of(code).marks)


@lru_cache(maxsize=64)
def foreign_marks(code: str) -> re.Pattern[str]:
    """A pattern for marks of other currencies; marks that this currency uses too (such as ¥) are left out."""
    own = set(currency_of(code).marks)
    others = {mark for currency in CURRENCIES.values() for mark in currency.marks}
    return _pattern(tuple(others - own))


def _pattern(marks: tuple[str, ...]) -> re.Pattern[str]:
    # The longer mark first, so that US$ is not read as U, S and $.
    ordered = sorted(marks, key=lambda mark: (-len(mark), mark))
    return re.compile("|".join(map(re.escape, ordered)), re.IGNORECASE)


def currency_in(cell: str) -> str:
    """Code of the currency whose mark begins or ends the cell; empty where there is none.

    The longest mark wins; a mark of several currencies (¥, $) gives the first of the table.
    """
    text = cell.strip().lower()
    found = [
        (-len(mark), i, currency.code)
        for i, currency in enumerate(CURRENCIES.values())
        for mark in currency.marks
        if text.startswith(mark.lower()) or text.endswith(mark.lower())
    ]
    return min(found)[2] if found else ""
