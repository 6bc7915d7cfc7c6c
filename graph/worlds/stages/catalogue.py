"""Products, vehicles and topics, with planted popularity, interest and home communities."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from graph.worlds.parameters import Parameters
from graph.worlds.shape import Shape
from graph.worlds.stages.draws import Floats, GroupTable, Ints, quotas, stream

# How catalogues grow with the number of users (a power), and their least size in items per interest.
_GROWTH = {"product": (0.5, 10), "vehicle": (0.15, 3), "topic": (0.25, 3)}
_GROUP_LEANING = 6.0


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The n items of one type with their planted profile, for C communities and K interests.

    Attributes:
        kind: ``product``, ``vehicle`` or ``topic``.
        popularity: float64 (n,), sums to 1.
        interest: int64 (n,), the interest of each item.
        home: bool (C, n), home communities of each item; universal items have none.
        launch: int64 (n,), UTC seconds; 0 for items older than the window.
        taste: float64 (C, n), P(item | community, interest); sums to 1 over the items of an interest.
        width: K.
    """

    kind: str
    popularity: Floats
    interest: Ints
    home: np.ndarray
    launch: Ints
    taste: Floats
    width: int

    def __len__(self) -> int:
        return len(self.popularity)

    def by_taste(self) -> GroupTable:
        """Table for drawing items by taste; group = community * K + interest."""
        order = np.argsort(self.interest, kind="stable")
        rows = np.arange(len(self.taste))[:, None] * self.width
        groups = (rows + self.interest[order]).ravel()
        items = np.broadcast_to(order, (len(self.taste), len(order))).ravel()
        return GroupTable.build(self.taste[:, order].ravel(), groups, items)

    def by_popularity(self) -> GroupTable:
        """Table for drawing items by global popularity; the only group is 0."""
        return GroupTable.build(self.popularity, np.zeros(len(self), dtype=np.int64), np.arange(len(self)))


@dataclass(frozen=True, slots=True)
class Market:
    """The catalogues and the tastes of the planted communities.

    Attributes:
        shares: float64 (C,), share of real people in each community, descending.
        interests: float64 (C, K), distribution of each community over interests; rows sum to 1.
        group: int64 (C,), position in the groups of the shape; 0 where there are none.
        catalogues: One for each item type of the shape.
    """

    shares: Floats
    interests: Floats
    group: Ints
    catalogues: Mapping[str, Catalogue]

    def of(self, kind: str) -> Catalogue:
        """The catalogue of one item type."""
        return self.catalogues[kind]


def make_market(shape: Shape, parameters: Parameters, *, users: int, seed: int) -> Market:
    """Generate communities, their interests, and the items."""
    rng = stream(seed, "market")
    width = len(shape.interests)
    count = parameters.scaled(parameters.communities, users, power=0.25, least=3)
    shares = parameters.largest_to_smallest ** -np.linspace(0.0, 1.0, count)
    shares /= shares.sum()
    wide = rng.dirichlet(np.full(width, parameters.community_taste), count)
    group = _groups(shape, count, seed)
    interests = _leaning(shape, 0.9 * wide + 0.1 / width, group)
    made = {}
    for kind in shape.kinds:
        power, least = _GROWTH[kind]
        size = parameters.scaled(getattr(parameters, f"{kind}s"), users, power=power, least=least * width)
        made[kind] = _catalogue(shape, kind, size, shares, interests, parameters=parameters, seed=seed)
    return Market(shares, interests, group, MappingProxyType(made))


def _groups(shape: Shape, count: int, seed: int) -> Ints:
    """Group of each community, in proportion to the groups' shares."""
    if not shape.groups:
        return np.zeros(count, dtype=np.int64)
    numbers = np.repeat(np.arange(len(shape.groups)), quotas(count, np.array([g.share for g in shape.groups])))
    return stream(seed, "groups").permutation(numbers)


def _leaning(shape: Shape, interests: Floats, group: Ints) -> Floats:
    """Increase each community's interests of its own group, and decrease those of other groups."""
    if not shape.groups:
        return interests
    tags = shape.tags.tolist()
    factor = np.ones((len(shape.groups), len(tags)))
    for number, described in enumerate(shape.groups):
        theirs = [tags.index(tag) for tag in described.interests]
        factor[:, theirs] /= _GROUP_LEANING
        factor[number, theirs] = _GROUP_LEANING
    leaning: Floats = interests * factor[group]
    leaning /= leaning.sum(axis=1, keepdims=True)
    return leaning


def _catalogue(
    shape: Shape, kind: str, size: int, shares: Floats, interests: Floats, *, parameters: Parameters, seed: int
) -> Catalogue:
    rng = stream(seed, f"catalogue {kind}")
    spread = parameters.popularity_spread * (1.0 if kind == shape.main else 0.7)
    popularity = np.exp(spread * rng.standard_normal(size))
    popularity /= popularity.sum()
    # At least one item of every type per interest, so that every taste can be satisfied.
    width = interests.shape[1]
    interest = np.concatenate([np.arange(width), rng.integers(0, width, size - width)])
    home = _homes(interest, shares, interests, parameters, rng)
    launch = _launches(kind, size, width, parameters, rng)
    taste = _taste(popularity, interest, home, parameters, rng)
    return Catalogue(kind, popularity, interest, home, launch, taste, width)


def _homes(
    interest: Ints, shares: Floats, interests: Floats, parameters: Parameters, rng: np.random.Generator
) -> np.ndarray:
    """Home communities, drawn in proportion to size and to the community's share of the item's interest."""
    size, count = len(interest), len(shares)
    pull = np.sqrt(shares)[:, None] * interests[:, interest] + 0.02
    noise = np.log(pull) - np.log(-np.log(rng.random((count, size))))
    ranks = np.argsort(-noise, axis=0, kind="stable")
    home = np.zeros((count, size), dtype=bool)
    which = rng.random(size)
    first = which >= parameters.universal_share
    second = which >= 1.0 - parameters.second_home_share
    home[ranks[0, first], np.flatnonzero(first)] = True
    home[ranks[1, second], np.flatnonzero(second)] = True
    return home


def _launches(kind: str, size: int, width: int, parameters: Parameters, rng: np.random.Generator) -> Ints:
    late = {"product": parameters.late_products, "vehicle": parameters.late_vehicles, "topic": 0.0}[kind]
    gradual = 0.0 if kind == "topic" else parameters.gradual_launches
    cold = parameters.end - parameters.late_days * 86_400
    which, spot = rng.random(size), rng.random(size)
    late_launch = cold + spot * (parameters.end - cold - 7 * 86_400)
    steady_launch = parameters.start + spot * (cold - parameters.start)
    launch = np.where(which < late, late_launch, np.where(which < late + gradual, steady_launch, 0.0))
    launch[:width] = 0.0
    return launch.astype(np.int64)


def _taste(
    popularity: Floats, interest: Ints, home: np.ndarray, parameters: Parameters, rng: np.random.Generator
) -> Floats:
    """P(item | community, interest): share ``loyalty`` on the community's home items, the rest by popularity."""
    local = popularity * np.exp(0.5 * rng.standard_normal(home.shape))
    members = np.zeros((len(interest), int(interest.max()) + 1))
    members[np.arange(len(interest)), interest] = 1.0

    def within(weights: Floats) -> Floats:
        total = weights @ members
        return np.divide(weights, total[:, interest], out=np.zeros_like(weights), where=total[:, interest] > 0)

    at_home, anywhere = within(local * home), within(local)
    found = at_home @ members > 0
    loyalty = parameters.loyalty * found[:, interest]
    return loyalty * at_home + (1.0 - loyalty) * anywhere
