"""The planted market at the end of the window: everything that decides what a campaign would add."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from graph.errors import DataError
from graph.worlds.stages.draws import Floats, Ints, expand

_HINT = "make a world of version 2: graphvine data synth DIR --world ev-retail-2"


@dataclass(frozen=True, slots=True)
class ItemSpread:
    """How one item spreads from the end of the window on, for n people.

    Attributes:
        shape, scale: float64 (n,), P(need > d) = (1 + d / scale) ** -shape for the dose that a person needs; shape 0
            for those who cannot be moved: fake accounts, KOLs outside of the file, owners.
        rate: float64 (n,), adoptions per day of the person's own; 0 for owners.
    """

    shape: Floats
    scale: Floats
    rate: Floats


@dataclass(frozen=True, slots=True)
class PlantedMarket:
    """A market of n people, the first ``users`` of whom are rows of users.csv, with m KOLs and i promoted items.

    Attributes:
        people: object (n,) of str, external ids.
        kols: int64 (m,), person numbers of the KOLs, in the order of kols.csv.
        cost: float64 (m,), yuan per post.
        stands_for: float64 (n,), followers of a KOL for whom one follower in the file stands; 1 for everybody else.
        items: object (i,) of str, external ids of the promoted items.
        indptr, follower, dose: Ties by followed person; dose float64 (e,) is what one exposure adds.
        taste: float32 (users, K), rows sum to 1.
        community: int64 (users,), -1 for fake accounts.
        interest: int64 (i,), of each item.
        home: bool (C, i).
        popularity: float64 (i,), sums to 1.
        item_taste: float32 (C, i), P(item | community, its interest).
        pace: float64 (users,), adoptions per day of promoted items of the person's own.
        noise: Share of these that follow popularity.
        tiring, factors: See ``kernels``.
        delay: Mean days between an adoption or a post and an exposure.
        acts: int64 (a, 3), person, item and whether it is an adoption (1) or a promotion (0), in the window.
        act_time, since: int64 (a,) and (e,), UTC seconds of acts and beginnings of ties.
    """

    people: NDArray[np.object_]
    kols: Ints
    cost: Floats
    stands_for: Floats
    items: NDArray[np.object_]
    indptr: Ints
    follower: NDArray[np.int32]
    dose: Floats
    taste: NDArray[np.float32]
    community: Ints
    interest: Ints
    home: NDArray[np.bool_]
    popularity: Floats
    item_taste: NDArray[np.float32]
    pace: Floats
    noise: float
    tiring: float
    factors: Floats
    delay: float
    acts: Ints
    act_time: Ints
    since: Ints

    def __len__(self) -> int:
        return len(self.people)

    def numbers(self, ids: Sequence[str]) -> Ints:
        """Person numbers of external ids.

        Raises:
            DataError: an id is not in this world.
        """
        known = {person: number for number, person in enumerate(self.people.tolist())}
        wrong = [person for person in ids if person not in known]
        if wrong:
            raise DataError(f"{wrong[0]!r} is nobody in this world", hint="use ids of its users.csv and kols.csv")
        return np.array([known[person] for person in ids], dtype=np.int64)

    def item(self, product: str) -> int:
        """Number of a promoted item.

        Raises:
            DataError: the item is not one that KOLs promote here.
        """
        found = np.flatnonzero(self.items == product)
        if not found.size:
            raise DataError(
                f"{product!r} is no item that KOLs promote in this world", hint=f"for example {self.items[0]}"
            )
        return int(found[0])

    def spread(self, item: int) -> ItemSpread:
        """How an item spreads, given what everybody has adopted of it and seen of it in the window."""
        from graph.worlds.contagion import kernels

        n, users = len(self), len(self.taste)
        appeal = np.zeros(users)
        at_home = np.ascontiguousarray(self.home[:, item])
        kernels.appeal(
            self.taste, self.community, int(self.interest[item]), at_home, bool(at_home.any()), self.factors, appeal
        )
        owns, seen = self._history(item)
        shape = np.zeros(n)
        shape[:users] = self.tiring * appeal
        shape[owns] = 0.0
        real = self.community >= 0
        liked = self.taste[:, self.interest[item]] * self.item_taste[np.maximum(self.community, 0), item]
        chance = (1.0 - self.noise) * liked.astype(np.float64) + self.noise * self.popularity[item]
        rate = np.zeros(n)
        rate[:users] = np.where(real, self.pace * chance, 0.0)
        rate[owns] = 0.0
        return ItemSpread(shape, self.tiring + seen, rate)

    def _history(self, item: int) -> tuple[NDArray[np.bool_], Floats]:
        """Who has adopted the item, and the dose that each person has seen of it: bool (n,), float64 (n,).

        Everybody acts once: with the first adoption or promotion. What is under way at the end counts as seen.
        """
        rows = np.flatnonzero(self.acts[:, 1] == item)
        rows = rows[np.argsort(self.act_time[rows], kind="stable")]
        owns = np.zeros(len(self), dtype=bool)
        owns[self.acts[rows[self.acts[rows, 2] == 1], 0]] = True
        person, first = np.unique(self.acts[rows, 0], return_index=True)
        which, tie = expand(self.indptr[person], self.indptr[person + 1])
        on = self.since[tie] <= self.act_time[rows[first]][which]
        seen = np.bincount(self.follower[tie[on]], weights=self.dose[tie[on]], minlength=len(self))
        return owns, seen.astype(np.float64)


def stands_for(n: int, kols: Ints, coverage: Floats) -> Floats:
    """Followers for whom one follower in the file stands, by the followed person; see ``PlantedMarket``."""
    factor = np.ones(n)
    factor[kols] = 1.0 / coverage
    return factor


def read_planted_market(directory: Path) -> PlantedMarket:
    """Read the planted market of a world of version 2 from its truth.

    Raises:
        DataError: there is no truth, or it is of version 1.
    """
    folder = directory / "truth"
    try:
        facts: Mapping[str, Any] = json.loads((folder / "truth.json").read_text("utf-8"))
    except (OSError, ValueError):
        raise DataError("no readable truth of a synthetic world", file=str(folder), hint=_HINT) from None
    if facts.get("version") != 2:
        raise DataError("this world plants no contagion by taste", file=str(folder), hint=_HINT)

    def load(name: str) -> Any:
        array = np.load(folder / f"{name}.npy", allow_pickle=False)
        return array.astype(np.str_).astype(object) if array.dtype.kind == "S" else array

    kind = facts["promoted"]
    people, followed = load("people"), load("influencer").astype(np.int64)
    taste = load("taste")
    number = {person: number for number, person in enumerate(people.tolist())}
    kols = np.array([number[person] for person in load("kol_ids").tolist()], dtype=np.int64)
    spread = facts["spread"]
    return PlantedMarket(
        people=people,
        kols=kols,
        cost=load("kol_cost"),
        stands_for=stands_for(len(people), kols, load("further_kol_coverage")),
        items=load(f"{kind}_ids"),
        indptr=np.searchsorted(followed, np.arange(len(people) + 1)).astype(np.int64),
        follower=load("influenced"),
        dose=load("influence").astype(np.float64),
        taste=taste,
        community=load("community")[: len(taste)],
        interest=load(f"{kind}_interest"),
        home=load(f"{kind}_home"),
        popularity=load(f"{kind}_popularity"),
        item_taste=load(f"{kind}_taste"),
        pace=load("further_pace"),
        noise=float(facts["parameters"]["noise"]),
        tiring=float(spread["tiring"]),
        factors=np.array(spread["factors"], dtype=np.float64),
        delay=float(spread["delay_days"]),
        acts=load("further_acts"),
        act_time=load("further_act_time"),
        since=load("further_since"),
    )
