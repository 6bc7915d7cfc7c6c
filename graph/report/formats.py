"""Formats numbers as text, independent of the locale; unknown numbers (None) become "unknown"."""

from __future__ import annotations

import math
from collections.abc import Iterable

UNKNOWN = "unknown"


def decimal(value: float | None, places: int = 0) -> str:
    """A number with thousands separators and a fixed number of decimal places.

    >>> decimal(1234.5, 1), decimal(-0.001, 2), decimal(None)
    ('1,234.5', '0.00', 'unknown')
    """
    if value is None or not math.isfinite(value):
        return UNKNOWN
    shown = f"{value:,.{places}f}"
    return shown.removeprefix("-") if not shown.strip("-0.,") else shown


def places_for(largest: float | None) -> int:
    """Decimal places for a column of expected numbers, such that its largest has about three significant digits.

    >>> [places_for(n) for n in (1234.0, 56.0, 7.8, 0.09, None)]
    [0, 1, 2, 3, 0]
    """
    if largest is None or not math.isfinite(largest) or abs(largest) >= 100:
        return 0
    return 1 if abs(largest) >= 10 else 2 if abs(largest) >= 1 else 3


def counted(count: int, noun: str) -> str:
    """A count with its noun.

    >>> counted(1, "seed"), counted(1200, "seed")
    ('1 seed', '1,200 seeds')
    """
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def percent(share: float | None, places: int = 1) -> str:
    """A share in [0, 1] as a percentage.

    >>> percent(0.2413)
    '24.1%'
    """
    if share is None or not math.isfinite(share):
        return UNKNOWN
    return f"{decimal(100 * share, places)}%"


def yuan(amount: float | None) -> str:
    """An amount in yuan; with two decimals below 10 yuan.

    >>> yuan(12300), yuan(3.456), yuan(-5)
    ('¥12,300', '¥3.46', '-¥5.00')
    """
    if amount is None or not math.isfinite(amount):
        return UNKNOWN
    shown = decimal(abs(amount), 2 if 0 < abs(amount) < 10 else 0)
    return f"-¥{shown}" if amount < 0 and shown.strip("0.,") else f"¥{shown}"


def interval(low: float | None, high: float | None, places: int = 0) -> str:
    """Both ends of an interval; "unknown" where either end is unknown.

    >>> interval(0.1, 0.2, 2), interval(None, 1.0)
    ('0.10–0.20', 'unknown')
    """
    ends = decimal(low, places), decimal(high, places)
    return UNKNOWN if UNKNOWN in ends else "–".join(ends)


def coordinate(value: float) -> str:
    """A length or position in a chart: at most two decimal places.

    >>> coordinate(12.0), coordinate(-0.001), coordinate(3.14159)
    ('12', '0', '3.14')
    """
    shown = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if shown == "-0" else shown


def fit(value: float, full: float) -> str:
    """A value as percentage of ``full``, limited to 0 % to 100 %.

    >>> fit(1, 4), fit(9, 4), fit(1, 0)
    ('25%', '100%', '0%')
    """
    share = value / full if full > 0 and math.isfinite(value) else 0.0
    return f"{coordinate(100 * min(1.0, max(0.0, share)))}%"


def largest(values: Iterable[float | None]) -> float:
    """The largest known value; 0 where none is known.

    >>> largest([1.0, None, float("nan")]), largest([])
    (1.0, 0.0)
    """
    return max((value for value in values if value is not None and math.isfinite(value)), default=0.0)


def ceiling(value: float) -> float:
    """The smallest number of the form {1, 2, 2.5, 5} * 10**k that is >= the value; 1 for values <= 0.

    >>> ceiling(1930), ceiling(0.213), ceiling(0)
    (2000.0, 0.25, 1.0)
    """
    if not math.isfinite(value) or value <= 0:
        return 1.0
    power = math.floor(math.log10(value))
    steps = [m * 10.0**power if power >= 0 else m / 10.0**-power for m in (1, 2, 2.5, 5, 10)]
    return next(step for step in steps if step >= value * (1 - 1e-12))
