"""What is sold and searched for: products, vehicles and topics, with planted popularity, interest and home."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from graph.worlds.draws import Floats, GroupTable, Ints, stream
from graph.worlds.names import INTERESTS
from graph.worlds.parameters import EvRetail

TYPES = ("product", "vehicle", "topic")


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Items of one type and their planted profile; n items, C communities, K interests.

    Attributes:
        kind: ``product``, ``vehicle`` or ``topic``.
        popularity: float64 (n,), sums to 1.
        interest: int64 (n,), the one interest that an item serves.
        home: bool (C, n), the communities that an item is at home in; universal items have none.
        launch: int64 (n,), UTC seconds; 0 for items older than the window.
        taste: float64 (C, n), probability of the item given community and its interest; sums to 1 over each interest.
    """

    kind: str
    popularity: Floats
    interest: Ints
    home: np.ndarray
    launch: Ints
    taste: Floats

    def __len__(self) -> int:
        return len(self.popularity)

    def by_taste(self) -> GroupTable:
        """Draws by group = community * K + interest."""
        order = np.argsort(self.interest, kind="stable")
        rows = np.arange(len(self.taste))[:, None] * len(INTERESTS)
        groups = (rows + self.interest[order]).ravel()
        items = np.broadcast_to(order, (len(self.taste), len(order))).ravel()
        return GroupTable.build(self.taste[:, order].ravel(), groups, items)

    def by_popularity(self) -> GroupTable:
        """Draws from global popularity; the only group is 0."""
        return GroupTable.build(self.popularity, np.zeros(len(self), dtype=np.int64), np.arange(len(self)))


@dataclass(frozen=True, slots=True)
class Market:
    """The three catalogues and the tastes of the planted communities.

    Attributes:
        shares: float64 (C,), size of each community as a share of real people, falling.
        interests: float64 (C, K), how a community's attention divides over interests; rows sum to 1.
    """

    shares: Floats
    interests: Floats
    product: Catalogue
    vehicle: Catalogue
    topic: Catalogue

    def of(self, kind: str) -> Catalogue:
        """The catalogue of one item type."""
        return {"product": self.product, "vehicle": self.vehicle, "topic": self.topic}[kind]


def make_market(parameters: EvRetail, *, users: int, seed: int) -> Market:
    """Plant communities, their interests, and the items that serve them."""
    rng = stream(seed, "market")
    count = parameters.scaled(parameters.communities, users, power=0.25, least=3)
    shares = parameters.largest_to_smallest ** -np.linspace(0.0, 1.0, count)
    shares /= shares.sum()
    wide = rng.dirichlet(np.full(len(INTERESTS), parameters.community_taste), count)
    interests = 0.9 * wide + 0.1 / len(INTERESTS)
    sizes = {
        "product": parameters.scaled(parameters.products, users, power=0.5, least=10 * len(INTERESTS)),
        "vehicle": parameters.scaled(parameters.vehicles, users, power=0.15, least=3 * len(INTERESTS)),
        "topic": parameters.scaled(parameters.topics, users, power=0.25, least=3 * len(INTERESTS)),
    }
    made = {kind: _catalogue(kind, size, shares, interests, parameters, seed) for kind, size in sizes.items()}
    return Market(shares, interests, made["product"], made["vehicle"], made["topic"])


def _catalogue(kind: str, size: int, shares: Floats, interests: Floats, parameters: EvRetail, seed: int) -> Catalogue:
    rng = stream(seed, f"catalogue {kind}")
    spread = parameters.popularity_spread * (1.0 if kind == "product" else 0.7)
    popularity = np.exp(spread * rng.standard_normal(size))
    popularity /= popularity.sum()
    # Every interest is served by at least one item of every type, so each taste can be met.
    interest = np.concatenate([np.arange(len(INTERESTS)), rng.integers(0, len(INTERESTS), size - len(INTERESTS))])
    home = _homes(interest, shares, interests, parameters, rng)
    launch = _launches(kind, size, parameters, rng)
    return Catalogue(kind, popularity, interest, home, launch, _taste(popularity, interest, home, parameters, rng))


def _homes(
    interest: Ints, shares: Floats, interests: Floats, parameters: EvRetail, rng: np.random.Generator
) -> np.ndarray:
    """Home communities, likelier among those that are large and care about the item's interest."""
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


def _launches(kind: str, size: int, parameters: EvRetail, rng: np.random.Generator) -> Ints:
    late = {"product": parameters.late_products, "vehicle": parameters.late_vehicles, "topic": 0.0}[kind]
    gradual = 0.0 if kind == "topic" else parameters.gradual_launches
    cold = parameters.end - parameters.late_days * 86_400
    which, spot = rng.random(size), rng.random(size)
    late_launch = cold + spot * (parameters.end - cold - 7 * 86_400)
    steady_launch = parameters.start + spot * (cold - parameters.start)
    launch = np.where(which < late, late_launch, np.where(which < late + gradual, steady_launch, 0.0))
    launch[: len(INTERESTS)] = 0.0
    return launch.astype(np.int64)


def _taste(
    popularity: Floats, interest: Ints, home: np.ndarray, parameters: EvRetail, rng: np.random.Generator
) -> Floats:
    """P(item | community, interest): ``loyalty`` of it on items at home there, the rest by popularity."""
    local = popularity * np.exp(0.5 * rng.standard_normal(home.shape))
    members = np.zeros((len(interest), len(INTERESTS)))
    members[np.arange(len(interest)), interest] = 1.0

    def within(weights: Floats) -> Floats:
        total = weights @ members
        return np.divide(weights, total[:, interest], out=np.zeros_like(weights), where=total[:, interest] > 0)

    at_home, anywhere = within(local * home), within(local)
    found = at_home @ members > 0
    loyalty = parameters.loyalty * found[:, interest]
    return loyalty * at_home + (1.0 - loyalty) * anywhere
