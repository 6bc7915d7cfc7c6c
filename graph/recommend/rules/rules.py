"""Rules: limits on recommendations as plain values, as a rules file states them; no graph is needed to make them."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any, Literal

Value = str | float | bool
Bought = Literal["allow", "exclude"]
Unknown = Literal["refuse", "allow"]


@dataclass(frozen=True, slots=True)
class Range:
    """Numbers from ``low`` to ``high``, both included; infinite where there is no bound."""

    low: float = -math.inf
    high: float = math.inf


@dataclass(frozen=True, slots=True)
class Cap:
    """Fewer than ``times`` exposures in the last ``days`` days.

    Attributes:
        times: This many exposures are too many, >= 1.
        days: Length of the period before the graph's ``now``, > 0.
    """

    times: int
    days: float


@dataclass(frozen=True, slots=True)
class SameRegion:
    """A person is offered only items of their own region.

    Attributes:
        person: Column of Person.
        item: Column of the items; a column of lists holds all regions of an item.
    """

    person: str
    item: str


@dataclass(frozen=True, slots=True)
class Rules:
    """Limits on what is recommended to whom; without arguments none.

    Attributes:
        candidates: Ids of the only items that may be offered; None for all.
        exclude_items: Ids of items that nobody is offered.
        in_stock: Column that says whether an item can be had: a number above 0, or true; empty for no such rule.
        price: Accepted prices, in the unit of the column ``price``; None for all.
        where: Column of the items to its accepted values, or to a range of numbers.
        exclude_people: Ids of people who are offered nothing.
        max_contacts: Somebody who was exposed to anything that often is offered nothing; None for no cap.
        same_region: See ``SameRegion``; None for no such rule.
        already_bought: ``exclude`` also leaves out what somebody has acquired by a relation that recurs (food,
            rentals), which is offered again otherwise. What they own or have rated is left out in either case.
        max_exposures: An item that somebody was exposed to that often is not offered to them; None for no cap.
        quota: Column of the items to the most items of one of its values in a list.
        diversity: Column of the items to a number w >= 2: of any w neighbours in a list no two have the same value.
        unknown: Whether an item (or a person) without a value is refused by a rule on that value.
    """

    candidates: tuple[str, ...] | None = None
    exclude_items: tuple[str, ...] = ()
    in_stock: str = ""
    price: Range | None = None
    where: tuple[tuple[str, tuple[Value, ...] | Range], ...] = ()
    exclude_people: tuple[str, ...] = ()
    max_contacts: Cap | None = None
    same_region: SameRegion | None = None
    already_bought: Bought = "allow"
    max_exposures: Cap | None = None
    quota: tuple[tuple[str, int], ...] = ()
    diversity: tuple[tuple[str, int], ...] = ()
    unknown: Unknown = "refuse"

    def item_columns(self) -> list[tuple[str, str]]:
        """Name of each rule on a column of the items, and the column."""
        found = [("items.in_stock", self.in_stock)] if self.in_stock else []
        found += [("items.price", "price")] if self.price is not None else []
        found += [(f"items.where.{column}", column) for column, _ in self.where]
        found += [("pairs.same_region", self.same_region.item)] if self.same_region is not None else []
        found += [(f"list.quota.{column}", column) for column, _ in self.quota]
        return found + [(f"list.diversity.{column}", column) for column, _ in self.diversity]

    def to_json(self) -> dict[str, Any]:
        """The rules as JSON values, for a hash of them; equal rules give equal values."""
        return asdict(self)
