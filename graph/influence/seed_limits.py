"""SeedLimits: who may be chosen as a seed, how many, and for which budget."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from graph.errors import ConfigError, DataError, PrerequisiteError
from graph.influence.diffusion import BoolArray, FloatArray, IntArray, people_mask


@dataclass(frozen=True, slots=True, eq=False)
class SeedLimits:
    """The constraints of one selection of seeds.

    Attributes:
        eligible: int64, ascending numbers of the people who may become seeds.
        k: Maximum number of seeds, or None.
        budget: Maximum sum of costs, or None.
        costs: float64 (n,), NaN where unknown; 0 for everybody where no costs were given.
    """

    eligible: IntArray
    k: int | None
    budget: float | None
    costs: FloatArray

    @classmethod
    def of(
        cls,
        n: int,
        *,
        k: int | None = None,
        budget: float | None = None,
        costs: npt.ArrayLike | None = None,
        candidates: npt.ArrayLike | None = None,
        excluded: npt.ArrayLike | None = None,
    ) -> SeedLimits:
        """Check and combine the constraints.

        Args:
            n: Number of people.
            k: Number of seeds, at least 1.
            budget: Money to spend, finite and at least 0; needs `costs`.
            costs: Cost per person (n,), >= 0. With a budget, people with an unknown cost (NaN) are not eligible.
            candidates: Who may become a seed (mask or numbers); everybody when absent.
            excluded: Who must not be contacted (mask or numbers), never eligible.

        Raises:
            ConfigError: neither k nor budget is given, one is out of range, or there is a budget without costs.
            DataError: costs of another length or below 0.
            PrerequisiteError: there is no candidate, all are excluded, none has a known cost, or all cost more than the
            budget.
        """
        if k is None and budget is None:
            raise ConfigError("no limit on the seeds", hint="give a number of seeds or a budget")
        if k is not None and k < 1:
            raise ConfigError(f"{k} seeds cannot be chosen", hint="ask for at least 1 seed")
        if budget is not None and not 0 <= budget < float("inf"):
            raise ConfigError(f"a budget of {budget} cannot be spent", hint="give a finite budget of at least 0")
        if budget is not None and costs is None:
            raise ConfigError("a budget without costs", hint="give the cost of each candidate, or a number of seeds")
        price = np.zeros(n) if costs is None else np.array(costs, np.float64)
        if price.shape != (n,) or bool((price < 0).any()):
            raise DataError(f"costs must be {n} numbers of at least 0", hint="use NaN where a cost is not known")
        mask = people_mask(candidates, n, what="candidates", default=True)
        gone = people_mask(excluded, n, what="excluded", default=False)
        _check_candidates(mask, gone)
        mask &= ~gone
        if budget is not None:
            _check_affordable(price[mask], budget)
            mask &= price <= budget
        return cls(np.flatnonzero(mask), k, budget, price)

    def cost(self, seeds: npt.ArrayLike) -> float | None:
        """Sum of the costs of these people; None when one of them is unknown."""
        total = float(self.costs[np.asarray(seeds, np.int64)].sum())
        return None if np.isnan(total) else total

    def left(self, spent: float) -> float:
        """Remaining budget; infinite where there is none."""
        return float("inf") if self.budget is None else self.budget - spent

    def fill(self, order: npt.ArrayLike) -> IntArray:
        """Take people in the given order while they are affordable, until k or the budget is used up.

        Args:
            order: Person numbers, best first; people who are not eligible are skipped.
        """
        eligible = np.zeros(self.costs.size, bool)
        eligible[self.eligible] = True
        chosen: list[int] = []
        spent = 0.0
        for person in np.asarray(order, np.int64).tolist():
            if self.k is not None and len(chosen) == self.k:
                break
            if eligible[person] and (self.budget is None or spent + self.costs[person] <= self.budget):
                chosen.append(person)
                spent += float(self.costs[person])
        return np.array(chosen, np.int64)


def _check_candidates(candidates: BoolArray, excluded: BoolArray) -> None:
    if not candidates.any():
        raise PrerequisiteError("there is no candidate for a seed", hint="name candidates, or load more people")
    if not (candidates & ~excluded).any():
        raise PrerequisiteError("every candidate is excluded", hint="exclude fewer people, or name more candidates")


def _check_affordable(prices: FloatArray, budget: float) -> None:
    known = prices[~np.isnan(prices)]
    if not known.size:
        raise PrerequisiteError(
            "no candidate has a known price", hint="map a column to cost, or ask for a number of seeds"
        )
    cheapest = float(known.min())
    if cheapest > budget:
        raise PrerequisiteError(
            f"the cheapest candidate costs {_money(cheapest)}, more than the budget of {_money(budget)}",
            hint=f"raise the budget to at least {_money(cheapest)}",
        )


def _money(amount: float) -> str:
    """The amount as text with at most two decimals, rounded up."""
    return f"{np.ceil(amount * 100) / 100:,.2f}".removesuffix(".00")
